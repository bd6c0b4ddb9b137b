"""What a live analysis gives: at once of a chunk, and at a tick, when all streams have come so far."""

from dataclasses import dataclass

from groundup.live.metrics.job import Job
from groundup.model.events import Event
from groundup.model.signals import Signal


@dataclass(frozen=True)
class Fault:
    """A processor that failed while it ran; from here on its output is NaN, until it is reset.

    Attributes
    ----------
    time : float
        Of the first sample of what it was given, seconds on the lab clock.
    processor : str
    signal : str
        What it was fed.
    reason : str
    """

    time: float
    processor: str
    signal: str
    reason: str

    def __str__(self) -> str:
        return f"{self.processor} of {self.signal} failed and is left out: {self.reason}"


@dataclass(frozen=True)
class ChunkResult:
    """What came of a chunk at once.

    Attributes
    ----------
    signals : tuple of Signal
        The next samples of each processed signal; signals without new samples are left out.
    events : tuple of Event
        Found by the processors: a graph gives all, in the order in which each gave them, and a fault as an event of
        kind ``fault`` too; the analysis only those that are sure of their side.
    faults : tuple of Fault
        Processors that failed on the way.
    """

    signals: tuple[Signal, ...] = ()
    events: tuple[Event, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class TickResult:
    """What was decided at a tick, when all streams had been delivered up to it.

    Attributes
    ----------
    time : float
    events : tuple of Event
        Those whose side had to be told from what other plates saw.
    markers : tuple of Event
        Events that came as text.
    job : Job or None
        What has been completed, to be measured.
    """

    time: float
    events: tuple[Event, ...] = ()
    markers: tuple[Event, ...] = ()
    job: Job | None = None
