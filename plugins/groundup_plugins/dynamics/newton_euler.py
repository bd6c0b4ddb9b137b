"""Joint moments and powers from the foot upwards, by the equations of Newton and Euler, in the lab frame (z up).

Everything is for each kg of body mass. Moments are those that the proximal segment exerts on the distal one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats
from groundup_plugins.dynamics.joint_centres import cross
from groundup_plugins.dynamics.segments import Segment
from groundup_plugins.metrics.ground_reaction import GRAVITY


@dataclass(frozen=True)
class JointLoad:
    """What goes through a joint.

    Attributes
    ----------
    force : ndarray, shape (n, 3)
        N/kg.
    moment : ndarray, shape (n, 3)
        N·m/kg, about the joint's centre.
    """

    force: Floats
    moment: Floats


def joint_loads(segments: Sequence[Segment], force: Floats, moment: Floats) -> list[JointLoad]:
    """Loads of the proximal joints of a chain of segments, the one on the ground first.

    Parameters
    ----------
    segments : sequence of Segment
        Foot, shank, thigh.
    force, moment : ndarray, shape (n, 3)
        What the ground does to the first (N/kg), and its moment about the origin of the lab (N·m/kg).
    """
    weight = np.array([0.0, 0.0, -GRAVITY])
    found = []
    for segment in segments:
        own = segment.force - segment.mass * weight
        up = own - force
        # About the origin of the lab: what turns the segment is what its two ends and its weight do.
        turning = segment.moment + cross(segment.centre, own) - moment
        found.append(JointLoad(up, turning - cross(segment.proximal, up)))
        force, moment = -up, -turning
    return found


def components(vectors: Floats, axes: Floats) -> Floats:
    """Vectors of the lab along the columns of axes, shape (n, 3)."""
    return np.asarray(np.einsum("nij,ni->nj", axes, vectors))
