"""Evidence by Newton's second law: over a gait cycle the feet carry the weight, each of them for half of it."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from groundup.analysis.gait.contact_evidence.evidence import LESS, MORE, NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.analysis.gait.strides import MAX_STEP_S, MIN_CONFIDENCE
from groundup.model.anatomy import Side

_STEP_S = (0.2, MAX_STEP_S)
_UNLIKE = 2.0  # times as long as the other: no two steps in a row; a severe limp has 1.7
_WALKING_S, _SLOW_S = 0.42, 0.9  # slower: the feet stand together for longer, and each carries less in the mean
_PEAK = (0.8, 0.6)  # of the weight: a step of somebody who leans on nothing never stays under it so far
_OWN = 0.1  # so far may what all contacts carry be from the weight before that is not believed
_BELIEVABLE = (0.35, 2.5)  # of the weight: pounds for kg, another person, a harness; what is beyond was not felt whole
_FEW = 3
_ALIKE = 1.15


@dataclass(frozen=True)
class _Limits:
    """Shares of the weight: where too little, and too much, begin to be doubtful, and are beyond doubt."""

    less: tuple[float, float]
    more: tuple[float, float]
    what: str = "over its part of the gait cycle"


_CYCLE = _Limits((0.86, 0.74), (1.16, 1.3))  # who limps carries up to a tenth more on one leg
_STEP = _Limits((0.82, 0.66), (1.2, 1.4))  # only one of the two steps beside it was seen
_LONE = _Limits((0.68, 0.58), (1.02, 1.15), "in the mean")  # of a stance of walking, of which the feet share a part
_LONE_SLOW = _Limits((0.6, 0.5), (1.02, 1.15), "in the mean")


@dataclass(frozen=True)
class _Carried:
    """Force (N) that a contact would carry a body with, what it is held to, and of which foot it is."""

    newton: float
    limits: _Limits
    side: Side

    def deviation(self, weight: float) -> float:
        """Share of doubt; negative where it carried too little."""
        ratio = self.newton / weight
        return ramp(ratio, *self.limits.more) - ramp(ratio, *self.limits.less)


def by_load(scene: Scene, sure: Mapping[Contact, float], whole: Collection[Contact]) -> dict[Contact, Evidence]:
    """Hold what each foot carried against the weight.

    A body that comes back to the same height and speed after each stride was carried by its own weight in the mean
    (Newton's second law). A foot carries it for half of a stride: its impulse over that time is the weight. Where no
    step beside it was seen, the mean force of the stance is held against what walking has. A weight that all contacts
    contradict alike is not believed.

    Parameters
    ----------
    scene : Scene
    sure : mapping of Contact to float
        How sure the other evidence leaves each.
    whole : collection of Contact
        Of which no part can be beside the plate: what they carry less, something else carries.
    """
    carried = {contact: _carried(contact, scene, sure) for contact in scene.contacts}
    weight = _weight(scene.weight, [c for contact, c in carried.items() if c and sure[contact] >= MIN_CONFIDENCE])
    if not math.isfinite(weight):
        return {}
    return {contact: _finding(contact, one, weight, contact in whole) for contact, one in carried.items()}


def _finding(contact: Contact, carried: _Carried | None, weight: float, whole: bool) -> Evidence:
    peak, findings = contact.peak / weight, [NONE]
    if not whole or peak < _BELIEVABLE[0]:
        text = f"{contact.source} carried no more than {peak:.2f} of the body weight: {LESS}"
        findings.append(Evidence(ramp(peak, *_PEAK), text))
    if carried is not None:
        ratio, share = carried.newton / weight, carried.deviation(weight)
        text = f"{contact.source} carried {ratio:.2f} of the body weight {carried.limits.what}"
        # Where one leg is spared, two steps in a row are not alike: only both of them tell how much it carried.
        sparing = carried.limits is not _CYCLE if share > 0 else ratio > _BELIEVABLE[0]
        if not (whole and sparing):
            findings.append(Evidence(abs(share), f"{text}: {MORE if share > 0 else LESS}"))
    return worst(findings)


def _weight(stated: float, carried: list[_Carried]) -> float:
    """The weight (N), or what the contacts carried where it is not known or they all contradict it; NaN: neither."""
    cycles = [c for c in carried if c.limits is _CYCLE]
    own = _own(cycles) if len(cycles) >= _FEW else math.nan
    if not math.isfinite(stated):
        return own if len(cycles) >= 2 * _FEW else math.nan
    if math.isfinite(own):
        return own if abs(own / stated - 1) > _OWN and _believable(own / stated) else stated
    for limits in (_CYCLE, _STEP, _LONE, _LONE_SLOW):
        alike = [c for c in carried if c.limits is limits]
        forces = [c.newton for c in alike]
        if not forces or not _believable(float(np.median(forces)) / stated):
            continue
        findings = [c.deviation(stated) for c in alike]
        if len(alike) > 1 and max(forces) < _ALIKE * min(forces) and (min(findings) >= 0.5 or max(findings) <= -0.5):
            return math.nan
    return stated


def _own(cycles: list[_Carried]) -> float:
    """What the contacts carried (N); NaN where one leg carried more than the other, as beside a crutch."""
    by_side: dict[Side, list[float]] = {}
    for one in cycles:
        by_side.setdefault(one.side, []).append(one.newton)
    legs = [float(np.median(forces)) for forces in by_side.values()]
    return float(np.median([c.newton for c in cycles])) if max(legs) < _ALIKE * min(legs) else math.nan


def _believable(share: float) -> bool:
    return _BELIEVABLE[0] < share < _BELIEVABLE[1]


def _carried(contact: Contact, scene: Scene, sure: Mapping[Contact, float]) -> _Carried | None:
    """By the time from the other foot's contact before to its next, by one step, or by the contact's own time."""
    times = _contacts_around(contact, scene, sure)
    before = max((t for t in times if t < contact.t0 - _STEP_S[0]), default=-math.inf)
    after = min((t for t in times if t > contact.t0 + _STEP_S[0]), default=math.inf)
    steps = [step for step in (contact.t0 - before, after - contact.t0) if _STEP_S[0] < step < _STEP_S[1]]
    # A step longer than the contact itself, in walking, passes over one that nothing saw.
    short = [step for step in steps if step < contact.lasts or contact.lasts < _WALKING_S]
    if not contact.side:  # the contacts before and after may be of the same foot: two strides, not two steps
        steps = short
    if len(steps) == 2 and max(steps) < _UNLIKE * min(steps):
        return _Carried(contact.impulse / (sum(steps) / 2), _CYCLE, contact.side)
    if short:
        return _Carried(contact.impulse / min(short), _STEP, contact.side)
    if contact.lasts >= _WALKING_S:
        limits = _LONE if contact.lasts <= _SLOW_S else _LONE_SLOW
        return _Carried(contact.impulse / contact.lasts, limits, contact.side)
    return None


def _contacts_around(contact: Contact, scene: Scene, sure: Mapping[Contact, float]) -> list[float]:
    """When the other foot landed, or any where the side is not known, by whatever saw it."""
    mine = contact.side
    times = [c.t0 for c in scene.near(contact) if sure[c] >= MIN_CONFIDENCE and (not mine or c.side != mine)]
    for source in scene.independent:
        near_events = scene.events_near(source, contact.t0 - _STEP_S[1], contact.t0 + _STEP_S[1])
        times += [e.time for e in near_events if e.kind == "IC" and (not mine or e.side != mine)]
    return times
