"""Evidence by what else saw the contact: the events of the file, and sensors on the foot."""

from dataclasses import replace

import numpy as np

from groundup.analysis.gait.contact_evidence.doubt import NONE, Doubt, ramp, worst
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.model.anatomy import Side
from groundup.model.events import Event, EventKind

_FAR_S = 0.6
_FILE_S = (0.035, 0.07)  # people and cameras mark contacts to some 10 to 20 ms, and to 40 on a treadmill
_SENSOR_S = (0.05, 0.1)  # beside what that sensor is usually off
_ENOUGH = 4
_USUAL_S = {"IC": -0.01, "FO": 0.018}  # of a foot sensor against plates and markers


def by_file(contact: Contact, scene: Scene) -> Doubt | None:
    """Hold the file's events of this foot against the contact; None where it has none around it."""
    events = scene.told_near("file", contact.t0 - _FAR_S, contact.t1 + _FAR_S)
    return _against(contact, events, {"IC": 0.0, "FO": 0.0}, _FILE_S, "the file's events")


def by_sensors(contact: Contact, scene: Scene) -> Doubt | None:
    """Hold contacts by the sensor of this foot against the plate's; None where it has none around it.

    Where only where the feet stand tells the side, the other foot may be meant: a foot that fits is none to doubt.
    """
    declared = any(channel.side for channel in scene.plates[contact.source].channels)
    sides: tuple[Side, ...] = (contact.side,) if declared else ("L", "R")
    doubts = [doubt for side in sides if (doubt := _by_sensor(replace(contact, side=side), scene)) is not None]
    return min(doubts, key=lambda doubt: doubt.share) if len(doubts) == len(sides) else None


def _by_sensor(contact: Contact, scene: Scene) -> Doubt | None:
    source = f"imu:foot_{contact.side}"
    events = scene.told_near(source, contact.t0 - _FAR_S, contact.t1 + _FAR_S)
    if not events:
        return None
    usual = _usual(contact, scene, source)
    return _against(contact, events, usual, _SENSOR_S, f"the sensor {source.removeprefix('imu:')}")


def _against(
    contact: Contact, events: list[Event], usual: dict[str, float], limits: tuple[float, float], who: str
) -> Doubt | None:
    found = []
    ends: tuple[tuple[EventKind, float, str], ...] = (("IC", contact.t0, "begins"), ("FO", contact.t1, "ends"))
    for kind, time, verb in ends:
        off = _off(events, kind, contact.side, time)
        if off is None:
            continue
        late = off - usual[kind]
        share = ramp(abs(late), *limits)
        text = f"by {who} the contact {verb} {abs(1000 * late):.0f} ms {'later' if late > 0 else 'earlier'}"
        found.append(Doubt(share, text) if share else NONE)
    # One end of it only says little: the other may be as wrong as can be.
    return worst(found) if len(found) == 2 or any(doubt.share for doubt in found) else None


def _off(events: list[Event], kind: str, side: Side, time: float) -> float | None:
    """How much later this foot's nearest event of a kind is (s); None where none is near."""
    mine = [e.time - time for e in events if e.kind == kind and e.side == side and abs(e.time - time) <= _FAR_S]
    return min(mine, key=abs) if side and mine else None


def _usual(contact: Contact, scene: Scene, source: str) -> dict[str, float]:
    """How much later than the plates a sensor usually is, by the contacts around this one."""
    near = [c for c in scene.near(contact) if c.side == contact.side]
    usual = dict(_USUAL_S)
    if len(near) < _ENOUGH:
        return usual
    events = scene.told_near(source, near[0].t0 - _FAR_S, near[-1].t1 + _FAR_S)
    kinds: tuple[EventKind, ...] = ("IC", "FO")
    for kind in kinds:
        off = [late for c in near if (late := _off(events, kind, c.side, c.t0 if kind == "IC" else c.t1)) is not None]
        if len(off) >= _ENOUGH:
            usual[kind] = float(np.median(off))
    return usual
