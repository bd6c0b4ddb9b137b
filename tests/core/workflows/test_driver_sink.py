"""What a driver says beside its samples is told as it is meant, and what cannot be meant is said."""

import threading

import pytest

from groundup.model.streams import Channel, StreamSpec
from groundup.plugin.streams import StreamsError
from groundup.system.driver_reports import Report
from groundup.workflows.driver_sink import DriverSink

SPEC = StreamSpec("Plate", "Force", 100.0, "float32", (Channel("Fz", "N"),))


@pytest.fixture
def sink() -> tuple[DriverSink, list[Report]]:
    reports: list[Report] = []
    made = DriverSink("d", {"left": SPEC, "right": SPEC}, lambda spec: spec, threading.Event(), reports.append)
    reports.clear()
    return made, reports


def test_samples_left_out_are_counted_once_each_and_never_below_none(sink) -> None:
    driver, reports = sink
    driver.left_out(0, "damaged", "left")
    assert reports == []
    driver.left_out(3, "damaged", "left")
    driver.left_out(-2, "damaged", "left")
    driver.end()
    assert [(r.kind, r.count) for r in reports] == [("left_out", 3), ("refused", 0)]
    assert "-2 samples were left out" in reports[1].message


def test_samples_left_out_of_a_stream_that_nobody_announced_are_counted_and_the_key_is_said(sink) -> None:
    driver, reports = sink
    driver.left_out(3, "damaged", "lefft")
    assert [r.kind for r in reports] == ["refused", "left_out"]
    assert 'the stream "lefft", and has announced "left", "right"' in reports[0].message
    assert (reports[1].source, reports[1].count) == ("", 3)


def test_silence_without_a_reason_says_that_there_is_none(sink) -> None:
    driver, reports = sink
    driver.away("left", "")
    assert (reports[0].kind, reports[0].message) == ("away", "its driver does not say why")


def test_a_later_stream_that_is_none_is_an_error_of_its_announcement(sink) -> None:
    driver, reports = sink
    with pytest.raises(StreamsError, match='"late" is no StreamSpec: None'):
        driver.add("late", None)  # type: ignore[arg-type]
    assert reports == []
