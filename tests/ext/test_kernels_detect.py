"""Kernels that find events and forces: against the rule written out, the offline contacts, and real plates."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from groundup_ext import _kernels as kernels
from groundup_ext.zero import Zero
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.processors.contact_spans import find_contacts

Floats = NDArray[np.float64]


def column(values: object) -> Floats:
    return np.asarray(values, float)[:, None]


def test_a_crossing_lies_between_its_samples() -> None:
    events = kernels.Threshold(1, 2.0, 1.0).process(column([0, 1, 3, 4, 2, 0, 0, 5]))
    np.testing.assert_allclose(events, [[1.5, 0, 1, 3], [4.5, 0, -1, 0], [6.4, 0, 1, 5]])


def test_a_lower_level_keeps_noise_from_being_many_events() -> None:
    noisy = column([0, 2.1, 1.9, 2.1, 1.9, 2.1, 0])
    assert len(kernels.Threshold(1, 2.0).process(noisy)) == 6
    assert kernels.Threshold(1, 2.0, 1.0).process(noisy)[:, 2].tolist() == [1, -1]


def test_no_event_within_the_refractory_time_of_another() -> None:
    x = column([0, 3, 0, 3, 0, 0, 0, 0, 3, 3])
    events = kernels.Threshold(1, 2.0, refractory=4).process(x)
    assert events[:, 2].tolist() == [1, -1, 1]
    # What went by while nobody was to look is told at the first sample at which it can be.
    np.testing.assert_allclose(events[:, 0], [2 / 3, 5, 9])
    np.testing.assert_allclose(kernels.Threshold(1, 2.0, refractory=3).process(x)[:, 0], [2 / 3, 3 + 1 / 3, 7 + 2 / 3])


def test_each_channel_has_its_own_level_and_missing_values_are_no_event() -> None:
    x = np.array([[0.0, 0.0], [5.0, 5.0], [np.nan, 5.0], [5.0, 0.0]])
    events = kernels.Threshold(2, [3.0, 7.0]).process(x)
    assert events[:, 1:3].tolist() == [[0, 1]]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    above=st.lists(st.booleans(), min_size=1, max_size=80),
    least=st.integers(1, 6),
    more=st.integers(0, 6),
)
def test_the_double_threshold_keeps_its_rule(above: list[bool], least: int, more: int) -> None:
    window = least + more
    expected, active = [], False
    for i in range(len(above)):
        last = [j for j in range(max(0, i - window + 1), i + 1) if above[j]]
        if not active and len(last) >= least:
            active = True
            expected.append((last[0], 1))
        elif active and not last:
            active = False
            expected.append((max(j for j in range(i) if above[j]) + 1, -1))
    found = kernels.DoubleThreshold(1, 0.5, least, window).process(column(above))
    assert [(int(e[0]), int(e[2])) for e in found] == expected


def test_an_emg_burst_is_found_where_it_was_put() -> None:
    """Noise of SD 1 with a burst of SD 8: within 10 ms at 1 kHz, on the rectified signal."""
    random = np.random.default_rng(3)
    for _ in range(20):
        x = random.standard_normal((1500, 1))
        x[500:900] *= 8.0
        events = kernels.DoubleThreshold(1, 4.0, 5, 25).process(np.abs(x))
        assert events[:, 2].tolist() == [1, -1]
        np.testing.assert_allclose(events[:, 0], [500, 900], atol=15)


def spans(events: Floats) -> list[tuple[float, float]]:
    """Whole contacts: a beginning that was seen, and the end after it."""
    begun: float | None = None
    found = []
    for at, _, kind, whole in events:
        if kind > 0:
            begun = at
        elif begun is not None and whole:
            found.append((begun, at))
            begun = None
    return found


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    levels=st.lists(st.tuples(st.sampled_from([0.0, 15.0, 30.0, 45.0, 60.0, 700.0]), st.integers(1, 9)), max_size=30),
    least=st.integers(0, 8),
    refractory=st.integers(1, 8),
)
def test_contacts_are_those_that_are_found_offline(
    levels: list[tuple[float, int]], least: int, refractory: int
) -> None:
    force = np.concatenate([[0.0, 0.0], *([level] * count for level, count in levels), np.zeros(20)])
    offline = find_contacts(
        np.arange(len(force)) * 1.0,
        force,
        [slice(0, len(force))],
        threshold=20.0,
        sure=50.0,
        least_s=least,
        gap_s=refractory,
    )
    events = kernels.Contact(1, least=least, refractory=refractory).process(column(force))
    np.testing.assert_allclose(np.reshape(spans(events), (-1, 2)), [(c.t0, c.t1) for c in offline] or np.empty((0, 2)))


def test_a_contact_is_told_as_soon_as_it_is_sure() -> None:
    force = column(np.r_[np.zeros(10), np.full(60, 700.0)])
    kernel = kernels.Contact(1, least=20)
    assert len(kernel.process(force[:29])) == 0
    assert kernel.process(force[29:])[:, 2].tolist() == [1]


def test_a_contact_that_was_there_before_is_known_by_its_end_alone() -> None:
    events = kernels.Contact(1).process(column(np.r_[np.full(10, 700.0), np.zeros(5)]))
    assert events[:, 2:].tolist() == [[-1, 0]]


def test_a_missing_value_cuts_a_contact() -> None:
    force = np.r_[np.zeros(5), np.full(20, 700.0), np.nan, np.full(20, 700.0), np.zeros(5)]
    assert kernels.Contact(1).process(column(force))[:, 2:].tolist() == [[1, 1], [-1, 0]]


def test_a_drifting_treadmill_gives_all_its_stances(shared: Path) -> None:
    """Running, 77 stances of 0.286 s as published; a fixed 20 N finds 14."""
    force = np.loadtxt(shared / "run_treadmill_grf" / "custom_drift_S001runT25.csv")
    rate = 300.0
    fixed = kernels.Contact(1, least=30, refractory=9).process(column(force))
    assert len(spans(fixed)) < 15
    events = kernels.Contact(1, least=30, refractory=9, zero=Zero(9)).process(column(force))
    found = spans(events)
    assert len(found) == 77
    assert np.mean([b - a for a, b in found]) / rate == pytest.approx(0.286, abs=0.002)


def test_an_offset_is_not_a_contact() -> None:
    """31 N that an unloaded plate shows are no foot; the contact on top of them is found where it was."""
    step = np.r_[np.zeros(300), 700.0 * np.sin(np.pi * np.arange(400) / 400.0), np.zeros(300)]
    plain = spans(kernels.Contact(1).process(column(step)))
    zeroed = spans(kernels.Contact(1, zero=Zero(30)).process(column(step + 31.0)))
    np.testing.assert_allclose(zeroed, plain, atol=1e-9)


def test_a_person_who_stands_is_never_taken_for_an_offset() -> None:
    force = np.random.default_rng(0).normal(700.0, 1.0, (2000, 1))
    kernel = kernels.Plate(np.eye(6), zero=Zero(50))
    wrench = np.zeros((2000, 6))
    wrench[:, 2:3] = force
    np.testing.assert_array_equal(kernel.process(wrench)[:, 2:3], force)


def test_the_centre_of_pressure_is_where_the_force_was_put() -> None:
    """Statics: a force F at the point p of a plate whose sensors lie az0 below its top gives the moment p x F."""
    random = np.random.default_rng(0)
    az0 = -0.045
    force = random.uniform([-50.0, -50.0, 550.0], [50.0, 50.0, 650.0], (200, 3))
    point = np.column_stack([random.uniform(-0.2, 0.2, (200, 2)), np.zeros(200)])
    moment = np.cross(point - [0, 0, az0], force)
    twist = random.uniform(-5, 5, 200)
    moment[:, 2] += twist
    calibration = random.standard_normal((6, 6))
    raw = np.concatenate([force, moment], axis=1) @ np.linalg.inv(calibration).T
    made = kernels.Plate(calibration, origin=(0, 0, -az0)).process(raw)
    np.testing.assert_allclose(made[:, :3], force, atol=1e-9)
    np.testing.assert_allclose(made[:, 3:5], point[:, :2], atol=1e-11)
    np.testing.assert_allclose(made[:, 5], twist, atol=1e-9)


def test_a_plate_that_lies_turned_gives_the_reaction_in_the_lab() -> None:
    """Axes as the C3D standard has them: z down, the action of the foot."""
    angle = 0.4
    axes = np.array([[np.cos(angle), np.sin(angle), 0], [np.sin(angle), -np.cos(angle), 0], [0, 0, -1.0]])
    middle = np.array([1.0, 2.0, 0.0])
    force, point = np.array([20.0, -30.0, 650.0]), np.array([1.1, 1.95, 0.0])
    own = -force @ axes
    moment = np.cross((point - middle) @ axes, own) + axes.T @ [0, 0, -3.0]
    made = kernels.Plate(np.eye(6), axes, middle, sign=-1.0).process(np.concatenate([own, moment])[None])
    np.testing.assert_allclose(made[0], [*force, *point[:2], 3.0], atol=1e-10)


def test_under_the_threshold_there_is_no_centre_of_pressure() -> None:
    made = kernels.Plate(np.eye(6)).process([[1.0, 2.0, 19.0, 0, 0, 0], [1.0, 2.0, 21.0, 0, 0, 0]])
    assert np.isnan(made[0, 3:]).all()
    assert np.isfinite(made[1]).all()
    assert made[0, :3].tolist() == [1.0, 2.0, 19.0]


@pytest.mark.parametrize(("name", "az0"), [("kistler_COP", None), ("kistler_CMJ_1plate", -0.052)])
def test_the_centre_of_pressure_of_a_kistler_plate_is_that_of_its_own_software(
    shared: Path, name: str, az0: float | None
) -> None:
    """Eight channels in, BioWare's own centre of pressure beside what comes out.

    Its export of the jump was made with a top plate 52 mm above the sensors, where the C3D names 58 mm.
    """
    lines = (shared / "kistler_type3_c3d" / f"{name}.txt").read_text(errors="replace").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("abs time")) + 2
    table = np.array([line.split("\t")[:18] for line in lines[start:] if line.strip()], float)
    plate = C3DImporter().read(shared / "kistler_type3_c3d" / f"{name}.c3d").streams[0].spec.plate
    assert plate is not None
    a, b = np.abs(plate.origin_m[:2])
    az0 = -abs(plate.origin_m[2]) if az0 is None else az0
    fx12, fx34, fy14, fy23, fz1, fz2, fz3, fz4 = np.eye(8)
    matrix = [
        fx12 + fx34,
        fy14 + fy23,
        fz1 + fz2 + fz3 + fz4,
        b * (fz1 + fz2 - fz3 - fz4),
        a * (-fz1 + fz2 + fz3 - fz4),
        b * (fx34 - fx12) + a * (fy14 - fy23),
    ]
    made = kernels.Plate(matrix, origin=(0, 0, az0), threshold=50.0).process(table[:, 4:12])
    np.testing.assert_allclose(made[:, :3], table[:, 1:4], atol=2e-3)
    loaded = table[:, 3] > 50.0
    apart = made[loaded, 3:5] - table[loaded, 16:18]
    assert loaded.sum() > 400
    assert np.sqrt((apart**2).mean(axis=0)).max() < 0.06e-3
