"""Evidence by what else saw the contact: the events of the file, and sensors on the foot."""

from dataclasses import replace

import numpy as np

from groundup.analysis.gait.contact_evidence.evidence import NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.model.anatomy import Side
from groundup.model.events import EventKind

_FAR_S = 0.6
_FILE_S = (0.035, 0.07)  # people and cameras mark contacts to some 10 to 20 ms, and to 40 on a treadmill
_SENSOR_S = (0.05, 0.1)  # beside what that sensor is usually off
_ENOUGH = 4
_MOST_USUAL_S = 0.06
_SENSOR_USUAL_S = {"IC": -0.01, "FO": 0.018}  # of a foot sensor against plates and markers


def by_file(contact: Contact, scene: Scene) -> Evidence | None:
    """Hold the file's events of this foot against the contact; None where it has none around it."""
    usual = _usual(contact, scene, "file", {"IC": 0.0, "FO": 0.0})
    return _against(contact, scene, "file", usual, _FILE_S)


def by_sensors(contact: Contact, scene: Scene) -> Evidence | None:
    """Hold contacts by the sensor of this foot against the plate's; None where it has none around it.

    Where only where the feet stand tells the side, the other foot may be meant: a foot that fits is none to doubt.
    """
    declared = any(channel.side for channel in scene.plates[contact.source].channels)
    sides: tuple[Side, ...] = (contact.side,) if declared else ("L", "R")
    findings = [finding for side in sides if (finding := _by_sensor(replace(contact, side=side), scene)) is not None]
    return min(findings, key=lambda finding: finding.share) if len(findings) == len(sides) else None


def _by_sensor(contact: Contact, scene: Scene) -> Evidence | None:
    source = f"imu:foot_{contact.side}"
    if source not in scene.independent:
        return None
    usual = _usual(contact, scene, source, _SENSOR_USUAL_S)
    return _against(contact, scene, source, usual, _SENSOR_S)


def _against(
    contact: Contact, scene: Scene, source: str, usual: dict[str, float], limits: tuple[float, float]
) -> Evidence | None:
    who = "the file's events" if source == "file" else f"the sensor {source.removeprefix('imu:')}"
    found = []
    ends: tuple[tuple[EventKind, float, str], ...] = (("IC", contact.t0, "begins"), ("FO", contact.t1, "ends"))
    for kind, time, verb in ends:
        off = _off(scene, source, kind, contact.side, time)
        if off is None:
            continue
        late = off - usual[kind]
        share = ramp(abs(late), *limits)
        text = f"by {who} the contact {verb} {abs(1000 * late):.0f} ms {'later' if late > 0 else 'earlier'}"
        found.append(Evidence(share, text) if share else NONE)
    # One end of it only says little: the other may be as wrong as can be.
    return worst(found) if len(found) == 2 or any(finding.share for finding in found) else None


def _off(scene: Scene, source: str, kind: str, side: Side, time: float) -> float | None:
    """How much later this foot's nearest event of a kind is (s); None where none is near."""
    events = scene.events_near(source, time - _FAR_S, time + _FAR_S)
    mine = [e.time - time for e in events if e.kind == kind and e.side == side]
    return min(mine, key=abs) if side and mine else None


def _usual(contact: Contact, scene: Scene, source: str, few: dict[str, float]) -> dict[str, float]:
    """How much later than the plates something usually is, by the contacts around this one, or `few` of a few."""
    near = [c for c in scene.near(contact) if c.side == contact.side]
    usual = dict(few)
    if len(near) < _ENOUGH:
        return usual
    kinds: tuple[EventKind, ...] = ("IC", "FO")
    for kind in kinds:
        ends = [c.t0 if kind == "IC" else c.t1 for c in near]
        off = [late for time in ends if (late := _off(scene, source, kind, contact.side, time)) is not None]
        if len(off) >= _ENOUGH:
            usual[kind] = float(np.clip(np.median(off), few[kind] - _MOST_USUAL_S, few[kind] + _MOST_USUAL_S))
    return usual
