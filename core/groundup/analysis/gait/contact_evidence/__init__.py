"""Whether a contact with a plate is whole, and of one foot: all evidence that a recording has, brought together.

A plate feels only what stands on it. A foot that is partly beside it, one across two plates, and two feet on one look
like a contact each, with their centre of pressure on the plate: by the plate alone it cannot be told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from groundup.analysis.gait.contact_evidence.doubt import Doubt
from groundup.analysis.gait.contact_evidence.handover import by_handover
from groundup.analysis.gait.contact_evidence.load import by_load
from groundup.analysis.gait.contact_evidence.markers import by_markers
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.analysis.gait.contact_evidence.shape import by_shape
from groundup.analysis.gait.contact_evidence.stances import by_stances
from groundup.analysis.gait.contact_evidence.told import by_file, by_sensors
from groundup.analysis.gait.strides import MIN_CONFIDENCE
from groundup.model.anatomy import Side
from groundup.model.events import Event
from groundup.model.signals import Signal

_ALONE: dict[str, Callable[[Contact, Scene], Doubt | None]] = {
    "markers": by_markers,
    "file": by_file,
    "sensors": by_sensors,
    "shape": by_shape,
}
_BY_OTHERS: tuple[dict[str, Callable[[Scene, Mapping[Contact, float]], dict[Contact, Doubt]]], ...] = (
    {"load": by_load, "handover": by_handover},
    {"stances": by_stances},
)
"""What leans on other contacts: after what does not, so that it leans on the sure ones."""


@dataclass(frozen=True)
class Doubted:
    """A contact that is not whole, or not of one foot, and what says so; times in s on the lab clock."""

    t0: float
    t1: float
    side: Side
    source: str
    why: str


def weigh_contacts(
    events: Sequence[Event], signals: Sequence[Signal], mass_kg: float
) -> tuple[list[Event], list[Doubted]]:
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
    doubted : list of Doubted
        Contacts whose confidence fell below 0.5 by it.
    """
    result = list(events)
    scene = Scene.of(result, signals, mass_kg)
    found = {c: {kind: d for kind, of in _ALONE.items() if (d := of(c, scene)) is not None} for c in scene.contacts}
    for kinds in _BY_OTHERS:
        sure = {c: _confidence(doubts) for c, doubts in found.items()}
        for kind, of in kinds.items():
            for contact, doubt in of(scene, sure).items():
                found[contact][kind] = doubt
    doubted = []
    for contact, doubts in found.items():
        confidence = _confidence(doubts)
        for index in (contact.ic, contact.fo):
            least = min(result[index].confidence, confidence)
            result[index] = replace(result[index], confidence=round(least, 3), evidence=" ".join(doubts))
        if confidence < MIN_CONFIDENCE:
            why = max(doubts.values(), key=lambda doubt: doubt.share).why
            doubted.append(Doubted(contact.t0, contact.t1, contact.side, contact.source, why))
    return result, doubted


def _confidence(doubts: dict[str, Doubt]) -> float:
    """What independent doubts leave: each takes its share of the rest."""
    rest = 1.0
    for doubt in doubts.values():
        rest *= 1.0 - doubt.share
    return rest
