"""Evidence by the walker's other contacts: how long they last, and how much they carry."""

import math
from collections.abc import Collection, Mapping
from statistics import median

from groundup.analysis.gait.contact_evidence.evidence import LESS, MORE, NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.analysis.gait.strides import MIN_CONFIDENCE

_SAME, _ANY = (0.14, 0.26), (0.2, 0.36)
_FEW = 3
_NEAREST = 10


def by_stances(scene: Scene, sure: Mapping[Contact, float], whole: Collection[Contact]) -> dict[Contact, Evidence]:
    """Hold each contact against the sure ones around it.

    Parameters
    ----------
    scene : Scene
    sure : mapping of Contact to float
        How sure the other evidence leaves each.
    whole : collection of Contact
        Of which no part can be beside the plate, nor another foot on it: where they differ, one leg is spared.
    """
    found = {contact: _against_others(contact, scene, sure, contact in whole) for contact in scene.contacts}
    return {contact: finding for contact, finding in found.items() if finding is not None}


def _against_others(contact: Contact, scene: Scene, sure: Mapping[Contact, float], whole: bool) -> Evidence | None:
    """Hold one contact against the others; None where there is none."""
    others = sorted(scene.near(contact), key=lambda c: abs(c.t0 - contact.t0))
    same = [c for c in others if contact.side and c.side == contact.side][:_NEAREST]
    limits = _SAME if len(same) >= _FEW else _ANY
    others = same if len(same) >= _FEW else others[:_NEAREST]
    others = [c for c in others if sure[c] >= MIN_CONFIDENCE]
    if not others:
        return None
    # One other is no measure: it may be the wrong one.
    most = 1.0 if len(others) >= _FEW else 0.6 if len(others) == 2 else 0.45 * sure[others[0]]
    findings = []
    for values, mine, what in (
        ([c.lasts for c in others], contact.lasts, "lasts"),
        ([c.impulse / c.lasts for c in others], contact.impulse / contact.lasts, "carries in the mean"),
    ):
        usual = median(values)
        share = 0.0 if whole else ramp(abs(math.log(mine / usual)), *limits) * most
        text = f"it {what} {mine / usual:.2f} times what the contacts around it do: {LESS if mine < usual else MORE}"
        findings.append(Evidence(share, text) if share else NONE)
    return worst(findings)
