"""Knee and ankle of a real walk: IMUs that move as its markers do, beside inverse dynamics of the same markers."""

from functools import cache

import numpy as np
import pytest
from real_files import of_c3d
from scipy.spatial.transform import Rotation

from groundup.analysis.pipeline import run_pipeline
from groundup.lab.settings import Settings
from groundup.plugin import Channel, Gait, Signal
from groundup_plugins.dynamics.inverse_dynamics import InverseDynamics, InverseDynamicsSettings
from groundup_plugins.dynamics.leg import CentreRules, leg_of
from groundup_plugins.dynamics.marker_sets import find_markers
from groundup_plugins.dynamics.smoothing import smooth
from groundup_plugins.kinematics.imu_joint_angles import ImuJointAngles
from groundup_plugins.kinematics.segment_angle import SegmentAngle
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate
from groundup_plugins.processors.orientation import Orientation, OrientationSettings

pytest.importorskip("vqf")
PLACES = {
    "foot": ("ankle", (0.10, 0.0, -0.05)),
    "shank": ("knee", (0.04, 0.04, -0.20)),
    "thigh": ("hip", (0.05, 0.05, -0.25)),
}
GRAVITY = np.array([0.0, 0.0, 9.81])
PARTS = ("knee", "ankle", "heel", "toe", "thigh", "shank", "knee_medial", "ankle_medial")


@cache
def walked(path):
    """Markers, what is known of the steps, and the angles of inverse dynamics."""
    signals, events, subject = of_c3d(path)
    mocap = next(s for s in signals if s.kind == "mocap")
    result = run_pipeline(signals, events, subject, [ForcePlate, Contacts], [])
    gait = Gait((*signals, *result.signals), result.stances, result.strides, subject)
    return mocap, gait, InverseDynamics(InverseDynamicsSettings(beside_model=True)).with_steps(mocap, gait).signals[0]


def worn(mocap, side):
    """What sensors on the leg would feel, each mounted by chance."""
    markers = find_markers(mocap, {})
    wanted = [f"{side}_{part}" for part in PARTS] + ["L_asis", "R_asis", "sacrum", "L_psis", "R_psis"]
    smoothed = {p: smooth(markers[p].read(mocap), 10.0, mocap.rate) for p in wanted if p in markers}
    leg = leg_of(smoothed, side, mocap.rate, CentreRules(np.nan, np.nan, 0.007))
    random, columns, channels = np.random.default_rng(1), [], []
    for (site, (centre, place)), segment in zip(PLACES.items(), leg.segments, strict=True):
        turn, mount = Rotation.from_matrix(segment.axes), Rotation.random(random_state=random.integers(1 << 31))
        at = leg.centres[centre] + turn.apply(place)
        step = 1.0 / mocap.rate
        acceleration = np.gradient(np.gradient(at, step, axis=0), step, axis=0) + GRAVITY
        turning = np.zeros_like(at)
        turning[1:-1] = (turn[:-2].inv() * turn[2:]).as_rotvec() / (2 * step)
        columns += [(turn * mount).inv().apply(acceleration), mount.inv().apply(turning)]
        channels += [Channel(f"{site}_{a}", unit, site, side) for unit in ("m/s^2", "rad/s") for a in "xyz"]
    return Signal("imu", "imu", mocap.time, np.hstack(columns), tuple(channels), mocap.rate)


@pytest.mark.parametrize("side", ["L", "R"])
def test_knee_and_ankle_follow_the_markers(shared, side):
    """Ten strides on a belt. Markers have ankles turn in planes of their own: their range is 2 to 5 degrees larger."""
    mocap, gait, markers = walked(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d")
    (turned,) = Orientation(OrientationSettings()).whole(worn(mocap, side)).signals
    (angles,) = SegmentAngle(Settings()).whole(turned).signals
    model = ImuJointAngles(Settings()).with_steps(angles, Gait([angles], gait.stances, gait.strides, gait.subject))
    model = model.signals[0]
    for joint, r, sd, ranges in (("Knee", 0.999, 0.6, 1.5), ("Ankle", 0.98, 2.0, 6.0)):
        mine = np.degrees(model.column(f"{side}{joint}Angles.x"))
        theirs = np.degrees(np.interp(model.time, markers.time, markers.column(f"{side}{joint}Angles.x")))
        known = np.isfinite(mine) & np.isfinite(theirs)
        assert known.sum() > 700
        assert np.corrcoef(mine[known], theirs[known])[0, 1] > r
        assert np.std(mine[known] - theirs[known]) < sd
        walked_through = [s for s in gait.strides if s.side == side and s.t0 > model.time[known][0]]
        seen = 0
        for stride in walked_through:
            inside = known & (model.time >= stride.t0) & (model.time <= stride.t1)
            if stride.t1 < model.time[known][-1]:
                seen += 1
                assert abs(np.ptp(mine[inside]) - np.ptp(theirs[inside])) < ranges
        assert seen >= 5
