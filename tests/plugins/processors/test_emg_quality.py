"""Each flaw of an EMG channel is flagged where it is, and good channels are not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people import walking

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, NotComputableError, Signal, Subject
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.metrics.glutes import groundup_metrics as glutes
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.emg_envelope import EmgEnvelope
from groundup_plugins.processors.emg_quality import EmgQuality
from groundup_plugins.processors.emg_quality_flaws import CLIPPED, DEAD, MAINS, MOVED, EmgQualitySettings
from groundup_plugins.processors.force_plate import ForcePlate

RATE = 1000.0
TIME = np.arange(0, 12, 1 / RATE)


def emg(values, rate=RATE, time=TIME):
    return Signal("emg", "emg", time, values[:, None], (Channel("c", "V", "soleus", "R"),), rate)


def bursts(seed=0):
    """A muscle that is active for half a second in every one."""
    random = np.random.default_rng(seed)
    return random.normal(size=len(TIME)) * np.where(TIME % 1.0 < 0.5, 1e-4, 5e-6)


def judged(signal):
    (made,) = EmgQuality(EmgQualitySettings()).whole(signal).signals
    assert made.kind == "quality"
    return made.time, made.samples[:, 0]


def where(signal, flaw):
    time, flaws = judged(signal)
    return sorted({int(t) for t in time[flaws == flaw]})


def test_a_good_channel_has_no_flaw():
    assert not judged(emg(bursts()))[1].any()
    # A converter of few steps is often at its greatest value, and not clipped.
    assert not judged(emg(np.round(bursts() / 3e-5)))[1].any()


def test_a_dead_channel_is_flagged_where_it_is_dead():
    values = bursts()
    values[4000:6000] = values[3999]
    assert where(emg(values), DEAD) == [4, 5]


def test_a_clipped_channel_is_flagged_where_it_is_clipped():
    values = bursts()
    values[7000:8000] = np.clip(10 * values[7000:8000], -4.5e-4, 4.5e-4)
    assert where(emg(values), CLIPPED) == [7]


@pytest.mark.parametrize("line", [50.0, 60.0])
def test_mains_hum_that_drowns_the_muscle_is_flagged_and_a_little_is_not(line):
    hum = np.sin(2 * np.pi * line * TIME) + 0.3 * np.sin(2 * np.pi * 3 * line * TIME)
    loud = np.where((TIME >= 3) & (TIME < 5), 3e-4, 3e-6) * hum
    assert where(emg(bursts() + loud), MAINS) == [3, 4]


def test_a_motion_artefact_is_flagged():
    values = bursts()
    values += 5e-3 * np.exp(-0.5 * ((TIME - 9.5) / 0.03) ** 2)
    assert where(emg(values), MOVED) == [9]


def test_the_units_of_the_channel_do_not_matter():
    values = bursts()
    values[4000:6000] = 0.0
    values[7000:8000] = np.clip(10 * values[7000:8000], -4.5e-4, 4.5e-4)
    assert np.array_equal(judged(emg(values))[1], judged(emg(1e6 * values))[1])


def test_gaps_and_nan_take_no_channel_down():
    values = bursts()
    values[2000:2100] = np.nan
    keep = (TIME < 5.0) | (TIME > 5.3)
    time, flaws = judged(emg(values[keep], time=TIME[keep]))
    assert not flaws.any()
    assert np.all(np.diff(time) > 0)
    assert not judged(emg(np.full(len(TIME), np.nan)))[1].any()
    with pytest.raises(NotComputableError, match="shows no flaw"):
        judged(emg(values, rate=100.0))


def test_channels_that_reach_their_rails_in_real_recordings_are_found(shared: Path) -> None:
    """Seen by eye: these inputs stand at +-1.25 V hundreds of times; no input of the other walks does."""
    railed = {}
    for name in ("HC002D06", "HC030A05", "HC031A06", "HC036A10"):
        imported = C3DImporter().read(shared / "walk_overground_c3d" / f"{name}.c3d")
        spec, stream = next((s.spec, s) for s in imported.streams if s.spec.kind == "emg")
        samples = np.asarray(stream.samples, float)
        signal = Signal("emg", "emg", stream.timestamps, samples, spec.channels, spec.rate)
        (made,) = EmgQuality(EmgQualitySettings()).whole(signal).signals
        railed[name] = {c.label[8:] for c, f in zip(spec.channels, made.samples.T, strict=True) if (f == CLIPPED).any()}
    assert railed["HC002D06"] == railed["HC030A05"] == set()
    assert railed["HC031A06"] == {"L Rect", "L Hams"}
    assert railed["HC036A10"] == {"R Gast", "L Spare", "R Spare", "L Tib Post"}


@pytest.mark.rig
def test_a_stride_with_a_flawed_channel_says_which_and_where():
    signals = [s for s in walking() if s.kind != "imu"]
    number = next(n for n, s in enumerate(signals) if s.kind == "emg")
    samples = signals[number].samples.copy()
    columns = {(c.site, c.side): n for n, c in enumerate(signals[number].channels)}
    bad = (signals[number].time > 5004.0) & (signals[number].time < 5005.0)
    samples[bad, columns["gluteus_medius", "L"]] = 0.0
    broken = [*signals[:number], replace(signals[number], samples=samples), *signals[number + 1 :]]
    processors = [ForcePlate, Contacts, EmgEnvelope, EmgQuality]
    before, after = (run_pipeline(s, [], Subject(70.0), processors, list(glutes())) for s in (signals, broken))
    old = {(r.name, r.side, r.stride): r for r in before.rows}
    flawed = [r for r in after.rows if old[r.name, r.side, r.stride].status == "ok" != r.status]
    assert flawed
    for row in flawed:
        assert row.side == "L"
        assert row.t0 < 5005.25
        assert row.t1 > 5003.75
        assert row.reason.startswith("gluteus_medius_L (VirtualEMG.envelope) is dead")
    for row in after.rows:
        if row.side == "R":
            assert row.value == pytest.approx(old[row.name, row.side, row.stride].value, nan_ok=True)
