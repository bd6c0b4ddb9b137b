"""Knee and ankle by IMUs: made legs of known angles, sensors that are wrong, real feet beside their markers."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import real_imus
from made_legs import RATE, SITES, Leg, exchanged, imus
from scipy.spatial.transform import Rotation

from groundup.analysis.metrics.input_signals import input_signals
from groundup.analysis.metrics.joint_outputs import JointOutputs
from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.wiring import ProcessStep
from groundup.lab.settings import Settings
from groundup.plugin import Channel, NotComputableError, Signal, Stance, Stride, Subject
from groundup.testing import ProcessorContract
from groundup_plugins.kinematics.imu_joint_angles import ImuJointAngles
from groundup_plugins.kinematics.segment_angle import QUANTITIES, SegmentAngle
from groundup_plugins.metrics.joint_work import groundup_metrics
from groundup_plugins.processors.orientation import Orientation, OrientationSettings
from groundup_plugins.processors.shank_contacts import ShankContacts

pytest.importorskip("vqf")
METRICS = [m for m in groundup_metrics() if m.name.endswith(("range_of_motion", "dorsiflexion", "knee_peak_flexion"))]
PROCESSORS = [Orientation, SegmentAngle, ImuJointAngles, ShankContacts]
STEPS = [ProcessStep("orientation", "imu")]
USUAL = Leg(sideways=5.0, axial=5.0, noise=1.0)


def inclined(signal):
    (turned,) = Orientation(OrientationSettings()).whole(signal).signals
    (angles,) = SegmentAngle(Settings()).whole(turned).signals
    return angles


def joints(leg, signal=None):
    """The model and its quality, or None."""
    angles = inclined(imus(leg) if signal is None else signal)
    found = ImuJointAngles(Settings()).with_steps(angles, leg.gait([angles])).signals
    return found[0], (found[1] if len(found) > 1 else None)


@cache
def usual():
    return imus(USUAL)


def label(leg, joint):
    return f"{leg.side}{joint.capitalize()}Angles.x"


def errors(leg, model, joint):
    """Degrees, in the strides."""
    off = np.degrees(model.column(label(leg, joint)) - leg.truth(joint, model.time))
    return np.concatenate([off[(model.time >= s.t0) & (model.time < s.t1)] for s in leg.gait([]).strides])


def refusals(leg, found, joint):
    """Why each stride has no value, by the metrics' own way to it; empty where it has one."""
    model, quality = found
    outputs = JointOutputs([model, quality] if quality is not None else [model], None, Subject())
    (need,) = next(m for m in METRICS if m.name == f"{joint}_range_of_motion").needs
    reasons = []
    for stride in leg.gait([]).strides:
        try:
            outputs.output(need, stride, leg.side)
            reasons.append("")
        except NotComputableError as reason:
            reasons.append(str(reason))
    return reasons


@pytest.mark.parametrize(
    ("leg", "most"),
    [
        (Leg(), 0.3),
        (Leg(side="R", seed=3, heading=-2.0), 0.3),
        (Leg(sideways=6.0, axial=8.0, seed=4), 1.0),
        (Leg(noise=1.0, bias=0.01, seed=5), 0.5),  # 0.01 rad/s and 0.1 m/s^2 of noise, 0.6 deg/s of bias
    ],
)
def test_angles_are_those_of_the_leg_however_its_sensors_are_mounted(leg, most):
    found = joints(leg)
    for joint in ("knee", "ankle"):
        assert np.abs(errors(leg, found[0], joint)).max() < most
        assert not any(refusals(leg, found, joint))


def test_without_quiet_standing_there_is_the_range_of_motion_alone():
    leg = Leg(stands_s=0.0, rests_s=0.0, walks_s=14.0)
    one = imus(leg)
    rows = run_pipeline([one], (), Subject(), PROCESSORS, METRICS, STEPS).rows
    ranges = [r for r in rows if r.name == "knee_range_of_motion" and r.status == "ok"]
    truth = np.degrees(np.ptp(leg.truth("knee", np.arange(5.0, 9.0, 0.01))))
    assert len(ranges) >= 4
    assert all(r.value == pytest.approx(truth, abs=1.0) for r in ranges)
    peaks = [r for r in rows if r.name in ("knee_peak_flexion", "ankle_peak_dorsiflexion")]
    assert peaks
    assert not any(r.status == "ok" for r in peaks)
    assert any("where 0 lies is not known" in r.reason for r in peaks)


def test_who_sits_still_before_walking_does_not_make_a_zero():
    leg = Leg(seated=True, stands_s=6.0, rests_s=0.0)
    model, _ = joints(leg)
    assert "not known" in model.attrs["no_zero_L_knee"]
    assert "not known" in model.attrs["no_zero_L_ankle"]


def test_without_a_sensor_on_the_thigh_standing_and_sitting_are_the_same_to_the_ankle():
    model, _ = joints(USUAL, imus(USUAL, sites=("shank", "foot")))
    assert [c.label for c in model.channels] == ["LAnkleAngles.x"]
    assert "on the thigh" in model.attrs["no_zero_L_ankle"]


def test_the_metrics_work_as_on_markers():
    rows = run_pipeline([usual()], (), Subject(), PROCESSORS, METRICS, STEPS).rows
    walking = np.arange(8.0, 12.0, 0.01)
    truth = {
        "knee_peak_flexion": np.degrees(USUAL.truth("knee", walking).max()),
        "knee_range_of_motion": np.degrees(np.ptp(USUAL.truth("knee", walking))),
        "ankle_range_of_motion": np.degrees(np.ptp(USUAL.truth("ankle", walking))),
        "ankle_peak_dorsiflexion": np.degrees(USUAL.truth("ankle", walking).max()),
    }
    for name, value in truth.items():
        found = [r.value for r in rows if r.name == name and r.status == "ok"]
        assert len(found) >= 6, name
        assert np.median(found) == pytest.approx(value, abs=1.0), name


@pytest.mark.parametrize("pair", [("thigh", "shank"), ("shank", "foot"), ("thigh", "foot")])
def test_exchanged_sensors_are_refused_at_every_joint_they_touch(pair):
    found = joints(USUAL, exchanged(usual(), *pair))
    for joint, sites in (("knee", {"thigh", "shank"}), ("ankle", {"shank", "foot"})):
        if sites & set(pair):
            assert all("exchanged" in r or "another segment" in r for r in refusals(USUAL, found, joint))


def test_a_sensor_of_the_other_leg_is_refused():
    other = imus(replace(USUAL, side="R"))
    thigh = replace(usual(), samples=np.hstack([other.samples[:, :6], usual().samples[:, 6:]]))
    assert all("on the other leg" in r for r in refusals(USUAL, joints(USUAL, thigh), "knee"))
    every = replace(other, channels=usual().channels)
    assert all("on the other leg" in r for r in refusals(USUAL, joints(USUAL, every), "knee"))


def test_who_walks_backwards_is_refused():
    leg = replace(USUAL, backwards=True)
    found = joints(leg)
    assert all(refusals(leg, found, "knee"))
    assert all(refusals(leg, found, "ankle"))


def test_upside_down_is_just_another_mounting():
    leg = replace(USUAL, mounts={"shank": Rotation.from_euler("x", 180, degrees=True)})
    assert np.abs(errors(leg, joints(leg)[0], "knee")).max() < 1.0


@pytest.mark.parametrize(("sent", "said"), [("deg/s", "rad/s"), ("rad/s", "deg/s")])
def test_a_wrong_unit_of_turning_is_refused(sent, said):
    found = joints(USUAL, imus(USUAL, unit=sent, said=said))
    assert all(refusals(USUAL, found, "knee"))
    assert all(refusals(USUAL, found, "ankle"))


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("turned", [(0.0, 0.0, 12.0), (0.0, 0.0, 30.0), (25.0, 0.0, 0.0), (0.0, 25.0, 0.0)])
def test_what_a_slip_leaves_is_within_what_is_said_of_it(site, turned):
    leg = replace(USUAL, walks_s=16.0, slip=(12.0, site, turned))
    found = joints(leg)
    for joint in ("knee", "ankle"):
        off = np.degrees(found[0].column(label(leg, joint)) - leg.truth(joint, found[0].time))
        reasons = refusals(leg, found, joint)
        for stride, reason in zip(leg.gait([]).strides, reasons, strict=True):
            inside = (found[0].time >= stride.t0) & (found[0].time < stride.t1)
            # While it slips neither the filter nor anybody else knows; the stride's mean is shifted by 8 or 10 degrees.
            assert reason or np.abs(off[inside]).mean() < (8.0 if site != "foot" else 10.0)
        if max(turned) >= 25.0 and site in {"knee": ("thigh", "shank"), "ankle": ("shank", "foot")}[joint]:
            assert any(reasons)
            assert not reasons[0]


def test_after_a_gap_nothing_is_said_until_up_is_known_again():
    for site in range(3):
        samples = usual().samples.copy()
        samples[800:900, 6 * site : 6 * site + 6] = np.nan
        found = joints(USUAL, replace(usual(), samples=samples))
        time = usual().time
        for joint in ("knee", "ankle"):
            off = np.degrees(found[0].column(label(USUAL, joint)) - USUAL.truth(joint, time))
            for stride, reason in zip(USUAL.gait([]).strides, refusals(USUAL, found, joint), strict=True):
                inside = (time >= stride.t0) & (time < stride.t1)
                assert reason or np.abs(off[inside]).max() < 3.0


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan])
def test_a_dead_sensor_gives_no_angle(value):
    model, quality = joints(USUAL, replace(usual(), samples=np.full_like(usual().samples, value)))
    assert np.isnan(model.samples).all()
    assert quality is not None


def test_two_sensors_on_one_segment_are_refused():
    angles = inclined(usual())
    twice = USUAL.gait([angles, replace(angles, id="again")])
    with pytest.raises(NotComputableError, match="two sensors are said to be on the left thigh"):
        ImuJointAngles(Settings()).with_steps(angles, twice)


def test_real_feet_turn_as_their_markers_say(shared):
    """Both feet over 2 x 20 m and a turn; the markers' pitch is from heel to toe."""
    angles = inclined(real_imus.feet(shared))
    for number, side in enumerate("LR"):
        time, pitch = real_imus.foot_pitch(shared, side)
        mine = angles.samples[:, len(QUANTITIES) * number]
        known = np.isfinite(mine) & (angles.time <= time[-1])
        truth = np.interp(angles.time[known], time, pitch)
        assert known.sum() > 7000
        assert np.degrees(np.std(mine[known] - truth)) < 1.6
        assert np.corrcoef(mine[known], truth)[0, 1] > 0.998


class TestSegmentAngle(ProcessorContract):
    processor = SegmentAngle

    def signal(self):
        leg = Leg(stands_s=1.6, walks_s=8.0, rests_s=0.5, rate=RATE)
        return Orientation(OrientationSettings()).whole(imus(leg)).signals[0]


def test_strides_and_stances_that_are_not_covered_are_left_alone():
    angles = inclined(usual())
    gait = replace(
        USUAL.gait([angles]), stances=[Stance(-5.0, -4.0, "L", "x")], strides=[Stride(90.0, 91.0, 90.6, "L", 0)]
    )
    assert len(ImuJointAngles(Settings()).with_steps(angles, gait).signals) >= 1


def test_what_markers_gave_comes_before_what_imus_gave():
    model, _ = joints(USUAL)
    time = model.time
    channels = tuple(Channel(f"LKneeAngles.{a}", "rad", "knee", "L") for a in "xyz")
    markers = Signal("m.inverse_dynamics", "model", time, np.full((len(time), 3), 0.5), channels, RATE, inputs=("m",))
    vicon = replace(markers, id="vicon", samples=np.full((len(time), 3), 0.7), inputs=())
    (need,) = next(m for m in METRICS if m.name == "knee_peak_flexion").needs
    stride = USUAL.gait([]).strides[0]
    for signals, first in (((model, markers, vicon), 0.5), ((model, vicon), 0.7)):
        assert JointOutputs(signals, None, Subject()).output(need, stride, "L").values.max() == first
        assert input_signals(next(m for m in METRICS if m.name == "knee_peak_flexion"), signals) != (model.id,)
    assert input_signals(next(m for m in METRICS if m.name == "knee_peak_flexion"), (model,)) == (model.id,)
