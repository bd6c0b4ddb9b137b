"""Events and what they cut out of time: stances, strides, rises from a chair, trials."""

import math
import numbers
from dataclasses import dataclass, field
from typing import Literal, TypeGuard

from groundup.model.anatomy import Side

EventKind = Literal["IC", "FO", "seat_off", "seat_on", "standing", "seated", "sync", "marker", "fault"]
"""The kinds that groundup itself knows: initial contact, foot off, rising and sitting down, a sync event, a marker of
the file or the lab, and a processor that failed live. A driver, an importer or a processor may name others.

A rise goes from ``seated`` (the last moment of sitting still) by ``seat_off`` to ``standing`` (the body is up); sitting
down from ``standing`` by ``seat_on`` to ``seated``. Without a rest between two, one event ends the one and begins the
other.
"""

LONGEST_KIND = 64
"""Characters of a kind's word."""
SINCE = "since"
"""Key of a field of `Event`: the version of the table ``/events`` that has it first; 1 where it is left out."""


@dataclass(frozen=True, order=True)
class Event:
    """Something that happened at one moment.

    A further column of ``/events`` is one field here, with a default and its version: the table of a recording and the
    JSON of marker streams go by these fields.

    Attributes
    ----------
    time : float
        Seconds on the lab clock.
    kind : str
    side : {"L", "R", ""}
    source : str
        From what it was found: ``plate:1``, ``imu:foot_R``, ``file`` (came with an imported file).
    confidence : float
        0 to 1; a contact that is only partly on the plate, or crossed by the other foot, has less than 0.5 and is
        used by no metric.
    trial : str
        Name of the trial it lies in, or empty.
    evidence : str
        Of a contact with a plate: what its confidence was drawn from (`groundup.analysis.gait.contact_evidence`), words
        with a space between; empty where it was not weighed.
    text : str
        What whoever marked it wrote; empty where nobody wrote anything.
    channel : str
        Label of the channel it was found in; empty where it was found in several together.
    value : float
        How large, long or many it was, by its kind; NaN where there is no such number.
    unit : str
        Of the value.
    """

    time: float
    kind: EventKind | str
    side: Side = ""
    source: str = ""
    confidence: float = 1.0
    trial: str = ""
    evidence: str = field(default="", metadata={SINCE: 2})
    text: str = field(default="", metadata={SINCE: 3})
    channel: str = field(default="", metadata={SINCE: 4})
    value: float = field(default=math.nan, metadata={SINCE: 4})
    unit: str = field(default="", metadata={SINCE: 4})

    def __post_init__(self) -> None:
        if self.value != self.value:  # one NaN for all, or equal events would differ
            object.__setattr__(self, "value", math.nan)


def is_event(event: object) -> TypeGuard[Event]:
    """Whether a plugin's event is one, and every field of it can be."""
    if not isinstance(event, Event) or not all(
        isinstance(number, numbers.Real)  # NumPy's are, too; the recorder loads none of it
        for number in (event.time, event.confidence, event.value)
    ):
        return False
    texts = (event.kind, event.side, event.source, event.trial, event.evidence, event.text, event.channel, event.unit)
    return (
        all(isinstance(text, str) for text in texts)
        and 0 < len(event.kind) <= LONGEST_KIND
        and 0.0 <= event.confidence <= 1.0
        and not math.isinf(event.value)
    )


@dataclass(frozen=True)
class Trial:
    """A named part of a recording, with its condition (``usual``, ``before``, ``squeeze the glutes`` ...)."""

    t0: float
    t1: float
    name: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Stance:
    """One foot on the ground: from initial contact to foot off.

    Two overground plates give one stance each and no stride, so what needs a stance only asks for no more.

    Attributes
    ----------
    t0, t1 : float
        IC and FO, seconds on the lab clock.
    side : {"L", "R", ""}
    source : str
        What the events came from (``plate:1``).
    number : int
        Number of the stride that this stance begins, or -1.
    trial : str
    other_contact : float
        When the other foot landed before: the step that this contact ends began there. NaN when nothing saw it.
    """

    t0: float
    t1: float
    side: Side
    source: str
    number: int = -1
    trial: str = ""
    other_contact: float = math.nan


@dataclass(frozen=True)
class SitToStand:
    """One rise from a chair.

    Attributes
    ----------
    t0, t1 : float
        The last moment of sitting still, and when the body is up; seconds on the lab clock.
    seat_off : float
        When the seat carries nothing any more.
    source : str
        What the events came from.
    number : int
        Counts the rises of a recording, from 0.
    trial : str
    """

    t0: float
    t1: float
    seat_off: float
    source: str = ""
    number: int = -1
    trial: str = ""


@dataclass(frozen=True)
class Stride:
    """From one initial contact of a foot to its next.

    Attributes
    ----------
    t0, t1 : float
        The two contacts, seconds on the lab clock.
    foot_off : float
        When the foot left the ground in between; NaN when nothing saw it.
    side : {"L", "R"}
    number : int
        Counts the strides of a recording, both sides together, from 0.
    trial : str
    other_foot_off, other_contact : float
        When the other foot left the ground in between, and when it landed after that; NaN when nothing saw it for sure.
        In running the other foot is off before this stride begins: then only its contact is known.
    """

    t0: float
    t1: float
    foot_off: float
    side: Side
    number: int
    trial: str = ""
    other_foot_off: float = math.nan
    other_contact: float = math.nan
