"""Whether the markers of a leg can be where their names say: as those of the other leg are, and on the joint's axis.

Legs of one person are alike: lengths of two whole legs differ by 5 mm (SD 4 mm), by more than 20 mm in one person of a
thousand (Knutson 2005, Chiropr Osteopat 13:11), and a marker is put on by hand to about 10 mm (Della Croce et al. 2005,
Gait Posture 21:226). A marker that is before or behind the axis of the knee comes nearer to the ankle, or goes away
from it, as the knee bends; the skin alone moves it by up to 40 mm for each rad (Cappozzo et al. 1996, Clin Biomech
11:90).
"""

from collections.abc import Mapping

import numpy as np

from groundup.plugin import Floats, NotComputableError, Side
from groundup_plugins.dynamics.joint_centres import Pelvis, hip_centre, lengths, median

_NAME = {"L": "left", "R": "right"}
_BONES = {"shank": ("knee", "ankle"), "heel": ("ankle", "heel"), "foot": ("ankle", "toe")}
_UNLIKE_M = {"thigh": 0.03, "shank": 0.03, "heel": 0.02, "foot": 0.02}
"""By as much may the two legs differ; measured 0.009 (thigh, shank) and 0.006 (foot)."""
_SEEN = 0.5  # of the samples
_BENDS_RAD = 0.6
_MOVES = (-0.17, 0.05)
"""Of the length of the shank for each rad of flexion, the way of the knee marker; measured -0.11 to 0."""
_OVEREXTENDED_RAD = np.radians(-15.0)
_CROSSED = 0.6
"""Adduction of the knee for each rad of flexion: an axis that lies 30 degrees off; measured up to 0.4."""


def places_must_be_alike(
    mine: Mapping[str, Floats], other: Mapping[str, Floats], pelvis: Pelvis | None, side: Side
) -> None:
    """Refuse a leg that is not as long as the other.

    Parameters
    ----------
    mine, other : mapping of part to ndarray, shape (n, 3)
        Markers of this leg and of the other, m; those of the other may be missing, or NaN.
    pelvis : Pelvis, optional
        Where the hips are, for the thighs.
    side : Side
        Of this leg.

    Raises
    ------
    NotComputableError
        If they are not alike; with the lengths.
    """
    legs = {bone: (_length(mine, *ends), _length(other, *ends)) for bone, ends in _BONES.items()}
    if pelvis is not None and "knee" in mine and "knee" in other:
        outwards = 1.0 if side == "L" else -1.0
        legs["thigh"] = (
            _median(mine["knee"] - hip_centre(pelvis, outwards)),
            _median(other["knee"] - hip_centre(pelvis, -outwards)),
        )
    for bone, (own, others) in legs.items():
        if abs(own - others) > _UNLIKE_M[bone]:
            raise NotComputableError(
                f"by its markers the {bone} of the {_NAME[side]} leg is {100 * own:.1f} cm long, that of the other leg "
                f"{100 * others:.1f} cm: a marker is not where its name says"
            )


def _length(markers: Mapping[str, Floats], one: str, other: str) -> float:
    if one not in markers or other not in markers:
        return float("nan")
    return _median(markers[one] - markers[other])


def _median(lines: Floats) -> float:
    """Of the lengths of lines; NaN where they were hardly seen."""
    every = lengths(lines)
    seen = every[np.isfinite(every)]
    return median(seen) if len(seen) and len(seen) >= _SEEN * len(every) else float("nan")


def knee_must_be_on_its_axis(knee: Floats, ankle: Floats, angles: Floats, side: Side) -> None:
    """Refuse a knee marker that lies before or behind the axis about which the knee bends.

    Parameters
    ----------
    knee, ankle : ndarray, shape (n, 3)
        Lateral markers, m.
    angles : ndarray, shape (n, 3)
        Flexion, adduction and rotation of the knee, rad.
    side : Side

    Raises
    ------
    NotComputableError
        If it does; with what was measured.
    """
    if not len(angles):
        return
    flexion, adduction = angles[:, 0], angles[:, 1]
    if float(np.percentile(flexion, 2)) < _OVEREXTENDED_RAD:
        raise NotComputableError(
            f"the {_NAME[side]} knee would bend backwards by {-np.degrees(np.percentile(flexion, 2)):.0f} degrees: a "
            "marker of hip, knee or ankle is not where its name says, or the knee's width or wand is wrong"
        )
    if np.ptp(flexion) < _BENDS_RAD:
        return
    length = lengths(knee - ankle)[:, 0]
    bends = flexion - flexion.mean()
    moves = float(bends @ length) / float(bends @ bends) / median(length)
    crossed = float(bends @ adduction) / float(bends @ bends)
    if not _MOVES[0] <= moves <= _MOVES[1]:
        raise NotComputableError(
            f"the {_NAME[side]} shank grows by {100 * moves:.0f} % for each rad by which the knee bends: the knee's "
            f"marker lies {'before' if moves > 0 else 'behind'} its axis"
        )
    if abs(crossed) > _CROSSED:
        raise NotComputableError(
            f"the {_NAME[side]} knee would move {abs(crossed):.1f} times as far to the side as it bends: its axis is "
            "wrong, by the wand, the medial marker or the knee's width"
        )
