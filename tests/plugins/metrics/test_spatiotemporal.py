"""Support, steps and running against what is put in, foot markers of real walks, and a numerically thrown body."""

import math

import numpy as np
import pytest

from groundup.analysis.gait.strides import cut_strides
from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Event, NotComputableError, Signal, Stride, Subject
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.metrics.gait import double_support_time, single_support_time, step_time
from groundup_plugins.metrics.running import duty_factor, flight_time, leg_stiffness, stiffness
from groundup_plugins.metrics.steps import step_length, step_width, walk_ratio
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

WALKS = [
    "walk_two_plates_emg_c3d/Gait.c3d",
    *(f"walk_overground_c3d/{name}.c3d" for name in ("HC002D06", "HC030A05", "HC031A06", "HC036A10")),
]


def steps(period, on, count=8, lag=0.5):
    """Contacts and foot offs of both feet: each on the ground for `on` seconds of every `period`."""
    found = []
    for side, begins in (("R", 0.0), ("L", lag * period)):
        for n in range(count):
            contact = 10.0 + begins + n * period
            found += [Event(contact, "IC", side, "file"), Event(contact + on, "FO", side, "file")]
    return found


def test_support_of_a_limping_walk_is_what_its_contacts_say():
    strides = cut_strides(steps(1.1, 0.66, lag=0.55))
    assert len(strides) == 14
    for stride in strides[1:]:
        assert double_support_time(stride) == pytest.approx(2 * 0.66 - 1.1)
        assert single_support_time(stride) == pytest.approx(1.1 - 0.66)
        assert duty_factor(stride) == pytest.approx(0.6)
        with pytest.raises(NotComputableError, match="as in walking"):
            flight_time(stride)


def test_flight_of_a_run_is_what_its_contacts_say():
    strides = cut_strides(steps(0.7, 0.25))
    for stride in strides[1:]:
        assert flight_time(stride) == pytest.approx(0.35 - 0.25)
        assert duty_factor(stride) == pytest.approx(0.25 / 0.7)
        for support in (double_support_time, single_support_time):
            with pytest.raises(NotComputableError, match="as in running"):
                support(stride)


@pytest.mark.parametrize("kind", ["IC", "FO"])
def test_a_contact_of_the_other_foot_that_is_doubtful_or_unseen_leaves_its_strides_without_support(kind):
    events = steps(1.1, 0.66)
    third = [e for e in events if (e.side, e.kind) == ("L", kind)][3]
    rest = [e for e in events if e is not third]
    doubtful = Event(third.time, kind, "L", "file", 0.3)
    for changed in (rest, [*rest, doubtful]):
        hurt = [s for s in cut_strides(changed) if s.side == "R" and s.t0 < third.time < s.t1]
        assert len(hurt) == 1
        with pytest.raises(NotComputableError, match="other foot"):
            double_support_time(hurt[0])


def test_the_virtual_walkers_support_is_that_of_its_contacts():
    from people import walking

    from groundup_plugins.devices.virtual_lab.truth import truth_of
    from groundup_plugins.devices.virtual_lab.walker import Walker

    plates = [s for s in walking() if s.kind == "plate"]
    metrics = [double_support_time, single_support_time, step_length, step_width]
    rows = run_pipeline(plates, [], Subject(70.0), [ForcePlate, Contacts], metrics).rows
    known = truth_of(Walker("ground_up", 3, 70.0), 5000.0, 5010.0)["contacts"]
    seen = {name: [r for r in rows if r.name == name and r.status == "ok"] for name in {r.name for r in rows}}
    assert len(seen["double_support_time"]) > 10
    for row in seen["double_support_time"]:
        (off,) = [c["fo"] for c in known if abs(c["ic"] - row.t0) < 0.02 and c["side"] == row.side]
        others = [c for c in known if c["side"] != row.side]
        (landed,) = [c["ic"] for c in others if row.t0 + 0.02 < c["ic"] < row.t1 - 0.02]
        left = [c["fo"] for c in others if row.t0 < c["fo"] < landed]
        if left:
            assert row.value == pytest.approx(left[0] - row.t0 + off - landed, abs=0.01)
    # A treadmill with a plate for each foot: the width is known, the length is not.
    assert len(seen["step_width"]) > 10
    assert all("treadmill" in r.reason for r in rows if r.name == "step_length" and "sure" not in r.reason)
    assert not seen.get("step_length")


@pytest.mark.parametrize("name", WALKS)
def test_a_step_over_two_plates_is_as_long_and_wide_as_foot_markers_say(shared, name):
    imported = C3DImporter().read(shared / name)
    plates = [
        Signal(s.id, "plate", s.timestamps, np.asarray(s.samples, float), s.spec.channels, s.spec.rate, s.spec.plate)
        for s in imported.streams
        if s.spec.plate is not None
    ]
    result = run_pipeline(plates, [], Subject(70.0), [ForcePlate, Contacts], [step_time, step_length, step_width])
    found = {row.name: row.value for row in result.rows if row.status == "ok"}
    (markers,) = [s for s in imported.streams if s.id == "mocap"]
    first, second = sorted(result.stances, key=lambda s: s.t0)
    # The way is that of the pelvis, the foot's place between heel and toe.
    ends = [np.mean([at(markers, f"{s}ASI", t, t + 0.05) for s in "LR"], axis=0) for t in (first.t0, second.t1 - 0.05)]
    way = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    places = [
        np.mean([at(markers, stance.side + part, stance.t0 + 0.15, stance.t0 + 0.3) for part in ("HEE", "TOE")], axis=0)
        for stance in (first, second)
    ]
    apart = places[1] - places[0]
    left = apart[1] * way[0] - apart[0] * way[1]
    assert found["step_length"] == pytest.approx(apart @ way, abs=0.04)
    assert found["step_width"] == pytest.approx(abs(left), abs=0.04)


def at(markers, label, t0, t1):
    """Where a marker was in a stretch of time, from above (m)."""
    labels = [channel.label for channel in markers.spec.channels]
    columns = [labels.index(f"{label}.{axis}") for axis in "xy"]
    scale = {"mm": 1e-3, "m": 1.0}[markers.spec.channels[columns[0]].unit]
    inside = (markers.timestamps > t0) & (markers.timestamps < t1)
    return scale * np.nanmean(np.asarray(markers.samples, float)[inside][:, columns], axis=0)


def test_the_walk_ratio_is_step_length_over_cadence():
    # 0.7 m at 110 steps a minute.
    stride = Stride(5.0, 5.0 + 120 / 110, 5.7, "R", 0)
    assert walk_ratio(stride, 1.4) == pytest.approx(0.7 / 110)


@pytest.mark.parametrize(("on", "flight", "speed"), [(0.25, 0.1, 3.3), (0.2, 0.15, 5.0), (0.3, 0.02, 2.5)])
def test_leg_stiffness_is_that_of_a_body_thrown_by_a_half_sine(on, flight, speed):
    """Force, lowering and shortening by integration of the motion itself."""
    mass, leg, gravity = 70.0, 0.93, 9.80665
    time = np.linspace(0.0, on, 200_001)
    shape = np.sin(np.pi * time / on)
    # In the steady state the ground gives back all that gravity takes from contact to contact.
    force = mass * gravity * (on + flight) / np.trapezoid(shape, time) * shape
    velocity = np.concatenate([[0.0], np.cumsum((force[1:] + force[:-1]) / 2 / mass - gravity)]) * (time[1] - time[0])
    velocity -= velocity[-1] / 2 + velocity[0] / 2  # as fast down as up
    height = np.concatenate([[0.0], np.cumsum((velocity[1:] + velocity[:-1]) / 2)]) * (time[1] - time[0])
    shortened = leg - math.sqrt(leg**2 - (speed * on / 2) ** 2) + float(-height.min())
    assert stiffness(mass, leg, speed, on, flight) == pytest.approx(float(force.max()) / shortened, rel=1e-4)


def test_a_runners_leg_is_as_stiff_as_runners_legs_are_and_a_walkers_has_none():
    run = Stride(0.0, 0.7, 0.25, "R", 0, other_contact=0.35)
    assert 6e3 < leg_stiffness(run, 3.3 * 0.7, Subject(70.0, 1.75)) < 14e3
    with pytest.raises(NotComputableError, match="height"):
        leg_stiffness(run, 3.3 * 0.7, Subject(70.0))
    walk = Stride(0.0, 1.1, 0.66, "R", 0, other_foot_off=0.1, other_contact=0.55)
    with pytest.raises(NotComputableError, match="as in walking"):
        leg_stiffness(walk, 1.5, Subject(70.0, 1.75))
