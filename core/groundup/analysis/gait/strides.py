"""Cuts stances and strides out of contact events, by the best source that saw each contact."""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from groundup.model.anatomy import SEGMENT_RANK, Side, other_side
from groundup.model.events import Event, Stance, Stride, Trial
from groundup.model.signals import Signal

T = TypeVar("T")

MIN_CONFIDENCE = 0.5
"""Contacts with less are used by no metric."""
SAME_CONTACT_S = 0.05
"""Events of two sources that lie closer are one contact."""
MAX_STEP_S = 1.5
"""From one foot's contact to the other's; after longer a contact was missed, or the person stood still."""
MIN_STRIDE_S = 0.3
MAX_STRIDE_S = 3.0
"""A stride shorter or longer than these is none: a contact was missed, or the person stood still."""
MAX_SLOW_STRIDE_S = 6.0
"""Of a stride in the middle of which the other foot was seen to land: people who walk with effort take 4 s and more."""
LEAST_STEP = 0.3
"""Least share of such a stride that each of its two steps takes; in a pause, or on the way back, it is less."""
_LOW_BACK = "imu:pelvis"
LONGEST_HIDDEN_GAP_S = 0.3
"""A longer gap in the data that the contacts came from may hide a whole stance, and so a contact."""


def source_order(source: str) -> int:
    """How far down a source of contacts is trusted: plates first, then events of the file, then all others.

    Of sensors on the body (``imu:foot_R``, ``imu:pelvis``) the one nearer to the ground is trusted more.
    """
    if source.startswith("plate:"):
        return 0
    if source == "file":
        return 1
    site = source.removeprefix("imu:").removesuffix("_L").removesuffix("_R")
    return 2 + (SEGMENT_RANK.get(site, 0) if source.startswith("imu:") else 0)


def cut_stances(events: Iterable[Event], strides: Sequence[Stride] = (), trials: Sequence[Trial] = ()) -> list[Stance]:
    """Stances: an initial contact and the foot off that follows it, of one source and side.

    A stance that a better source saw too is given once, by that source.

    Parameters
    ----------
    events : iterable of Event
    strides : sequence of Stride
        To number the stances by the stride that each begins.
    trials : sequence of Trial

    Returns
    -------
    list of Stance
        In order of time.
    """
    events = sorted(events)
    by_source: dict[tuple[str, Side], list[Event]] = {}
    for event in events:
        if event.kind in ("IC", "FO"):
            by_source.setdefault((event.source, event.side), []).append(event)
    kept: list[Stance] = []
    for order, sources in groupby(sorted(by_source, key=_by_order), key=lambda key: source_order(key[0])):
        better = sorted(kept, key=_start)
        for source, side in sources:
            for stance in _pairs(by_source[source, side], trials):
                near = _between(better, stance.t0 - MAX_STRIDE_S, stance.t1, _start)
                if order == 0 or not any(_same_stance(other, stance) for other in near):
                    kept.append(stance)
    contacts = _contacts_by_side(events)
    return [
        replace(s, number=_stride_number(s, strides), other_contact=_other_contact(s, contacts))
        for s in sorted(kept, key=lambda s: (s.t0, s.source))
    ]


def cut_strides(events: Sequence[Event], signals: Sequence[Signal] = (), trials: Sequence[Trial] = ()) -> list[Stride]:
    """Strides: from one contact of a foot to its next, whatever saw the two contacts.

    A stretch in which a contact may have been missed (a doubtful contact, two stances, a long gap in the data of the
    source) gives no stride, rather than one of double length. Nor does one between a contact of the foot's own (plate,
    foot, shank) and one that was seen at the low back, whose lag is another.

    Parameters
    ----------
    events : sequence of Event
    signals : sequence of Signal
        Signals that the contacts came from, to find gaps in.
    trials : sequence of Trial

    Returns
    -------
    list of Stride
        Both sides, numbered in order of time.
    """
    found: list[Stride] = []
    signals = [signal for signal in signals if any(channel.site for channel in signal.channels)]
    sides: tuple[Side, Side] = ("L", "R")
    feet = {side: _Foot.of(events, side, best_contacts(events, side, signals)) for side in sides}
    for side in sides:
        contacts, uncertain, offs = feet[side]
        for a, b in pairwise(contacts):
            other_off, landed = _other_foot(a, b, feet[other_side(side)])
            if _by_foot_and_back(a, b) or not _plausible(b.time - a.time, landed - a.time):
                continue
            if _between(uncertain, a.time + SAME_CONTACT_S, b.time - SAME_CONTACT_S, float):
                continue
            if a.source == b.source and _missed_contact(a, b, offs, signals):
                continue
            off, trial = _foot_off(a, b, offs), trial_at(trials, a.time, b.time)
            found.append(Stride(a.time, b.time, off, side, -1, trial, other_off, landed))
    return [replace(s, number=n) for n, s in enumerate(sorted(found, key=lambda s: (s.t0, s.side)))]


def _by_foot_and_back(a: Event, b: Event) -> bool:
    """Whether one contact is the foot's own and the other was seen at the low back: early or late by up to 0.1 s."""
    return (a.source == _LOW_BACK) != (b.source == _LOW_BACK)


def best_contacts(events: Sequence[Event], side: Side, signals: Sequence[Signal] = ()) -> list[Event]:
    """Initial contacts of one foot, each once, by the best source that saw it.

    A worse source adds a contact only where the better ones saw none: not near one of theirs, and not between two
    contacts of one better source that watched that foot all the while.
    """
    wanted = [e for e in sorted(events) if e.kind == "IC" and e.side == side and e.confidence >= MIN_CONFIDENCE]
    kept: list[Event] = []
    for _, group in groupby(
        sorted(wanted, key=lambda e: (source_order(e.source), e)), lambda e: source_order(e.source)
    ):
        watched = _watched(kept, events, side, signals)
        for event in group:
            near = _between(kept, event.time - MIN_STRIDE_S, event.time + MIN_STRIDE_S, _time)
            spans = _between(watched, event.time - MAX_STRIDE_S, event.time, lambda span: span[0])
            if not near and not any(a < event.time < b for a, b in spans):
                insort(kept, event)
    return kept


def trial_at(trials: Sequence[Trial], t0: float, t1: float) -> str:
    """Name of the trial that a stretch of time lies in, or empty."""
    return next((trial.name for trial in trials if trial.t0 <= t0 and t1 <= trial.t1), "")


def _plausible(lasts: float, step: float) -> bool:
    """Whether a stride can last so long, if the other foot landed after `step` s; NaN where that was not seen."""
    if lasts <= MAX_STRIDE_S:
        return lasts >= MIN_STRIDE_S
    return lasts <= MAX_SLOW_STRIDE_S and LEAST_STEP * lasts <= step <= (1.0 - LEAST_STEP) * lasts


def _time(event: Event) -> float:
    return event.time


def _start(stretch: Stance | Stride) -> float:
    return stretch.t0


def _by_order(key: tuple[str, Side]) -> tuple[int, tuple[str, Side]]:
    return source_order(key[0]), key


def _between(items: Sequence[T], t0: float, t1: float, key: Callable[[T], float]) -> Sequence[T]:
    """Those of some items, sorted by time, whose time lies strictly between two."""
    return items[bisect_right(items, t0, key=key) : bisect_left(items, t1, key=key)]


def _pairs(events: Sequence[Event], trials: Sequence[Trial]) -> Iterator[Stance]:
    for contact, off in pairwise(events):
        sure = min(contact.confidence, off.confidence) >= MIN_CONFIDENCE
        if sure and (contact.kind, off.kind) == ("IC", "FO") and off.time - contact.time <= MAX_STRIDE_S:
            trial = trial_at(trials, contact.time, off.time)
            yield Stance(contact.time, off.time, contact.side, contact.source, trial=trial)


def _same_stance(better: Stance, stance: Stance) -> bool:
    if better.side not in (stance.side, ""):
        return False
    overlap = min(better.t1, stance.t1) - max(better.t0, stance.t0)
    return overlap > 0.5 * (stance.t1 - stance.t0)


def _stride_number(stance: Stance, strides: Sequence[Stride]) -> int:
    near = _between(strides, stance.t0 - 2 * SAME_CONTACT_S, stance.t0 + 2 * SAME_CONTACT_S, _start)
    begun = [s for s in near if s.side == stance.side and abs(s.t0 - stance.t0) <= SAME_CONTACT_S]
    return begun[0].number if begun else -1


def _contacts_by_side(events: Sequence[Event]) -> dict[Side, list[float]]:
    """Initial contacts of each foot that metrics may use, and under no side those that they may not."""
    contacts: dict[Side, list[float]] = {"L": [], "R": [], "": []}
    for event in events:
        if event.kind == "IC":
            contacts[event.side if event.confidence >= MIN_CONFIDENCE else ""].append(event.time)
    return contacts


def _other_contact(stance: Stance, contacts: dict[Side, list[float]]) -> float:
    """When the other foot landed last before this one; NaN where it is not seen, or not for sure."""
    other = contacts.get(other_side(stance.side), []) if stance.side else []
    index = bisect_left(other, stance.t0 - SAME_CONTACT_S) - 1
    if index < 0 or stance.t0 - other[index] > MAX_STEP_S:
        return math.nan
    between = (other[index] + SAME_CONTACT_S, stance.t0 - SAME_CONTACT_S)
    if _between(contacts[stance.side], *between, float) or _between(contacts[""], *between, float):
        return math.nan
    return other[index]


def _watched(
    contacts: Sequence[Event], events: Sequence[Event], side: Side, signals: Sequence[Signal]
) -> list[tuple[float, float]]:
    """Stretches between two contacts of one source in which it can have missed none."""
    uncertain = _uncertain_events(events, side, contacts)
    offs = _foot_offs(events, side)
    return [
        (a.time, b.time)
        for a, b in pairwise(contacts)
        if a.source == b.source
        and b.time - a.time <= MAX_STRIDE_S
        and not _between(uncertain, a.time, b.time, float)
        and not _missed_contact(a, b, offs, signals)
    ]


def _uncertain_events(events: Iterable[Event], side: Side, contacts: Sequence[Event]) -> list[float]:
    """Times of doubtful contacts of this foot, or of no known foot, that no surer source speaks for."""
    doubtful = [e for e in events if e.kind == "IC" and e.side in (side, "") and e.confidence < MIN_CONFIDENCE]
    near = MIN_STRIDE_S / 2
    return sorted(
        e.time
        for e in doubtful
        if not _between(contacts, e.time - near, e.time + near, _time) and not _better_watches(e, contacts)
    )


def _better_watches(uncertain_event: Event, contacts: Sequence[Event]) -> bool:
    """Whether a doubtful contact lies between two contacts of one better source."""
    after = bisect_left(contacts, uncertain_event.time, key=_time)
    if not 0 < after < len(contacts):
        return False
    a, b = contacts[after - 1], contacts[after]
    better = source_order(a.source) < source_order(uncertain_event.source)
    return better and a.source == b.source and b.time - a.time <= MAX_STRIDE_S


def _foot_offs(events: Iterable[Event], side: Side) -> list[Event]:
    return sorted(e for e in events if e.kind == "FO" and e.side == side)


def _missed_contact(a: Event, b: Event, offs: Sequence[Event], signals: Sequence[Signal]) -> bool:
    """Whether the one source of both contacts may have missed a contact between them."""
    if sum(e.source == a.source for e in _between(offs, a.time, b.time, _time)) > 1:
        return True
    for signal in signals:
        if any(_is_source(c.site, c.side, a.source) for c in signal.channels):
            i, j = np.searchsorted(signal.time, [a.time, b.time])
            steps = np.diff(signal.time[max(i - 1, 0) : j + 1])
            if len(steps) and float(steps.max()) > LONGEST_HIDDEN_GAP_S:
                return True
    return False


def _is_source(site: str, side: Side, source: str) -> bool:
    return bool(site) and source in (site, f"imu:{site}", f"imu:{site}_{side}")


class _Foot(NamedTuple):
    """What is known of one foot, in the order of time: contacts, doubts about them, and when it left the ground."""

    contacts: list[Event]
    uncertain: list[float]
    offs: list[Event]

    @classmethod
    def of(cls, events: Sequence[Event], side: Side, contacts: list[Event]) -> "_Foot":
        return cls(contacts, _uncertain_events(events, side, contacts), _foot_offs(events, side))


def _other_foot(a: Event, b: Event, foot: _Foot) -> tuple[float, float]:
    """When the other foot left the ground and landed between two contacts of this one; NaN where nothing is sure."""
    landed = _between(foot.contacts, a.time, b.time, _time)
    if len(landed) != 1 or _between(foot.uncertain, a.time, b.time, float):
        return math.nan, math.nan
    return _foot_off(a, landed[0], foot.offs), landed[0].time


def _foot_off(a: Event, b: Event, offs: Sequence[Event]) -> float:
    """When the foot left the ground between two of its contacts; NaN when nothing saw it."""
    seen = [e for e in _between(offs, a.time, b.time, _time) if e.confidence >= MIN_CONFIDENCE]
    if not seen:
        return math.nan
    return min(seen, key=lambda e: (e.source != a.source, source_order(e.source), e.time)).time
