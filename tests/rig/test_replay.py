"""Real files, replayed over LSL by one process and recorded by another, against the truth that came with them."""

import json
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.model.events import Event
from groundup.recording import Recording
from groundup.sources.importers import import_file
from tests.rig.conftest import Rig

OVERGROUND = ("HC002D06", "HC030A05", "HC031A06", "HC036A10")


def record_replay(rig: Rig, file: Path) -> Path:
    """Record a replay from before its first sample to after its last; the recording, analysed."""
    imported = import_file(file)
    recorder = rig.start("record", "-o", "x.h5")
    replay = rig.start("replay", file)
    recorder.wait_for("says that it is done")
    recorder.close_input()
    assert recorder.wait() == 0, "".join(recorder.output)
    assert replay.wait() == 0
    recorder.wait_for(f"{len([s for s in imported.streams if len(s.timestamps)]) + 1} streams")
    return rig.cwd / "x.h5"


def same_as_file(recording: Recording, file: Path) -> float:
    """Check that every sample is there once, bit for bit; return the constant between the two clocks."""
    by_name = {stream.spec.name: stream for stream in recording.streams.values()}
    shifts = []
    for stream in import_file(file).streams:
        recorded = by_name[stream.spec.name]
        if stream.spec.format == "string":
            texts = [[value.decode() for value in row] for row in np.asarray(recorded.samples).tolist()]
            assert texts == [list(row) for row in stream.samples]
        else:
            assert recorded.spec.format == "double64"
            expected = np.asarray(stream.samples, np.float64)
            np.testing.assert_array_equal(np.asarray(recorded.samples).view("u8"), expected.view("u8"))
        shift = np.asarray(recorded.timestamps) - stream.timestamps
        np.testing.assert_allclose(shift, shift[0], rtol=0, atol=1e-9)
        shifts.append(float(shift[0]))
    assert np.ptp(shifts) < 1e-9
    return shifts[0]


def file_events(file: Path) -> list[Event]:
    stream = next((s for s in import_file(file).streams if s.spec.kind == "markers"), None)
    return [Event(**json.loads(row[0])) for row in stream.samples] if stream is not None else []


@pytest.mark.parametrize("name", OVERGROUND)
def test_a_replayed_walk_is_recorded_to_the_bit_and_measures_as_published(rig: Rig, shared: Path, name: str) -> None:
    file = shared / "walk_overground_c3d" / f"{name}.c3d"
    reference = json.loads((file.parent / "reference_grf.json").read_text())[file.name]
    with groundup.open(record_replay(rig, file)) as recording:
        shift = same_as_file(recording, file)
        events = recording.events
        plates = events[events["source"].str.startswith("plate:") & (events["confidence"] >= 0.5)]
        for kind in ("IC", "FO"):
            times = plates["time"][plates["kind"] == kind] - shift
            known = np.array([e.time for e in file_events(file) if e.kind == kind])
            assert len(times) == 2
            assert max(np.abs(known - t).min() for t in times) <= 0.018
        tables = {
            "stance_time": "stance_s", "grf_peak_1": "F1_BW", "grf_valley": "valley_BW", "grf_peak_2": "F2_BW",
            "braking_impulse": "brake_Ns_kg", "propulsive_impulse": "prop_Ns_kg",
        }  # fmt: skip
        for metric, key in tables.items():
            table = recording.metrics[metric]
            table = table[table["t0"].isin(plates["time"])]
            expected = sorted(stance[key] for stance in reference)
            assert (table["status"] == "ok").all()
            np.testing.assert_allclose(sorted(table["value"]), expected, rtol=0.02, err_msg=metric)


def test_two_plates_of_type_four_and_sixteen_emg_channels_replay_to_the_bit(rig: Rig, shared: Path) -> None:
    file = shared / "walk_two_plates_emg_c3d" / "Gait.c3d"
    with groundup.open(record_replay(rig, file)) as recording:
        shift = same_as_file(recording, file)
        stances = recording.metrics["stance_time"]
        found = sorted(zip(stances["t0"] - shift, stances["t1"] - shift, strict=True))
        np.testing.assert_allclose(found, [(2.084, 2.655), (2.569, 3.146)], rtol=0, atol=0.018)
