"""A stream that stops flowing is said to have stopped, once, and with the right weight."""

import math

import pytest

from groundup.inlets.stream_monitor import StreamCounters, StreamMonitor


def seen(samples: int, arrived: float, stamp: float | None = None, present: bool = True) -> StreamCounters:
    return StreamCounters(samples, arrived, arrived if stamp is None else stamp, present)


def test_a_required_stream_that_falls_silent_is_one_fault_and_its_return_counts_what_is_missing() -> None:
    flow = StreamMonitor("emg", 1000.0, True, since=10.0)
    assert flow.look(10.5, seen(500, 10.5)) == []
    rows = [row for now in (11.0, 11.6, 12.0, 13.0) for row in flow.look(now, seen(500, 10.5))]
    assert [(row.time, row.kind, row.severity) for row in rows] == [(10.5, "stalled", "fault")]
    (back,) = flow.look(13.5, seen(600, 13.5))
    assert (back.kind, back.count, back.severity) == ("resumed", 2900, "warning")


def test_a_sender_that_was_held_up_and_sends_everything_later_misses_nothing() -> None:
    flow = StreamMonitor("emg", 1000.0, False, since=10.0)
    flow.look(10.5, seen(500, 10.5))
    assert [row.kind for row in flow.look(12.0, seen(500, 10.5))] == ["stalled"]
    (back,) = flow.look(14.0, seen(1500, 14.0, stamp=11.5))
    assert (back.kind, back.count) == ("resumed", 0)
    rows = [row for now in (15, 17, 19, 20, 21) for row in flow.look(float(now), seen(1000 * now - 10000, float(now)))]
    assert rows == []


def test_the_silence_of_markers_says_nothing() -> None:
    flow = StreamMonitor("markers", 0.0, True, since=0.0)
    assert flow.look(100.0, seen(0, 0.0)) == []


@pytest.mark.parametrize(("required", "severity"), [(True, "fault"), (False, "warning")])
def test_a_stream_that_leaves_is_a_fault_only_when_it_is_required(required: bool, severity: str) -> None:
    flow = StreamMonitor("imu", 0.0, required, since=0.0)
    assert [r.severity for r in flow.look(5.0, seen(3, 4.0, present=False))] == [severity]
    assert flow.look(6.0, seen(3, 4.0, present=False)) == []
    assert [r.kind for r in flow.look(7.0, seen(3, 4.0))] == ["returned"]


@pytest.mark.parametrize("offset", [0.0, 5000.0, -5000.0])
def test_what_a_new_outlet_missed_is_counted_whatever_its_clock_says(offset: float) -> None:
    flow = StreamMonitor("emg", 100.0, False, since=0.0)
    flow.look(10.0, seen(1000, 10.0))
    (lost,) = flow.returned(12.9)
    assert (lost.time, lost.kind) == (10.0, "lost")
    assert flow.look(13.0, seen(1000, 10.0)) == []
    (back,) = flow.look(13.2, seen(1020, 13.2, stamp=13.2 + offset))
    assert (back.kind, back.count) == ("returned", 300)


def test_a_rate_that_is_far_off_is_said_once() -> None:
    flow = StreamMonitor("emg", 1000.0, True, since=0.0)
    rows = [row for now in (2, 6, 7, 8, 9) for row in flow.look(float(now), seen(500 * now, float(now)))]
    assert [row.kind for row in rows] == ["rate"]


def test_an_absence_is_no_wrong_rate() -> None:
    flow = StreamMonitor("emg", 1000.0, True, since=0.0)
    for now in range(1, 5):
        flow.look(float(now), seen(1000 * now, float(now)))
    flow.look(6.0, seen(4000, 4.0))
    rows = [row for now in range(7, 20) for row in flow.look(float(now), seen(1000 * now - 2000, float(now)))]
    assert [row.kind for row in rows] == ["resumed"]


@pytest.mark.parametrize("stamped_late", [False, True])
def test_a_sender_that_is_held_up_for_less_than_a_stall_has_no_wrong_rate(stamped_late: bool) -> None:
    """On a busy machine each look finds the newest packet late by another delay, or finds none for a while."""
    flow = StreamMonitor("emg", 1000.0, True, since=0.0)
    rows = []
    for now in (1.0, 5.9, 6.3, 7.0, 12.0, 30.0):
        came = now - 0.8 if now > 1.0 else now
        rows += flow.look(now, seen(round(1000 * came), now, now if stamped_late else came))
        rows += flow.look(now + 0.5, seen(round(1000 * came), now, now if stamped_late else came))
    assert rows == []


def test_a_rate_that_is_little_off_is_said_in_time() -> None:
    flow = StreamMonitor("emg", 1000.0, True, since=0.0)
    rows = [row for now in range(1, 30) for row in flow.look(float(now), seen(940 * now, float(now)))]
    assert [row.kind for row in rows] == ["rate"]
    assert "sends 940.0 samples a second" in rows[0].message


@pytest.mark.survives(
    "time",
    fault="A sender stamps with another clock while it is recorded.",
    happens="A fault within seconds.",
    said="“muse is stamped by another clock, … s ahead of the measured one: it is not in sync; …”",
    lost="Nothing.",
)
@pytest.mark.parametrize("away", [1.7e9, -71_000.0, 3.0, -8.0])
@pytest.mark.parametrize("rate", [100.0, 0.0])
def test_stamps_of_another_clock_are_a_fault_within_seconds(away: float, rate: float) -> None:
    flow = StreamMonitor("muse", rate, True, since=10.0)
    rows = []
    for k in range(1, 9):
        now = 10.0 + 0.6 * k
        rows += flow.look(now, StreamCounters(60 * k, now, now - 0.02 + away + 4000.0, True, -4000.0))
    (row,) = [r for r in rows if r.kind == "clock"]
    assert row.severity == "fault"
    assert row.time < 14.0
    assert "local_clock()" in row.message


def test_stamps_in_milliseconds_are_another_clock_and_no_other_rate() -> None:
    flow = StreamMonitor("muse", 100.0, True, since=10.0)
    rows = []
    for k in range(1, 20):
        now = 10.0 + 0.6 * k
        rows += flow.look(now, StreamCounters(60 * k, now, 1e3 * (now + 5e4), True, 0.0))
    assert [r.kind for r in rows] == ["clock"]


def test_a_sender_that_catches_up_is_on_no_other_clock() -> None:
    flow = StreamMonitor("emg", 1000.0, True, since=10.0)
    rows = []
    for k in range(1, 60):
        now = 10.0 + 0.6 * k
        late = max(0.02, 20.0 - 0.6 * k)
        rows += flow.look(now, StreamCounters(600 * k, now, now - late, True, 0.0))
    assert [r for r in rows if r.kind == "clock"] == []


@pytest.mark.survives(
    "time",
    fault="Stamps are no times (NaN, infinite, nanoseconds of the epoch) while they are recorded.",
    happens="A fault at once; the live screen shows that sync is unknown, not how well the clock was measured.",
    said="“the stamps of imu are no times (nan): its sync is unknown; stamp with local_clock(), or let LSL stamp”",
    lost="The time of that stream.",
)
@pytest.mark.parametrize("stamp", [math.nan, math.inf, -math.inf, 1e308, 1.7e18])
@pytest.mark.parametrize("rate", [100.0, 0.0])
def test_stamps_that_are_no_times_are_a_fault_at_once_and_out_of_sync(stamp: float, rate: float) -> None:
    flow = StreamMonitor("imu", rate, True, since=10.0)
    rows = [
        row
        for k in range(1, 20)
        for row in flow.look(10.0 + 0.5 * k, StreamCounters(50 * k, 10.0 + 0.5 * k, stamp, True, offset=1e-4))
    ]
    assert [(row.kind, row.severity) for row in rows] == [("clock", "fault")]
    assert "its sync is unknown" in rows[0].message
    assert not flow.in_sync
