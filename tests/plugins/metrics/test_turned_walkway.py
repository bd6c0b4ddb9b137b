"""A walkway may lie in the lab at any angle: what is measured of a walk does not depend on it."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Plate, Signal, Subject
from groundup_plugins.metrics.ground_reaction import braking_impulse, grf_peak_1, propulsive_impulse
from groundup_plugins.metrics.stride_length import stride_length
from groundup_plugins.metrics.symmetry import groundup_metrics as symmetry
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

METRICS = [braking_impulse, propulsive_impulse, grf_peak_1, stride_length, *symmetry()]
WALKS = ["walk_overground_c3d/HC002D06.c3d", "walk_overground_c3d/HC036A10.c3d", "walk_two_plates_emg_c3d/Gait.c3d"]


def turned(plate: Plate, degrees: float) -> Plate:
    """The plate in a lab whose axes lie otherwise."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return replace(plate, corners_m=tuple((c * x - s * y, s * x + c * y, z) for x, y, z in plate.corners_m))


@cache
def measured(path: Path, degrees: float) -> dict[tuple[str, str, str], float]:
    signals, events, subject = of_c3d(path)
    plates: Sequence[Signal] = [replace(s, plate=turned(s.plate, degrees)) for s in signals if s.plate is not None]
    known = subject if subject.mass_kg > 0 else Subject(60.0)
    result = run_pipeline(plates, events, known, [ForcePlate, Contacts], METRICS)
    return {(row.name, row.side, f"{row.t0:.1f}"): row.value for row in result.rows if row.status == "ok"}


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("degrees", [5.0, 10.0, 15.0, 19.0, 22.0, 45.0, 70.0, 88.0, 133.0, 200.0, 355.0])
def test_a_walkway_turned_by_any_angle_gives_the_same_numbers(shared: Path, walk: str, degrees: float) -> None:
    truth, found = measured(shared / walk, 0.0), measured(shared / walk, degrees)
    assert len([key for key in truth if key[0] == "braking_impulse"]) == 2
    assert set(found) == set(truth)
    for key, value in truth.items():
        assert found[key] == pytest.approx(value, rel=0.001), key
