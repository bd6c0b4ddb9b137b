"""Sway equals the published table, and what is no quiet standing has none."""

import csv

import numpy as np
import pytest

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, NotComputableError, Plate, Signal, SignalForm, Subject, Trace, Trial
from groundup_plugins.metrics.sway import groundup_metrics, sway_area, sway_mean_frequency, sway_path, sway_velocity
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

LABELS, UNITS = ("Fx", "Fy", "Fz", "Mx", "My", "Mz"), ("N", "N", "N", "Nm", "Nm", "Nm")


def standing(folder, name):
    table = np.loadtxt(folder / f"{name}.txt", skiprows=1)
    channels = tuple(Channel(label, unit) for label, unit in zip(LABELS, UNITS, strict=True))
    return Signal("plate", "plate", table[:, 0], table[:, 1:7], channels, 100.0, Plate(2, ())), table[:, 7:9] / 100


@pytest.mark.parametrize("number", range(1, 7))
def test_area_velocity_and_mean_frequency_equal_the_published_table(shared, number):
    folder = shared / "quiet_standing"
    signal, published_cop = standing(folder, f"BDS0000{number}")
    with (folder / "published_sway.csv").open() as file:
        row = next(r for r in csv.DictReader(file) if r["Trial"] == f"BDS0000{number}")
    area, velocity, frequency = (float(row[key]) for key in ("COParea", "COPvelo", "COPmfreq"))

    centre = Trace(signal.time, np.column_stack([published_cop, signal.samples[:, 2]]), 100.0, "m")
    trial = Trial(0.01, 60.0)
    assert sway_area(trial, centre) * 1e4 == pytest.approx(area, rel=1e-9)
    assert sway_velocity(trial, centre) * 1e2 == pytest.approx(velocity, rel=1e-9)
    assert sway_path(trial, centre) == pytest.approx(velocity / 100 * 60.0, rel=1e-9)
    assert sway_mean_frequency(trial, centre) == pytest.approx(frequency, rel=1e-9)

    # The published centre of pressure is rounded to 1e-6 cm; ours is computed from force and moment.
    result = run_pipeline([signal], [], Subject(), [ForcePlate, Contacts], list(groundup_metrics()))
    found = {r.name: r.value for r in result.rows}
    assert found["sway_area"] * 1e4 == pytest.approx(area, rel=1e-6)
    assert found["sway_velocity"] * 1e2 == pytest.approx(velocity, rel=1e-6)
    assert found["sway_mean_frequency"] == pytest.approx(frequency, rel=1e-6)


def centre_of(at, load=700.0, rate=100.0):
    time = np.arange(len(at)) / rate
    return Trace(time, np.column_stack([at, np.broadcast_to(load, len(at))]), rate, "m")


def test_a_known_path_has_its_length_and_its_frequency():
    time = np.arange(6000) / 100.0
    circle = 0.01 * np.column_stack([np.cos(2 * np.pi * 0.5 * time), np.sin(2 * np.pi * 0.5 * time)])
    centre = centre_of(circle)
    assert sway_path(Trial(0, 60), centre) == pytest.approx(2 * np.pi * 0.01 * 30, rel=1e-3)
    assert sway_mean_frequency(Trial(0, 60), centre) == pytest.approx(0.5, abs=0.01)


def test_the_ellipse_holds_95_percent_of_what_comes_next():
    random = np.random.default_rng(3)
    inside = []
    for _ in range(200):
        points = random.normal(size=(1100, 2)) @ np.array([[0.01, 0.004], [0.0, 0.006]])
        known, new = points[:1000], points[1000:]
        area = sway_area(Trial(0, 10), centre_of(known))
        away, shape = new - known.mean(axis=0), np.cov(known.T)
        distance = np.einsum("ij,jk,ik->i", away, np.linalg.inv(shape), away)
        inside.append((distance <= area / (np.pi * np.sqrt(np.linalg.det(shape)))).mean())
    assert np.mean(inside) == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("metric", [sway_path, sway_velocity, sway_area, sway_mean_frequency], ids=lambda m: m.name)
def test_what_is_no_quiet_standing_has_no_sway(metric):
    with pytest.raises(NotComputableError, match="least"):
        metric(Trial(0, 5), centre_of(np.zeros((500, 2))))
    with pytest.raises(NotComputableError, match="no quiet standing"):
        metric(Trial(0, 20), centre_of(np.zeros((2000, 2)), np.linspace(200.0, 700.0, 2000)))


def test_somebody_who_walks_or_leaves_has_no_sway(shared):
    signal, _ = standing(shared / "quiet_standing", "BDS00001")
    gone = signal.samples.copy()
    gone[3000:3200] = 0.0
    for changed in (gone, np.zeros_like(gone)):
        left = Signal("plate", "plate", signal.time, changed, signal.channels, 100.0, signal.plate)
        result = run_pipeline([left], [], Subject(), [ForcePlate, Contacts], [sway_area])
        assert [row.status == "not_computable" for row in result.rows] == [True]


def test_a_plate_that_gives_its_load_alone_shows_no_sway():
    # Without moments the centre of pressure would be the middle of the plate, and never move.
    time = np.arange(6000) / 100.0
    samples = np.zeros((len(time), 6))
    samples[:, 2] = -700.0 + np.random.default_rng(1).normal(0.0, 2.0, len(time))
    channels = tuple(Channel(label, unit) for label, unit in zip(LABELS, UNITS, strict=True))
    corners = ((0.3, 0.2, 0.0), (-0.3, 0.2, 0.0), (-0.3, -0.2, 0.0), (0.3, -0.2, 0.0))
    plate = Signal("plate", "plate", time, samples, channels, 100.0, Plate(2, corners))
    live = ForcePlate(ForcePlate.settings_type()).causal(SignalForm.of(plate)).process(time, samples).samples
    assert np.isnan(live[:, 3:5]).all()
    result = run_pipeline([plate], [], Subject(70.0), [ForcePlate, Contacts], list(groundup_metrics()))
    assert {row.reason for row in result.rows if row.trial == ""} == {
        "plate.grf has no centre of pressure: its plate gives no moments"
    }
