"""What only whole recordings could tell is told live: the same bits in any chunks, and what offline tells."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from real_imus import lumbar

from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, Event, Processor, Signal, SignalForm
from groundup.testing.people import GRAVITY, MASS_KG, rising
from groundup_plugins.processors.emg_onset import EmgOnset, EmgOnsetSettings
from groundup_plugins.processors.emg_quality import EmgQuality
from groundup_plugins.processors.emg_quality_flaws import CLIPPED, DEAD, MAINS, MOVED, EmgQualitySettings
from groundup_plugins.processors.lumbar_rises import LumbarRises, LumbarRisesSettings
from groundup_plugins.processors.sit_to_stand import SitToStandEvents, SitToStandSettings

RATE = 1000.0


def live(signal: Signal, processor: type[Processor], chunk: int = 997) -> tuple[list[Signal], list[Event]]:
    graph = Graph([SignalForm.of(signal)], [type(processor.__name__, (processor,), {"default": True})])
    signals, events = [], []
    for a, b in pairwise([*range(0, len(signal.time), chunk), len(signal.time)]):
        fed = graph.feed(signal.id, signal.time[a:b], signal.samples[a:b])
        assert fed.faults == ()
        signals += fed.signals
        events += fed.events
    return signals, events


def joined(signals: list[Signal]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([s.time for s in signals]), np.concatenate([s.samples for s in signals])


def muscles(seconds: float = 12.0, channels: int = 1) -> Signal:
    """Half a second of rest, half a second of work, and so on."""
    time = np.arange(0, seconds, 1 / RATE)
    random = np.random.default_rng(3)
    loud = np.where((time % 1.0 < 0.5) & (time > 1.5), 1e-4, 5e-6)
    samples = random.normal(size=(len(time), channels)) * loud[:, None]
    return Signal(
        "emg", "emg", time, samples, tuple(Channel(f"c{i}", "V", "soleus", "R") for i in range(channels)), RATE
    )


def flawed(flaw: float) -> Signal:
    """A channel with a flaw from 6 to 7 s, and a good one."""
    signal = muscles(12.0, 2)
    time, values = signal.time, signal.samples[:, 0]
    there = (time >= 6) & (time < 7)
    if flaw == DEAD:
        values[there] = values[5999]
    elif flaw == CLIPPED:
        values[there] = np.clip(20 * values[there], -6e-4, 6e-4)
    elif flaw == MAINS:
        values[there] += 3e-4 * np.sin(2 * np.pi * 50 * time[there])
    else:
        values[there] += 4e-3 * np.sin(2 * np.pi * 4 * time[there])
    return signal


def seconds(time: np.ndarray, judged: np.ndarray, flaw: float) -> set[int]:
    return {int(t) for t in time[judged == flaw]}


@pytest.mark.parametrize(("flaw", "first"), [(DEAD, 6.25), (CLIPPED, 6.0), (MAINS, 6.375), (MOVED, 6.375)])
def test_each_flaw_of_an_emg_is_told_live_where_offline_tells_it(flaw: float, first: float) -> None:
    signal = flawed(flaw)
    time, judged = joined(live(signal, EmgQuality)[0])
    (whole,) = EmgQuality(EmgQualitySettings()).whole(signal).signals
    assert not judged[:, 1].any()
    assert seconds(whole.time, whole.samples[:, 0], flaw) == {6}
    # What the last second shows is held against the channel until it is over.
    assert {6} <= seconds(time, judged[:, 0], flaw) <= {6, 7}
    assert set(judged[:, 0]) == {0.0, flaw}
    assert time[judged[:, 0] == flaw][0] == pytest.approx(first, abs=0.26)


def test_a_stretch_behind_a_gap_is_judged_by_itself() -> None:
    signal = muscles(8.0)
    signal.samples[3000:] += 1.0
    signal.time[3000:] += 5.0
    assert not joined(live(signal, EmgQuality)[0])[1].any()


def test_one_value_that_is_no_emg_blinds_nobody_to_hum(recwarn: pytest.WarningsRecorder) -> None:
    signal = flawed(MAINS)
    signal.samples[1500, 0] = 1e25
    time, judged = joined(live(signal, EmgQuality)[0])
    assert 6 in seconds(time, judged[:, 0], MAINS)
    assert len(recwarn) == 0


def test_bursts_are_told_live_as_offline_once_the_muscle_has_rested() -> None:
    signal = muscles(6.0)
    for method in ("tkeo", "hodges_bui", "double_threshold"):
        (whole,) = EmgOnset(EmgOnsetSettings(method=method)).whole(signal).signals
        stage = EmgOnset(EmgOnsetSettings(method=method)).causal(SignalForm.of(signal))
        made = stage.process(signal.time, signal.samples).samples
        assert made is not None
        late = round(stage.latency_s * RATE)
        told, known = made[late:, 0], whole.samples[: len(made) - late, 0]
        there = np.isfinite(told)
        assert np.isnan(told[: round(0.5 * RATE)]).all()
        assert there[round(1.2 * RATE) :].all()
        assert (told[there] == known[there]).mean() > 0.98, method
        assert 0.2 < told[there].mean() < 0.6


def plate(begins: list[float], sits: list[float], seconds: float = 24.0, rate: float = RATE) -> Signal:
    random = np.random.default_rng(5)
    force = MASS_KG * GRAVITY * rising(begins, sits, seconds, rate) + random.normal(0, 0.5, int(seconds * rate))
    return Signal(
        "plate.grf", "grf", np.arange(len(force)) / rate, force[:, None], (Channel("Fz", "N", "plate:1"),), rate
    )


RISES = ([3.0, 9.0, 12.5, 15.5], [7.5, 12.0, 15.0, 19.0])


@pytest.mark.parametrize("rate", [100.0, 300.0, 1000.0, 2000.0])
def test_rises_on_a_plate_are_told_live_as_offline(rate: float) -> None:
    signal = plate(*RISES, rate=rate)
    _, events = live(signal, SitToStandEvents)
    whole = SitToStandEvents(SitToStandSettings()).whole(signal).events
    assert len(whole) == 24
    told = sorted(events)
    assert [(e.kind, e.source, e.confidence) for e in told] == [(e.kind, e.source, e.confidence) for e in whole]
    for one, other in zip(told, whole, strict=True):
        assert one.time == pytest.approx(other.time, abs=0.06), one


def test_a_rise_in_which_a_plate_learns_which_way_its_load_points_is_told() -> None:
    signal = plate([3.0], [], 10.0)
    expected = live(signal, SitToStandEvents)[1]
    signal.samples[:3500] *= -1.0
    signal.samples[3500] = np.nan
    told = live(signal, SitToStandEvents)[1]
    assert [e.kind for e in told] == ["seated", "seat_off", "standing"]
    np.testing.assert_allclose([e.time for e in told], [e.time for e in expected], rtol=0, atol=0.02)


def test_walking_is_no_rise_live() -> None:
    step = np.where(np.arange(24000) % 1100 < 660, np.sin(np.pi * (np.arange(24000) % 1100) / 660), 0.0)
    signal = plate([], [])
    signal.samples[:, 0] = 800.0 * np.maximum(step, 0)
    assert live(signal, SitToStandEvents)[1] == []


def test_rises_by_a_lumbar_sensor_are_told_live_as_offline(shared: Path) -> None:
    signal, _ = lumbar(shared)
    whole = LumbarRises(LumbarRisesSettings()).whole(signal).events
    told = sorted(live(signal, LumbarRises)[1])
    assert [e.kind for e in told] == [e.kind for e in whole]
    off = np.sort([abs(one.time - other.time) for one, other in zip(told, whole, strict=True)])
    assert off[-2] < 0.1
    assert off[-1] < 0.5, "of a body that comes to rest later than live waits, the end is not known as well"


@pytest.mark.parametrize("chunk", [1, 13, 211])
@pytest.mark.parametrize("what", ["quality", "onset", "rises"])
def test_no_bit_depends_on_the_chunks(what: str, chunk: int) -> None:
    signal, processor = {
        "quality": (flawed(MAINS), EmgQuality),
        "onset": (muscles(4.0), EmgOnset),
        "rises": (plate([3.0], [], 12.0), SitToStandEvents),
    }[what]
    if chunk == 1:
        count = len(signal.time) if what == "rises" else 2500
        signal = replace(signal, time=signal.time[:count], samples=signal.samples[:count])
    if what == "rises":
        signal = replace(signal, time=signal.time[::5], samples=signal.samples[::5], rate=RATE / 5)
    one, other = live(signal, processor), live(signal, processor, chunk)
    assert one[1] == other[1]
    assert len(one[0]) + len(one[1]) > 2
    if one[0]:
        for a, b in zip(joined(one[0]), joined(other[0]), strict=True):
            assert a.tobytes() == b.tobytes()
