"""What a metric asks for is cut whole from the right signal, or it is said why not."""

from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest

from groundup.analysis.gait.walking_bouts import WalkingBout
from groundup.analysis.metrics.needs import Resolver
from groundup.model.events import Stance, Stride, Trial
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.plugin import GLUTEAL, SUBJECT, NotComputableError, Subject, acc, each, emg, grf, raw_emg
from groundup.plugin.need import Need
from groundup.plugin.need_kinds import NEED_KINDS

RATE = 1000.0
TIME = np.arange(0.0, 4.0, 1 / RATE)
STRIDE = Stride(1.0, 2.1, 1.6, "R", 0)
STANCE = Stance(1.0, 1.6, "R", "plate:1", 0)


def envelope(*channels, kind="envelope", time=TIME):
    samples = np.stack([np.full(len(time), float(n + 1)) for n in range(len(channels))], axis=1)
    return Signal("emg.envelope", kind, time, samples, channels, RATE)


def muscle(site, side="R"):
    return Channel(f"lab's own name for {site}", "V", site, side)


def plate(number=1, force=(-30.0, 5.0, 700.0), time=TIME):
    samples = np.tile(np.array(force), (len(time), 1))
    channels = tuple(Channel(axis, "N", f"plate:{number}", "") for axis in ("Fx", "Fy", "Fz"))
    return Signal(f"plate_{number}.grf", "grf", time, samples, channels, RATE)


def imu(site, side="", unit="m/s^2", value=1.0):
    channels = tuple(Channel(f"{site}{side}_{i}", unit if i < 3 else "rad/s", site, side) for i in range(6))
    return Signal(f"imu_{site}_{side}", "imu", TIME, np.full((len(TIME), 6), value), channels, RATE)


def walks(x=1.0, y=0.0):
    return [WalkingBout(0.0, 4.0, (x, y))]


def test_emg_of_one_muscle_is_a_trace_of_the_same_side():
    signal = envelope(muscle("soleus", "L"), muscle("soleus", "R"))
    trace = Resolver([signal]).resolve(emg("soleus"), STRIDE, "R")
    assert trace.values.shape == (1101,)
    assert set(trace.values) == {2.0}
    assert trace.time[0] == pytest.approx(1.0)
    assert trace.time[-1] == pytest.approx(2.1)


def test_emg_of_many_is_a_dict_of_those_recorded_by_site():
    signal = envelope(muscle("soleus"), muscle("gluteus_medius"), muscle("gluteus_maximus", "L"), Channel("trigger"))
    resolver = Resolver([signal, envelope(muscle("vastus_lateralis"), kind="emg")])
    assert list(resolver.resolve(emg(GLUTEAL), STRIDE, "R")) == ["gluteus_medius"]
    assert list(resolver.resolve(emg(), STRIDE, "R")) == ["soleus", "gluteus_medius"]
    assert list(resolver.resolve(raw_emg(), STRIDE, "R")) == ["vastus_lateralis"]


def test_more_time_is_given_where_it_is_asked_for():
    trace = Resolver([envelope(muscle("soleus"))]).resolve(emg("soleus", before_s=0.1, after_s=0.2), STRIDE, "R")
    assert trace.time[0] == pytest.approx(0.9)
    assert trace.time[-1] == pytest.approx(2.3)


def test_normalised_emg_is_over_the_muscles_usual_peak_in_a_stride_of_that_side():
    strides = [Stride(t, t + 0.9, t + 0.5, "R", n) for n, t in enumerate((0.0, 1.0, 2.0))]
    strides.append(Stride(2.95, 3.95, 3.5, "L", 3))
    signal = envelope(muscle("soleus"))
    for sample, value in ((500, 99.0), (1200, 4.0), (2200, 4.0), (3500, 50.0)):  # an artefact, peaks, the other side
        signal.samples[sample, 0] = value
    trace = Resolver([signal], strides=strides).resolve(emg("soleus", normalise_by="peak"), strides[1], "R")
    assert trace.values.max() == 1.0
    assert trace.values.min() == 0.25
    assert trace.unit == "1"


def test_without_a_whole_stride_there_is_no_peak_to_normalise_by():
    with pytest.raises(NotComputableError, match="no peak in a whole stride"):
        Resolver([envelope(muscle("soleus"))]).resolve(emg("soleus", normalise_by="peak"), STRIDE, "R")


@pytest.mark.parametrize("need", [emg("soleus"), emg(GLUTEAL), emg(), raw_emg("soleus"), grf("v"), acc(), acc("foot")])
def test_what_was_not_recorded_is_not_computable(need):
    with pytest.raises(NotComputableError):
        Resolver([], [STANCE], [STRIDE], walks()).resolve(need, STRIDE, "R")


def test_a_muscle_without_a_side_is_named_with_what_to_do():
    with pytest.raises(NotComputableError, match="has no side: give its channel one"):
        Resolver([envelope(muscle("soleus", ""))]).resolve(emg("soleus"), STRIDE, "R")


def test_channels_without_a_site_are_named_with_what_to_do():
    with pytest.raises(NotComputableError, match=r"1 channels have no site: name it under \[streams.ID.channels\]"):
        Resolver([envelope(Channel("EMG 1", "V"))]).resolve(emg("soleus"), STRIDE, "R")


@pytest.mark.parametrize(
    ("first", "last"), [(1500, 1503), (995, 1005), (2095, 2110), (0, 1050), (2050, 4000), (900, 2200)]
)
def test_a_gap_anywhere_in_the_stretch_is_not_computable(first, last):
    keep = np.ones(len(TIME), dtype=bool)
    keep[first:last] = False
    with pytest.raises(NotComputableError, match=r"gap|not recorded"):
        Resolver([envelope(muscle("soleus"), time=TIME[keep])]).resolve(emg("soleus"), STRIDE, "R")


def test_a_gap_outside_of_the_stretch_does_no_harm():
    keep = np.ones(len(TIME), dtype=bool)
    keep[100:200] = False
    assert Resolver([envelope(muscle("soleus"), time=TIME[keep])]).resolve(emg("soleus"), STRIDE, "R").rate == RATE


def test_nan_in_any_muscle_asked_for_is_not_computable():
    signal = envelope(muscle("soleus"), muscle("gluteus_medius"))
    signal.samples[1700, 1] = np.nan
    resolver = Resolver([signal])
    assert resolver.resolve(emg("soleus"), STRIDE, "R")
    with pytest.raises(NotComputableError, match="gluteus_medius"):
        resolver.resolve(emg(), STRIDE, "R")


def test_a_channel_that_is_dead_throughout_counts_as_not_recorded():
    signal = envelope(muscle("soleus"), muscle("gluteus_medius"))
    signal.samples[:, 1] = np.nan
    assert list(Resolver([signal]).resolve(emg(), STRIDE, "R")) == ["soleus"]


def test_the_force_of_a_stance_is_its_plate_exactly_as_sampled():
    signal = plate()
    signal.samples[:] = np.random.default_rng(3).normal(size=signal.samples.shape)
    trace = Resolver([signal], [STANCE]).resolve(grf("v"), STANCE, "R")
    assert np.array_equal(trace.values, signal.between(1.0, 1.6).samples[:, 2])


@pytest.mark.parametrize(
    ("way", "ap", "ml"), [((1, 0), -30, 5), ((-1, 0), 30, -5), ((0, 1), 5, 30), ((0, -1), -5, -30)]
)
def test_forward_and_left_are_the_persons_own(way, ap, ml):
    resolver = Resolver([plate()], [STANCE], walks=walks(*way))
    assert set(resolver.resolve(grf("ap"), STANCE, "R").values) == {ap}
    assert set(resolver.resolve(grf("ml"), STANCE, "R").values) == {ml}


def test_there_is_no_forward_where_the_direction_cannot_be_told():
    resolver = Resolver([plate()], [STANCE], walks=[WalkingBout(0.0, 4.0, None)])
    assert resolver.resolve(grf("v"), STANCE, "R").values[0] == 700.0
    with pytest.raises(NotComputableError, match="direction"):
        resolver.resolve(grf("ap"), STANCE, "R")


def test_the_force_of_a_stride_is_zero_while_the_foot_is_off():
    force = Resolver([plate()], [STANCE], [STRIDE], walks()).resolve(grf("v"), STRIDE, "R")
    on = force.time <= 1.6
    assert set(force.values[on]) == {700.0}
    assert set(force.values[~on]) == {0.0}
    assert force.time[-1] == pytest.approx(2.1)


def test_the_next_stance_and_the_other_foot_add_nothing_to_a_stride():
    others = [Stance(2.1, 2.7, "R", "plate:2"), Stance(1.5, 2.1, "L", "plate:2")]
    force = Resolver([plate(1), plate(2)], [STANCE, *others], [STRIDE], walks()).resolve(grf("v"), STRIDE, "R")
    assert force.values.max() == 700.0
    assert force.values[-1] == 0.0


def test_a_stride_whose_stance_no_plate_saw_has_no_force():
    seen_by_file = replace(STANCE, source="file")
    later = Stance(1.3, 1.6, "R", "plate:1")
    for stances in ([seen_by_file], [later], [replace(STANCE, side="L")], []):
        with pytest.raises(NotComputableError, match="no force plate saw"):
            Resolver([plate()], stances, [STRIDE], walks()).resolve(grf("v"), STRIDE, "R")


def test_the_force_of_a_trial_is_that_of_all_its_stances_of_one_side_each_in_its_own_direction():
    back = Stance(3.0, 3.5, "R", "plate:1")
    there_and_back = [WalkingBout(0.5, 2.0, (1.0, 0.0)), WalkingBout(2.9, 3.9, (-1.0, 0.0))]
    force = Resolver([plate()], [STANCE, back], [], there_and_back).resolve(grf("ap"), Trial(0.5, 3.8), "R")
    assert set(force.values[(force.time > 1.0) & (force.time < 1.6)]) == {-30.0}
    assert set(force.values[(force.time > 3.0) & (force.time < 3.5)]) == {30.0}
    assert set(force.values[(force.time > 1.61) & (force.time < 2.99)]) == {0.0}


def test_acceleration_is_of_the_same_side_and_of_the_midline():
    resolver = Resolver([imu("foot", "L", value=9), imu("foot", "R"), imu("pelvis"), imu("shank", "L")])
    segments = resolver.resolve(acc(), STRIDE, "R")
    assert list(segments) == ["foot", "pelvis"]
    assert segments["foot"].values.shape == (1101, 3)
    assert segments["foot"].values[0, 0] == 1.0


def test_a_gap_after_the_part_that_is_asked_for_does_no_harm():
    foot = imu("foot", "R")
    keep = (TIME < 1.5) | (TIME > 1.6)
    gapped = Resolver([replace(foot, time=TIME[keep], samples=foot.samples[keep])])
    trace = gapped.resolve(acc("foot", before_s=0.1, first_s=0.4), STRIDE, "R")
    assert (trace.time[0], trace.time[-1]) == pytest.approx((0.9, 1.4), abs=2e-3)
    with pytest.raises(NotComputableError, match="gap"):
        gapped.resolve(acc("foot", before_s=0.1), STRIDE, "R")


def test_a_sensor_with_a_gap_is_left_out_where_only_whole_ones_are_asked_for():
    foot, shank = imu("foot", "R"), imu("shank", "R")
    keep = (TIME < 1.2) | (TIME > 1.3)
    gapped = replace(foot, time=TIME[keep], samples=foot.samples[keep])
    resolver = Resolver([gapped, shank])
    assert list(resolver.resolve(acc(whole_only=True), STRIDE, "R")) == ["shank"]
    assert resolver.resolve(acc("foot", whole_only=True, first_s=0.1), STRIDE, "R").site == "foot"
    with pytest.raises(NotComputableError, match="gap"):
        resolver.resolve(acc(), STRIDE, "R")
    with pytest.raises(NotComputableError, match="gap"):
        resolver.resolve(acc("foot", whole_only=True), STRIDE, "R")


def test_a_leg_sensor_that_names_no_side_stands_for_neither():
    with pytest.raises(NotComputableError, match="acceleration of foot has no side"):
        Resolver([imu("foot")]).resolve(acc("foot"), STRIDE, "R")


@pytest.mark.parametrize("unit", ["g", "G"])
def test_acceleration_in_g_comes_in_si(unit):
    trace = Resolver([imu("head", unit=unit, value=2.0)]).resolve(acc("head"), STRIDE, "R")
    assert trace.values[0] == pytest.approx(2 * 9.80665)


def test_one_stream_may_carry_many_sensors():
    both = imu("foot", "R")
    other = imu("pelvis", value=5.0)
    one = replace(both, samples=np.hstack([both.samples, other.samples]), channels=both.channels + other.channels)
    assert Resolver([one]).resolve(acc("pelvis"), STRIDE, "R").values[0, 2] == 5.0


def test_gyroscopes_are_no_accelerations():
    with pytest.raises(NotComputableError):
        Resolver([imu("foot", "R", unit="rad/s")]).resolve(acc(), STRIDE, "R")


def test_the_subject_is_the_subject():
    assert Resolver([], subject=Subject(70.0)).resolve(SUBJECT, STRIDE, "R").mass_kg == 70.0


def test_what_is_worn_on_the_midline_is_missing_on_no_side():
    with pytest.raises(NotComputableError, match=r"^no acceleration of pelvis was recorded$"):
        Resolver([imu("foot", "R")]).resolve(acc("pelvis"), STRIDE, "R")
    with pytest.raises(NotComputableError, match="no acceleration of shank on the right side was recorded"):
        Resolver([imu("pelvis")]).resolve(acc("shank"), STRIDE, "R")


def test_of_many_strides_the_usual_reason_is_told_and_of_one_its_own():
    strides = [replace(STRIDE, t0=t, t1=t + 0.9) for t in (0.0, 1.0, 2.0)]
    trial, need = Trial(0.0, 4.0), each(acc("pelvis"), Stride)
    one, many = Resolver([imu("foot", "R")], strides=strides[:1]), Resolver([imu("foot", "R")], strides=strides)
    with pytest.raises(NotComputableError, match="its one stride will not do: no acceleration of pelvis was recorded"):
        one.resolve(need, trial, "R")
    with pytest.raises(
        NotComputableError, match="none of its 3 strides will do; most often, no acceleration of pelvis"
    ):
        many.resolve(need, trial, "R")


def test_every_kind_of_need_is_described_once():
    """So that a new need is one line of that table, and what cuts it."""
    assert set(NEED_KINDS) == set(get_args(get_type_hints(Need)["what"]))


def test_a_metric_cannot_change_what_another_is_given():
    signal = envelope(muscle("soleus"), muscle("gluteus_medius"))
    resolver = Resolver([signal, plate()], walks=walks())
    for need in (emg("soleus"), emg()):
        given = resolver.resolve(need, STRIDE, "R")
        for trace in given.values() if isinstance(given, dict) else [given]:
            for array in (trace.values, trace.time):
                with pytest.raises(ValueError, match="read-only"):
                    array *= 2.0
    force = resolver.resolve(grf("vertical"), STANCE, "R")
    with pytest.raises(ValueError, match="read-only"):
        force.values[0] = 0.0
    assert signal.samples.flags.writeable
    signal.samples[0, 0] = 7.0
