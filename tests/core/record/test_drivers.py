"""Drivers are watched: a crash is said and mended, an end of its own is left alone."""

from typing import cast

import pytest

from groundup.record import drivers
from groundup.record.drivers import Drivers
from groundup.system.driver_reports import Report
from groundup.system.processes import Child


class FakeChild:
    def __init__(self) -> None:
        self.ended: int | None = None
        self.stopped = False

    def ask_to_stop(self) -> None:
        self.stopped = True

    def wait(self) -> bool:
        return True

    def reports(self) -> list[Report]:
        return []

    def last_words(self) -> str:
        return "no such port"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(drivers.time, "monotonic", lambda: now[0])
    return now


def test_a_driver_that_keeps_crashing_is_started_again_ever_more_patiently(clock: list[float]) -> None:
    made: list[FakeChild] = []

    def start() -> Child:
        made.append(FakeChild())
        return cast(Child, made[-1])

    watched, said = Drivers({"emg": start}), []
    pauses = []
    for _ in range(8):
        made[-1].ended = 1
        watched.poll(lambda _, report: said.append(report.message))
        crashed, count = clock[0], len(made)
        while len(made) == count:
            clock[0] += 0.5
            watched.poll(lambda _, report: said.append(report.message))
        pauses.append(clock[0] - crashed)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert len(said) == 8
    clock[0] += 100.0
    made[-1].ended = -9
    watched.poll(lambda _, report: said.append(report.message))
    assert "signal 9" in said[-1]
    assert "again in 1 s" in said[-1]
    watched.stop()
    assert made[-1].stopped


def test_a_driver_that_ends_by_itself_is_said_once_and_left_alone(clock: list[float]) -> None:
    made = [FakeChild()]
    watched, said = Drivers({"emg": lambda: cast(Child, made[0])}), []
    made[0].ended = 0
    for _ in range(100):
        clock[0] += 1.0
        watched.poll(lambda _, report: said.append(report.message))
    assert said == ["the driver of emg has ended by itself"]


def test_a_driver_that_is_started_again_has_lost_its_options_and_that_is_said(
    clock: list[float],
) -> None:
    class Telling(FakeChild):
        def __init__(self, *told: str) -> None:
            super().__init__()
            self.told = [Report("options", "", 0, text) for text in told]

        def reports(self) -> list[Report]:
            told, self.told = self.told, []
            return told

    made = [Telling("gain 1, not 4"), Telling(), Telling()]
    started, said = iter(made), []
    watched = Drivers({"emg": lambda: cast(Child, next(started))})
    watched.poll(lambda _, report: said.append(report))
    assert said == []  # that they differ is no line of the ledger
    for child in made[:2]:
        child.ended = 1
        for _ in range(6):
            watched.poll(lambda _, report: said.append(report))
            clock[0] += 1.0
    lost = [report.message for report in said if report.kind == "option_lost"]
    assert lost == ["the driver of emg has its options as lab.toml has them again: gain 1, not 4"]
