"""Jumps: made ones of known velocity, a real one beside its plate's own export, and what only looks like one."""

from dataclasses import replace

import numpy as np
import pytest
from jumpers import GRAVITY, MASS_KG, WEIGHT, air, countermovement, drops, flight, push, still
from plates import vertical_plate
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import NotComputableError, Subject, Trace, Trial
from groundup_plugins.metrics.jumps import (
    groundup_metrics,
    jump_height_flight,
    jump_height_impulse,
    reactive_strength_index,
    reactive_strength_index_modified,
)
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

TRIAL = Trial(0.0, 10.0)


def trace(*parts, rate=1000.0):
    force = np.concatenate(parts)
    return Trace(np.arange(len(force)) / rate, force, rate, "N")


@pytest.mark.parametrize("velocity", [1.2, 2.0, 2.7, 3.5])
@pytest.mark.parametrize("rate", [500.0, 1000.0, 2000.0])
def test_a_countermovement_jump_is_as_high_as_its_velocity_takes_it(velocity, rate):
    load, height = countermovement(velocity, rate), velocity**2 / (2 * GRAVITY)
    # To a sample: by then the velocity falls by 2 cm/s at 500 Hz.
    assert jump_height_impulse(TRIAL, load) == pytest.approx(height, rel=0.01, abs=0.002)
    assert jump_height_flight(TRIAL, load) == pytest.approx(height, rel=0.02, abs=0.002)
    # The push lasts 0.7 s; the onset is laid 30 ms before the force leaves quiet standing.
    assert reactive_strength_index_modified(TRIAL, load) == pytest.approx(height / 0.73, rel=0.06)
    with pytest.raises(NotComputableError, match="began in standing"):
        reactive_strength_index(TRIAL, load)


@pytest.mark.parametrize("offset", [-30.0, -15.0, 10.0])
@pytest.mark.parametrize("velocity", [1.2, 2.5])
def test_a_plate_whose_zero_is_off_does_not_change_the_height(velocity, offset):
    """In the air nothing is on the plates: the flight tells their zero."""
    height = velocity**2 / (2 * GRAVITY)
    for load in (countermovement(velocity), drops(2.4, [velocity], 0.25)):
        off = replace(load, values=load.values + offset)
        assert jump_height_impulse(TRIAL, off) == pytest.approx(height, rel=0.02)
        assert jump_height_flight(TRIAL, off) == pytest.approx(height, rel=0.02)


@pytest.mark.parametrize("offset", [-15.0, 0.0, 60.0])
def test_a_drop_jump_on_a_plate_is_as_high_as_made_from_the_raw_force_on(offset):
    """From a box beside the plate: 2.4 m/s down, 0.2 s on the ground, 2.2 m/s up; the plate's own zero is off."""
    raw = vertical_plate(drops(2.4, [2.2], 0.2).values + offset, 1000)
    rows = run_pipeline([raw], [], Subject(MASS_KG), [ForcePlate, Contacts], list(groundup_metrics())).rows
    value, height = {row.name: row.value for row in rows if row.status == "ok"}, 2.2**2 / (2 * GRAVITY)
    assert value["jump_height_flight"] == pytest.approx(height, rel=0.01)
    assert value["jump_height_impulse"] == pytest.approx(height, rel=0.01)
    assert value["reactive_strength_index"] == pytest.approx(height / 0.2, rel=0.02)
    assert "reactive_strength_index_modified" not in value


@pytest.mark.parametrize(("fall", "velocity", "contact"), [(2.4, 2.2, 0.2), (3.1, 2.6, 0.35), (1.5, 1.5, 0.5)])
def test_a_drop_jump_has_its_contact_and_its_height_by_standing_after_it(fall, velocity, contact):
    load, height = drops(fall, [velocity], contact), velocity**2 / (2 * GRAVITY)
    assert jump_height_impulse(TRIAL, load) == pytest.approx(height, rel=0.02)
    assert jump_height_flight(TRIAL, load) == pytest.approx(height, rel=0.02)
    assert reactive_strength_index(TRIAL, load) == pytest.approx(height / contact, rel=0.04)
    with pytest.raises(NotComputableError, match="did not begin in quiet standing"):
        reactive_strength_index_modified(TRIAL, load)


def test_of_jumps_one_after_the_other_each_counts():
    velocities = [2.0, 2.4, 2.2]
    assert jump_height_flight(TRIAL, drops(2.0, velocities, 0.25)) == pytest.approx(2.2**2 / 2 / GRAVITY, rel=0.02)


def test_who_steps_off_the_plates_and_on_again_has_not_jumped():
    away = trace(still(2, 1000), np.linspace(WEIGHT, 0, 300), air(0.6, 1000), np.linspace(0, WEIGHT, 300),
                 still(2, 1000))  # fmt: skip
    with pytest.raises(NotComputableError, match="by the impulse"):
        jump_height_flight(TRIAL, away)


def test_a_step_off_after_a_jump_leaves_the_jump_as_it_is():
    jump = countermovement(2.5).values
    both = trace(jump, np.linspace(WEIGHT, 0, 300), air(0.6, 1000), np.linspace(0, WEIGHT, 300), still(2, 1000))
    assert jump_height_flight(TRIAL, both) == jump_height_flight(TRIAL, trace(jump))


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (trace(still(5, 1000)), "nowhere unloaded"),
        (trace(push(2.0, 0.4, 1000), air(flight(2.0), 1000), push(2.0, 0.3, 1000)), "stands still"),
        # It lands with one foot beside the plate: half of the weight is carried.
        (trace(countermovement(2.5, after=0.0).values, still(2, 1000) / 2), "not the whole person"),
        # It lands with bent legs, and so a fifth later.
        (trace(still(2, 1000), push(-1.0, 0.3, 1000), push(3.5, 0.4, 1000), air(1.2 * flight(2.5), 1000),
               push(2.5, 0.3, 1000), still(2, 1000)), "bent legs"),
        # A runner on a treadmill.
        (trace(still(2, 1000), *[part for _ in range(10) for part in (push(1.2, 0.25, 1000), air(0.12, 1000))]),
         "nowhere unloaded"),
    ],
)  # fmt: skip
def test_what_is_no_jump_or_cannot_be_said_to_be_one_says_why(load, words):
    with pytest.raises(NotComputableError, match=words):
        jump_height_flight(TRIAL, load)


def test_a_step_down_onto_the_plates_is_no_drop():
    slow = drops(0.2, [2.0], 0.5)
    with pytest.raises(NotComputableError, match="as in a step onto the plates"):
        reactive_strength_index(TRIAL, slow)


def test_a_real_jump_is_as_high_as_the_plates_own_export_has_it(shared):
    """BioWare's text beside the C3D: flight by counting samples, impulse by a plain sum over them."""
    folder = shared / "kistler_type3_c3d"
    signals, events, subject = of_c3d(folder / "kistler_CMJ_1plate.c3d")
    found = run_pipeline(signals, events, subject, [ForcePlate, Contacts], list(groundup_metrics())).rows
    value = {row.name: row.value for row in found if row.status == "ok"}

    lines = (folder / "kistler_CMJ_1plate.txt").read_text(encoding="latin-1").splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("abs time"))
    force = np.loadtxt(lines[begin + 2 :], usecols=3)
    off = np.flatnonzero(force < 10.0)
    assert value["jump_height_flight"] == pytest.approx(GRAVITY * (len(off) / 1000.0) ** 2 / 8, rel=0.02)
    weight = force[1000:2500].mean()
    velocity = (force[2500 : off[0]] - weight).sum() / 1000.0 / (weight / GRAVITY)
    assert value["jump_height_impulse"] == pytest.approx(velocity**2 / (2 * GRAVITY), rel=0.03)
    assert value["reactive_strength_index_modified"] > 0
    assert "reactive_strength_index" not in value
