"""Work of ankle, knee and hip: plain curves by hand, and Vicon's own powers summed up over the same stances."""

import json
import math

import numpy as np
import pytest
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import NotComputableError, Stance, Stride, Subject, Trace
from groundup.testing import walker
from groundup_plugins.metrics.joint_work import groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

METRICS = {metric.name: metric for metric in groundup_metrics()}
FLOOR = ["HC002D06", "HC030A05", "HC031A06", "HC036A10"]
TIME = np.linspace(0.0, 1.0, 1001)
STANCE, STRIDE = Stance(0.0, 1.0, "L", "plate:1"), Stride(0.0, 1.0, 0.6, "L", 0)


def power(values):
    return Trace(TIME, np.asarray(values, float), 1000.0, "W/kg")


def measured(signals, events=(), subject=None):
    return run_pipeline(signals, events, subject or Subject(), [ForcePlate, Contacts], list(METRICS.values()))


def valued(result, name):
    return {(row.t0, row.t1, row.side): row.value for row in result.rows if row.name == name and row.status == "ok"}


def test_work_is_the_area_of_the_power_on_either_side_of_zero():
    sine = power(3.0 * np.sin(2 * np.pi * TIME))
    for name in ("ankle", "knee", "hip"):
        assert METRICS[f"{name}_positive_work"](STANCE, sine) == pytest.approx(3.0 / np.pi, rel=1e-5)
        assert METRICS[f"{name}_negative_work"](STANCE, sine) == pytest.approx(-3.0 / np.pi, rel=1e-5)


def test_shares_are_those_of_the_three_areas_and_sum_to_one():
    powers = [power(k * np.sin(2 * np.pi * TIME)) for k in (5.0, 2.0, 3.0)]
    for sign in ("_work_share", "_negative_work_share"):
        shares = [METRICS[f"{name}{sign}"](STANCE, *powers) for name in ("ankle", "knee", "hip")]
        assert shares == pytest.approx([0.5, 0.2, 0.3])
    with pytest.raises(NotComputableError, match="no joint does work"):
        METRICS["hip_work_share"](STANCE, *[power(-np.ones(1001))] * 3)


def test_the_ratio_is_extension_and_pull_off_of_the_hip_over_the_push_off_of_the_ankle():
    # Stance to 0.6 s: the hip gives 2 W/kg all the while, the ankle 4 W/kg in its second half.
    ankle = power(np.where((TIME >= 0.3) & (TIME <= 0.6), 4.0, 0.0))
    hip = power(np.full(1001, 2.0))
    assert METRICS["hip_pull_off_work"](STRIDE, hip) == pytest.approx(2.0 * 0.5, abs=0.01)  # 0.3 to 0.8 s
    assert METRICS["hip_ankle_ratio"](STRIDE, ankle, hip) == pytest.approx((0.6 + 1.0) / 1.2, rel=0.01)
    assert METRICS["ankle_push_off_power"](STANCE, power(np.where(TIME >= 0.5, 4.0, 9.0))) == 4.0
    with pytest.raises(NotComputableError, match="foot left"):
        METRICS["hip_ankle_ratio"](Stride(0.0, 1.0, math.nan, "L", 0), ankle, hip)


def test_support_is_shared_by_extensor_moments_only():
    moments = [Trace(TIME, np.full(1001, value), 1000.0, "N·m/kg") for value in (1.2, -0.5, 0.4)]
    shares = [METRICS[f"support_moment_share_{name}"](STANCE, *moments) for name in ("ankle", "knee", "hip")]
    assert shares == pytest.approx([0.75, 0.0, 0.25])


@pytest.mark.parametrize("name", FLOOR)
def test_given_vicons_powers_work_and_shares_are_their_integrals_over_the_same_stance(shared, name):
    path = shared / "walk_overground_c3d" / f"{name}.c3d"
    signals, events, subject = of_c3d(path)
    result = measured(signals, events, subject)
    ezc3d = pytest.importorskip("ezc3d")
    file = ezc3d.c3d(str(path))
    names = file["parameters"]["POINT"]
    labels = names["LABELS"]["value"] + names.get("LABELS2", {"value": []})["value"]
    time = file["header"]["points"]["first_frame"] / 100.0 + np.arange(file["data"]["points"].shape[2]) / 100.0
    shares = valued(result, "ankle_work_share")
    assert len(shares) == 2  # one stance on each plate
    for (t0, t1, side), share in shares.items():
        inside = (time >= t0) & (time <= t1)
        areas = {}
        for joint in ("Ankle", "Knee", "Hip"):
            watts = np.nansum(file["data"]["points"][:3, labels.index(f"{side}{joint}Power")], axis=0)[inside]
            areas[joint] = np.trapezoid(np.maximum(watts, 0), time[inside])
            lost = np.trapezoid(np.minimum(watts, 0), time[inside])
            assert valued(result, f"{joint.lower()}_positive_work")[t0, t1, side] == pytest.approx(areas[joint])
            assert valued(result, f"{joint.lower()}_negative_work")[t0, t1, side] == pytest.approx(lost)
        assert share == pytest.approx(areas["Ankle"] / sum(areas.values()))
        peak = valued(result, "ankle_push_off_power")[t0, t1, side]
        late = (time >= (t0 + t1) / 2) & (time <= t1)
        assert peak == pytest.approx(file["data"]["points"][2, labels.index(f"{side}AnklePower"), late].max())


def test_a_stance_beside_the_plates_has_angles_and_no_work(shared):
    """The model computed powers there too, without the force under that foot."""
    path = shared / "walk_overground_c3d" / "HC002D06.c3d"
    truth = json.loads((shared / "walk_overground_c3d" / "reference_grf.json").read_text())["HC002D06.c3d"]
    result = measured(*of_c3d(path))
    beside = [s for s in result.stances if not s.source.startswith("plate:")]
    assert beside
    assert len(valued(result, "ankle_positive_work")) == len(truth)
    for stance in beside:
        key = (stance.t0, stance.t1, stance.side)
        assert key in valued(result, "ankle_peak_dorsiflexion")
        assert key not in valued(result, "ankle_positive_work")


def test_youths_who_walk_have_the_ranges_of_motion_of_the_textbook(shared):
    """Knee about 60 degrees, hip about 40, ankle about 30 (Perry & Burnfield 2010)."""
    for name in FLOOR:
        result = measured(*of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d"))
        for joint, low, high in (("knee", 45, 75), ("hip", 30, 60), ("ankle", 15, 45)):
            values = list(valued(result, f"{joint}_range_of_motion").values())
            assert values
            assert all(low < value < high for value in values), (name, joint, values)


def test_powers_in_watts_are_given_over_the_mass_and_refused_without_one():
    made = walker()
    signals = []
    for s in made.signals:
        if s.kind == "model":
            whole = tuple(c.__class__(c.label, c.unit.removesuffix("/kg"), c.site, c.side) for c in s.channels)
            s = s.__class__(s.id, s.kind, s.time, s.samples, whole, s.rate)
        if s.kind in ("plate", "model"):
            signals.append(s)
    per_kg = measured([s for s in made.signals if s.kind in ("plate", "model")], (), Subject(70.0))
    whole = measured(signals, (), Subject(70.0))
    one, other = (valued(result, "knee_positive_work") for result in (per_kg, whole))
    assert one, {row.reason for row in per_kg.rows if row.name == "knee_positive_work"}
    assert list(other.values()) == pytest.approx([value / 70.0 for value in one.values()])
    assert not valued(measured(signals), "knee_positive_work")
