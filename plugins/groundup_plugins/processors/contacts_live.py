"""Contacts while they happen: the spans of `contact_spans`, each end told once nothing can take it back."""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Event, Floats, Made, SignalForm, Stage
from groundup_plugins.processors.contact_quality import (
    BESIDE,
    CROSSED,
    CUT,
    STANDING_S,
    Border,
    clearly_longer,
    mostly_outside,
    phases,
    two_feet,
)
from groundup_plugins.processors.contact_spans import Contact, crossing

_PEERS = 50
_BELOW, _ABOVE, _MISSING = 0, 1, 2


@dataclass(frozen=True)
class ContactRules:
    """Threshold and sure force (N), least stance and least gap (s), as `ContactsSettings` has them."""

    threshold: float
    sure: float
    least_s: float
    gap_s: float


@dataclass
class _Span:
    """Load that goes on, or that has just ended.

    Attributes
    ----------
    begins : float
        When the force rose through the threshold; NaN: before the data begin.
    first, last : float
        Times of its first and newest sample at or above the threshold.
    ends : float
        When the force fell through it; NaN: it has not.
    sure : bool
        Whether it has reached the force that makes it a contact.
    emitted : bool
        Whether its IC has been told.
    confidence : float
        Of the whole contact; NaN: it goes on.
    parts : list
        Its samples, as times, force and whether the centre of pressure lies outside; those of a person who stands are
        not kept for ever.
    """

    begins: float
    first: float
    last: float = np.nan
    ends: float = np.nan
    sure: bool = False
    emitted: bool = False
    confidence: float = np.nan
    parts: list[tuple[Floats, Floats, NDArray[np.bool_]]] = field(default_factory=list)

    @property
    def start(self) -> float:
        """When the contact begins, as far as it was seen."""
        return self.begins if self.begins == self.begins else self.first

    def grow(self, time: Floats, force: Floats, outside: NDArray[np.bool_]) -> None:
        """Take in samples of it."""
        self.last = float(time[-1])
        kept = len(time) if self.last - self.first <= STANDING_S else int((time - self.first <= STANDING_S).sum())
        if kept:
            self.parts.append((time[:kept], force[:kept], outside[:kept]))

    def samples(self, until: float = np.inf) -> tuple[Floats, NDArray[np.bool_]]:
        """Force, and whether the centre of pressure lies outside, up to a time."""
        _, force, outside = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        count = sum(int(np.searchsorted(time, until, "right")) for time, _, _ in self.parts)
        return force[:count], outside[:count]


class ContactStage(Stage):
    """Causal form of `Contacts`.

    Times are those of the offline form to the bit, on the same force. An IC is told when the contact has been sure for
    the least stance, an FO when the least gap has passed. What only the future could show, the confidence does not
    say: an IC tells of a foot beside the plate within the least stance, the FO of two feet in the whole contact.
    """

    def __init__(self, taken: SignalForm, vertical: int, rules: ContactRules) -> None:
        self._rate, self._vertical, self._rules = taken.rate, vertical, rules
        self._border = Border(taken.plate, taken.channels)
        first = taken.channels[0]
        self._side, self._source = first.side, first.site or taken.id
        self._peers: deque[tuple[float, float, float]] = deque(maxlen=_PEERS)
        self.reset()

    def reset(self) -> None:
        """Begin with nothing on the plate that is known of."""
        self._before = _MISSING
        self._time = self._force = np.nan
        self._contact: _Span | None = None  # sure
        self._span: _Span | None = None  # not sure yet: a new contact, or one that goes on after a bounce

    def process(self, time: Floats, samples: Floats) -> Made:
        """Contacts that have become sure."""
        force = samples[:, self._vertical]
        codes = np.where(np.isfinite(force), force >= self._rules.threshold, _MISSING)
        edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        events: list[Event] = []
        for a, b in pairwise(edges):
            self._run(int(codes[a]), time[a:b], samples[a:b], events)
            self._before, self._time, self._force = int(codes[a]), float(time[b - 1]), float(force[b - 1])
        return Made(events=tuple(events))

    def _run(self, code: int, time: Floats, rows: Floats, events: list[Event]) -> None:
        """Take in samples that are all above, all below, or all missing."""
        if code == _MISSING:
            self._cut(events)
        elif code == _ABOVE:
            self._load(time, rows, events)
        else:
            if self._before == _ABOVE:
                self._fall(float(time[0]), float(rows[0, self._vertical]))
            self._settle(float(time[-1]), events)

    def _load(self, time: Floats, rows: Floats, events: list[Event]) -> None:
        t, force = float(time[0]), rows[:, self._vertical]
        if self._before != _ABOVE:
            self._settle(t, events)
            rose = np.nan
            if self._before == _BELOW:
                rose = crossing(self._time, self._force, t, float(force[0]), self._rules.threshold)
            self._span = _Span(rose, t)
        span = self._span or self._contact
        if span is None:
            return
        span.grow(time, force, self._border.outside(rows))
        if span is self._span and float(force.max()) >= self._rules.sure:
            self._be_sure(span)
        if self._contact is not None and self._span is None:
            self._tell_begin(self._contact, self._contact.last, events)

    def _be_sure(self, span: _Span) -> None:
        """Make a span a contact, or the rest of the one before it."""
        self._span = None
        if self._contact is None:
            span.sure = True
            self._contact = span
            return
        self._contact.ends = self._contact.confidence = np.nan
        self._contact.last = span.last
        self._contact.parts += span.parts

    def _fall(self, t: float, force: float) -> None:
        """Through the threshold, before the sample at `t`."""
        if self._span is not None:
            self._span = None  # never sure: noise
        elif self._contact is not None:
            self._contact.ends = crossing(self._time, self._force, t, force, self._rules.threshold)
            # Judged now: once it is sure that it has ended, nobody is to wait for that.
            self._contact.confidence = self._confidence(self._contact)

    def _settle(self, now: float, events: list[Event]) -> None:
        """Tell what has ended and can no longer be joined by what follows."""
        contact = self._contact
        if contact is None or contact.ends != contact.ends:
            return
        if not now - contact.last < self._rules.gap_s:
            self._end(contact, events)

    def _end(self, contact: _Span, events: list[Event]) -> None:
        self._contact = None
        seen = contact.begins == contact.begins
        if seen and contact.ends - contact.start < self._rules.least_s:
            return
        if seen:
            self._peers.append(self._phases(contact))
        self._tell_begin(contact, contact.ends, events)
        events.append(self._event(contact.ends, "FO", contact.confidence))

    def _cut(self, events: list[Event]) -> None:
        """Samples are missing: what goes on is cut."""
        contact = self._contact
        if contact is not None and contact.ends == contact.ends:
            self._end(contact, events)
        elif contact is not None and contact.begins == contact.begins and not contact.emitted:
            events.append(self._event(contact.begins, "IC", CUT))
        self._contact = self._span = None

    def _tell_begin(self, contact: _Span, until: float, events: list[Event]) -> None:
        if contact.emitted or contact.begins != contact.begins or until - contact.start < self._rules.least_s:
            return
        contact.emitted = True
        first = contact.samples(contact.start + self._rules.least_s)
        events.append(self._event(contact.begins, "IC", BESIDE if mostly_outside(*first) else 1.0))

    def _confidence(self, contact: _Span) -> float:
        """Of the whole contact, as `contact_quality` judges it, by those that came before it."""
        if contact.begins != contact.begins:
            return CUT
        force, outside = contact.samples()
        value = 1.0
        peers = [*self._peers, self._phases(contact)][-_PEERS:]
        if clearly_longer(np.array(peers))[-1] or two_feet(force, self._rate, _whole_contact(contact)):
            value = CROSSED
        return min(value, BESIDE) if mostly_outside(force, outside) else value

    def _phases(self, contact: _Span) -> tuple[float, float, float]:
        lasts = contact.ends - contact.start
        return (lasts,) * 3 if lasts > STANDING_S else phases(contact.samples()[0], self._rate)

    def _event(self, time: float, kind: Literal["IC", "FO"], confidence: float) -> Event:
        return Event(time, kind, self._side, self._source, confidence)


def _whole_contact(contact: _Span) -> Contact:
    return Contact(contact.start, contact.ends, 0, 0, True, True)
