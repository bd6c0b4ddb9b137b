"""Ground reaction metrics against analytic curves and the published values of real walks."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from groundup.analysis.gait.progression import progression
from groundup.plugin import Metric, NotComputableError, Signal, Stance, Stride, Subject, Trace
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.metrics.gait import groundup_metrics as gait_metrics
from groundup_plugins.metrics.gait import stance_time, stride_time
from groundup_plugins.metrics.ground_reaction import (
    GRAVITY,
    braking_impulse,
    grf_peak_1,
    grf_peak_2,
    grf_valley,
    groundup_metrics,
    propulsive_impulse,
)
from groundup_plugins.processors.contacts import Contacts, ContactsSettings
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings

MASS = Subject(70.0)
STANCE = Stance(2.0, 2.6, "L", "plate:1")
TIME = np.linspace(2.0, 2.6, 601)
PHASE = (TIME - 2.0) / 0.6


def trace(values: np.ndarray) -> Trace:
    return Trace(TIME, values, 1000.0, "N")


TWO_HUMPS = trace(70 * GRAVITY * np.interp(PHASE, [0, 0.2, 0.5, 0.8, 1], [0, 1.2, 0.7, 1.1, 0]))


def test_peaks_and_valley_are_in_body_weights() -> None:
    values = [m(STANCE, TWO_HUMPS, MASS) for m in (grf_peak_1, grf_valley, grf_peak_2)]
    assert values == pytest.approx([1.2, 0.7, 1.1], abs=1e-9)


def test_impulses_of_a_sine_are_its_areas() -> None:
    fore_aft = trace(-140.0 * np.sin(2 * np.pi * PHASE))
    area = 140.0 * 0.6 / np.pi / 70.0
    assert braking_impulse(STANCE, fore_aft, MASS) == pytest.approx(-area, rel=1e-4)
    assert propulsive_impulse(STANCE, fore_aft, MASS) == pytest.approx(area, rel=1e-4)


@pytest.mark.parametrize("metric", groundup_metrics(), ids=lambda m: m.name)
def test_without_a_body_mass_nothing_is_computed(metric: Metric) -> None:
    with pytest.raises(NotComputableError, match="mass"):
        metric(STANCE, TWO_HUMPS, Subject())


@pytest.mark.parametrize("metric", groundup_metrics(), ids=lambda m: m.name)
def test_standing_is_no_step(metric: Metric) -> None:
    long = Stance(0.0, 12.0, "L", "plate:1")
    with pytest.raises(NotComputableError, match="standing"):
        metric(long, Trace(np.linspace(0, 12, 1200), np.full(1200, 700.0), 100.0), MASS)


@pytest.mark.parametrize("heavy", [1.0, 1.08])
def test_a_walker_whose_valley_is_over_the_weight_has_peaks_all_the_same(heavy: float) -> None:
    """Slow, or heavier than was told: a foot that is down for more than half of the stride carries less in the mean."""
    shape = heavy * np.interp(PHASE, [0, 0.15, 0.2, 0.5, 0.8, 0.85, 1], [0, 1.1, 1.2, 1.02, 1.14, 1.0, 0])
    values = [m(STANCE, trace(70 * GRAVITY * shape), MASS) for m in (grf_peak_1, grf_valley, grf_peak_2)]
    assert values == pytest.approx([heavy * 1.2, heavy * 1.02, heavy * 1.14], abs=1e-9)


@pytest.mark.parametrize("dip", [1.2, 1.6])
def test_the_dip_after_the_impact_of_a_runner_is_no_valley(dip: float) -> None:
    shape = np.interp(PHASE, [0, 0.12, 0.4, 0.6, 1], [0, 2.6, dip, 2.0, 0])
    with pytest.raises(NotComputableError, match=r"1\.\d\d body weights in the mean of the stance, as in running"):
        grf_peak_1(STANCE, trace(70 * GRAVITY * shape), MASS)


def test_running_has_no_valley() -> None:
    with pytest.raises(NotComputableError, match="one peak"):
        grf_valley(STANCE, trace(1700 * np.sin(np.pi * PHASE)), MASS)


def test_times_are_between_the_events() -> None:
    assert stance_time(STANCE) == pytest.approx(0.6)
    assert stride_time(Stride(1.0, 2.1, 1.7, "L", 0)) == pytest.approx(1.1)
    names = {"stance_time", "step_time", "stride_time", "swing_time", "cadence"}
    assert {m.name for m in gait_metrics()} == names | {"single_support_time", "double_support_time"}
    assert all(m.definition and m.reference and m.unit for m in [*gait_metrics(), *groundup_metrics()])


@pytest.mark.parametrize("name", ["HC002D06", "HC030A05", "HC031A06", "HC036A10"])
def test_overground_walking_gives_the_published_peaks_and_impulses(shared: Path, name: str) -> None:
    folder = shared / "walk_overground_c3d"
    truth = json.loads((folder / "reference_grf.json").read_text())[f"{name}.c3d"]
    imported = C3DImporter().read(folder / f"{name}.c3d")
    forces: list[Signal] = []
    stances: list[Stance] = []
    for s in imported.streams:
        if s.spec.plate is not None:
            samples = np.asarray(s.samples)
            raw = Signal(s.id, "plate", s.timestamps, samples, s.spec.channels, s.spec.rate, s.spec.plate)
            forces.append(ForcePlate(ForcePlateSettings()).whole(raw).signals[0])
            ic, fo = Contacts(ContactsSettings()).whole(forces[-1]).events
            stances.append(Stance(ic.time, fo.time, "", ic.source))
    forward = progression(forces, stances)
    assert forward is not None
    assert abs(forward[1]) > math.cos(math.radians(5.0))  # along the lab's y, as far as a child walks straight
    for force, stance, reference in zip(forces, stances, truth, strict=True):
        part = force.between(stance.t0, stance.t1)
        vertical = Trace(part.time, part.column("Fz"), part.rate)
        fore_aft = Trace(part.time, part.samples[:, :2] @ np.array(forward), part.rate)
        measured = {
            "stance_s": stance_time(stance),
            "F1_BW": grf_peak_1(stance, vertical, imported.subject),
            "valley_BW": grf_valley(stance, vertical, imported.subject),
            "F2_BW": grf_peak_2(stance, vertical, imported.subject),
            "brake_Ns_kg": braking_impulse(stance, fore_aft, imported.subject),
            "prop_Ns_kg": propulsive_impulse(stance, fore_aft, imported.subject),
        }
        for key, value in measured.items():
            assert value == pytest.approx(reference[key], rel=0.02), key
