"""Evidence by the handover from plate to plate: while one foot takes over from the other, the two carry the person."""

from collections.abc import Collection, Mapping

import numpy as np

from groundup.analysis.gait.contact_evidence.evidence import LESS, NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.analysis.gait.strides import MIN_CONFIDENCE

_FLIGHT_S = 0.15
_STANCE_S = 0.42  # shorter ones are of a run, in which nothing carries the person in flight
_TOTAL = (0.66, 0.45)
_SUPPORT = (0.38, 0.5)  # of the stance; in slow walking a third
_ONE_OF_TWO = 0.45  # which of the two it is, the other evidence tells
_INSIDE = 0.6


def by_handover(scene: Scene, sure: Mapping[Contact, float], whole: Collection[Contact]) -> dict[Contact, Evidence]:
    """Hold each contact against those on other plates that are sure, and meet it.

    Parameters
    ----------
    scene : Scene
    sure : mapping of Contact to float
        How sure the other evidence leaves each.
    whole : collection of Contact
        Of which no part can be beside the plate: what they carry less, something else carries.
    """
    found = {contact: _by_neighbours(contact, scene, sure, contact in whole) for contact in scene.contacts}
    return {contact: finding for contact, finding in found.items() if finding is not None}


def _by_neighbours(contact: Contact, scene: Scene, sure: Mapping[Contact, float], whole: bool) -> Evidence | None:
    if contact.lasts < _STANCE_S:
        return None
    neighbours = [
        c
        for c in scene.near(contact)
        if c.source != contact.source
        and sure[c] >= MIN_CONFIDENCE
        and c.t0 < contact.t1 + _FLIGHT_S
        and c.t1 > contact.t0 - _FLIGHT_S
    ]
    return worst([_between(contact, other, whole) for other in neighbours]) if neighbours else None


def _between(contact: Contact, other: Contact, whole: bool) -> Evidence:
    """What speaks against one of two contacts by the time between them, or in which both are loaded."""
    first, second = (contact, other) if contact.t0 < other.t0 else (other, contact)
    names = f"{first.source} and {second.source}"
    if second.t1 <= first.t1:
        return Evidence(_INSIDE, f"the contacts on {names} lie one in the other")
    both, shorter = first.t1 - second.t0, min(first.lasts, second.lasts)
    least = _least_total(first, second, 0.25 * shorter)
    text = f"between {names} the person is carried by {least:.2f} of the load before and after: {LESS}"
    return worst(
        [
            Evidence(ramp(both / shorter, *_SUPPORT), f"{names} are loaded {both:.2f} s together"),
            NONE if whole else Evidence(_ONE_OF_TWO * ramp(least, *_TOTAL), text),
        ]
    )


def _least_total(first: Contact, second: Contact, edge: float) -> float:
    """Least force of both from one to the other, as a share of what they carry in their middle."""
    t0, t1 = sorted((second.t0, first.t1))
    time = np.linspace(t0 - edge / 2, t1 + edge / 2, 40)
    total = sum(np.interp(time, c.time, c.force, left=0.0, right=0.0) for c in (first, second))
    usual = max(first.middle, second.middle)
    return float(np.min(total)) / usual if usual > 0 else 1.0
