"""Decisions in a thread of their own: in order, none lost, and what goes wrong there comes out here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from groundup.live.decision_thread import DecisionThread
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.lsl_inlets import StreamChunk
from groundup.live.results import ChunkResult, TickResult
from groundup.model.events import Event


class Analysis:
    """Has a decision for each time that it was fed."""

    def __init__(self) -> None:
        self.fed = self.given = self.seen = 0

    def completed(self) -> bool:
        before, self.seen = self.seen, self.fed
        return self.seen > before

    def advance(self) -> list[TickResult]:
        found = [TickResult(float(n)) for n in range(self.given, self.fed)]
        self.given += len(found)
        return found


@dataclass
class Session:
    decide: Callable[[TickResult], None]
    fed: list[tuple[str, float]] = field(default_factory=list)
    analysis: LiveAnalysis = field(default_factory=lambda: Analysis())  # type: ignore[assignment]

    def add_tick(self, decided: TickResult) -> None:
        self.decide(decided)

    def look(self) -> None:
        pass

    def feed(self, taken: StreamChunk) -> ChunkResult:
        self.fed.append((taken.stream, float(taken.times[0])))
        return ChunkResult(events=(Event(0.0, "IC"),) if taken.stream == "imu" else ())


def test_every_decision_is_passed_on_once_and_in_order() -> None:
    got: list[float] = []
    complete = threading.Event()

    def take(decided: TickResult) -> None:
        got.append(decided.time)
        if len(got) == 500:
            complete.set()

    session = Session(take)
    with DecisionThread(session) as decider:
        for _ in range(500):
            session.analysis.fed += 1  # type: ignore[attr-defined]
            decider.look()
        assert complete.wait(240.0)
    assert got == [float(n) for n in range(500)]


def test_streams_that_are_left_to_it_are_fed_in_their_order_and_all_of_them() -> None:
    session = Session(lambda decided: None)
    sent = [(name, float(n)) for n in range(200) for name in ("imu", "emg")]
    with DecisionThread(session) as decider:
        for name, time in sent:
            decider.leave(StreamChunk(name, np.array([time]), np.zeros((1, 1))))
    assert session.fed == sent
    assert decider.brought_events == {"imu"}


def test_what_goes_wrong_in_a_decision_is_raised_where_samples_are_fed() -> None:
    def fail(decided: TickResult) -> None:
        raise OSError("no room")

    session = Session(fail)
    session.analysis.fed = 1  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="no room"):
        feed(session)


def feed(session: Session) -> None:
    stopped = threading.Event()
    with DecisionThread(session) as decider:
        for _ in range(4800):
            decider.look()
            stopped.wait(0.05)
