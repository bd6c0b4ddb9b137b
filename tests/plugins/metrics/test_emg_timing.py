"""On and off of muscles: made activity with known edges, and a real walk against the published phases."""

import numpy as np
import pytest

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Event, NotComputableError, Signal, Stride, Subject, Trace, Trial
from groundup_plugins.metrics.emg_timing import bursts, groundup_metrics, length, normal_windows, stretched, timing
from groundup_plugins.norms.make_stance_peaks import SITES
from groundup_plugins.processors.emg_envelope import EmgEnvelope

RATE = 1000.0
PERIOD_S = 1.1


def strides(windows, foot_off=0.56, count=5, tone=0.0, period=PERIOD_S):
    """Activity of 1 in windows of the cycle (percent) and of `tone` elsewhere, in strides of unlike length."""
    found, t0 = [], 100.0
    for number in range(count):
        t1 = t0 + period * (1 + 0.05 * (-1) ** number)
        time = np.arange(t0, t1, 1 / RATE)
        percent = 100.0 * (time - t0) / (t1 - t0)
        active = np.full(len(time), tone)
        for on, off in windows:
            inside = (on <= percent) & (percent < off) if on < off else (percent >= on) | (percent < off)
            active[inside] = 1.0
        stride = Stride(t0, t1, t0 + foot_off * (t1 - t0), "R", number)
        found.append((stride, Trace(time, active, RATE, "V")))
        t0 = t1
    return found


@pytest.mark.parametrize("muscle", normal_windows())
@pytest.mark.parametrize("foot_off", [0.45, 0.56, 0.66])
def test_activity_in_its_normal_phases_is_found_and_all_of_it_is_in_phase(muscle, foot_off):
    normal = stretched(normal_windows()[muscle], 100 * foot_off)
    found = timing(muscle, strides(normal, foot_off))
    wanted = max(normal, key=length)
    assert found.main == pytest.approx(wanted, abs=1.0)
    assert found.in_phase > 90.0


def test_what_is_early_or_long_is_so_by_as_much_and_its_share_is_out_of_phase():
    early = timing("soleus", strides([(7.0 - 6.0, 51.0)]))
    assert early.main == pytest.approx((1.0, 51.0), abs=0.5)
    assert early.in_phase == pytest.approx(100 * 44 / 50, abs=2.0)
    long = timing("gluteus_maximus", strides([(96.0, 14.0 + 20.0)]))
    assert long.main == pytest.approx((96.0, 34.0), abs=0.5)
    assert long.in_phase == pytest.approx(100 * 18 / 38, abs=2.0)
    wrong = timing("tibialis_anterior", strides([(20.0, 40.0)]))
    assert wrong.main == pytest.approx((20.0, 40.0), abs=0.5)
    assert wrong.in_phase == 0.0


def test_of_several_bursts_that_in_the_normal_phase_is_told_and_all_others_are_out_of_it():
    found = timing("soleus", strides([(10.0, 40.0), (60.0, 95.0)]))
    assert found.main == pytest.approx((10.0, 40.0), abs=0.5)
    assert found.in_phase == pytest.approx(100 * 30 / 65, abs=2.0)


def test_a_pause_within_the_normal_phase_moves_no_edge():
    once = timing("tibialis_anterior", strides([(58.0, 12.0)]))
    paused = timing("tibialis_anterior", strides([(58.0, 80.0), (88.0, 12.0)]))
    assert len(bursts(paused.activity)) == 2
    assert paused.main == pytest.approx(once.main, abs=0.2)


def test_bursts_and_pauses_under_five_percent_are_none():
    found = timing("soleus", strides([(10.0, 25.0), (28.0, 45.0), (70.0, 73.0)]))
    assert bursts(found.activity) == (pytest.approx((10.0, 45.0), abs=0.5),)


def test_loudness_changes_nothing():
    once = strides([(10.0, 40.0)], tone=0.1)
    louder = [(s, Trace(t.time, 7.0 * t.values, RATE, "V")) for s, t in once]
    here, there = timing("soleus", once), timing("soleus", louder)
    assert here.main == there.main
    assert here.in_phase == there.in_phase


def test_tone_above_a_fifth_of_the_peak_has_no_edges_and_it_is_said_why():
    found = timing("soleus", strides([(10.0, 40.0)], tone=0.3))
    with pytest.raises(NotComputableError, match="tense all the time, or its electrode is noisy"):
        found.main  # noqa: B018
    with pytest.raises(NotComputableError, match="tense all the time"):
        found.in_phase  # noqa: B018


def test_a_hit_on_the_cable_in_one_stride_is_no_activity_of_the_muscle():
    """The others are the noise of an electrode, in the one there is a burst amid the normal phase."""
    quiet, hit = strides([], tone=2e-6, count=6), strides([(17.0, 24.0)], count=6)
    mixed = [*quiet[:3], hit[3], *quiet[4:]]
    with pytest.raises(NotComputableError, match="one stride of 6"):
        timing("soleus", mixed)
    assert timing("soleus", hit).main == pytest.approx((17.0, 24.0), abs=0.5)


def test_two_strides_and_strides_without_a_foot_off_are_too_little():
    with pytest.raises(NotComputableError, match="3 strides"):
        timing("soleus", strides([(10.0, 40.0)], count=2))
    with pytest.raises(NotComputableError, match="foot"):
        timing("soleus", strides([(10.0, 40.0)], foot_off=np.nan))


def analysed(time, samples, channels, contacts, offs, trials=()):
    events = [Event(t, "IC", "R", "file") for t in contacts] + [Event(t, "FO", "R", "file") for t in offs]
    signal = Signal("emg", "emg", time, samples, channels, RATE)
    rows = run_pipeline([signal], events, Subject(), [EmgEnvelope], list(groundup_metrics()), trials=trials).rows
    return {row.name: row.value for row in rows if row.side == "R" and row.status == "ok"}


def test_noise_switched_on_and_off_is_found_through_the_whole_analysis():
    time = np.arange(0.0, 30.0, 1 / RATE)
    percent = 100.0 * (time / PERIOD_S % 1.0)
    noise = np.random.default_rng(1).normal(size=len(time))
    active = np.where((percent >= 90.0) | (percent < 30.0), 1.0, 0.05)
    begins = np.arange(0.0, 29.0, PERIOD_S)
    channels = (Channel("x", "V", "gluteus_maximus", "R"),)
    trial = (Trial(1.0, 29.0, "walk"),)
    found = analysed(time, (1e-4 * noise * active)[:, None], channels, begins, begins + 0.56 * PERIOD_S, trial)
    # The 6 Hz of the envelope blur an edge by some 4 % of the cycle at a fifth of the peak.
    assert found["emg_on_gluteus_maximus"] == pytest.approx(90.0, abs=5.0)
    assert found["emg_off_gluteus_maximus"] == pytest.approx(30.0, abs=5.0)
    assert found["emg_in_phase_gluteus_maximus"] == pytest.approx(100 * 18 / 40, abs=6.0)


def test_a_healthy_walker_has_the_published_phases(shared):
    folder = shared / "walk_emg_synergies"
    names = (folder / "raw_emg_1000hz.csv").read_text().split("\n", 1)[0].replace('"', "").split(",")
    raw = np.loadtxt(folder / "raw_emg_1000hz.csv", delimiter=",", skiprows=1)
    contacts, offs = np.loadtxt(folder / "gait_cycles_s.csv", delimiter=",", skiprows=1).T[:2]
    channels = tuple(Channel(name, "uV", SITES[name], "R") for name in names[1:])
    found = analysed(raw[:, 0], raw[:, 1:], channels, contacts, offs)
    published = {"gluteus_maximus": (96, 14), "gluteus_medius": (96, 40), "vastus_lateralis": (89, 24),
                 "vastus_medialis": (89, 23), "biceps_femoris": (83, 7), "soleus": (7, 51)}  # fmt: skip
    for muscle, (on, off) in published.items():
        assert abs((found[f"emg_on_{muscle}"] - on + 50) % 100 - 50) < 6, muscle
        assert abs((found[f"emg_off_{muscle}"] - off + 50) % 100 - 50) < 9, muscle
        assert found[f"emg_in_phase_{muscle}"] > 75, muscle


def test_the_table_that_ships_is_the_published_one(shared):
    published = (shared / "norm_sources" / "emg_on_off_percent_of_cycle.csv").read_text().splitlines()[1:]
    percent = sum(float(off) - float(on) for _, on, off in (line.split(",") for line in published))
    assert sum(length(window) for windows in normal_windows().values() for window in windows) == percent
