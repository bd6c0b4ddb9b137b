"""How far the powers of a leg may be off, by each thing that is not known exactly: what one SD of it changes.

To first order, for each kg: a plate that lies elsewhere, is late or is scaled wrongly changes the moment about every
joint; a joint centre that lies elsewhere changes the moment about that joint, and how the segments beside it turn. The
changes are linear in the force, so that nothing is computed twice (compare Riemer, Hsiao-Wecksler & Zhang 2008, Gait
Posture 27:578, who find the same things to matter).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from groundup.plugin import Floats
from groundup_plugins.dynamics.joint_centres import cross, unit
from groundup_plugins.dynamics.leg import Leg
from groundup_plugins.dynamics.newton_euler import JointLoad
from groundup_plugins.dynamics.segments import Segment, rate_of_change

SOURCES = (
    "plate_forward", "plate_aside", "plate_time", "plate_gain", "hip_forward", "hip_aside", "knee_forward",
    "knee_aside", "ankle_forward",
)  # fmt: skip
HIP_M = 0.010
"""SD of the hip's centre in each direction. By the regression alone 8 mm (14 mm in space: Peters et al. 2012, Gait
Posture 36:282), and markers on the pelvis are put on by hand."""
KNEE_M, ANKLE_M = 0.015, 0.010
"""Half of how far a marker may lie off before it is refused (`groundup_plugins.dynamics.marker_places`)."""


@dataclass(frozen=True)
class PlateErrors:
    """SD of what is not known of the plates: place among the markers (m), time (s), scale over the person's mass."""

    place_m: float
    time_s: float
    gain: float


@dataclass(frozen=True)
class Ground:
    """Force (N/kg) and moment about the origin of the lab (N·m/kg) under the foot, shape (n, 3) each."""

    force: Floats
    moment: Floats


def power_errors(leg: Leg, loads: Sequence[JointLoad], ground: Ground, plates: PlateErrors, rate: float) -> Floats:
    """What one SD of each of the sources changes of the powers of ankle, knee and hip.

    Parameters
    ----------
    leg : Leg
        With a pelvis.
    loads : sequence of JointLoad
        Of ankle, knee, hip.
    ground : Ground
    plates : PlateErrors
    rate : float
        Hz.

    Returns
    -------
    ndarray, shape (n, 3, k)
        W/kg; the joints in the order of `loads`, k sources in the order of `SOURCES`.
    """
    assert leg.pelvis is not None
    assert leg.pelvis_turning is not None
    found = np.zeros((len(ground.force), 3, len(SOURCES)))
    _, shank, thigh = leg.segments
    turnings = [segment.turning for segment in leg.segments] + [leg.pelvis_turning]
    relative = [distal - proximal for distal, proximal in pairwise(turnings)]
    forward = unit(leg.pelvis.axes[:, :, 0] * (1.0, 1.0, 0.0))
    aside = cross(np.array([[0.0, 0.0, 1.0]]), forward)
    push, turn = rate_of_change(ground.force, rate), rate_of_change(ground.moment, rate)
    for joint, (segment, turns) in enumerate(zip(leg.segments, relative, strict=True)):
        at = segment.proximal
        found[:, joint, 0] = plates.place_m * _dot(cross(forward, ground.force), turns)
        found[:, joint, 1] = plates.place_m * _dot(cross(aside, ground.force), turns)
        found[:, joint, 2] = plates.time_s * _dot(turn - cross(at, push), turns)
        found[:, joint, 3] = plates.gain * _dot(ground.moment - cross(at, ground.force), turns)
    ankle, knee, hip = loads
    for place, axis in ((4, 0), (5, 1)):
        to = leg.pelvis.axes[:, :, axis]
        thigh_turns = _turned_by(thigh, to, rate)
        found[:, 1, place] = -HIP_M * _dot(knee.moment, thigh_turns)
        found[:, 2, place] = HIP_M * (_dot(hip.moment, thigh_turns) - _dot(cross(to, hip.force), relative[2]))
    for place, axis in ((6, 0), (7, 1)):
        to = thigh.axes[:, :, axis]
        thigh_turns, shank_turns = -_turned_by(thigh, to, rate), _turned_by(shank, to, rate)
        found[:, 0, place] = -KNEE_M * _dot(ankle.moment, shank_turns)
        found[:, 1, place] = KNEE_M * (
            _dot(knee.moment, shank_turns - thigh_turns) - _dot(cross(to, knee.force), relative[1])
        )
        found[:, 2, place] = KNEE_M * _dot(hip.moment, thigh_turns)
    to = shank.axes[:, :, 0]
    shank_turns = -_turned_by(shank, to, rate)
    found[:, 0, 8] = -ANKLE_M * (_dot(ankle.moment, shank_turns) + _dot(cross(to, ankle.force), relative[0]))
    found[:, 1, 8] = ANKLE_M * _dot(knee.moment, shank_turns)
    return found


def _turned_by(segment: Segment, to: Floats, rate: float) -> Floats:
    """Angular velocity that a segment seems to have for each metre by which its upper end lies in a direction.

    The rod is turned by a small vector; what of that is fixed in the segment changes nothing.
    """
    small = cross(segment.axes[:, :, 2], to) / segment.length
    return rate_of_change(small, rate) - cross(segment.turning, small)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", a, b))
