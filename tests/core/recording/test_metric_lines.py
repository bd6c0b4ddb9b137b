"""What was computed is a line each, what was not a line a reason: a recording without EMG is read at one screen."""

from groundup.model.anatomy import MUSCLES
from groundup.recording.metric_lines import MetricCount, metric_lines


def test_what_shares_a_reason_shares_a_line() -> None:
    lines = metric_lines(
        {
            "cadence": MetricCount(10, 8, "too short"),
            "sway_path": MetricCount(1, 0, "steps were seen"),
            "empty": MetricCount(0, 0),
            "sway_area": MetricCount(1, 0, "steps were seen"),
            "stride_time": MetricCount(1, 1),
        }
    )
    assert lines == [
        "cadence: 8 of 10 values computable",
        "stride_time: 1 of 1 value computable",
        "not computable: sway_path, sway_area: steps were seen",
    ]


def test_muscles_that_were_not_recorded_are_one_line() -> None:
    missing = {f"emg_on_{muscle}_x": MetricCount(8, 0, f"no EMG of {muscle}") for muscle in MUSCLES}
    recorded = {"emg_on_soleus_x": MetricCount(8, 8)}
    first, second = metric_lines(missing | recorded)
    assert first == "emg_on_soleus_x: 8 of 8 values computable"
    assert second.startswith("not computable: emg_on_MUSCLE_x: no EMG of ")


def test_many_names_are_cut() -> None:
    (line,) = metric_lines({f"m{n}": MetricCount(1, 0, "why") for n in range(20)})
    assert line == "not computable: m0, m1, m2, m3, m4, m5 and 14 more: why"
