"""Left or right: a side for contacts whose plate has none of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from groundup.analysis.gait import Event
from groundup.analysis.progression import source_of
from groundup.analysis.signals import Floats, Signal
from groundup.body import Side

_FILE = "file"
_NEAR_S = 0.1
_NEXT_S = 1.5  # feet that land further apart in time are not consecutive steps
_APART_M = 0.01


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
        Unit vector of progression (`groundup.analysis.progression`).

    Returns
    -------
    list of Event
        The same events in the same order.
    """
    result = list(events)
    signals = {source_of(signal): signal for signal in grf}
    contacts = _contacts(result, set(signals))
    told: dict[int, Side] = {}
    for number, contact in enumerate(contacts):
        first = result[max(contact.ic, contact.fo)]
        side = _declared(signals[first.source]) or _from_file(result, contact)
        if side:
            told[number] = side
    beside = _beside(result, contacts, signals, direction) if direction is not None else {}
    for number, contact in enumerate(contacts):
        side = told.get(number) or beside.get(number, "")
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


def _from_file(events: Sequence[Event], contact: _Contact) -> Side:
    """The side of the file's nearest event of the same kind, over IC and FO together."""
    best: tuple[float, Side] = (_NEAR_S, "")
    for index in (contact.ic, contact.fo):
        if index < 0:
            continue
        for event in events:
            if event.source == _FILE and event.kind == events[index].kind and event.side:
                best = min(best, (abs(event.time - events[index].time), event.side))
    return best[1]


def _beside(
    events: Sequence[Event],
    contacts: Sequence[_Contact],
    signals: dict[str, Signal],
    direction: tuple[float, float],
) -> dict[int, Side]:
    """Sides by where each foot stands against its neighbours in time: left of them is left."""
    left = np.array([-direction[1], direction[0]])
    placed: list[tuple[int, float, float]] = []  # number, time, how far to the left (m)
    for number, contact in enumerate(contacts):
        at = _place(events, contact, signals)
        if at is not None:
            placed.append((number, at[0], float(at[1] @ left)))
    runs = np.cumsum([0, *(b[1] - a[1] > _NEXT_S for a, b in pairwise(placed))])
    sides: dict[int, Side] = {}
    for _, group in groupby(zip(placed, runs.tolist(), strict=False), key=lambda pair: pair[1]):
        run = [item for item, _ in group]
        for i, (number, _, where) in enumerate(run):
            beside = [run[j][2] for j in (i - 1, i + 1) if 0 <= j < len(run)]
            if beside and abs(where - float(np.mean(beside))) >= _APART_M:
                sides[number] = "L" if where > float(np.mean(beside)) else "R"
    return sides


def _place(events: Sequence[Event], contact: _Contact, signals: dict[str, Signal]) -> tuple[float, Floats] | None:
    """When a contact began (s), and its mean centre of pressure (m); None when it is not to be trusted."""
    if contact.ic < 0 or contact.fo < 0 or events[contact.ic].confidence < 0.5:
        return None
    t0, t1 = events[contact.ic].time, events[contact.fo].time
    signal = signals[events[contact.ic].source].between(t0, t1)
    try:
        cop = np.column_stack([signal.column("CoPx"), signal.column("CoPy")])
    except KeyError:
        return None
    cop = cop[np.isfinite(cop).all(axis=1)]
    return (t0, cop.mean(axis=0)) if len(cop) else None
