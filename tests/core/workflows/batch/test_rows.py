"""What an analysis found is in the archive as it was found."""

from types import SimpleNamespace
from typing import Any

import pytest

from groundup.model.events import Event, Trial

pytest.importorskip("pyarrow")
from groundup.workflows.batch.identity import Identity
from groundup.workflows.batch.rows import events_table


def test_events_of_two_trials_of_one_name_are_of_the_condition_that_each_has() -> None:
    trials = (Trial(0.0, 5.0, "walk", "usual"), Trial(5.5, 9.0, "walk", "fast"))
    events = tuple(Event(time, "IC", "L", "plate", trial="walk") for time in (1.0, 6.0))
    result: Any = SimpleNamespace(trials=trials, events=events)
    table = events_table("r", Identity("P1", "1"), result, str, with_text=True)
    assert table["condition"].to_pylist() == ["usual", "fast"]
