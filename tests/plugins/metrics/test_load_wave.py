"""The load wave against delayed, scaled copies of a pulse: what is put in is read back, and swaps are caught."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.plugin import NotComputableError, Stride, Trace
from groundup_plugins.metrics.load_wave import (
    distal_absorption,
    load_wave_lag,
    load_wave_order,
    loss_db,
    order,
    shocks,
)
from groundup_plugins.metrics.shock_loss import PATHS, shock_loss

STRIDE = Stride(20.0, 21.1, 20.65, "R", 0)
LOSS_DB = {"foot": 0.0, "shank": 3.0, "thigh": 6.0, "pelvis": 9.0, "trunk": 10.5, "head": 12.0}
SEGMENTS = tuple(LOSS_DB)
METRICS = (load_wave_order, load_wave_lag, distal_absorption)


def gauss(since):
    return np.exp(-0.5 * ((since - 0.02) / 0.008) ** 2)


def knock(since):
    """A wave packet of 50 ms."""
    inside = np.abs(since - 0.025) < 0.025
    shape = np.cos(np.pi * (since - 0.025) / 0.05) ** 2 * np.cos(2 * np.pi * 15 * (since - 0.025))
    return np.where(inside, shape, 0.0)


def sensors(
    pulse=gauss,
    lag=0.012,
    rate=200.0,
    noise=0.0,
    sway=0.0,
    seed=0,
    loss=LOSS_DB,
    segments=SEGMENTS,
    shift=0.0,
    gain=1.0,
):
    """Six sensors, each mounted its own way and sampled at its own phase; the other foot's impact half a stride off."""
    random = np.random.default_rng(seed)
    traces = {}
    for rank, segment in enumerate(SEGMENTS):
        time = STRIDE.t0 - 0.2 + np.arange(int(1.4 * rate)) / rate + random.uniform(0, 1 / rate)
        values = np.tile([1.0, -0.5, 9.7], (len(time), 1))
        axis = random.normal(size=3)
        axis /= np.linalg.norm(axis)
        for contact in (STRIDE.t0 - 0.55, STRIDE.t0, STRIDE.t0 + 0.55):
            if contact == STRIDE.t0 or rank >= 3:
                wave = 30.0 * 10 ** (-loss[segment] / 20) * pulse(time - contact - rank * lag)
                values = values + wave[:, None] * axis
        for hertz in (0.9, 1.8, 2.7):
            slow = np.sin(2 * np.pi * hertz * time + random.uniform(0, 2 * np.pi))
            values = values + sway / hertz * slow[:, None] * random.normal(size=3)
        values = gain * (values + noise * random.normal(size=values.shape))
        traces[segment] = Trace(time + shift, values, rate, "m/s^2", segment)
    return {segment: traces[segment] for segment in segments}


@pytest.mark.parametrize("pulse", [gauss, knock])
@pytest.mark.parametrize("seed", range(4))
def test_delayed_scaled_copies_read_back_what_was_put_in(pulse, seed):
    traces = sensors(pulse, seed=seed)
    found = shocks(STRIDE, traces)
    for segment in SEGMENTS:
        assert loss_db(found["foot"], found[segment]) == pytest.approx(LOSS_DB[segment], abs=0.01)
    assert load_wave_order(STRIDE, traces) == 1.0
    assert load_wave_lag(STRIDE, traces) == pytest.approx(0.012, abs=1e-4)
    assert distal_absorption(STRIDE, traces) == pytest.approx(0.75, abs=2e-3)


@pytest.mark.parametrize("pulse", [gauss, knock])
@pytest.mark.parametrize("seed", range(4))
def test_noise_gravity_and_sway_hardly_change_it(pulse, seed):
    traces = sensors(pulse, noise=0.1, sway=2.0, seed=seed)
    assert load_wave_order(STRIDE, traces) == 1.0
    assert load_wave_lag(STRIDE, traces) == pytest.approx(0.012, abs=1e-3)
    assert distal_absorption(STRIDE, traces) == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("rate", [100.0, 148.0, 200.0, 1000.0])
def test_it_does_not_depend_on_the_sampling_rate(rate):
    traces = sensors(knock, rate=rate)
    assert distal_absorption(STRIDE, traces) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("pair", list(itertools.combinations(SEGMENTS, 2)))
def test_any_two_swapped_sensors_are_caught(pair):
    first, second = pair
    traces = sensors(noise=0.05, sway=1.0)
    traces[first], traces[second] = traces[second], traces[first]
    assert order(shocks(STRIDE, traces)) < 1.0
    with pytest.raises(NotComputableError, match="does not travel up"):
        load_wave_order(STRIDE, traces)
    for metric in (distal_absorption, load_wave_lag):
        with pytest.raises(NotComputableError, match="does not travel up"):
            metric(STRIDE, traces)


def test_a_wave_downwards_has_tau_minus_one():
    traces = sensors()
    assert order(shocks(STRIDE, dict(zip(SEGMENTS, reversed(list(traces.values())), strict=True)))) == -1.0


def test_what_the_sampling_cannot_resolve_is_not_held_against_the_order():
    # Two sensors 1 ms the wrong way round, at a sampling interval of 5 ms.
    traces = sensors()
    early = traces["thigh"]
    traces = traces | {"thigh": Trace(early.time - 0.013, early.values, early.rate, site="thigh")}
    assert load_wave_order(STRIDE, traces) == 1.0
    traces = traces | {"thigh": Trace(early.time - 0.020, early.values, early.rate, site="thigh")}
    assert order(shocks(STRIDE, traces)) < 1.0
    with pytest.raises(NotComputableError, match="does not travel up"):
        load_wave_order(STRIDE, traces)


def test_an_impact_everywhere_at_once_has_no_order():
    with pytest.raises(NotComputableError, match="arrives everywhere within"):
        load_wave_order(STRIDE, sensors(lag=0.0))


def test_a_lag_shorter_than_two_sampling_intervals_is_not_computable():
    traces = sensors(lag=0.008)
    assert load_wave_order(STRIDE, traces) == 1.0
    with pytest.raises(NotComputableError, match="sampling interval"):
        load_wave_lag(STRIDE, traces)
    assert load_wave_lag(STRIDE, sensors(lag=0.008, rate=400.0)) == pytest.approx(0.008, abs=1e-4)


def test_a_side_with_four_sensors_is_enough():
    traces = sensors(segments=("foot", "pelvis", "trunk", "head"))
    assert load_wave_order(STRIDE, traces) == 1.0
    assert load_wave_lag(STRIDE, traces) == pytest.approx(0.012, abs=1e-4)
    assert distal_absorption(STRIDE, traces) == pytest.approx(0.75, abs=2e-3)


@pytest.mark.parametrize("metric", METRICS)
def test_two_sensors_are_not_enough(metric):
    with pytest.raises(NotComputableError, match=r"three segments or more|foot, pelvis and head"):
        metric(STRIDE, sensors(segments=("foot", "head")))


@pytest.mark.parametrize("missing", ["foot", "pelvis", "head"])
def test_absorption_needs_foot_pelvis_and_head(missing):
    with pytest.raises(NotComputableError, match=f"none on {missing}"):
        distal_absorption(STRIDE, sensors(segments=tuple(s for s in SEGMENTS if s != missing)))


@pytest.mark.parametrize("metric", METRICS)
def test_below_100_hz_nothing_is_computable(metric):
    with pytest.raises(NotComputableError, match="100 Hz is the least"):
        metric(STRIDE, sensors(rate=60.0))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_sensor_that_feels_no_impact_makes_no_number(metric, segment):
    for seed in range(5):
        traces = sensors(noise=0.1, sway=1.0, seed=seed)
        still = sensors(pulse=np.zeros_like, noise=0.1, sway=1.0, seed=seed + 50)
        with pytest.raises(NotComputableError, match=f"no impact stands out at the {segment}"):
            metric(STRIDE, {**traces, segment: still[segment]})


def test_a_loss_under_3_db_cannot_be_shared_out():
    with pytest.raises(NotComputableError, match=r"only 2\.4 dB"):
        distal_absorption(STRIDE, sensors(loss={s: LOSS_DB[s] / 5 for s in SEGMENTS}))


@pytest.mark.parametrize("metric", METRICS)
def test_data_that_begin_at_the_contact_make_no_number(metric):
    traces = {s: t.between(STRIDE.t0, STRIDE.t1) for s, t in sensors().items()}
    with pytest.raises(NotComputableError, match="not recorded for all of the impact"):
        metric(STRIDE, traces)


@pytest.mark.rig
@settings(max_examples=25)
@given(st.floats(1e-3, 1e3), st.integers(0, 99))
def test_scaling_all_sensors_changes_nothing(gain, seed):
    for metric in METRICS:
        here = metric(STRIDE, sensors(sway=1.0, seed=seed))
        assert metric(STRIDE, sensors(sway=1.0, seed=seed, gain=gain)) == pytest.approx(here, rel=1e-6)


@pytest.mark.rig
@settings(max_examples=25)
@given(st.floats(-1e4, 1e4), st.integers(0, 99))
def test_a_shift_in_time_changes_nothing(shift, seed):
    moved = Stride(STRIDE.t0 + shift, STRIDE.t1 + shift, STRIDE.foot_off + shift, "L", 3)
    for metric in METRICS:
        here = metric(STRIDE, sensors(sway=1.0, seed=seed))
        assert metric(moved, sensors(sway=1.0, seed=seed, shift=shift)) == pytest.approx(here, rel=1e-5)


@settings(max_examples=25)
@given(st.integers(0, 999))
def test_how_a_sensor_is_mounted_changes_nothing(seed):
    traces = sensors(sway=1.0)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    pelvis = traces["pelvis"]
    turned = {**traces, "pelvis": Trace(pelvis.time, pelvis.values @ turn, pelvis.rate, site="pelvis")}
    for metric in METRICS:
        assert metric(STRIDE, turned) == pytest.approx(metric(STRIDE, traces), rel=1e-6)


@pytest.mark.parametrize("rate", [199.9996, 200.0004, 204.8, 200.0])
def test_a_measured_rate_beside_the_nominal_one_changes_nothing(rate):
    found = shocks(STRIDE, sensors(rate=rate))
    assert order(found) == 1.0
    assert loss_db(found["foot"], found["head"]) == pytest.approx(12.0, abs=0.05)


def test_uneven_sampling_gives_the_same_as_even(monkeypatch):
    """The prepared windows are those of even sampling; the slow way is there for the rest."""
    quick = shocks(STRIDE, sensors())
    monkeypatch.setattr("groundup_plugins.metrics.shock._STEADY", 0.0)
    slow = shocks(STRIDE, sensors())
    for segment, shock in quick.items():
        assert shock.arrival == pytest.approx(slow[segment].arrival, abs=2e-5)
        assert 10 * np.log10(shock.energy / slow[segment].energy) == pytest.approx(0.0, abs=0.005)


def loss(distal, proximal, traces, worn=None):
    """By the two sensors of a segment, beside all that are worn."""
    ends = {segment: traces[segment] for segment in (distal, proximal) if segment in traces}
    return shock_loss(distal, proximal)(STRIDE, ends, traces if worn is None else worn)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("pulse", [gauss, knock])
def test_each_part_of_the_way_loses_what_was_put_in_whatever_else_is_worn(path, pulse):
    truth = LOSS_DB[path[1]] - LOSS_DB[path[0]]
    for seed in range(3):
        assert loss(*path, sensors(pulse, seed=seed)) == pytest.approx(truth, abs=0.02)
        assert loss(*path, sensors(pulse, seed=seed, segments=path)) == pytest.approx(truth, abs=0.02)
        assert loss(*path, sensors(pulse, noise=0.1, sway=2.0, seed=seed)) == pytest.approx(truth, abs=0.5)


def test_losses_of_parts_of_the_way_add_up():
    traces = sensors(sway=1.0)
    parts = [loss(*path, traces) for path in (("foot", "shank"), ("shank", "thigh"), ("thigh", "pelvis"))]
    assert sum(parts) == pytest.approx(loss("foot", "pelvis", traces), abs=1e-9)


@pytest.mark.parametrize("path", PATHS)
def test_two_swapped_sensors_of_a_part_have_no_loss(path):
    traces = sensors(noise=0.05, sway=1.0)
    swapped = {path[0]: traces[path[1]], path[1]: traces[path[0]]}
    with pytest.raises(NotComputableError, match="does not travel up"):
        loss(*path, swapped)


def test_a_sensor_swapped_with_one_that_is_not_asked_for_is_caught_by_the_order_of_all():
    traces = sensors(noise=0.05, sway=1.0)
    traces["pelvis"], traces["trunk"] = traces["trunk"], traces["pelvis"]
    with pytest.raises(NotComputableError, match="does not travel up"):
        loss("shank", "pelvis", traces)


def test_sensors_that_feel_nothing_or_are_slow_take_no_loss_from_the_others():
    traces = sensors(noise=0.1, sway=1.0)
    still = sensors(pulse=np.zeros_like, noise=0.1, sway=1.0, seed=50)
    slow = sensors(rate=60.0)
    worn = {**traces, "trunk": still["trunk"], "head": slow["head"]}
    assert loss("shank", "pelvis", traces, worn) == loss("shank", "pelvis", traces)
    with pytest.raises(NotComputableError, match="no impact stands out at the trunk"):
        loss("foot", "trunk", worn)
    with pytest.raises(NotComputableError, match="100 Hz is the least"):
        loss("pelvis", "head", worn)


def test_without_one_of_its_sensors_the_missing_one_is_named():
    with pytest.raises(NotComputableError, match="no acceleration of pelvis was recorded"):
        loss("shank", "pelvis", sensors(segments=("foot", "shank")))
