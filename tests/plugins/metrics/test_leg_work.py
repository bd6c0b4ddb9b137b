"""Work of the legs on the centre of mass: bodies whose motion is known, and the laws that were found on people."""

import math

import numpy as np
import pytest
from real_files import of_c3d
from scipy.integrate import solve_ivp

from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.pipeline import run_pipeline
from groundup.model.subject import Treadmill
from groundup.plugin import DISTANCE, LEGS, SUBJECT, NotComputableError, Stride, Subject, Trace
from groundup.testing import walker
from groundup_plugins.metrics.body_motion import WEIGHT_WITHIN, body_motion, motion_of, work
from groundup_plugins.metrics.ground_reaction import GRAVITY
from groundup_plugins.metrics.leg_work import (
    collision_work,
    energy_recovery,
    external_work,
    groundup_metrics,
    preload_work,
    push_off_share,
    push_off_work,
    rebound_work,
)
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

MASS, RATE = 70.0, 1000.0
PERSON = Subject(MASS)
TREADMILL = "walk_splitbelt_c3d/treadmill_events.c3d"
BELT = Treadmill(1.09)  # by the markers of feet that stand
LEG, HALF_RAD, BOTH_S, FASTEST = 0.9, 0.35, 0.1, 1.3


def pendulum():
    """The simplest walker (Kuo 2002): a mass on stiff legs. Both are down for 0.1 s: one pushes, then one catches.

    Returns the stride, the forces of both legs (forward, left, up), and the velocity that the model has.
    """
    behind = np.array([math.sin(HALF_RAD), math.cos(HALF_RAD)])
    ahead = behind * (-1, 1)
    # Alone: over the leg, whose pull does no work.
    begin = math.sqrt((FASTEST / LEG) ** 2 + 2 * GRAVITY / LEG * (1 - math.cos(HALF_RAD)))
    lasts = 2 * math.asinh(HALF_RAD * math.sqrt(GRAVITY / LEG) / (FASTEST / LEG)) / math.sqrt(GRAVITY / LEG) * 1.2

    def swinging(_, y):
        return [y[1], GRAVITY / LEG * math.sin(y[0])]

    def over(_, y):
        return y[0] - HALF_RAD

    over.terminal = True  # type: ignore[attr-defined]
    found = solve_ivp(swinging, (0, lasts), [-HALF_RAD, begin], events=over, rtol=1e-10, atol=1e-12, dense_output=True)
    angle, turning = found.sol(np.linspace(0, found.t[-1], round(found.t[-1] * RATE)))
    along = np.column_stack([np.sin(angle), np.cos(angle)])
    alone = (GRAVITY * np.cos(angle) - LEG * turning**2)[:, None] * along
    swing = LEG * turning[:, None] * along[:, ::-1] * (1, -1)
    # Both: the forces carry the weight, and turn the velocity round from down to up.
    time, half = np.arange(0, BOTH_S, 1 / RATE), BOTH_S / 2
    push, carry = pushed(), GRAVITY / (2 * math.cos(HALF_RAD))
    bump = np.sin(np.pi * time / half) ** 2 * 2 / half * push
    pushing = (np.where(time < half, bump, 0) + carry)[:, None] * behind
    catching = (np.where(time < half, 0, bump) + carry)[:, None] * ahead
    gained = pushing + catching - (0, GRAVITY)
    turned = swing[-1] + np.vstack([np.zeros(2), np.cumsum((gained[1:] + gained[:-1]) / 2, axis=0)]) / RATE
    none = np.zeros_like(alone)
    own, other = np.vstack([catching, alone, pushing, none]), np.vstack([pushing, none, catching, alone])
    velocity = np.vstack([turned, swing, turned, swing])
    t = np.arange(len(own)) / RATE
    other_off, other_on = BOTH_S, BOTH_S + len(swing) / RATE
    stride = Stride(0.0, float(t[-1]), other_on + BOTH_S, "L", 0, "", other_off, other_on)
    return stride, legs_of(t, own, other), velocity


def pushed():
    """Speed along the leg behind that turns the velocity round, if the leg ahead takes the same: v tan(half angle)."""
    fast = LEG * math.sqrt((FASTEST / LEG) ** 2 + 2 * GRAVITY / LEG * (1 - math.cos(HALF_RAD)))
    return fast * math.tan(HALF_RAD)


def legs_of(t, own, other):
    def leg(f):
        return Trace(t, MASS * np.column_stack([f[:, 0], np.zeros(len(f)), f[:, 1]]), RATE, "N")

    return leg(own), leg(other)


def runner():
    """A mass on a spring that goes forward at 3 m/s: two hops, in which height and spring take from each other."""
    omega, landing = 22.0, 0.9  # rad/s, m/s
    rest = GRAVITY / omega**2
    swing = math.hypot(rest, landing / omega)
    phase = math.atan2(landing / omega, rest)  # from the top of the sine to the ground
    contact, flight = 2 * (math.pi - phase) / omega, 2 * landing / GRAVITY
    t = np.arange(0, 2 * (contact + flight), 1 / RATE)
    since = t % (contact + flight)
    compressed = rest - swing * np.cos(phase + omega * since)
    force = np.where(since < contact, omega**2 * compressed, 0.0)
    first = t < contact + flight
    columns = [np.column_stack([np.zeros_like(t), np.where(on, force, 0.0)]) for on in (first, ~first)]
    stride = Stride(0.0, float(t[-1]), contact, "L", 0, "", math.nan, contact + flight)
    return stride, legs_of(t, *columns), omega**2 * (rest + swing) ** 2 / 2


def test_the_velocity_of_a_walking_pendulum_is_its_own():
    stride, (own, other), velocity = pendulum()
    found = body_motion(own.time, own.values, other.values, MASS, float(velocity[:, 0].mean()))
    assert np.abs(found.velocity[:, [0, 2]] - velocity).max() < 0.01
    assert np.abs(found.velocity[:, 1]).max() < 1e-12
    alone = (own.time > BOTH_S + 0.01) & (own.time < stride.other_contact - 0.01)
    assert np.abs(found.own[alone]).max() < 0.15  # W/kg: a stiff leg does no work; the push-off has 10
    assert found.own.max() > 5.0


def test_a_pendulum_pushes_off_with_what_the_other_leg_then_takes():
    """By hand: half the square of the speed along the leg, and what carrying the weight meanwhile adds."""
    stride, legs, velocity = pendulum()
    distance = float(velocity[:, 0].mean()) * (stride.t1 - stride.t0)
    push, carry = pushed(), GRAVITY / (2 * math.cos(HALF_RAD))
    truth = push**2 / 2 + carry * push * BOTH_S / 2 * (1 / 2 + 1 + math.cos(2 * HALF_RAD) / 2)
    needs = (stride, legs, distance, PERSON)
    assert push_off_work(*needs) == pytest.approx(truth, rel=0.02)
    assert collision_work(*needs) == pytest.approx(-truth, rel=0.02)
    assert rebound_work(*needs) < 0.02 * truth
    assert preload_work(*needs) > -0.02 * truth
    assert push_off_share(*needs) > 0.98


def test_a_runner_on_a_spring_gains_what_the_spring_gives_and_saves_nothing_as_a_pendulum():
    stride, legs, spring = runner()
    needs = (stride, legs, 3.0 * stride.t1, PERSON)
    assert external_work(*needs) == pytest.approx(2 * spring, rel=0.01)
    assert energy_recovery(*needs) == pytest.approx(0.0, abs=0.01)
    with pytest.raises(NotComputableError, match="phases of walking"):
        push_off_work(*needs)


def test_the_energy_of_a_steady_stride_closes():
    for stride, (own, other), speed in ((*pendulum()[:2], 1.4), (*runner()[:2], 3.0)):
        found = body_motion(own.time, own.values, other.values, MASS, speed)
        legs = found.own + found.other
        assert work(found, legs) + work(found, legs, negative=True) == pytest.approx(0, abs=0.02 * work(found, legs))
        assert stride.t1 > 0.5


@pytest.mark.parametrize("share", [0.75, 1.1])
def test_a_foot_beside_the_plates_and_a_wrong_mass_are_told_by_the_weight(share):
    stride, (own, other), _ = pendulum()
    lost = [Trace(leg.time, leg.values * share, RATE, "N") for leg in (own, other)]
    with pytest.raises(NotComputableError, match=r"body weights in the mean of the stride: a foot was on the ground"):
        push_off_work(stride, lost, 1.5, PERSON)
    assert abs(share - 1) > WEIGHT_WITHIN


def test_plates_that_lie_askew_and_a_mass_with_shoes_change_no_work():
    stride, (own, other), velocity = pendulum()
    distance = float(velocity[:, 0].mean()) * (stride.t1 - stride.t0)
    tilt, heavier = math.radians(0.6), 1.02
    turn = np.array([[math.cos(tilt), 0, -math.sin(tilt)], [0, 1, 0], [math.sin(tilt), 0, math.cos(tilt)]]) * heavier
    askew = [Trace(leg.time, leg.values @ turn, RATE, "N") for leg in (own, other)]
    for metric in (push_off_work, collision_work, external_work):
        assert metric(stride, askew, distance, PERSON) == pytest.approx(
            metric(stride, (own, other), distance, PERSON), rel=0.03
        )


def test_who_speeds_up_has_no_steady_stride():
    stride, (own, other), _ = pendulum()
    pushed_on = Trace(own.time, own.values + np.array([0.3 * MASS, 0.0, 0.0]), RATE, "N")
    with pytest.raises(NotComputableError, match="not steady"):
        external_work(stride, (pushed_on, other), 1.5, PERSON)


@pytest.mark.parametrize("metric", [m for m in groundup_metrics() if LEGS in m.needs], ids=lambda m: m.name)
def test_without_a_mass_there_is_no_work(metric):
    stride, legs, _ = pendulum()
    with pytest.raises(NotComputableError, match="mass"):
        metric(stride, legs, 1.5, Subject())


def motions(signals, events, subject):
    """Strides of a recording that have a motion, with it."""
    result = run_pipeline(signals, events, subject, [ForcePlate, Contacts], [external_work])
    resolver = Resolver([*signals, *result.signals], result.stances, result.strides, result_walks(result), subject)
    for stride in result.strides:
        try:
            needs = [resolver.resolve(need, stride, stride.side) for need in (LEGS, DISTANCE, SUBJECT)]
            if not math.isnan(stride.other_contact + stride.other_foot_off + stride.foot_off):
                yield stride, motion_of(stride, *needs)
        except NotComputableError:
            continue


def result_walks(result):
    from groundup.analysis.gait.walking_bouts import cut_walks

    return cut_walks(result.signals, result.stances)


def test_donelans_laws_hold_on_a_split_belt(shared):
    """The leg behind does over 97 % of the positive work of double support, the leg ahead over 94 % of the negative.

    Double support is what the file's own events say: one foot drags a little as it leaves its plate.
    """
    signals, events, subject = of_c3d(shared / TREADMILL)
    subject = Subject(subject.mass_kg, subject.height_m, BELT)
    offs = [event.time for event in events if event.kind == "FO"]
    behind, ahead, less = [], [], []
    for stride, found in motions(signals, events, subject):
        for t0, off, first, second in (
            (stride.t0, stride.other_foot_off, found.other, found.own),
            (stride.other_contact, stride.foot_off, found.own, found.other),
        ):
            ends = min(offs, key=lambda told: abs(told - off))
            both = slice(*np.searchsorted(found.time, [t0, ends]).tolist())
            push, give = work(found, first, both), work(found, first, both, negative=True)
            rise, catch = work(found, second, both), work(found, second, both, negative=True)
            behind.append(push / (push + rise))
            ahead.append(catch / (catch + give))
        singly = work(found, found.own) + work(found, found.other)
        less.append(1 - work(found, found.own + found.other) / singly)
        lost = work(found, found.own, negative=True) + work(found, found.other, negative=True)
        assert singly + lost == pytest.approx(0.0, abs=0.02 * singly)  # the energy of the stride closes
    assert len(behind) >= 4
    assert min(behind) > 0.97
    assert min(ahead) > 0.94
    assert 0.2 < np.mean(less) < 0.4  # both legs summed up miss about a third


def the_step_on_two_plates(path):
    """From mid-stance on one plate to mid-stance on the other, where all force is on them: what body_motion is given.

    Forward, left, up; and the velocity of Vicon's centre of mass at its own times, which is of markers alone.
    """
    signals, events, subject = of_c3d(path)
    result = run_pipeline(signals, events, subject, [ForcePlate, Contacts], [external_work])
    first, second = sorted((s for s in result.stances if s.source.startswith("plate:")), key=lambda s: s.t0)
    off = max(e.time for e in events if e.kind == "FO" and e.time < second.t0)
    landed = min(e.time for e in events if e.kind == "IC" and e.time > first.t1)
    t0, t1 = (off + second.t0) / 2, (first.t1 + landed) / 2
    (mocap,) = (signal for signal in signals if signal.kind == "mocap")
    path_m = np.column_stack([mocap.column(f"CentreOfMass.{axis}") for axis in "xyz"]) / 1000
    inside = (mocap.time > t0) & (mocap.time < t1)
    velocity = np.gradient(path_m, mocap.time, axis=0)[inside]
    x, y = velocity[:, :2].mean(axis=0) / np.linalg.norm(velocity[:, :2].mean(axis=0))
    turned = np.array([[x, -y, 0.0], [y, x, 0.0], [0.0, 0.0, 1.0]])
    legs = [
        np.column_stack([s.between(t0, t1).column(f) for f in ("Fx", "Fy", "Fz")]) @ turned
        for s in result.signals
        if s.kind == "grf"
    ]
    time = next(s for s in result.signals if s.kind == "grf").between(t0, t1).time
    return (
        (time, *legs, subject.mass_kg, float((velocity @ turned)[:, 0].mean())),
        mocap.time[inside],
        velocity @ turned,
    )


@pytest.mark.parametrize("name", ["HC030A05", "HC031A06", "HC036A10"])
def test_the_velocity_in_a_real_step_is_that_of_vicons_centre_of_mass(shared, name):
    """Forward within 0.055 m/s and up within 0.045 m/s RMS: Vicon's is of markers and a table of adults' segments."""
    given, time, truth = the_step_on_two_plates(shared / "walk_overground_c3d" / f"{name}.c3d")
    found = body_motion(*given)
    error = np.column_stack([np.interp(time, found.time, found.velocity[:, axis]) for axis in (0, 2)]) - truth[:, ::2]
    forward, up = (error - error.mean(axis=0)).std(axis=0)
    assert forward < 0.055
    assert up < 0.045
    assert np.corrcoef(np.interp(time, found.time, found.velocity[:, 2]), truth[:, 2])[0, 1] > 0.9


def test_the_leg_behind_pushes_and_the_leg_ahead_catches_in_a_made_walk():
    made = walker()
    subject = Subject(made.mass_kg, treadmill=Treadmill(made.belt_m_s))
    found = list(motions([s for s in made.signals if s.kind == "plate"], [], subject))
    assert len(found) > 5
    for stride, motion in found:
        both = slice(*np.searchsorted(motion.time, [stride.other_contact, stride.foot_off]).tolist())
        assert work(motion, motion.own, both) > 0.97 * (
            work(motion, motion.own, both) + work(motion, motion.other, both)
        )


@pytest.mark.parametrize(("markers", "factor"), [(True, 0.87), (True, 1.13), (False, 0.4), (False, 1.8), (False, 3.6)])
def test_a_belt_that_carries_the_foot_otherwise_than_told_gives_no_work(shared, markers, factor):
    signals, events, subject = of_c3d(shared / TREADMILL)
    seen = [signal for signal in signals if markers or signal.kind != "mocap"]

    def works(speed):
        who = Subject(subject.mass_kg, treadmill=Treadmill(speed))
        return run_pipeline(seen, events, who, [ForcePlate, Contacts], [push_off_work]).rows

    assert any(row.status == "ok" for row in works(1.09))
    wrong = works(1.09 * factor)
    assert not any(row.status == "ok" for row in wrong)
    assert any("[treadmill]" in row.reason for row in wrong)
