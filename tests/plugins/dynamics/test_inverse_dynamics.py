"""Inverse dynamics against Vicon's own outputs of the same walks, and what it says of markers that are not as named."""

import re
from dataclasses import replace

import numpy as np
import pytest
from real_files import of_c3d
from vicon_walks import BESIDE, FLOOR, TURNS, computed, markers_of, power, shares, stances_of, walked, whole

from groundup.analysis.metrics.input_signals import input_signals
from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.wiring import ProcessStep
from groundup.plugin import Gait, NotComputableError, Stance, Subject
from groundup_plugins.dynamics.inverse_dynamics import JOINTS, InverseDynamics, InverseDynamicsSettings
from groundup_plugins.metrics.joint_work import groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

LEAST_R = {"ankle": 0.97, "knee": 0.90, "hip": 0.90}
MOST_RMS = {"ankle": 0.10, "knee": 0.15, "hip": 0.15}


@pytest.mark.parametrize("name", FLOOR + TURNS)
def test_powers_are_those_that_vicon_computed(shared, name):
    """Held out are the turns: nothing was chosen by them."""
    folder = "walk_overground_c3d" if name in FLOOR else "turns_c3d"
    gait, ours = computed(shared / folder / f"{name}.c3d")
    vicon = next(s for s in gait.signals if s.kind == "model")
    seen = 0
    for stance, time in stances_of(gait, ours):
        for joint in JOINTS:
            mine, theirs = (power(model, stance.side, joint, time) for model in (ours, vicon))
            if not whole(ours, stance.side, time):
                continue
            seen += 1
            assert np.corrcoef(mine, theirs)[0, 1] >= LEAST_R[joint], (stance.side, joint)
            assert np.sqrt(np.mean((mine - theirs) ** 2)) <= MOST_RMS[joint] * np.ptp(theirs), (stance.side, joint)
    assert seen >= (6 if name in FLOOR else 3)


@pytest.mark.parametrize("name", FLOOR + TURNS)
def test_work_shares_are_vicons_by_the_hip_that_is_as_far_forward_as_theirs(shared, name):
    """Harrington's hip lies 25 mm from that of Plug-in Gait: a share differs by up to 0.12."""
    folder = "walk_overground_c3d" if name in FLOOR else "turns_c3d"
    for hip, most in (("bell", 0.05), ("harrington", 0.13)):
        gait, ours = computed(shared / folder / f"{name}.c3d", hip)
        vicon = next(s for s in gait.signals if s.kind == "model")
        seen = 0
        for stance, time in stances_of(gait, ours):
            if not whole(ours, stance.side, time):
                continue
            apart = shares(ours, stance.side, time) - shares(vicon, stance.side, time)
            assert np.abs(apart).max() <= most, (hip, stance.side, apart)
            seen += 1
        assert seen >= (2 if name in FLOOR else 1)


def test_sagittal_moments_and_angles_are_vicons(shared):
    for name in FLOOR:
        gait, ours = computed(shared / "walk_overground_c3d" / f"{name}.c3d")
        vicon = next(s for s in gait.signals if s.kind == "model")
        for stance, time in stances_of(gait, ours):
            for joint in JOINTS:
                for quantity, least in (("Moment", 0.96), ("Angles", 0.99)):
                    label = f"{stance.side}{joint.capitalize()}{quantity}.x"
                    mine, theirs = (np.interp(time, model.time, model.column(label)) for model in (ours, vicon))
                    assert np.corrcoef(mine, theirs)[0, 1] >= least, (name, label)


def test_joint_metrics_work_on_it_as_on_a_models_outputs(shared):
    signals, events, subject = of_c3d(shared / "walk_overground_c3d" / "HC002D06.c3d")
    alone = [s for s in signals if s.kind != "model"]
    result = run_pipeline(alone, events, subject, [ForcePlate, Contacts, InverseDynamics], list(groundup_metrics()))
    values = {(row.name, row.side): row.value for row in result.rows if row.status == "ok"}
    # Two plates give no stride; everything of a stance has a value on either side.
    of_a_stance = {metric.name for metric in groundup_metrics() if Stance in metric.scopes}
    assert {name for name, _ in values} >= of_a_stance
    assert all((name, side) in values for name in of_a_stance for side in "LR")
    (made,) = (s for s in result.signals if s.kind == "model")
    assert "Winter" in made.attrs["segments"]
    assert "Harrington" in made.attrs["hip_centre"]
    assert "20 Hz" in made.attrs["filter"]


def test_what_the_mocap_system_computed_is_used_unless_lab_toml_asks(shared):
    signals, events, subject = of_c3d(shared / "walk_overground_c3d" / "HC002D06.c3d")
    metrics = [metric for metric in groundup_metrics() if metric.name == "hip_work_share"]
    processors = [ForcePlate, Contacts, InverseDynamics]
    theirs = run_pipeline(signals, events, subject, processors, metrics)
    assert not [s for s in theirs.signals if s.kind == "model"]
    asked = ProcessStep("inverse_dynamics", "mocap", parameters=BESIDE)
    ours = run_pipeline(signals, events, subject, processors, metrics, [asked])
    one, other = ([row.value for row in result.rows if row.status == "ok"] for result in (theirs, ours))
    assert len(one) == len(other) == 2
    assert one != other
    both = [*signals, *ours.signals]
    assert input_signals(metrics[0], both) == ("mocap.inverse_dynamics",)
    assert input_signals(metrics[0], signals) == ("model",)


# What is not as it is named: "I don't know, because ..." and never a number.


def relabelled(signal, names):
    def renamed(channel):
        label, _, axis = channel.label.rpartition(".")
        return replace(channel, label=f"{names.get(label, label)}.{axis}")

    return replace(signal, channels=tuple(renamed(c) for c in signal.channels))


def swapped(*labels):
    return {a + label: b + label for label in labels for a, b in ("LR", "RL")}


def turned(signal):
    """In a lab whose y is up."""
    points = signal.samples.reshape(len(signal.time), -1, 3)
    return replace(signal, samples=np.roll(points, -1, 2).reshape(signal.samples.shape))


def without(signal, *labels):
    keep = [i for i, c in enumerate(signal.channels) if c.label.rpartition(".")[0] not in labels]
    return replace(signal, samples=signal.samples[:, keep], channels=tuple(signal.channels[i] for i in keep))


@pytest.fixture(scope="module")
def gait(shared):
    return walked(shared / "walk_overground_c3d" / "HC002D06.c3d")


def outputs(gait, markers, settings=None, **changes):
    made = InverseDynamics(settings or InverseDynamicsSettings(beside_model=True))
    changed = replace(gait, signals=[markers if s.kind == "mocap" else s for s in gait.signals], **changes)
    return [signal for signal in made.with_steps(markers, changed).signals if signal.kind != "model_error"]


LEG = ("KNE", "ANK", "HEE", "TOE", "THI", "TIB")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: relabelled(m, swapped("ASI")), "stands on its head"),
        (lambda m: relabelled(m, swapped(*LEG)), "left and right are taken for each other"),
        (lambda m: relabelled(m, swapped("KNE")), "long by its markers|left and right are taken|cannot be"),
        (lambda m: relabelled(m, swapped("ANK")), "long by its markers|cannot be"),
        (
            lambda m: replace(m, channels=tuple(replace(c, unit="m") for c in m.channels)),
            "their unit is wrong",
        ),
        (
            lambda m: replace(m, samples=m.samples / 1000.0),
            "their unit is wrong",
        ),
        (lambda m: without(m, "LASI"), r"no marker for L_asis \(LASI\)"),
        (lambda m: without(m, "SACR"), "no marker for L_psis"),
        (lambda m: without(m, "LKNE", "RKNE"), r"no marker for L_knee \(LKNE\)"),
        (lambda m: replace(m, rate=30.0), "too slowly for a filter"),
        (lambda m: replace(m, channels=tuple(replace(c, unit="V") for c in m.channels)), "unit of length"),
        (lambda m: relabelled(m, {"LHEE": "LTOE", "LTOE": "LHEE", "RHEE": "RTOE", "RTOE": "RHEE"}), "points backwards"),
        (lambda m: relabelled(m, {"RKNE": "LKNE"}), "two markers called"),
        (lambda m: replace(m, samples=np.full_like(m.samples, np.nan)), "was never seen"),
        (lambda m: turned(m), "z axis of the markers does not point up"),
    ],
)  # fmt: skip
def test_markers_that_are_not_as_named_give_a_reason_and_no_number(gait, change, says):
    said, made = "", ()
    try:
        made = outputs(gait, change(markers_of(gait)))
    except NotComputableError as reason:
        said = str(reason)
    if made:
        model, quality = made
        said = " ".join(str(text) for text in quality.attrs.values())
        flawed = quality.samples[:, [c.label == "LKneePower.x" for c in quality.channels]]
        assert not np.isfinite(model.column("LKneePower.x")).any() or flawed.any()
    assert re.search(says, said), said


def test_a_foot_named_as_the_other_gets_no_force(gait):
    """The plate's foot is told by other means: then the centre of pressure is beside the markers."""
    other = [replace(s, side="R" if s.side == "L" else "L") for s in gait.stances]
    model, quality = outputs(gait, markers_of(gait), stances=other)
    assert np.isfinite(model.column("LKneeAngles.x")).any()
    for side in "LR":
        for stance in other:
            inside = (model.time >= stance.t0) & (model.time <= stance.t1)
            if stance.source.startswith("plate:") and stance.side == side:
                assert np.isnan(model.column(f"{side}AnklePower.x")[inside]).all()
    assert any("beside the foot" in str(text) for text in quality.attrs.values())


def test_plates_in_another_frame_than_the_markers_are_refused(gait):
    moved = [
        replace(s, samples=s.samples + np.array([0, 0, 0, 0.2, 0.2, 0])) if s.kind == "grf" else s for s in gait.signals
    ]
    model, quality = outputs(replace(gait, signals=moved), markers_of(gait))
    for stance, time in stances_of(gait, model):
        assert np.isnan(model.column(f"{stance.side}HipPower.x")[np.isin(model.time, time)]).all()
    assert any("one lab frame" in str(text) for text in quality.attrs.values())


def grf_turned(**to):
    """Forces of every plate with other columns in some columns: name of a channel to name, or to minus it."""

    def turned_of(signal):
        at = [c.label for c in signal.channels].index
        samples = signal.samples.copy()
        for label, source in to.items():
            samples[:, at(label)] = signal.samples[:, at(source.lstrip("-"))] * (-1 if source[0] == "-" else 1)
        return replace(signal, samples=samples)

    return lambda signal: turned_of(signal) if signal.kind == "grf" else signal


def markers_moved(x=0.0, y=0.0, z=0.0):
    def moved(signal):
        if signal.kind != "mocap":
            return signal
        points = signal.samples.reshape(len(signal.time), -1, 3) + np.array([x, y, z]) * 1000  # their unit is mm
        return replace(signal, samples=points.reshape(signal.samples.shape))

    return moved


WRONG = {
    "markers 0.3 m too high": (markers_moved(z=0.3), "m above the plate"),
    "markers 0.1 m too high": (markers_moved(z=0.1), "m above the plate"),
    "markers 0.3 m too low": (markers_moved(z=-0.3), "m below the plate"),
    "markers 0.1 m along the walk": (
        markers_moved(y=0.1),
        "behind the heel|before the toe marker|line from heel to toe",
    ),
    "markers 0.1 m against the walk": (markers_moved(y=-0.1), "before the toe marker|behind the heel|beside the foot"),
    "braking for propulsion": (grf_turned(Fy="-Fy"), "the force leans -0"),
    "x for y": (grf_turned(Fx="Fy", Fy="Fx"), "the force leans"),
}


@pytest.mark.parametrize("name", ["HC002D06", "HC031A06"])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_force_that_cannot_be_under_that_foot_gives_no_moments(shared, name, wrong):
    gait = walked(shared / "walk_overground_c3d" / f"{name}.c3d")
    change, says = WRONG[wrong]
    changed = replace(gait, signals=[change(s) for s in gait.signals])
    model, quality = outputs(changed, markers_of(changed))
    for stance, time in stances_of(gait, model):
        assert np.isnan(model.column(f"{stance.side}AnkleMoment.x")[np.isin(model.time, time)]).all()
    assert any(re.search(says, str(text)) for text in quality.attrs.values())


def test_no_whole_step_on_a_belt_is_taken_for_another_foots(shared):
    gait = walked(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d")
    model, *quality = outputs(gait, markers_of(gait))
    assert sum(np.isfinite(model.column("RAnklePower.x"))) > 100
    said = " ".join(str(text) for signal in quality for text in signal.attrs.values())
    assert not re.search("line from heel to toe|above the plate|leans|still moves", said)


@pytest.mark.parametrize("name", ["HC030A05", "HC036A10"])
def test_a_centre_of_pressure_that_goes_backwards_gives_no_moments(shared, name):
    signals, events, subject = of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d")
    turned = [replace(s, samples=s.samples * (1, 1, 1, -1, 1, 1)) if s.plate else s for s in signals]
    result = run_pipeline(turned, events, subject, [ForcePlate, Contacts], [])
    gait = Gait((*turned, *result.signals), result.stances, result.strides, subject)
    model, *_ = outputs(gait, markers_of(gait))
    assert all(len(time) > 20 for _, time in stances_of(gait, model))
    assert len(list(stances_of(gait, model))) == 2
    for stance, time in stances_of(gait, model):
        assert np.isnan(model.column(f"{stance.side}AnkleMoment.x")[np.isin(model.time, time)]).all()


@pytest.mark.parametrize("name", ["HC002D06", "HC031A06"])
def test_plates_that_are_early_by_50_ms_give_no_moments(shared, name):
    signals, events, subject = of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d")
    early = [replace(s, time=s.time - 0.05) if s.plate else s for s in signals]
    result = run_pipeline(early, events, subject, [ForcePlate, Contacts], [])
    gait = Gait((*early, *result.signals), result.stances, result.strides, subject)
    model, quality = outputs(gait, markers_of(gait))
    for stance, time in stances_of(gait, model):
        assert np.isnan(model.column(f"{stance.side}AnkleMoment.x")[np.isin(model.time, time)]).all()
    assert any("not on one clock" in str(text) for text in quality.attrs.values())


def test_without_the_mass_there_are_angles_and_no_moments(gait):
    model, quality = outputs(gait, markers_of(gait), subject=Subject())
    assert np.isfinite(model.column("LKneeAngles.x")).any()
    assert not np.isfinite(model.column("LKneeMoment.x")).any()
    assert any("mass is not known" in str(text) for text in quality.attrs.values())


def test_a_foot_that_no_plate_saw_alone_has_angles_and_no_moments(gait):
    beside = [replace(s, source="file") for s in gait.stances]
    (model, *_) = outputs(gait, markers_of(gait), stances=beside)
    assert len(beside) > 1
    for stance in beside:
        inside = (model.time >= stance.t0) & (model.time <= stance.t1)
        assert inside.sum() > 20
        assert np.isfinite(model.column(f"{stance.side}KneeAngles.x")[inside]).any()
        assert np.isnan(model.column(f"{stance.side}KneeMoment.x")[inside]).all()


def test_a_marker_that_is_lost_leaves_a_hole_with_its_name_and_nothing_else_changes(gait):
    markers = markers_of(gait)
    whole = outputs(gait, markers)[0]
    at = [i for i, c in enumerate(markers.channels) if c.label.startswith("LTIB.")]
    samples = markers.samples.copy()
    samples[100:103, at] = np.nan
    model, quality = outputs(gait, replace(markers, samples=samples))
    left = model.column("LKneeAngles.x")
    assert np.isnan(left[95:108]).all()
    assert left[:85] == pytest.approx(whole.column("LKneeAngles.x")[:85], abs=1e-3, nan_ok=True)
    assert (model.column("RKneePower.y") == whole.column("RKneePower.y"))[
        np.isfinite(whole.column("RKneePower.y"))
    ].all()
    assert "is not known: the marker LTIB was not seen" in quality.attrs.values()


def test_a_marker_that_jumps_is_no_longer_leg(gait):
    markers = markers_of(gait)
    at = [i for i, c in enumerate(markers.channels) if c.label.startswith("LANK.")]
    samples = markers.samples.copy()
    samples[90:95, at] += 150.0
    _, quality = outputs(gait, replace(markers, samples=samples))
    assert any("cannot be" in str(text) for text in quality.attrs.values())


@pytest.mark.parametrize("far_mm", [20.0, 60.0, 3000.0])
def test_a_marker_that_jumps_for_a_frame_spoils_no_value_around_it(gait, far_mm):
    """Files have such frames, at the origin of the lab or on another marker; the filter bends what is around them."""
    markers = markers_of(gait)
    whole = outputs(gait, markers)[0]
    at = [i for i, c in enumerate(markers.channels) if c.label.startswith("LKNE.")]
    samples = markers.samples.copy()
    samples[110, at] += far_mm / np.sqrt(3)
    model, quality = outputs(gait, replace(markers, samples=samples))
    assert any("the marker LKNE jumps" in str(text) for text in quality.attrs.values())
    flawed = np.zeros(len(model.time), bool)
    column = [c.label for c in quality.channels].index("LKneePower.x")
    for row, until in zip(range(len(quality.time)), [*quality.time[1:], np.inf], strict=True):
        if quality.samples[row, column]:
            flawed |= (model.time >= quality.time[row]) & (model.time < until)
    assert 0 < flawed.sum() < 40
    for label in ("LKneePower.x", "LKneeAngles.x", "LHipMoment.x"):
        one, other = whole.column(label), model.column(label)
        good = ~flawed & np.isfinite(one) & np.isfinite(other)
        assert np.abs(one - other)[good].max() < 0.02 * np.ptp(one[np.isfinite(one)]), label


def test_pieces_of_a_long_walk_are_the_whole(gait, monkeypatch):
    whole = outputs(gait, markers_of(gait))[0]
    monkeypatch.setattr("groundup_plugins.dynamics.inverse_dynamics._PIECE_S", 0.7)
    pieces = outputs(gait, markers_of(gait))[0]
    for label in ("LKneePower.x", "RAnkleMoment.x", "LHipPower.y"):
        one, other = whole.column(label), pieces.column(label)
        assert (np.isfinite(one) == np.isfinite(other)).all()
        # A piece has its own medians of the pelvis' size.
        assert np.nanmax(np.abs(one - other)) < 0.03 * np.ptp(one[np.isfinite(one)])


def test_a_small_set_that_lab_toml_declares_will_do_where_the_pelvis_is_not_seen(gait):
    """Moments of the hip are known, its angle and power are not: against what the thigh turns nobody saw."""
    markers = markers_of(gait)
    names = {"LFEP": "HipL", "RFEP": "HipR", "LKNE": "KneeL_lat", "RKNE": "KneeR_lat", "LANK": "a", "RANK": "b"}
    few = without(markers, "LASI", "RASI", "SACR", "LTHI", "RTHI", "LTIB", "RTIB")
    declared = InverseDynamicsSettings(
        beside_model=True,
        markers={
            "L_hip": "HipL", "R_hip": "HipR", "L_knee": "KneeL_lat", "R_knee": "KneeR_lat", "L_ankle": "a",
            "R_ankle": "b",
        },
    )  # fmt: skip
    model, quality = outputs(gait, relabelled(few, names), declared)
    theirs = next(s for s in gait.signals if s.kind == "model")
    for stance, time in stances_of(gait, model):
        for joint, least in (("Ankle", 0.99), ("Knee", 0.85), ("Hip", 0.90)):
            label = f"{stance.side}{joint}Moment.x"
            mine, vicon = (np.interp(time, m.time, m.column(label)) for m in (model, theirs))
            assert np.corrcoef(mine, vicon)[0, 1] > least, label
    assert not np.isfinite(model.column("LHipPower.x")).any()
    assert any("pelvis" in str(text) for text in quality.attrs.values())


def test_a_wrong_part_in_lab_toml_is_said():
    with pytest.raises(ValueError, match="there is no part 'L_elbow'"):
        InverseDynamicsSettings(markers={"L_elbow": "LELB"})


def test_markers_of_something_else_are_left_alone(gait):
    arms = without(markers_of(gait), *[s + part for s in "LR" for part in (*LEG, "ASI")])
    assert not outputs(gait, arms)
    with pytest.raises(NotComputableError, match='no marker called "nowhere"'):
        outputs(gait, markers_of(gait), InverseDynamicsSettings(markers={"L_knee": "nowhere"}, beside_model=True))


def test_few_or_no_samples_give_nothing(gait):
    markers = markers_of(gait)
    for n in (0, 1, 2, 12):
        few = replace(markers, time=markers.time[:n], samples=markers.samples[:n])
        try:
            made = outputs(gait, few)
        except NotComputableError:
            continue
        assert not made or not np.isfinite(made[0].samples).any()
