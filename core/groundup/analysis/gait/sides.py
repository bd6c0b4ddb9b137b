"""Left or right: a side for contacts whose plate has none of its own."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from groundup.analysis.gait.progression import progression, source_of
from groundup.model.anatomy import Side
from groundup.model.events import Event, Stance
from groundup.model.signals import Floats, Signal

_FILE = "file"
_NEAR_S = 0.1
# The other foot lands before this one leaves, in running up to a flight later; the same foot needs a swing longer.
_FLIGHT_S = 0.25
_APART_M = 0.01
_LEAST_OF_ONE_SIDE = 2
_STRIDE_S = 2.0  # steps on one plate further apart are another walk


@dataclass(frozen=True)
class _Contact:
    """Positions of a contact's IC and FO among the events; -1 where one is missing."""

    ic: int
    fo: int


def with_sides(events: Sequence[Event], grf: Sequence[Signal], direction: tuple[float, float] | None) -> list[Event]:
    """Give a side to the contacts (IC, FO) that have none.

    In this order: the side that the plate's channels declare; the side of the nearest contact of the same kind that the
    file brings, within 0.1 s; where the foot stands beside those before and after it, across the direction of
    progression; else the side stays empty. IC and FO of one contact get one side.

    Parameters
    ----------
    events : sequence of Event
        All events of a recording, those of the file (source ``file``) among them.
    grf : sequence of Signal
        Ground reaction forces (kind ``grf``; channels CoPx, CoPy in m).
    direction : tuple of float, or None
        Unit vector of progression (`groundup.analysis.gait.progression`).

    Returns
    -------
    list of Event
        The same events in the same order.
    """
    result = list(events)
    signals = {source_of(signal): signal for signal in grf}
    contacts = _contacts(result, set(signals))
    files = {kind: sorted((e.time, e.side) for e in events if _is_of_file(e, kind)) for kind in ("IC", "FO")}
    known_sides: dict[int, Side] = {}
    for number, contact in enumerate(contacts):
        first = result[max(contact.ic, contact.fo)]
        side = _declared(signals[first.source]) or _from_file(result, contact, files)
        if side:
            known_sides[number] = side
    by_neighbours = _by_neighbours(result, contacts, signals, direction)
    by_neighbours = _plates_of_one_side(result, contacts, by_neighbours) | by_neighbours
    for number, contact in enumerate(contacts):
        side = known_sides.get(number) or by_neighbours.get(number, "")
        for index in (contact.ic, contact.fo):
            if side and index >= 0 and not result[index].side:
                result[index] = replace(result[index], side=side)
    return result


def _contacts(events: Sequence[Event], sources: set[str]) -> list[_Contact]:
    """Pair each IC with the FO that follows it on the same plate, in the order of time."""
    found: list[_Contact] = []
    for source in sources:
        mine = [i for i, e in enumerate(events) if e.source == source and e.kind in ("IC", "FO")]
        mine.sort(key=lambda i: events[i].time)
        open_ic = -1
        for index in mine:
            if events[index].kind == "IC":
                if open_ic >= 0:
                    found.append(_Contact(open_ic, -1))
                open_ic = index
            else:
                found.append(_Contact(open_ic, index))
                open_ic = -1
        if open_ic >= 0:
            found.append(_Contact(open_ic, -1))
    return sorted(found, key=lambda c: events[c.ic if c.ic >= 0 else c.fo].time)


def _declared(signal: Signal) -> Side:
    sides = {channel.side for channel in signal.channels if channel.side}
    return sides.pop() if len(sides) == 1 else ""


def _is_of_file(event: Event, kind: str) -> bool:
    return event.source == _FILE and event.kind == kind and event.side != ""


def _from_file(events: Sequence[Event], contact: _Contact, files: dict[str, list[tuple[float, Side]]]) -> Side:
    """The side of the file's nearest event of the same kind, over IC and FO together."""
    best: tuple[float, Side] = (_NEAR_S, "")
    for index in (contact.ic, contact.fo):
        if index < 0:
            continue
        time, known = events[index].time, files[events[index].kind]
        first = bisect_left(known, (time - _NEAR_S, ""))
        for there, side in known[first : bisect_right(known, (time + _NEAR_S, "~"))]:
            best = min(best, (abs(there - time), side))
    return best[1]


def _by_neighbours(
    events: Sequence[Event],
    contacts: Sequence[_Contact],
    signals: dict[str, Signal],
    direction: tuple[float, float] | None,
) -> dict[int, Side]:
    """Sides by where each foot stands against its neighbours in time: left of them is left.

    Each run of consecutive steps goes its own way where its forces tell, so that a person may walk back and forth.
    """
    placed: list[tuple[int, Stance, Floats]] = []
    for number, contact in enumerate(contacts):
        at = _place(events, contact, signals)
        if at is not None:
            placed.append((number, *at))
    runs = np.cumsum([0, *(b[1].t0 - a[1].t1 > _FLIGHT_S for a, b in pairwise(placed))])
    sides: dict[int, Side] = {}
    for _, group in groupby(zip(placed, runs.tolist(), strict=False), key=lambda pair: pair[1]):
        run = [item for item, _ in group]
        way = progression(list(signals.values()), [stance for _, stance, _ in run]) or direction
        if way is None:
            continue
        lateral = [float(cop @ np.array([-way[1], way[0]])) for _, _, cop in run]
        for i, (number, _, _) in enumerate(run):
            by_neighbours = [lateral[j] for j in (i - 1, i + 1) if 0 <= j < len(run)]
            if by_neighbours and abs(lateral[i] - float(np.mean(by_neighbours))) >= _APART_M:
                sides[number] = "L" if lateral[i] > float(np.mean(by_neighbours)) else "R"
    return sides


def _place(events: Sequence[Event], contact: _Contact, signals: dict[str, Signal]) -> tuple[Stance, Floats] | None:
    """A whole contact as a stance, and its mean centre of pressure (m); None when it is not to be trusted."""
    if contact.ic < 0 or contact.fo < 0 or events[contact.ic].confidence < 0.5:
        return None
    stance = Stance(events[contact.ic].time, events[contact.fo].time, "", events[contact.ic].source)
    signal = signals[stance.source].between(stance.t0, stance.t1)
    try:
        cop = np.column_stack([signal.column("CoPx"), signal.column("CoPy")])
    except KeyError:
        return None
    cop = cop[np.isfinite(cop).all(axis=1)]
    return (stance, cop.mean(axis=0)) if len(cop) else None


def _plates_of_one_side(
    events: Sequence[Event], contacts: Sequence[_Contact], sides: dict[int, Side]
) -> dict[int, Side]:
    """Where one foot steps again and again on one plate (a split belt), its side also for contacts not placed."""
    on_plate: dict[str, list[tuple[float, int]]] = {}
    for number, contact in enumerate(contacts):
        first = events[contact.ic if contact.ic >= 0 else contact.fo]
        on_plate.setdefault(first.source, []).append((first.time, number))
    filled: dict[int, Side] = {}
    for steps in on_plate.values():
        walks = np.cumsum([0, *(b[0] - a[0] > _STRIDE_S for a, b in pairwise(steps))]).tolist()
        for _, group in groupby(zip(steps, walks, strict=True), key=lambda pair: pair[1]):
            numbers = [number for (_, number), _ in group]
            found = [sides[number] for number in numbers if number in sides]
            if len(found) >= _LEAST_OF_ONE_SIDE and len(set(found)) == 1:
                filled |= dict.fromkeys(numbers, found[0])
    return filled
