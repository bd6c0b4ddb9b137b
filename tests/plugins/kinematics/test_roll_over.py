"""Roll-over: made wheels whose radius is known, real steps beside what is published, and what is no step."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Gait, Plate, Signal, Stance, Subject
from groundup_plugins.kinematics.arc import fit_arc
from groundup_plugins.kinematics.roll_over import RollOver, RollOverSettings, groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

RATE, T0, T1, OTHER = 200.0, 1.0, 1.7, 1.55
STANCES = [Stance(T0, T1, "L", "plate:1"), Stance(OTHER, OTHER + 0.7, "R", "plate:2")]
# Forward and up from the lowest point of the wheel in the middle of its roll: the leg is rigid.
BODY = {"KNE": (0.02, 0.52), "ANK": (0.0, 0.10), "HEE": (-0.06, 0.06), "TOE": (0.16, 0.06)}
CORNERS = ((1.0, 1.0, 0.0), (-1.0, 1.0, 0.0), (-1.0, -1.0, 0.0), (1.0, -1.0, 0.0))


def rolling(radius=0.30, heading=0.4, belt_m_s=0.0, unit="m", beside=0.0, high=0.0):
    """A leg on a wheel that rolls without slipping: markers, plate, the turn until the other lands."""
    time = np.arange(0.5, 2.5, 1.0 / RATE)

    def turned(at):
        return -0.35 + 1.0 * (at - T0)

    ahead, across = np.array([np.cos(heading), np.sin(heading)]), np.array([-np.sin(heading), np.cos(heading)])

    def places(at, x, z, sideways):
        angle = turned(at)
        forward = radius * angle + np.cos(angle) * x + np.sin(angle) * z - belt_m_s * at
        height = radius - np.sin(angle) * x + np.cos(angle) * z
        return np.column_stack([forward[:, None] * ahead + sideways * across, height + high])

    columns = [places(time, x, z - radius, 0.1 + beside) for x, z in BODY.values()]
    channels = tuple(Channel(f"L{name}.{axis}", unit) for name in BODY for axis in "xyz")
    markers = Signal("mocap", "mocap", time, np.hstack(columns), channels, RATE)
    fine = np.arange(0.5, 2.5, 0.001)
    centre = (radius * turned(fine) - belt_m_s * fine)[:, None] * ahead + 0.1 * across
    centre[(fine < T0) | (fine > T1)] = np.nan
    plate = Signal(
        "plate", "grf", fine, centre, tuple(Channel(label, "m", "plate:1") for label in ("CoPx", "CoPy")), 1000.0,
        Plate(2, CORNERS),
    )  # fmt: skip
    return markers, plate, turned(np.array([OTHER])) - turned(np.array([T0]))


def made(markers, plate, stances=STANCES):
    return RollOver(RollOverSettings()).with_steps(markers, Gait([markers, plate], stances, [], Subject())).signals


def value(signals, label):
    found = signals[0].column(label)
    known = found[np.isfinite(found)]
    return float(known[0]) if len(known) else np.nan


def reasons(signals):
    return " ".join(str(text) for text in signals[1].attrs.values()) if len(signals) > 1 else ""


@pytest.mark.parametrize("radius", [0.15, 0.30, 0.45])
@pytest.mark.parametrize(("heading", "belt"), [(0.0, 0.0), (-2.5, 0.0), (0.4, 1.2)])
def test_a_wheel_has_its_radius_wherever_it_rolls_and_on_a_belt(radius, heading, belt):
    markers, plate, angle = rolling(radius, heading, belt)
    found = made(markers, plate)
    assert value(found, "L_radius") == pytest.approx(radius, rel=0.01)
    assert value(found, "L_arc_length") == pytest.approx(radius * float(angle[0]), rel=0.02)


def _ahead(markers):
    along = markers.samples[100, 9:11] - markers.samples[100, 6:8]
    return along / np.linalg.norm(along)


def test_the_centre_of_pressure_of_a_wheel_is_as_fast_as_it_rolls_against_its_toe():
    markers, plate, _ = rolling()
    toe = markers.samples[:, 9:11] @ _ahead(markers)
    at = np.array([T0 + 0.1 * (T1 - T0), T0 + 0.9 * (T1 - T0)])
    rolled = np.diff(0.30 * 1.0 * at)[0]
    truth = (rolled - np.diff(np.interp(at, markers.time, toe))[0]) / (at[1] - at[0])
    assert value(made(markers, plate), "L_cop_velocity") == pytest.approx(truth, rel=0.02)
    belt, moved, _ = rolling(belt_m_s=1.2)
    assert value(made(belt, moved), "L_cop_velocity") == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"beside": 0.15}, "beside the foot"),
        ({"high": 0.2}, "above the plate"),
        ({"unit": "mm"}, "unit or place is wrong"),
    ],
)
def test_what_is_not_under_the_foot_is_refused(given, why):
    markers, plate, _ = rolling(**given)
    found = made(markers, plate)
    assert not np.isfinite(found[0].samples).any()
    assert why in reasons(found)


def test_without_the_other_foot_there_is_no_arc_and_without_a_plate_nothing():
    markers, plate, _ = rolling()
    alone = made(markers, plate, STANCES[:1])
    assert np.isnan(value(alone, "L_radius"))
    assert np.isfinite(value(alone, "L_cop_velocity"))
    assert "other foot" in reasons(alone)
    assert "no force plate" in reasons(made(markers, replace(plate, kind="other")))
    standing = [Stance(T0, T0 + 2.5, "L", "plate:1"), STANCES[1]]
    assert "standing" in reasons(made(markers, plate, standing))


def test_lost_markers_and_a_path_that_goes_back_are_refused():
    markers, plate, _ = rolling()
    lost = markers.samples.copy()
    lost[180, 0:3] = np.nan
    assert "not seen" in reasons(made(replace(markers, samples=lost), plate))
    back = replace(plate, samples=np.where(np.isnan(plate.samples), np.nan, plate.samples[600] - 0.001))
    assert "forward" in reasons(made(markers, back)) or "no arc" in reasons(made(markers, back))
    few = replace(markers, time=markers.time[:1], samples=markers.samples[:1])
    assert "gap" in reasons(made(few, plate))
    assert not made(replace(markers, channels=tuple(replace(c, label=f"x{c.label}") for c in markers.channels)), plate)


def test_a_circle_is_found_and_a_line_is_none():
    angle = np.linspace(-0.4, 0.7, 40)
    arc = fit_arc(5.0 + 0.3 * np.sin(angle), 2.0 - 0.3 * np.cos(angle))
    assert (arc.radius, arc.length, arc.upward) == (pytest.approx(0.3), pytest.approx(0.33), True)
    assert arc.off < 1e-9
    assert not fit_arc(5.0 + 0.3 * np.sin(angle), 2.0 + 0.3 * np.cos(angle)).upward
    line = fit_arc(np.arange(5.0), np.zeros(5))
    assert not line.off < 1.0


@cache
def steps(path):
    signals, events, subject = of_c3d(path)
    return run_pipeline(signals, events, subject, [ForcePlate, Contacts, RollOver], list(groundup_metrics())), subject


@pytest.mark.parametrize(
    "name",
    [
        *(f"walk_overground_c3d/{n}" for n in ("HC002D06", "HC030A05")),
        "walk_splitbelt_c3d/treadmill_events",
    ],
)
def test_people_roll_on_about_a_fifth_of_their_height(shared, name):
    """Hansen & Meier 2010 (153 children): 22 %; with shoes 20 (SD 7) % of 16 adults (2013). These walked barefoot."""
    result, subject = steps(shared / f"{name}.c3d")
    radii = [row.value for row in result.rows if row.name == "roll_over_radius" and row.status == "ok"]
    assert radii
    assert all(0.13 < radius / subject.height_m < 0.24 for radius in radii)
    arcs = [row.value for row in result.rows if row.name == "roll_over_arc_length" and row.status == "ok"]
    assert all(0.09 < arc / subject.height_m < 0.16 for arc in arcs)


def test_a_foot_that_does_not_roll_has_no_radius(shared):
    """Of this walker the load is never behind the left ankle."""
    result, _ = steps(shared / "walk_overground_c3d" / "HC031A06.c3d")
    left = [
        row for row in result.rows if row.name == "roll_over_radius" and row.side == "L" and "plate" not in row.reason
    ]
    assert left
    assert all("no arc" in row.reason for row in left)
