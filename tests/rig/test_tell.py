"""A plate is zeroed while it is recorded: it answers, and who told it what, and when, is in the file."""

import numpy as np

import groundup
from tests.rig.conftest import Rig, recorded

LAB = """
[devices.plate]
driver = "virtual_lab"
part = "plate_left"
mass_kg = 70.0
"""


def test_a_command_is_done_answered_and_in_the_ledger(rig: Rig) -> None:
    (rig.cwd / "lab.toml").write_text(LAB)
    process = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")

    def samples() -> int:
        return max((s.count for s in recorded(rig.cwd / "x.journal.xdf").values()), default=0)

    process.wait_until(lambda: samples() > 1000)
    told = rig.run("tell", "plate", "tare", "--yes")
    assert told.process.returncode == 0
    assert told.output == ["zeroed; Fz was +6.5 N\n"]
    refused = rig.run("tell", "plate", "tarre")
    assert refused.process.returncode == 1
    assert "no command 'tarre'; did you mean \"tare\"?" in "".join(refused.output)
    before = samples()
    process.wait_until(lambda: samples() > before + 1000)
    process.close_input()
    assert process.wait() == 0, "".join(process.output)
    with groundup.open(rig.cwd / "x.h5") as recording:
        (row,) = [row for row in recording.ledger_list() if row.kind == "command"]
        assert row.severity == "info"
        assert "told it tare(): zeroed; Fz was +6.5 N" in row.message
        (plate,) = recording.streams.values()
        fx, time = np.asarray(plate.samples[:, 0]), np.asarray(plate.time)
        swing = np.abs(np.asarray(plate.samples[:, 2]) - np.where(time < row.time, 6.5, 0.0)) < 5.0
        assert np.median(fx[swing & (time < row.time - 0.1)]) > 1.0  # the offset of 1.8 N ...
        assert abs(np.median(fx[swing & (time > row.time + 0.1)])) < 1.0  # ... is gone since the moment of the row
