"""Joint moments against Lagrange's equations, pendulums with known torques, and the balance of energy."""

import numpy as np
import pytest

from groundup_plugins.dynamics.joint_centres import unit
from groundup_plugins.dynamics.newton_euler import joint_loads
from groundup_plugins.dynamics.segments import RODS, Rod, moving, turning_of, upright_axes
from groundup_plugins.metrics.ground_reaction import GRAVITY

RATE = 10000.0
TIME = np.arange(4000) / RATE
INSIDE = slice(10, -10)  # central differences need neighbours
LEFT = np.broadcast_to([0.0, 1.0, 0.0], (len(TIME), 3))
NOTHING = np.zeros((len(TIME), 3))


def hanging(angle, length):
    """The line of a rod that hangs down, swung forwards by an angle."""
    return length * np.column_stack([np.sin(angle), np.zeros_like(angle), -np.cos(angle)])


def rod_of(rod, proximal, distal):
    return moving(rod, proximal, distal, upright_axes(proximal, distal, LEFT), RATE)


def test_a_pendulum_that_swings_as_its_own_weight_has_it_needs_no_torque():
    # Small swings: an angle a·cos(wt) with w² = m·g·d / I solves the equation of motion to first order in a.
    rod, length, a = Rod(1.0, 0.5, 0.3), 0.8, 1e-4
    d, inertia = 0.4, (0.3 * 0.8) ** 2 + 0.4**2
    omega = np.sqrt(GRAVITY * d / inertia)
    hung = np.zeros((len(TIME), 3))
    segment = rod_of(rod, hung, hanging(a * np.cos(omega * TIME), length))
    (load,) = joint_loads([segment], NOTHING, NOTHING)
    assert np.abs(load.moment[INSIDE]).max() < 1e-6 * GRAVITY * d * a * 100


def test_a_pendulum_that_is_driven_needs_the_torque_of_the_textbook():
    rod, length = RODS["thigh"], 0.42
    angle = 0.4 * np.sin(2 * np.pi * 1.3 * TIME)
    second = -((2 * np.pi * 1.3) ** 2) * angle
    d, mass = rod.centre * length, rod.mass
    inertia = mass * ((rod.gyration * length) ** 2 + d**2)
    segment = rod_of(rod, np.zeros((len(TIME), 3)), hanging(angle, length))
    (load,) = joint_loads([segment], NOTHING, NOTHING)
    # Swinging forwards is a turn about the axis to the right.
    assert -load.moment[INSIDE, 1] == pytest.approx(
        (inertia * second + mass * GRAVITY * d * np.sin(angle))[INSIDE], abs=1e-6
    )
    assert np.abs(load.moment[INSIDE][:, [0, 2]]).max() < 1e-12


LENGTHS = {"thigh": 0.42, "shank": 0.43, "foot": 0.14}
ORDER = ("thigh", "shank", "foot")
FORCE = np.column_stack([40 * np.sin(5 * TIME), np.zeros(len(TIME)), 9.0 + 2 * np.cos(7 * TIME)])
"""Of the ground at the toe, N/kg."""


def leg_angles(time):
    """Angles of thigh, shank and foot against the vertical, and where the hip is: any smooth movement will do."""
    return (
        np.stack([0.3 * np.sin(6 * time), 0.2 * np.cos(5 * time) - 0.3, 1.2 + 0.3 * np.sin(4 * time)]),
        np.column_stack([1.2 * time, np.zeros_like(time), 0.95 + 0.03 * np.sin(9 * time)]),
    )


def made_leg():
    angles, hip = leg_angles(TIME)
    ends, at = [], hip
    for angle, name in zip(angles, ORDER, strict=True):
        ends.append((at, at + hanging(angle, LENGTHS[name])))
        at = ends[-1][1]
    thigh, shank, foot = (rod_of(RODS[name], *pair) for name, pair in zip(ORDER, ends, strict=True))
    toe = ends[-1][1]
    return (foot, shank, thigh), joint_loads((foot, shank, thigh), FORCE, np.cross(toe, FORCE)), toe


def lagrange():
    """Torques at hip, knee and ankle (forwards positive) by virtual work, with exact derivatives of the movement.

    For each segment angle q: Q = sum over segments of m·(a - g)·dr/dq + I·q'' less the force at the toe · dr/dq.
    """
    t = TIME
    q = leg_angles(t)[0]
    first = np.stack([1.8 * np.cos(6 * t), -1.0 * np.sin(5 * t), 1.2 * np.cos(4 * t)])
    second = np.stack([-10.8 * np.sin(6 * t), -5.0 * np.cos(5 * t), -4.8 * np.sin(4 * t)])
    hip_acceleration = np.column_stack([np.zeros_like(t), -0.03 * 81 * np.sin(9 * t)])

    def along(angle):
        return np.column_stack([np.sin(angle), -np.cos(angle)])

    def across(angle):
        return np.column_stack([np.cos(angle), np.sin(angle)])

    # How far down the chain each centre of mass is along each segment.
    reach = np.zeros((4, 3))
    for row, name in enumerate(ORDER):
        for before in range(row):
            reach[row, before] = LENGTHS[ORDER[before]]
        reach[row, row] = RODS[name].centre * LENGTHS[name]
    reach[3] = [LENGTHS[name] for name in ORDER]  # the toe
    generalised = np.zeros((3, len(t)))
    for row, name in enumerate(ORDER):
        rod = RODS[name]
        acceleration = hip_acceleration + sum(
            reach[row, k] * (across(q[k]) * second[k][:, None] - along(q[k]) * first[k][:, None] ** 2) for k in range(3)
        )
        inertial = rod.mass * (acceleration + np.array([0.0, GRAVITY]))
        for k in range(3):
            generalised[k] += (inertial * reach[row, k] * across(q[k])).sum(axis=1)
        generalised[row] += rod.mass * (rod.gyration * LENGTHS[name]) ** 2 * second[row]
    for k in range(3):
        generalised[k] -= (FORCE[:, [0, 2]] * reach[3, k] * across(q[k])).sum(axis=1)
    # What turns a segment is the joint above it less the joint below it.
    ankle = generalised[2]
    knee = generalised[1] + ankle
    return {"hip": generalised[0] + knee, "knee": knee, "ankle": ankle}


def test_the_torques_of_a_made_leg_are_those_of_lagranges_equations():
    _, loads, _ = made_leg()
    truth = lagrange()
    for name, load in zip(("ankle", "knee", "hip"), loads, strict=True):
        assert -load.moment[INSIDE, 1] == pytest.approx(truth[name][INSIDE], abs=1e-6), name


def test_powers_of_joints_ground_and_hip_are_the_change_of_energy():
    (foot, shank, thigh), loads, toe = made_leg()
    energy = np.zeros(len(TIME))
    for segment, name in ((foot, "foot"), (shank, "shank"), (thigh, "thigh")):
        speed = np.gradient(segment.centre, 1 / RATE, axis=0)
        rod = RODS[name]
        inertia = rod.mass * (rod.gyration * LENGTHS[name]) ** 2
        energy += rod.mass * ((speed**2).sum(axis=1) / 2 + GRAVITY * segment.centre[:, 2])
        energy += inertia * (segment.turning**2).sum(axis=1) / 2
    ankle, knee, hip = (load.moment for load in loads)
    power = (ankle * (foot.turning - shank.turning)).sum(axis=1) + (knee * (shank.turning - thigh.turning)).sum(axis=1)
    power += (hip * thigh.turning).sum(axis=1)  # the trunk stands still
    power += (loads[2].force * np.gradient(thigh.proximal, 1 / RATE, axis=0)).sum(axis=1)
    power += (FORCE * np.gradient(toe, 1 / RATE, axis=0)).sum(axis=1)
    change = np.gradient(energy, 1 / RATE)
    assert power[INSIDE] == pytest.approx(change[INSIDE], abs=1e-5)


def test_a_leg_that_hangs_or_stands_still_carries_its_weight_and_what_is_under_it():
    segments, _, toe = made_leg()
    still = [
        rod_of(rod, np.broadcast_to(s.proximal[0], (len(TIME), 3)), np.broadcast_to(end, (len(TIME), 3)))
        for rod, s, end in zip(
            (RODS["foot"], RODS["shank"], RODS["thigh"]),
            segments,
            (toe[0], segments[0].proximal[0], segments[1].proximal[0]),
            strict=True,
        )
    ]
    loads = joint_loads(still, NOTHING, NOTHING)
    weights = np.cumsum([rod.mass for rod in (RODS["foot"], RODS["shank"], RODS["thigh"])]) * GRAVITY
    for load, weight in zip(loads, weights, strict=True):
        assert load.force[INSIDE] == pytest.approx(np.broadcast_to([0, 0, weight], (len(TIME), 3))[INSIDE], abs=1e-6)


def test_turning_is_that_of_axes_that_turn_about_any_line():
    line = unit(np.array([[1.0, 2.0, -0.5]]))[0]
    cross = np.array([[0, -line[2], line[1]], [line[2], 0, -line[0]], [-line[1], line[0], 0]])
    angle = 1.7 * TIME + 0.2 * np.sin(9 * TIME)
    axes = np.eye(3) + np.sin(angle)[:, None, None] * cross + (1 - np.cos(angle))[:, None, None] * (cross @ cross)
    found = turning_of(axes, RATE)
    assert found[INSIDE] == pytest.approx(((1.7 + 1.8 * np.cos(9 * TIME))[:, None] * line)[INSIDE], abs=1e-5)
