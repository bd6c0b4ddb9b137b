"""A driver that crashes is said, started again, and its streams are recorded on."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

import groundup
from tests.rig.conftest import Rig, recorded

LAB = """
[devices.emg]
driver = "virtual_lab"
part = "emg"
"""


def drivers_of(process: int) -> list[int]:
    """Process ids of the drivers that a recorder has started."""
    children = []
    for task in Path(f"/proc/{process}/task").iterdir():
        children += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in children if "drive" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]


@pytest.mark.survives(
    "recording",
    fault="A driver's process is killed.",
    happens="It is started again, and its stream recorded on; exit status 3.",
    said="“the driver of emg has crashed (signal 9); it is started again in … s”",
    lost="What the device sent meanwhile.",
)
def test_a_driver_that_is_killed_is_started_again_and_recorded_on(rig: Rig) -> None:
    (rig.cwd / "lab.toml").write_text(LAB)
    process = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("joined")
    process.wait_until(lambda: any(s.count > 100 for s in recorded(rig.cwd / "x.journal.xdf").values()))
    (driver,) = drivers_of(process.process.pid)
    os.kill(driver, signal.SIGKILL)
    process.wait_for("the driver of emg has crashed (signal 9)", "is back after")
    process.close_input()
    assert process.wait() == 3
    with groundup.open(rig.cwd / "x.h5") as recording:
        assert len(recording.streams) == 1
        (stream,) = recording.streams.values()
        assert len(np.asarray(stream.timestamps)) > 100
        ledger = recording.ledger
    kinds = ledger.sort_values("time")["kind"].tolist()
    assert kinds.index("lost") < kinds.index("returned")
    assert (ledger[ledger["kind"] == "returned"]["count"] > 0).all()
    assert "device" in kinds
