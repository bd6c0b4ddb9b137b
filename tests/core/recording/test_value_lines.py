"""Values of walking at the terminal: left and right apart, trials apart, and of how many values each median is."""

import math

import pytest

from groundup.recording.value_lines import TrialValue, median_table, value_lines


def values(metric: str, side: str, *every: float, trial: str = "", unit: str = "s") -> list[TrialValue]:
    return [TrialValue(metric, trial, side, value, unit) for value in every]


def test_left_and_right_are_never_mixed() -> None:
    table = median_table([*values("stride_time", "L", 1.0, 1.1, 9.0), *values("stride_time", "R", 1.3, math.nan)])
    head, line = value_lines(table)
    assert head.split()[-2:] == ["left", "right"]
    assert " ".join(line.split()) == "stride_time (s) 1.10 (3 of 3) 1.30 (1 of 2)"


def test_trials_are_never_put_together() -> None:
    found = [*values("cadence", "L", 110, trial="walk", unit="1/min"), *values("cadence", "L", 170, trial="run\x1b[2J")]
    shown = "\n".join(value_lines(median_table(found)))
    assert "110 (1 of 1)" in shown
    assert "170 (1 of 1)" in shown
    assert "walk:" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("found", [[], values("sway_path", "L", 1.0), values("cadence", "L", math.nan, math.inf)])
def test_where_nothing_is_known_no_table_is_shown(found: list[TrialValue]) -> None:
    assert value_lines(median_table(found)) == []


def test_a_trial_without_a_value_takes_no_lines() -> None:
    found = [*values("cadence", "L", 110, trial="walk"), *values("cadence", "L", math.nan, trial="mvic")]
    assert "mvic" not in "\n".join(value_lines(median_table(found)))


def test_many_trials_leave_room_on_the_screen() -> None:
    found = [one for number in range(40) for one in values("cadence", "L", 1.0, trial=f"t{number}")]
    lines = value_lines(median_table(found))
    assert len(lines) < 12
    assert "36 more trials" in lines[-1]
