"""The virtual walker's joints: their truth obeys mechanics, and inverse dynamics finds it of markers and plates."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from groundup.analysis.pipeline import AnalysisResult, run_pipeline
from groundup.model.subject import Treadmill
from groundup.plugin import Signal, Subject
from groundup_plugins.devices.virtual_lab import Taps, Walker
from groundup_plugins.devices.virtual_lab.forces import BELT_SPEED, ground_reaction
from groundup_plugins.devices.virtual_lab.joints import JOINTS, LegPose, joint_truth, leg_pose, pose_of
from groundup_plugins.devices.virtual_lab.legs import LegAngles, leg_angles, pelvis_path
from groundup_plugins.devices.virtual_lab.mocap import MARKERS, MotionCapture, marker_positions
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES, StrategyName
from groundup_plugins.devices.virtual_lab.truth import truth_of
from groundup_plugins.devices.virtual_lab.walker import Foot
from groundup_plugins.dynamics import inverse_dynamics, margin_of_stability
from groundup_plugins.dynamics.segments import RODS
from groundup_plugins.metrics import joint_work, leg_work
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate as ForcePlateProcessor

T0, LASTS_S = 5000.0, 8.0
METRICS = [m for module in (joint_work, leg_work, margin_of_stability) for m in module.groundup_metrics()]
PROCESSORS = [
    ForcePlateProcessor, Contacts, inverse_dynamics.InverseDynamics, margin_of_stability.MarginOfStability,
]  # fmt: skip
both_strategies = pytest.mark.parametrize("strategy", list(STRATEGIES))
both_sides = pytest.mark.parametrize("side", ["L", "R"])


def walker(strategy: StrategyName) -> Walker:
    return Walker(strategy, seed=3)


@cache
def analysed(strategy: StrategyName) -> AnalysisResult:
    signals, who = [], walker(strategy)
    for instrument in (ForcePlate(who, "L"), ForcePlate(who, "R"), MotionCapture(who)):
        index = np.arange(int(T0 * instrument.rate), int((T0 + LASTS_S) * instrument.rate))
        (spec,), (samples,) = instrument.streams.values(), instrument.read(index, index / instrument.rate).values()
        values = samples.astype(float)
        time = index / instrument.rate
        signals.append(Signal(spec.name, spec.kind, time, values, spec.channels, spec.rate, spec.plate))
    subject = Subject(who.mass_kg, 1.75, treadmill=Treadmill(BELT_SPEED))
    return run_pipeline(signals, [], subject, PROCESSORS, METRICS)


@cache
def known(strategy: StrategyName) -> dict[str, dict[str, float]]:
    metrics: dict[str, dict[str, float]] = truth_of(walker(strategy), T0 + 0.2, T0 + LASTS_S - 0.2)["metrics"]
    return metrics


def found(strategy: StrategyName, name: str) -> np.ndarray:
    values = [row.value for row in analysed(strategy).rows if row.name == name and row.status == "ok"]
    assert len(values) >= 8, {row.reason for row in analysed(strategy).rows if row.name == name}
    return np.array(values)


# What is true of the joints.


def in_stride(who: Walker, side: Foot) -> np.ndarray:
    """Moments within a stride, away from contact and foot off, where the forces jump."""
    step = next(s for s in who.contacts(T0, T0 + 3.0) if s.side == side)
    after = who.step(step.number + 2).contact
    return np.concatenate(
        [
            np.linspace(step.contact + 0.02, step.foot_off - 0.02, 40),
            np.linspace(step.foot_off + 0.02, after - 0.02, 20),
        ]
    )


@both_strategies
@both_sides
def test_moments_are_those_of_virtual_work(strategy: StrategyName, side: Foot) -> None:
    """Each angle is turned a little by itself; what all masses and forces do meanwhile is what its moments do."""
    who = walker(strategy)
    time, step, turn = in_stride(who, side), 5e-4, 1e-4
    truth, pelvis, angles = joint_truth(who, time, side), pelvis_path(who, time), leg_angles(who, time, side)
    ground = ground_reaction(who, time, side)
    force = np.stack([ground.forward, ground.left, ground.up], axis=1) / who.mass_kg
    under = np.stack([ground.cop_forward, ground.cop_left, np.zeros_like(time)], axis=1)
    now = leg_pose(who, time, side)
    on_foot = np.einsum("nji,nj->ni", now.foot, under - now.ankle)  # the point of the foot that is pressed
    around = [points(leg_pose(who, time + k * step, side)) for k in (-1, 0, 1)]

    def virtual_work(name: str) -> np.ndarray:
        turned = [
            pose_of(pelvis, replace(angles, **{name: getattr(angles, name) + sign * turn}), side) for sign in (-1, 1)
        ]
        total = np.zeros(len(time))
        for body, rod in RODS.items():
            (before, during, after), (less, more) = (
                [p[body] for p in around], [points(pose)[body] for pose in turned],
            )  # fmt: skip
            pulls = np.stack([(a - 2 * b + c) / step**2 for a, b, c in zip(before, during, after, strict=True)])
            pulls[0] += np.array([0.0, 0.0, 9.81])
            ways = [(m - i) / (2 * turn) for m, i in zip(more, less, strict=True)]
            total += rod.mass * ((pulls[0] * ways[0]).sum(axis=1) + rod.gyration**2 * (pulls[1] * ways[1]).sum(axis=1))
        pressed = [pose.ankle + np.einsum("nij,nj->ni", pose.foot, on_foot) for pose in turned]
        return total - (force * (pressed[1] - pressed[0]) / (2 * turn)).sum(axis=1)

    across = now.thigh[:, :, 1]
    ankle, knee, hip = (truth[joint].moment for joint in JOINTS)
    assert ankle[:, 1] == pytest.approx(virtual_work("foot"), abs=1e-3)
    assert -((knee - ankle) * across).sum(axis=1) == pytest.approx(virtual_work("shank"), abs=1e-3)
    assert -((hip - knee) * across).sum(axis=1) == pytest.approx(virtual_work("thigh"), abs=1e-3)


def points(pose: LegPose) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Centre of mass of each rod, and the line from its upper to its lower end."""
    ends = {"foot": (pose.ankle, pose.toe), "shank": (pose.knee, pose.ankle), "thigh": (pose.hip, pose.knee)}
    return {body: (upper + RODS[body].centre * (lower - upper), lower - upper) for body, (upper, lower) in ends.items()}


@both_strategies
def test_the_walk_is_one_that_people_could_walk(strategy: StrategyName) -> None:
    for seed in range(1, 5):
        who = Walker(strategy, seed)
        time = np.arange(T0, T0 + 20.0, 0.01)
        for side in ("L", "R"):
            angles = leg_angles(who, time, side)
            knee = np.degrees(angles.thigh - angles.shank)
            assert 0.0 < knee.min() < 15.0  # never bent backwards
            assert 50.0 < knee.max() < 80.0
            assert np.degrees(np.ptp(angles.thigh)) == pytest.approx(50.0, abs=15.0)
            pose = leg_pose(who, time, side)
            assert pose.toe[:, 2].min() > 0.015  # of a marker 45 mm over the sole of a foot that is flat
            on_ground = ground_reaction(who, time, side).up > 100.0
            lies = (ground_reaction(who, time, side).cop_forward - pose.ankle[:, 0])[on_ground]
            assert -0.10 < lies.min() < lies.max() < 0.30


@both_sides
def test_the_foot_goes_with_its_belt_while_it_is_flat(side: Foot) -> None:
    who = walker("ground_up")
    step = next(s for s in who.contacts(T0, T0 + 3.0) if s.side == side)
    time = step.contact + np.linspace(0.35, 0.6, 20) * (step.foot_off - step.contact)
    for name in ("HEE", "TOE"):
        heel = marker_positions(who, time)[:, MARKERS.index(side + name)]
        assert np.gradient(heel[:, 0], time) == pytest.approx(-BELT_SPEED, abs=1e-6)
        assert np.ptp(heel[:, 1:], axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_nothing_of_the_movement_jumps() -> None:
    who = walker("proximal")
    time = np.arange(T0, T0 + 10.0, 0.0005)
    speed = np.gradient(marker_positions(who, time), 0.0005, axis=0)
    assert np.abs(np.diff(speed, axis=0)).max() < 0.5  # m/s within half a millisecond: 100 g of a toe


def test_nobody_is_seen_who_sits_beside_the_treadmill() -> None:
    who = Walker(seed=3, taps=Taps(3, trials_every_s=25.0))
    index = np.arange(5000 * 200, 5025 * 200)
    seen = np.isfinite(MotionCapture(who).read(index, index / 200)[""])
    assert not seen[: 8 * 200].any()
    assert seen[10 * 200 : 24 * 200].all()


# What is found of them.

WITHIN = {
    **{f"{joint}_work_share": 0.02 for joint in JOINTS},
    **{f"{joint}_positive_work": 0.02 for joint in JOINTS},
    **{f"{joint}_negative_work": 0.03 for joint in JOINTS},
    "hip_ankle_ratio": 0.15,  # of 2.5: what 0.02 J/kg of the work above it, or half of that below, makes of it
}


@both_strategies
def test_inverse_dynamics_finds_the_work_that_the_joints_do(strategy: StrategyName) -> None:
    for name, within in WITHIN.items():
        assert found(strategy, name).mean() == pytest.approx(known(strategy)[name]["both"], abs=within), name


def test_the_work_that_moves_from_the_ankle_to_the_hip_is_found() -> None:
    moved = {
        joint: found("proximal", f"{joint}_work_share").mean() - found("ground_up", f"{joint}_work_share").mean()
        for joint in JOINTS
    }
    for joint, share in moved.items():
        true = known("proximal")[f"{joint}_work_share"]["both"] - known("ground_up")[f"{joint}_work_share"]["both"]
        assert share == pytest.approx(true, abs=0.02), joint
    assert moved["ankle"] < -0.12
    assert moved["hip"] > 0.10
    assert found("proximal", "hip_ankle_ratio").min() > found("ground_up", "hip_ankle_ratio").max()


def test_who_walks_from_the_hip_pushes_off_less_by_the_plates_too() -> None:
    easy, tense = (found(strategy, "push_off_work").mean() for strategy in ("ground_up", "proximal"))
    assert tense < 0.9 * easy
    assert found("proximal", "push_off_share").mean() < found("ground_up", "push_off_share").mean()


@both_strategies
def test_the_pelvis_moves_as_the_forces_move_the_body(strategy: StrategyName) -> None:
    """The speed of the pelvis is the integral of both forces over the mass, in the mean over many steps."""
    who = walker(strategy)
    time = np.arange(T0, T0 + 44.0, 0.002)
    feet = [ground_reaction(who, time, side) for side in ("L", "R")]
    left = sum(foot.left for foot in feet) / who.mass_kg
    pushed = np.gradient(np.gradient(pelvis_path(who, time).centre[:, 1], time), time)
    assert np.corrcoef(left, pushed)[0, 1] > 0.9


def test_the_margin_of_stability_is_inside_the_foot() -> None:
    margins = found("ground_up", "margin_of_stability_ml")
    assert 0.03 < margins.min() < margins.max() < 0.15


def test_angles_of_nothing_are_nothing() -> None:
    angles = leg_angles(walker("ground_up"), np.empty(0), "L")
    assert angles == LegAngles(angles.roll, angles.thigh, angles.shank, angles.foot)
    assert MotionCapture(walker("ground_up")).read(np.empty(0, np.int64), np.empty(0))[""].shape == (0, 45)
