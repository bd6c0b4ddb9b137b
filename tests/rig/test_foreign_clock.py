"""A sender that stamps by another clock is one fault: said at once, and in the recording with how it was repaired."""

import uuid

import pytest

import groundup
from tests.rig.conftest import Rig
from tests.rig.test_record_return import Live, live, recorder

__all__ = ["live"]


@pytest.mark.parametrize("away", [1.7e9, -2e4])
def test_a_foreign_clock_is_one_fault(here: Rig, live: Live, away: float) -> None:
    name = f"foreign-{uuid.uuid4()}"
    live(name=name, source_id=name, clock=away)
    process = recorder(here, name)
    process.wait_for("is stamped by another clock")
    process.close_input()
    assert process.wait() == 3
    assert here.run("verify", "x.h5").wait() == 0
    with groundup.open(here.cwd / "x.h5") as recording:
        rows = [row for row in recording.ledger_list() if row.kind in ("clock", "stamps")]
    assert [row.severity for row in rows].count("fault") == 1
    assert any("placed by its arrival" in row.message for row in rows)
