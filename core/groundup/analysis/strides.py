"""Cuts stances and strides out of contact events, by the best source that saw each contact."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from groundup.analysis.gait import Event, EventKind, Stance, Stride, Trial
from groundup.analysis.signals import Signal
from groundup.body import Side

MIN_CONFIDENCE = 0.5
"""Contacts with less are used by no metric."""
SAME_CONTACT_S = 0.05
"""Events of two sources that lie closer are one contact."""
MIN_STRIDE_S = 0.3
MAX_STRIDE_S = 3.0
"""A stride shorter or longer than these is none: a contact was missed, or the person stood still."""
LONGEST_HIDDEN_GAP_S = 0.3
"""A longer gap in the data that the contacts came from may hide a whole stance, and so a contact."""


def source_order(source: str) -> int:
    """How far down a source of contacts is trusted: plates first, then events of the file, then all others."""
    if source.startswith("plate:"):
        return 0
    return 1 if source == "file" else 2


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
    by_source: dict[tuple[str, Side], list[Event]] = {}
    for event in sorted(events):
        if event.kind in ("IC", "FO"):
            by_source.setdefault((event.source, event.side), []).append(event)
    kept: list[Stance] = []
    for source, side in sorted(by_source, key=lambda key: (source_order(key[0]), key)):
        for contact, off in pairwise(by_source[source, side]):
            sure = min(contact.confidence, off.confidence) >= MIN_CONFIDENCE
            if not sure or (contact.kind, off.kind) != ("IC", "FO") or off.time - contact.time > MAX_STRIDE_S:
                continue
            stance = Stance(contact.time, off.time, side, source, trial=trial_at(trials, contact.time, off.time))
            if not any(_same_stance(better, stance) for better in kept):
                kept.append(stance)
    return [replace(s, number=_stride_number(s, strides)) for s in sorted(kept, key=lambda s: (s.t0, s.source))]


def cut_strides(events: Sequence[Event], signals: Sequence[Signal] = (), trials: Sequence[Trial] = ()) -> list[Stride]:
    """Strides: from one contact of a foot to its next, whatever saw the two contacts.

    A stretch in which a contact may have been missed (a doubtful contact, two stances, a long gap in the data of the
    source) gives no stride, rather than one of double length.

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
    sides: tuple[Side, Side] = ("L", "R")
    for side in sides:
        contacts = best_contacts(events, side)
        doubts = _doubts(events, side, contacts)
        for a, b in pairwise(contacts):
            if not MIN_STRIDE_S <= b.time - a.time <= MAX_STRIDE_S:
                continue
            if any(a.time + SAME_CONTACT_S < t < b.time - SAME_CONTACT_S for t in doubts):
                continue
            if a.source == b.source and _missed_contact(a, b, events, signals):
                continue
            off = _foot_off(a, b, events)
            found.append(Stride(a.time, b.time, off, side, -1, trial_at(trials, a.time, b.time)))
    return [replace(s, number=n) for n, s in enumerate(sorted(found, key=lambda s: (s.t0, s.side)))]


def best_contacts(events: Iterable[Event], side: Side, kind: EventKind = "IC") -> list[Event]:
    """Contacts of one foot, each once, by the best source that saw it.

    A worse source adds a contact only where the better ones saw none: not near one of theirs, and not between two
    contacts of one better source that make a stride (it watched that foot all the while).
    """
    wanted = [e for e in sorted(events) if e.kind == kind and e.side == side and e.confidence >= MIN_CONFIDENCE]
    kept: list[Event] = []
    for order in sorted({source_order(e.source) for e in wanted}):
        better = sorted(kept)
        for event in (e for e in wanted if source_order(e.source) == order):
            if not any(abs(event.time - k.time) < MIN_STRIDE_S for k in kept) and not _watched(event.time, better):
                kept.append(event)
    return sorted(kept)


def trial_at(trials: Sequence[Trial], t0: float, t1: float) -> str:
    """Name of the trial that a stretch of time lies in, or empty."""
    return next((trial.name for trial in trials if trial.t0 <= t0 and t1 <= trial.t1), "")


def _same_stance(better: Stance, stance: Stance) -> bool:
    if source_order(better.source) == source_order(stance.source) or better.side not in (stance.side, ""):
        return False
    overlap = min(better.t1, stance.t1) - max(better.t0, stance.t0)
    return overlap > 0.5 * (stance.t1 - stance.t0)


def _stride_number(stance: Stance, strides: Sequence[Stride]) -> int:
    for stride in strides:
        if stride.side == stance.side and abs(stride.t0 - stance.t0) <= SAME_CONTACT_S:
            return stride.number
    return -1


def _watched(time: float, better: Sequence[Event]) -> bool:
    return any(
        a.time < time < b.time and a.source == b.source and b.time - a.time <= MAX_STRIDE_S for a, b in pairwise(better)
    )


def _doubts(events: Iterable[Event], side: Side, contacts: Sequence[Event]) -> list[float]:
    """Times of doubtful contacts of this foot, or of no known foot, that no surer source speaks for."""
    known = [e.time for e in contacts]
    return [
        e.time
        for e in events
        if e.kind == "IC"
        and e.side in (side, "")
        and e.confidence < MIN_CONFIDENCE
        and not any(abs(e.time - t) < MIN_STRIDE_S / 2 for t in known)
    ]


def _missed_contact(a: Event, b: Event, events: Iterable[Event], signals: Sequence[Signal]) -> bool:
    """Whether the one source of both contacts may have missed a contact between them."""
    offs = [e for e in events if e.kind == "FO" and e.source == a.source and e.side == a.side]
    if sum(a.time < e.time < b.time for e in offs) > 1:
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


def _foot_off(a: Event, b: Event, events: Iterable[Event]) -> float:
    """When the foot left the ground between two of its contacts; NaN when nothing saw it."""
    offs = [
        e
        for e in events
        if e.kind == "FO" and e.side == a.side and e.confidence >= MIN_CONFIDENCE and a.time < e.time < b.time
    ]
    if not offs:
        return float("nan")
    return min(offs, key=lambda e: (e.source != a.source, source_order(e.source), e.time)).time
