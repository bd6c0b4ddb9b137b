"""Cuts rises from a chair out of the events that plates, sensors or a file give."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from groundup.analysis.gait.strides import MIN_CONFIDENCE, source_order, trial_at
from groundup.model.events import Event, SitToStand, Trial

LONGEST_S = 10.0
"""Who takes longer from the first movement until standing has paused on the way."""

RISING = ("seated", "seat_off", "standing")
SITTING_DOWN = ("standing", "seat_on", "seated")


def cut_rises(events: Iterable[Event], trials: Sequence[Trial] = ()) -> list[SitToStand]:
    """Rises: ``seated``, ``seat_off`` and ``standing`` of one source, in this order and with none left out.

    Two plates, one under each foot, see the same rise: their times are averaged. What one plate sees as a rise and the
    other as sitting down is neither: the person shifts from foot to foot. A worse source adds only rises that no better
    one saw.

    Returns
    -------
    list of SitToStand
        In order of time.
    """
    by_source: dict[str, list[Event]] = {}
    for event in sorted(events):
        if event.kind in ("seated", "seat_off", "standing", "seat_on"):
            by_source.setdefault(event.source, []).append(event)
    kept: list[tuple[int, list[SitToStand]]] = []
    for source in sorted(by_source, key=lambda s: (source_order(s), s)):
        order = source_order(source)
        sitting = [
            fall
            for name, theirs in by_source.items()
            if name != source and source_order(name) <= order
            for fall in of_one_source(theirs, SITTING_DOWN)
        ]
        for rise in of_one_source(by_source[source], RISING):
            if any(_overlap(rise, fall) for fall in sitting):
                continue
            same = next((item for item in kept if any(_overlap(other, rise) for other in item[1])), None)
            if same is None:
                kept.append((order, [rise]))
            elif same[0] == order:
                same[1].append(rise)
    seats = [e.time for seen in by_source.values() if _of_a_seat(seen) for e in seen if e.kind == "seat_off"]
    rises = sorted((_by_the_seat(_fused(group), seats) for _, group in kept), key=lambda r: r.t0)
    return [replace(r, number=n, trial=trial_at(trials, r.t0, r.t1)) for n, r in enumerate(rises)]


def of_one_source(events: Sequence[Event], kinds: tuple[str, str, str]) -> list[SitToStand]:
    """What three events of these kinds in a row tell; of sitting down `seat_off` is when the seat was reached."""
    found = []
    for a, b, c in zip(events, events[1:], events[2:], strict=False):
        sure = min(a.confidence, b.confidence, c.confidence) >= MIN_CONFIDENCE
        if (a.kind, b.kind, c.kind) == kinds and sure and c.time - a.time <= LONGEST_S:
            found.append(SitToStand(a.time, c.time, b.time, a.source))
    return found


def _of_a_seat(events: Sequence[Event]) -> bool:
    return all(event.kind in ("seat_off", "seat_on") for event in events)


def _by_the_seat(rise: SitToStand, seats: Sequence[float]) -> SitToStand:
    off = next((time for time in seats if rise.t0 < time < rise.t1), None)
    return rise if off is None else replace(rise, seat_off=off)


def _overlap(one: SitToStand, other: SitToStand) -> bool:
    return one.t0 < other.t1 and other.t0 < one.t1


def _fused(group: Sequence[SitToStand]) -> SitToStand:
    return SitToStand(
        median(r.t0 for r in group),
        median(r.t1 for r in group),
        median(r.seat_off for r in group),
        " ".join(dict.fromkeys(r.source for r in group)),
    )
