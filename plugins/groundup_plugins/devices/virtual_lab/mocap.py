"""The motion capture: fifteen markers on pelvis and legs, as a mocap system streams them.

Those of the pelvis lie where a regression finds the hips by them, those of knee and ankle on either side of the joint.
Each trembles by itself, and none is seen while nobody walks.
"""

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, StreamSpec
from groundup_plugins.devices.virtual_lab.joints import LegPose, leg_pose
from groundup_plugins.devices.virtual_lab.legs import HALF_HIPS_M, HEEL_FROM_ANKLE_M, pelvis_path
from groundup_plugins.devices.virtual_lab.noise import Noise
from groundup_plugins.devices.virtual_lab.walker import Floats, Foot, Walker

RATE = 200.0
NOISE_M = 0.0002
_SIDES: tuple[Foot, Foot] = ("L", "R")
_LEG = ("KNE", "KNM", "ANK", "ANKM", "HEE", "TOE")
MARKERS = ("LASI", "RASI", "SACR", *(side + name for side in _SIDES for name in _LEG))
"""Names of the conventional gait model; M is medial."""

# Harrington et al. 2007 solved for the pelvis of which the hips lie HALF_HIPS_M from the middle.
_PELVIS_DEPTH_M = 0.15
_PELVIS_WIDTH_M = (HALF_HIPS_M - 0.0073) / 0.33
_FRONT_M = 0.24 * _PELVIS_DEPTH_M + 0.0099  # of the anterior spines before the hips
_UP_M = 0.30 * _PELVIS_WIDTH_M + 0.0109
_KNEE_M, _ANKLE_M = 0.057, 0.044  # from the joint's centre to the markers on its sides


def marker_positions(walker: Walker, time: Floats) -> Floats:
    """Where the markers are, m, shape (n, 15, 3), in the order of `MARKERS`."""
    legs = {side: leg_pose(walker, time, side) for side in _SIDES}
    centre, axes = pelvis_path(walker, time).centre, legs["L"].pelvis
    front, half = _FRONT_M, _PELVIS_WIDTH_M / 2
    on_pelvis = ((front, half, _UP_M), (front, -half, _UP_M), (front - _PELVIS_DEPTH_M, 0.0, _UP_M))
    places = [centre + axes @ np.array(place) for place in on_pelvis]
    for side in _SIDES:
        places += _on_leg(legs[side], 1.0 if side == "L" else -1.0)
    return np.stack(places, axis=1)


def _on_leg(leg: LegPose, outwards: float) -> list[Floats]:
    """Knee and ankle, each on both sides, heel and toe."""
    knee, ankle = outwards * _KNEE_M * leg.thigh[:, :, 1], outwards * _ANKLE_M * leg.shank[:, :, 1]
    joints = [leg.knee + knee, leg.knee - knee, leg.ankle + ankle, leg.ankle - ankle]
    return [*joints, leg.ankle + leg.foot @ HEEL_FROM_ANKLE_M, leg.toe]


class MotionCapture:
    """Cameras around the treadmill."""

    rate = RATE

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self._noise = Noise(walker.seed, "mocap", 3 * len(MARKERS))
        channels = tuple(Channel(f"{marker}.{axis}", "m") for marker in MARKERS for axis in "xyz")
        self.streams = {"": StreamSpec("VirtualMocap", "MoCap", RATE, "float32", channels)}

    def read(self, index: NDArray[np.int64], time: Floats) -> dict[str, NDArray[np.float32]]:
        """Samples with these numbers and times; NaN while nobody walks."""
        places = marker_positions(self._walker, time).reshape(len(time), 3 * len(MARKERS))
        places += NOISE_M * self._noise.read(index)
        places[self._walker.taps.walking(time) < 1.0] = np.nan
        return {"": places.astype(np.float32)}
