"""A stream that stops flowing is said to have stopped, once, and with the right weight."""

import itertools

from groundup.flow import Flow


def test_a_required_stream_that_falls_silent_is_one_fault_and_its_return_counts_what_is_missing() -> None:
    flow = Flow("emg", 1000.0, True, since=10.0)
    assert flow.look(10.5, 500, 10.5, present=True) == []
    rows = [row for now in (11.0, 11.6, 12.0, 13.0) for row in flow.look(now, 500, 10.5, present=True)]
    assert [(row.kind, row.severity) for row in rows] == [("stalled", "fault")]
    (back,) = flow.look(13.5, 600, 13.4, present=True)
    assert (back.kind, back.count) == ("resumed", 3000)


def test_the_silence_of_markers_says_nothing() -> None:
    flow = Flow("markers", 0.0, True, since=0.0)
    assert flow.look(100.0, 0, 0.0, present=True) == []


def test_a_stream_that_leaves_is_a_fault_only_when_it_is_required() -> None:
    for required, severity in ((True, "fault"), (False, "warning")):
        flow = Flow("imu", 0.0, required, since=0.0)
        assert [r.severity for r in flow.look(5.0, 3, 4.0, present=False)] == [severity]
        assert flow.look(6.0, 3, 4.0, present=False) == []
        assert [r.kind for r in flow.look(7.0, 3, 4.0, present=True)] == ["returned"]


def test_a_rate_that_is_far_off_is_said_once() -> None:
    flow = Flow("emg", 1000.0, True, since=0.0)
    rows = [row for now in (2, 6, 7, 8) for row in flow.look(float(now), 500 * now, float(now), present=True)]
    assert [(row.kind, row.severity) for row in rows] == [("rate", "fault")]


def test_a_stream_that_sends_has_not_left_though_it_does_not_answer() -> None:
    flow = Flow("emg", 1000.0, True, since=0.0)
    assert [row for n in range(1, 9) for row in flow.look(0.5 * n, 500 * n, 0.5 * n, present=n % 2 == 0)] == []
    assert [row.kind for row in flow.look(5.5, 4000, 4.0, present=False)] == ["lost", "stalled"]


def test_silence_before_and_between_does_not_make_a_rate_wrong() -> None:
    flow = Flow("emg", 1000.0, True, since=0.0)
    sent = [(float(now), max(0, now - 4) * 1000) for now in range(1, 14)]  # switched on after 4 s
    sent += [(float(now), 9000 + max(0, now - 20) * 1000) for now in range(14, 31)]  # and off for 7 s
    rows = [row for now, samples in sent for row in flow.look(now, samples, float(_last(sent, now)), present=True)]
    assert [row.kind for row in rows] == ["stalled", "resumed", "stalled", "resumed"]


def _last(sent: list[tuple[float, int]], now: float) -> float:
    """When the newest sample came."""
    came = [t for (_, before), (t, samples) in itertools.pairwise(sent) if samples > before and t <= now]
    return came[-1] if came else 0.0
