"""Evidence by where the centre of pressure goes: under a whole foot it rolls on, half a foot inside of the border."""

from functools import lru_cache

import numpy as np

from groundup.analysis.gait.contact_evidence.border import Border, border_of, depth_in
from groundup.analysis.gait.contact_evidence.evidence import NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.path import reach, ways
from groundup.analysis.gait.contact_evidence.scene import LOADED, Contact, Scene
from groundup.model.signals import Floats
from groundup.model.streams import Plate

# Half a foot is 2.5 to 5 cm wide, and its centre of pressure begins 2 to 5 cm from the end of the heel. Of made feet of
# which 5 to 20 % was beside the plate nine of ten came within 3.8 cm of the border along the contact, or within 3.7 cm
# of what lies before or behind it; of whole ones one of twenty did.
_ALONG_M, _AT_AN_END_M = (0.055, 0.015), (0.055, 0.01)
_ENDS = 0.1  # share of the greatest force: where heel or toes are beside, it is only the ends that show it
_AHEAD = 0.7  # cosine of the angle between its way and the normal of an edge that lies before or behind the foot
_CLEAR_M = 0.055
# From 5 to 95 % of it: made whole feet 10 to 16 cm, recorded ones 9 to 18; with heel or ball beside 7 cm at most.
_ROLLS_M = (0.085, 0.05)
_STILL = 0.75  # who walks on the toes rolls as little
_LONGEST_M = 0.3  # a second foot in front begins farther
_BELT_M = 1.3  # longer than plates: a belt, which carries each foot
_STRAIGHT_M = 0.03


def by_footing(contact: Contact, scene: Scene) -> Evidence | None:
    """Look at where the foot stood; None where the plate tells no centre of pressure, or its corners are not known."""
    found = _of(contact, scene)
    return None if found is None else found[0]


def is_one_whole_foot(contact: Contact, scene: Scene) -> bool:
    """Whether it rolls as one foot does, and so far inside of the border that no part of it can have been beside."""
    found = _of(contact, scene)
    return found is not None and found[1]


def _of(contact: Contact, scene: Scene) -> tuple[Evidence, bool] | None:
    plate = scene.plates[contact.source].plate
    if contact.centre is None or border_of(plate) is None:
        return None
    return _footing(contact.source, plate, contact.force.tobytes(), contact.centre.tobytes())


# Live the contacts of the last seconds are weighed again and again, and most of them have the same samples as before.
@lru_cache(maxsize=128)
def _footing(source: str, plate: Plate | None, force: bytes, centre: bytes) -> tuple[Evidence, bool]:
    load, path = np.frombuffer(force), np.frombuffer(centre).reshape(-1, 2)
    known = np.isfinite(path).all(axis=1)
    whole, path = path[(load > _ENDS * load.max()) & known], path[(load > LOADED * load.max()) & known]
    border = border_of(plate)
    if border is None or len(path) < 8:
        return NONE, False
    way, across = ways(path)
    along, at_an_end = float(np.percentile(depth_in(path, border), 20)), _at_an_end(whole, border, way)
    rolls = reach(path, way)
    near = min(along, at_an_end)
    finding = worst(
        [
            Evidence(
                ramp(along, *_ALONG_M),
                f"the centre of pressure goes along {_inside(along)} the border of {source}, and half a foot is 2.5 to "
                "5 cm wide: it may reach over the border",
            ),
            Evidence(
                ramp(at_an_end, *_AT_AN_END_M),
                f"the centre of pressure begins or ends {_inside(at_an_end)} the border of {source}, and heel and toes "
                "reach 2 to 5 cm farther: they may reach over the border",
            ),
            Evidence(
                _STILL * ramp(rolls, *_ROLLS_M),
                f"the centre of pressure on {source} moves by no more than {100 * rolls:.0f} cm, and under a whole "
                "foot it goes on from heel to toes",
            ),
        ]
    )
    far = np.inf if max(np.linalg.norm(np.diff(border[0], axis=0), axis=1)) >= _BELT_M else _LONGEST_M
    one = near > _CLEAR_M and _ROLLS_M[0] < rolls < far and reach(path, across) < _STRAIGHT_M
    return finding if finding.share else NONE, one


def _inside(depth: float) -> str:
    """A distance from the border, in words."""
    return f"{100 * depth:.1f} cm inside" if depth > 0 else f"{-100 * depth:.1f} cm outside"


def _at_an_end(path: Floats, border: Border, way: Floats) -> float:
    """How near it comes to an edge before or behind it; beside it the big toe is near to the edge of a whole foot."""
    corners, normals = border
    ahead = np.abs(normals @ way) > _AHEAD
    return float(depth_in(path, (corners[ahead], normals[ahead])).min()) if ahead.any() else np.inf
