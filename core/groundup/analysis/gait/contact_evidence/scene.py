"""What is known around the contacts of a recording: forces, plates, the feet's markers, what others say, the weight."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from groundup.analysis.gait.contact_evidence.feet import Feet
from groundup.analysis.gait.progression import source_of
from groundup.analysis.gait.strides import MAX_STRIDE_S, MIN_CONFIDENCE
from groundup.model.anatomy import Side
from groundup.model.events import Event
from groundup.model.signals import Floats, Signal

_NEAR_S = 12.0


@dataclass(frozen=True)
class Contact:
    """A foot on a plate, from contact to foot off; `ic` and `fo` are the places of its events."""

    ic: int
    fo: int
    t0: float
    t1: float
    side: Side
    source: str
    time: Floats = field(repr=False, compare=False)
    force: Floats = field(repr=False, compare=False)
    centre: Floats | None = field(repr=False, compare=False)

    @property
    def lasts(self) -> float:
        """From contact to foot off, in s."""
        return self.t1 - self.t0

    @cached_property
    def impulse(self) -> float:
        """Of the vertical force, in N·s."""
        return float(np.trapezoid(self.force, self.time))

    @cached_property
    def peak(self) -> float:
        """Greatest vertical force, in N."""
        return float(self.force.max())

    @cached_property
    def middle(self) -> float:
        """Median vertical force of its middle half, in N."""
        quarter = len(self.force) // 4
        return float(np.median(self.force[quarter : len(self.force) - quarter]))


@dataclass(frozen=True)
class Scene:
    """All that evidence is taken from.

    Attributes
    ----------
    contacts : list of Contact
        Those seen from beginning to end, in the order of time.
    plates : mapping of source to Signal
    told : mapping of source to list of Event
        Contacts and foot offs that did not come from plates, by what told them.
    feet : Feet
    weight : float
        N; NaN where it is not known.
    """

    contacts: list[Contact]
    plates: dict[str, Signal]
    told: dict[str, list[Event]]
    feet: Feet
    weight: float = math.nan

    @classmethod
    def of(cls, events: Sequence[Event], signals: Sequence[Signal], mass_kg: float) -> "Scene":
        """Gather it; `events` in the order of time."""
        plates = {source_of(s): s for s in signals if s.kind == "grf" and "Fz" in [c.label for c in s.channels]}
        told: dict[str, list[Event]] = {}
        for event in events:
            sure = event.side and event.confidence >= MIN_CONFIDENCE
            if event.kind in ("IC", "FO") and event.source not in plates and sure:
                told.setdefault(event.source, []).append(event)
        return cls(_contacts(events, plates), plates, told, Feet.of(signals), mass_kg * 9.80665)

    def near(self, contact: Contact) -> list[Contact]:
        """Other contacts within some seconds, in the order of time."""
        first = bisect_left(self.contacts, contact.t0 - _NEAR_S, key=_begin)
        last = bisect_right(self.contacts, contact.t0 + _NEAR_S, key=_begin)
        return [c for c in self.contacts[first:last] if c.ic != contact.ic]

    def told_near(self, source: str, t0: float, t1: float) -> list[Event]:
        """What one source told between two times."""
        events = self.told.get(source, [])
        return events[bisect_left(events, t0, key=_time) : bisect_right(events, t1, key=_time)]


def _time(event: Event) -> float:
    return event.time


def _begin(contact: Contact) -> float:
    return contact.t0


def _contacts(events: Sequence[Event], plates: dict[str, Signal]) -> list[Contact]:
    by_source: dict[str, list[int]] = {}
    for index, event in enumerate(events):
        if event.source in plates and event.kind in ("IC", "FO"):
            by_source.setdefault(event.source, []).append(index)
    found = []
    for source, mine in by_source.items():
        for i, j in pairwise(mine):
            a, b = events[i], events[j]
            sure = min(a.confidence, b.confidence) >= MIN_CONFIDENCE
            if (a.kind, b.kind) == ("IC", "FO") and sure and b.time - a.time <= MAX_STRIDE_S:
                contact = _cut(plates[source], i, j, a, b)
                found += [contact] if contact is not None else []
    return sorted(found, key=_begin)


def _cut(plate: Signal, i: int, j: int, a: Event, b: Event) -> Contact | None:
    """The contact with its force; None where a sample of that is missing."""
    part = plate.between(a.time, b.time)
    force = part.column("Fz")
    if len(force) < 8 or not np.isfinite(force).all() or len(part.segments()) > 1:
        return None
    labels = [channel.label for channel in plate.channels]
    centre = None
    if "CoPx" in labels and "CoPy" in labels:
        centre = np.column_stack([part.column("CoPx"), part.column("CoPy")])
    return Contact(i, j, a.time, b.time, a.side, a.source, part.time, force, centre)
