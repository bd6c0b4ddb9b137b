"""Whether a contact with a plate is whole, and of one foot: all evidence that a recording has, brought together.

A plate feels only what stands on it. A foot that is partly beside it, one across two plates, and two feet on one look
like a contact each, with their centre of pressure on the plate: by the plate alone it cannot be told.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from groundup.analysis.gait.contact_evidence.evidence import NONE, Evidence, worst
from groundup.analysis.gait.contact_evidence.footing import by_footing, is_one_whole_foot
from groundup.analysis.gait.contact_evidence.handover import by_handover
from groundup.analysis.gait.contact_evidence.independent_events import by_file, by_sensors
from groundup.analysis.gait.contact_evidence.load import by_load
from groundup.analysis.gait.contact_evidence.markers import by_markers
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.analysis.gait.contact_evidence.shape import by_shape
from groundup.analysis.gait.contact_evidence.stances import by_stances
from groundup.analysis.gait.strides import MAX_STRIDE_S, MIN_CONFIDENCE
from groundup.model.anatomy import Side
from groundup.model.events import Event
from groundup.model.signals import Signal

_ALONE: dict[str, Callable[[Contact, Scene], Evidence | None]] = {
    "markers": by_markers,
    "file": by_file,
    "sensors": by_sensors,
    "shape": by_shape,
    "footing": by_footing,
}
_ByOthers = Callable[[Scene, Mapping[Contact, float], Collection[Contact]], dict[Contact, Evidence]]
_BY_OTHERS: tuple[dict[str, _ByOthers], ...] = (
    {"load": by_load, "handover": by_handover},
    {"stances": by_stances},
)
"""What leans on other contacts: after what does not, so that it leans on the sure ones."""
_PLACE_UNKNOWN = 0.8
"""What a contact is left at most where nothing tells where on its plate the foot stood: a tenth of it may be beside."""
NOT_WEIGHED = 0.4
UNWEIGHED = "unweighed"
"""What a contact is left that nothing could be held against, and the word for it."""
BY_PLATE = "plate"
"""The word for a contact that its own plate has in doubt, so that nothing more is asked."""
_BY_PLATE = "it is of two feet, of a foot that is partly beside, or no step"


@dataclass(frozen=True)
class WeighedContacts:
    """A contact that may not be whole, or not of one foot, and what speaks for that; times in s on the lab clock."""

    t0: float
    t1: float
    side: Side
    source: str
    why: str


def weigh_contacts(
    events: Sequence[Event], signals: Sequence[Signal], mass_kg: float
) -> tuple[list[Event], list[WeighedContacts]]:
    """Give each contact with a plate the confidence that all evidence leaves it.

    Parameters
    ----------
    events : sequence of Event
        In order of time, with sides.
    signals : sequence of Signal
        Ground reaction forces and markers among them.
    mass_kg : float
        Of the person; NaN where it is not known.

    Returns
    -------
    events : list of Event
        In the same order; `Event.evidence` names what was at hand.
    uncertain : list of WeighedContacts
        Contacts whose confidence fell below 0.5 by it.
    """
    result = list(events)
    scene = Scene.of(result, signals, mass_kg)
    found = {c: {kind: d for kind, of in _ALONE.items() if (d := of(c, scene)) is not None} for c in scene.contacts}
    whole = {c for c, by_kind in found.items() if _is_whole(c, scene, by_kind)}
    for kinds in _BY_OTHERS:
        sure = {c: _confidence(by_kind) for c, by_kind in found.items()}
        for kind, of in kinds.items():
            for contact, one_kind in of(scene, sure, whole).items():
                found[contact][kind] = one_kind
    uncertain = []
    for contact, by_kind in found.items():
        confidence = _confidence(by_kind)
        _give(result, (contact.ic, contact.fo), confidence, " ".join(by_kind))
        if confidence < MIN_CONFIDENCE:
            why = worst(_applicable(by_kind)).why
            uncertain.append(WeighedContacts(contact.t0, contact.t1, contact.side, contact.source, why))
    for i, j in scene.unweighed:
        _give(result, (i, j), NOT_WEIGHED, UNWEIGHED)
        a, b = result[i], result[j]
        uncertain.append(WeighedContacts(a.time, b.time, a.side, a.source, _why_unweighed(b.time - a.time)))
    for i, j in scene.uncertain:
        _give(result, (i, j), 1.0, BY_PLATE)
        a, b = result[i], result[j]
        uncertain.append(WeighedContacts(a.time, b.time, a.side, a.source, f"by {a.source} alone {_BY_PLATE}"))
    return result, sorted(uncertain, key=lambda one: (one.t0, one.source))


def _give(events: list[Event], places: tuple[int, int], confidence: float, evidence: str) -> None:
    """Both events of a contact the confidence that it is left, and what that was drawn from."""
    for index in places:
        least = min(events[index].confidence, confidence)
        events[index] = replace(events[index], confidence=round(least, 3), evidence=evidence)


def _why_unweighed(lasts: float) -> str:
    if lasts > MAX_STRIDE_S:
        return f"it lasts more than {MAX_STRIDE_S:g} s and is not weighed: somebody stands there, or steps very slowly"
    return "samples of its force are missing, and it is not weighed"


def _is_whole(contact: Contact, scene: Scene, by_kind: dict[str, Evidence]) -> bool:
    """Whether where the foot stood is known well enough that no part of it was beside the plate."""
    markers = by_kind.get("markers")
    return markers == NONE if markers is not None else is_one_whole_foot(contact, scene)


def _applicable(by_kind: dict[str, Evidence]) -> list[Evidence]:
    """All but what better evidence speaks against: markers see the foot, of which the centre of pressure is a guess."""
    return [one_kind for kind, one_kind in by_kind.items() if kind != "footing" or by_kind.get("markers") != NONE]


def _confidence(by_kind: dict[str, Evidence]) -> float:
    """What independent doubts leave: each takes its share of the rest."""
    rest = math.prod(1.0 - one_kind.share for one_kind in _applicable(by_kind))
    return rest if {"markers", "footing"} & by_kind.keys() else min(rest, _PLACE_UNKNOWN)
