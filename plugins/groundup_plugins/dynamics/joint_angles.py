"""Joint angles: how a segment is turned against the next, in the order flexion, adduction, rotation (Cardan y, x, z).

The sagittal one is that of plug-in models: hip flexion, knee flexion and dorsiflexion are positive. A foot is at 0 when
the line from heel to toe is square to the shank.
"""

import numpy as np

from groundup.plugin import Floats, Side

SAGITTAL = {"ankle": -1.0, "knee": 1.0, "hip": -1.0}
"""Sign of a turn about the axis to the left that is flexion or dorsiflexion."""


def outward_signs(joint: str, side: Side) -> Floats:
    """What turns about the axes to the front, to the left and up are multiplied by, for extension, abduction, external.

    Moments and turns so signed are extensor (plantar flexor), abductor and external, where they are positive.
    """
    outwards = 1.0 if side == "L" else -1.0
    return np.array([outwards, -SAGITTAL[joint], outwards])


def angles(proximal: Floats, distal: Floats, joint: str, side: Side) -> Floats:
    """Flexion, adduction and internal rotation (rad) of axes, shape (n, 3, 3) each. Shape (n, 3)."""
    turn = np.einsum("nji,njk->nik", proximal, distal)
    flexion = np.arctan2(turn[:, 0, 2], turn[:, 2, 2])
    abduction = np.arcsin(np.clip(-turn[:, 1, 2], -1.0, 1.0))
    rotation = np.arctan2(turn[:, 1, 0], turn[:, 1, 1])
    outwards = 1.0 if side == "L" else -1.0
    return np.stack([SAGITTAL[joint] * flexion, -outwards * abduction, -outwards * rotation], axis=1)
