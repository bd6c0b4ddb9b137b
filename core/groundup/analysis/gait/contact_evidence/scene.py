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
LOADED = 0.2
"""Share of the greatest force under which a centre of pressure says little."""


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
    independent : mapping of source to list of Event
        Contacts and foot offs that did not come from plates, by what told them.
    feet : Feet
    weight : float
        N; NaN where it is not known.
    unweighed : list of (int, int)
        Places of the events of contacts that no evidence looks at: too long for a step, or samples are missing.
    uncertain : list of (int, int)
        Of those that their plate has in doubt already.
    """

    contacts: list[Contact]
    plates: dict[str, Signal]
    independent: dict[str, list[Event]]
    feet: Feet
    weight: float = math.nan
    unweighed: list[tuple[int, int]] = field(default_factory=list)
    uncertain: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, events: Sequence[Event], signals: Sequence[Signal], mass_kg: float) -> "Scene":
        """Gather it; `events` in the order of time."""
        plates = {source_of(s): s for s in signals if s.kind == "grf" and "Fz" in [c.label for c in s.channels]}
        independent: dict[str, list[Event]] = {}
        for event in events:
            sure = event.side and event.confidence >= MIN_CONFIDENCE
            if event.kind in ("IC", "FO") and event.source not in plates and sure:
                independent.setdefault(event.source, []).append(event)
        contacts, unweighed, uncertain = _contacts(events, plates)
        return cls(contacts, plates, independent, Feet.of(signals), mass_kg * 9.80665, unweighed, uncertain)

    def near(self, contact: Contact) -> list[Contact]:
        """Other contacts within some seconds, in the order of time."""
        first = bisect_left(self.contacts, contact.t0 - _NEAR_S, key=_begin)
        last = bisect_right(self.contacts, contact.t0 + _NEAR_S, key=_begin)
        return [c for c in self.contacts[first:last] if c.ic != contact.ic]

    def events_near(self, source: str, t0: float, t1: float) -> list[Event]:
        """What one source told between two times."""
        events = self.independent.get(source, [])
        return events[bisect_left(events, t0, key=_time) : bisect_right(events, t1, key=_time)]


def _time(event: Event) -> float:
    return event.time


def _begin(contact: Contact) -> float:
    return contact.t0


def _contacts(
    events: Sequence[Event], plates: dict[str, Signal]
) -> tuple[list[Contact], list[tuple[int, int]], list[tuple[int, int]]]:
    """Contacts that can be weighed; and the events of those that cannot, and of those that their plate doubts."""
    by_source: dict[str, list[int]] = {}
    for index, event in enumerate(events):
        if event.source in plates and event.kind in ("IC", "FO"):
            by_source.setdefault(event.source, []).append(index)
    found: list[Contact] = []
    unweighed: list[tuple[int, int]] = []
    uncertain: list[tuple[int, int]] = []
    for source, mine in by_source.items():
        for i, j in pairwise(mine):
            a, b = events[i], events[j]
            if (a.kind, b.kind) != ("IC", "FO"):
                continue
            sure = min(a.confidence, b.confidence) >= MIN_CONFIDENCE
            contact = _cut(plates[source], i, j, a, b) if b.time - a.time <= MAX_STRIDE_S else None
            if sure and contact is not None:
                found.append(contact)
            elif sure:
                unweighed.append((i, j))
            elif contact is not None:  # else it stands, or goes into a gap
                uncertain.append((i, j))
    return sorted(found, key=_begin), unweighed, uncertain


def _cut(plate: Signal, i: int, j: int, a: Event, b: Event) -> Contact | None:
    """The contact with its force; None where a sample of that is missing."""
    first, last = (int(n) for n in (plate.time.searchsorted(a.time), plate.time.searchsorted(b.time, "right")))
    labels = [channel.label for channel in plate.channels]
    force = plate.samples[first:last, labels.index("Fz")]
    gap = plate.gaps.searchsorted(first) < plate.gaps.searchsorted(last - 1)
    if len(force) < 8 or gap or not np.isfinite(force).all():
        return None
    centre = None
    if "CoPx" in labels and "CoPy" in labels:
        centre = plate.samples[first:last, [labels.index("CoPx"), labels.index("CoPy")]]
    return Contact(i, j, a.time, b.time, a.side, a.source, plate.time[first:last], force, centre)
