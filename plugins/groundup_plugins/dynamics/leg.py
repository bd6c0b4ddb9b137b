"""One leg by its markers: joint centres and segments in motion, and whether markers can lie where they are named."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, NotComputableError, Side
from groundup_plugins.dynamics.joint_centres import (
    ANKLE_WIDTH,
    KNEE_WIDTH,
    HipMethod,
    Pelvis,
    beside,
    cross,
    hip_centre,
    lengths,
    median,
    pelvis_of,
    unit,
)
from groundup_plugins.dynamics.reasons import Bools
from groundup_plugins.dynamics.segments import RODS, Segment, flat_axes, moving, turning_of, upright_axes

_NAME = {"L": "left", "R": "right"}
# m; a child's and a tall man's. Units that are wrong make them a thousand times as long, or as short.
_LENGTHS = {"thigh": (0.15, 0.70), "shank": (0.15, 0.65), "foot": (0.04, 0.30), "heel": (0.02, 0.20)}
_PELVIS = (0.10, 0.45)
MOST_STRETCH = 0.15
"""Share by which the distance between the ends of a segment may differ from its median: skin moves, bones do not."""


@dataclass(frozen=True)
class CentreRules:
    """How centres are found: sizes in m, NaN where they follow from the length of the shank; method of the hip."""

    knee: float
    ankle: float
    marker_radius: float
    hip: HipMethod = "harrington"


@dataclass(frozen=True)
class Leg:
    """One leg in motion.

    Attributes
    ----------
    centres : mapping of joint to ndarray, shape (n, 3)
        hip, knee, ankle, m.
    segments : tuple of Segment
        Foot, shank, thigh.
    pelvis : Pelvis, optional
        None where its markers are missing.
    pelvis_turning : ndarray, shape (n, 3), optional
        rad/s.
    stretched : ndarray of bool, shape (n,)
        Where a segment is longer or shorter than it can be.
    """

    centres: Mapping[str, Floats]
    segments: tuple[Segment, Segment, Segment]
    pelvis: Pelvis | None
    pelvis_turning: Floats | None
    stretched: Bools


def leg_of(markers: Mapping[str, Floats], side: Side, rate: float, rules: CentreRules) -> Leg:
    """The leg of a side.

    Parameters
    ----------
    markers : mapping of part to ndarray, shape (n, 3)
        m, smoothed, all finite; those of `groundup_plugins.dynamics.marker_sets` that there are.
    side : Side
    rate : float
        Hz.
    rules : CentreRules

    Raises
    ------
    NotComputableError
        If markers do not lie as those of a leg that is named so do.
    """
    outwards = 1.0 if side == "L" else -1.0
    mine = {part[2:]: position for part, position in markers.items() if part.startswith(side)}
    pelvis = _pelvis(markers)
    left = pelvis.axes[:, :, 1] if pelvis is not None else _left_by_the_feet(markers)
    hip = mine["hip"] if "hip" in mine else hip_centre(_there(pelvis), outwards, rules.hip)
    shank_length = median(lengths(mine["knee"] - mine["ankle"]))
    knee_m, ankle_m = (
        (own if own > 0 else share * shank_length) / 2 + rules.marker_radius
        for own, share in ((rules.knee, KNEE_WIDTH), (rules.ankle, ANKLE_WIDTH))
    )
    knee = _centre(mine, "knee", hip, knee_m, mine.get("thigh", mine["knee"] + outwards * left))
    knee_out = mine["knee"] - knee
    ankle = _centre(mine, "ankle", knee, ankle_m, mine.get("shank", mine["ankle"] + unit(knee_out)))
    centres = {"hip": hip, "knee": knee, "ankle": ankle}
    _check(mine, centres, side)
    _check_sides(mine, markers, centres, left, pelvis, side)
    ankle_out = mine["ankle"] - ankle
    thigh_axes = upright_axes(hip, knee, outwards * knee_out)
    shank_axes = upright_axes(knee, ankle, outwards * ankle_out)
    foot_axes = flat_axes(mine["heel"], mine["toe"], outwards * ankle_out)
    return Leg(
        centres,
        (
            moving(RODS["foot"], ankle, mine["toe"], foot_axes, rate),
            moving(RODS["shank"], knee, ankle, shank_axes, rate),
            moving(RODS["thigh"], hip, knee, thigh_axes, rate),
        ),
        pelvis,
        turning_of(pelvis.axes, rate) if pelvis is not None else None,
        _stretched(hip - knee) | _stretched(knee - ankle) | _stretched(mine["toe"] - ankle),
    )


def _pelvis(markers: Mapping[str, Floats]) -> Pelvis | None:
    back = markers.get("sacrum")
    if back is None and {"L_psis", "R_psis"} <= markers.keys():
        back = (markers["L_psis"] + markers["R_psis"]) / 2
    if back is None or not {"L_asis", "R_asis"} <= markers.keys():
        return None
    pelvis = pelvis_of(markers["L_asis"], markers["R_asis"], back)
    if median(pelvis.axes[:, 2, 2]) < 0:
        raise NotComputableError(
            "the pelvis stands on its head: left and right markers of it are taken for each other, or those in front "
            "and behind, or the z axis of the markers does not point up"
        )
    for what, length in (("wide", pelvis.width), ("deep", pelvis.depth)):
        if not _PELVIS[0] <= length <= _PELVIS[1]:
            raise NotComputableError(f"the pelvis is {length:.3g} m {what} between its markers: their unit is wrong")
    return pelvis


def _there(pelvis: Pelvis | None) -> Pelvis:
    assert pelvis is not None  # else a hip marker is asked for
    return pelvis


def _left_by_the_feet(markers: Mapping[str, Floats]) -> Floats:
    """To the left of where the feet point, level: what is sideways without a pelvis. Unit vectors, shape (n, 3)."""
    pointing = sum(
        unit((markers[f"{side}_toe"] - markers[f"{side}_heel"]) * (1.0, 1.0, 0.0))
        for side in "LR"
        if {f"{side}_toe", f"{side}_heel"} <= markers.keys()
    )
    return unit(cross(np.array([[0.0, 0.0, 1.0]]), np.asarray(pointing)))


def _centre(mine: Mapping[str, Floats], joint: str, proximal: Floats, distance: float, wand: Floats) -> Floats:
    medial = mine.get(f"{joint}_medial")
    if medial is not None:
        return np.asarray((mine[joint] + medial) / 2)
    return beside(mine[joint], proximal, distance, wand)


def _stretched(line: Floats) -> Bools:
    length = lengths(line)[:, 0]
    return np.asarray(np.abs(length / median(length) - 1.0) > MOST_STRETCH)


def _check(mine: Mapping[str, Floats], centres: Mapping[str, Floats], side: Side) -> None:
    """Refuse what is no leg: a wrong unit, an axis that does not point up."""
    lines = {
        "thigh": centres["hip"] - centres["knee"],
        "shank": centres["knee"] - centres["ankle"],
        "foot": mine["toe"] - centres["ankle"],
        "heel": mine["heel"] - centres["ankle"],
    }
    for part, line in lines.items():
        length, (least, most) = median(lengths(line)), _LENGTHS[part]
        if not least <= length <= most:
            raise NotComputableError(
                f"the {_NAME[side]} {part} is {length:.3g} m long by its markers: their unit is wrong, or a marker is "
                "not where its name says"
            )
    if min(median(lines[part][:, 2]) for part in ("thigh", "shank")) <= 0:
        raise NotComputableError(
            f"{_NAME[side]} hip, knee and ankle do not lie one above the other: the z axis of the markers does not "
            "point up"
        )


def _check_sides(
    mine: Mapping[str, Floats],
    markers: Mapping[str, Floats],
    centres: Mapping[str, Floats],
    left: Floats,
    pelvis: Pelvis | None,
    side: Side,
) -> None:
    """Refuse a leg that is on the other side, and a foot that points backwards."""
    outwards = 1.0 if side == "L" else -1.0
    others = markers.get("R_knee" if side == "L" else "L_knee")
    middle = (mine["knee"] + others) / 2 if others is not None else None if pelvis is None else pelvis.middle
    if middle is not None and median(((mine["knee"] - middle) * left).sum(axis=1)) * outwards <= 0:
        raise NotComputableError(f"the {_NAME[side]} knee is not on that side: left and right are taken for each other")
    if pelvis is not None:
        pointing = ((mine["toe"] - mine["heel"]) * pelvis.axes[:, :, 0]).sum(axis=1)
    else:  # knees bend to the front of where the feet point
        foot = mine["toe"] - mine["heel"]
        knee, middle_of_leg = centres["knee"], (centres["hip"] + centres["ankle"]) / 2
        pointing = ((knee - middle_of_leg) * foot * (1.0, 1.0, 0.0)).sum(axis=1)
    if median(pointing) <= 0:
        raise NotComputableError(f"the {_NAME[side]} foot points backwards: heel and toe are taken for each other")
