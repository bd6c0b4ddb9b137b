"""Sensors tapped together, recorded over real LSL: the lag that was put in is found, told and stored."""

import json
from pathlib import Path

import pytest

import groundup
from groundup.recording.verify import verify
from tests.rig.conftest import Rig

LATENCY_S = {"plate_left": 0.0, "plate_right": 0.0, "emg": 0.0137, "imu": 0.0421}
STREAMS = {
    "plate_left": "VirtualPlateLeft",
    "plate_right": "VirtualPlateRight",
    "emg": "VirtualEMG",
    "foot": "VirtualIMU_foot_L",
    "pelvis": "VirtualIMU_pelvis",
    "head": "VirtualIMU_head",
}


def lab(path: Path) -> Path:
    """A virtual lab in which the sensors are tapped in every stretch of seven seconds, and two devices stamp late."""
    lines = []
    for part, latency in LATENCY_S.items():
        lines += [f"[devices.{part}]", 'driver = "virtual_lab"', f'part = "{part}"', "taps_every_s = 7.0"]
        lines += ["taps = [2.1, 2.63, 3.217]", f"latency_s = {latency}", ""]
    lines += [f"[streams.{id_}]\nmatch = \"name='{name}'\"\n" for id_, name in STREAMS.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_lag_between_devices_is_found_over_lsl(rig: Rig) -> None:
    path = rig.cwd / "x.h5"
    recorded = rig.run("record", lab(rig.cwd / "lab.toml"), "--seconds", "12", "-o", path, "--no-analyze")
    assert recorded.wait() == 0, "".join(recorded.output)
    told = rig.run("analyze", path, "--sync-event", "--metric", "stride_time", "--json")
    found = {lag["stream"]: lag for lag in json.loads("".join(told.output))["sync"]}
    assert set(STREAMS) <= set(found)  # and the IMUs that lab.toml does not name
    reference, held = found["emg"]["reference"], []
    for stream, lag in found.items():
        imu = stream not in ("plate_left", "plate_right", "emg")  # by whatever id: those of no name join in any order
        put_in = LATENCY_S.get(stream, LATENCY_S["imu"]) - LATENCY_S.get(reference, LATENCY_S["imu"])
        assert lag["status"] == "ok"
        # When an IMU samples, beside the taps, is chance here: nine times in ten a quarter of a sample would do.
        assert lag["lag_s"] == pytest.approx(put_in, abs=0.5 / 200 if imu else 0.001)
        held.append(lag["low_s"] <= put_in <= lag["high_s"])
    assert sum(held) > 0.5 * len(held)  # of 95 %: chance again; the benchmark counts
    assert verify(path) == []
    with groundup.open(path) as recording:
        table = recording.sync_events.set_index("stream")
        assert table["lag_s"]["head"] == found["head"]["lag_s"]
        events = recording.events
        assert set(events["source"][events["kind"] == "sync"]) == set(found)
    again = rig.run("analyze", path, "--metric", "stride_time", "--sync-event")
    assert "SYNC EVENT" in "".join(again.output)
