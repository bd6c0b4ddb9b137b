"""Devices on clocks that really run apart: every sample within a quarter of a millisecond of the truth."""

import uuid

import numpy as np
import pytest

import groundup
from tests.rig.conftest import PATIENCE_S, Rig
from tests.rig.faked import LIBRARIES, WITHOUT, apart_ms, device, errors_ms, events

LIMIT_MS = 0.25
DEVICES = {"a": (300.0, "lose", 5), "b": (-200.0, "burst", 60), "c": (25.0, "lose", 600), "d": (-25.0, "burst", 0)}
"""Parts per million that its clock is fast, what it does, and how many seconds its clock is ahead."""
pytestmark = pytest.mark.skipif(not LIBRARIES, reason=WITHOUT)


@pytest.mark.survives(
    "time",
    fault="Clocks that really run apart by up to 500 ppm, with losses, bursts, and a return with another clock.",
    happens="Every sample lies within 0.25 ms of the truth.",
    said="“in sync to ±… ms”",
    lost="What was not sent.",
)
def test_devices_on_clocks_that_run_apart_are_in_sync_sample_by_sample(rig: Rig) -> None:
    """Two of them far off, two hardly; with losses, bursts, and one that comes back with another clock."""
    session = f"faked-{uuid.uuid4()}-"
    devices = [
        device(rig.environment, session + name, ppm, 20.0, how, ahead) for name, (ppm, how, ahead) in DEVICES.items()
    ]
    first = device(rig.environment, f"{session}e", 400.0, 8.0, "steady")
    recorder = rig.start("record", "--stream", f"starts-with(name,'{session}')", "-o", "x.h5", "--no-analyze")
    assert first.wait(PATIENCE_S) == 0
    devices.append(device(rig.environment, f"{session}e", -100.0, 8.0, "steady", ahead_s=500))
    for process in devices:
        assert process.wait(PATIENCE_S) == 0
    recorder.close_input()
    assert recorder.wait() in (0, 3), "".join(recorder.output)
    with groundup.open(rig.cwd / "x.h5") as recording:
        streams = {s.spec.name.removeprefix(session): (s.time, s.samples[...]) for s in recording.streams.values()}
    assert sorted(streams) == [*DEVICES, "e"]
    for name, (time, samples) in streams.items():
        assert len(time) > 3000
        assert np.abs(errors_ms(time, samples)).max() < LIMIT_MS, name
    found = {name: events(time, samples) for name, (time, samples) in streams.items()}
    for name, other in (("a", "b"), ("c", "d"), ("a", "c"), ("b", "e")):
        assert len(found[name].keys() & found[other].keys()) >= 6  # however late the fifth device came back
        assert apart_ms(found[name], found[other]) < LIMIT_MS, (name, other)
