"""Plates under a chair, and contacts of one who rises or sits down: neither is a step."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from groundup.analysis.gait.sit_to_stand import RISING, SITTING_DOWN, of_one_source
from groundup.model.events import Event, SitToStand
from groundup.model.signals import Signal

NO_STEP = 0.3
"""Confidence of a contact in which somebody rises or sits down, and of what looks like a rise and is none."""
_SEAT_SHARE = 0.6  # of all plates' load while the person sits; the feet carry a tenth to a third
_EMPTY_SHARE = 0.12  # of it once the person stands: the chair itself may stay on the plate
_SHIFTED_SHARE = 0.75  # who has so much of the weight on the feet before as after stood all the time
_AROUND_S = 0.025


def without_seats(events: Sequence[Event], plates: Sequence[Signal]) -> list[Event]:
    """Events with those of plates under a chair told as what they are.

    A plate that carries most of the weight as a rise begins, and next to nothing as it ends, is under the seat: its
    contacts are ``seat_on`` and ``seat_off``. What looks like a rise while the plates carry the person all the time is
    a shift of weight; it, and a contact in which somebody rises or sits down, lose their confidence.

    Parameters
    ----------
    events : sequence of Event
    plates : sequence of Signal
        Ground reaction forces.
    """
    loads = {_name(signal): signal for signal in plates if "Fz" in [c.label for c in signal.channels]}
    changed: dict[str, list[Event]] = {}
    for event in sorted(events):
        if event.kind in (*RISING, "seat_on") and event.source in loads:
            changed.setdefault(event.source, []).append(event)
    if not changed:
        return list(events)
    changes = {
        source: [*of_one_source(mine, RISING), *(_backwards(f) for f in of_one_source(mine, SITTING_DOWN))]
        for source, mine in changed.items()
    }
    seats = {name for name in loads if _is_seat(name, changes, loads)}
    feet = {name: signal for name, signal in loads.items() if name not in seats}
    shifts = {(s, c.seat_off) for s, found in changes.items() for c in found if s in seats or _is_shift(c, feet)}
    real = [c for s, found in changes.items() for c in found if (s, c.seat_off) not in shifts]
    return sorted(_retold(events, list(loads), seats, shifts, real))


def _backwards(fall: SitToStand) -> SitToStand:
    """Sitting down as the rise that it is backwards in time."""
    return replace(fall, t0=fall.t1, t1=fall.t0)


def _name(plate: Signal) -> str:
    return plate.channels[0].site or plate.id


def _load(plate: Signal, time: float) -> float:
    """Vertical load (N) around a moment; 0 where it is not known."""
    column = [c.label for c in plate.channels].index("Fz")
    first, last = np.searchsorted(plate.time, [time - _AROUND_S, time + _AROUND_S])
    values = plate.samples[first : max(last, first + 1), column]
    return float(np.nan_to_num(values).mean()) if len(values) else 0.0


def _is_seat(name: str, changes: dict[str, list[SitToStand]], loads: dict[str, Signal]) -> bool:
    """Whether a plate is loaded as long as others tell of sitting, and empty when they tell of standing."""
    changed = [c for source, found in changes.items() if source != name for c in found]
    alike = 0
    for change in changed:
        before, after = (sum(_load(plate, t) for plate in loads.values()) for t in (change.t0, change.t1))
        mine = (_load(loads[name], change.t0), _load(loads[name], change.t1))
        alike += before > 0 and mine[0] >= _SEAT_SHARE * before and mine[1] <= _EMPTY_SHARE * after
    return alike > len(changed) / 2


def _is_shift(change: SitToStand, feet: dict[str, Signal]) -> bool:
    before, after = (sum(_load(plate, t) for plate in feet.values()) for t in (change.t0, change.t1))
    return after > 0 and before >= _SHIFTED_SHARE * after


def _retold(
    events: Sequence[Event],
    plates: Sequence[str],
    seats: set[str],
    shifts: set[tuple[str, float]],
    real: Sequence[SitToStand],
) -> list[Event]:
    moments = sorted(change.seat_off for change in real)
    uncertain_contacts = {e for name in plates if name not in seats for e in _contacts_around(events, name, moments)}
    changed = []
    for event in events:
        if event.source in seats and event.kind in ("IC", "FO"):
            changed.append(replace(event, kind="seat_on" if event.kind == "IC" else "seat_off", side=""))
        elif event in uncertain_contacts:
            changed.append(replace(event, confidence=min(event.confidence, NO_STEP)))
        elif event.source not in seats or event.kind not in (*RISING, "seat_on"):
            changed.append(event)
    return [replace(e, confidence=NO_STEP) if (e.source, e.time) in shifts else e for e in changed]


def _contacts_around(events: Sequence[Event], plate: str, moments: Sequence[float]) -> list[Event]:
    """Contacts of a plate, and their ends, with one of these moments in between."""
    mine = sorted(e for e in events if e.source == plate and e.kind in ("IC", "FO"))
    found: list[Event] = []
    for on, off in pairwise(mine):
        inside = np.searchsorted(moments, off.time) > np.searchsorted(moments, on.time)
        if (on.kind, off.kind) == ("IC", "FO") and inside:
            found += [on, off]
    return found
