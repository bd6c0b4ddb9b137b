"""The force-plate processor against statics, published centres of pressure, and plates with offsets."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plates import lay, plate_signal, vertical_plate, walking_force

from groundup.plugin import Channel, NotComputableError, Plate, Signal
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings


def grf(signal: Signal, **options: float) -> Signal:
    return ForcePlate(ForcePlateSettings(**options)).whole(signal).signals[0]


angles = st.floats(-np.pi, np.pi)
places = st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(-0.2, 0.5))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1, 2, 3, 4]),
    angles,
    places,
    st.floats(-0.2, 0.2),
    st.floats(-0.2, 0.2),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["Nm", "Nmm", "N.MM"]),
)
def test_a_known_force_at_a_known_point_comes_back_through_a_plate_of_every_type(
    kind: int, angle: float, middle: tuple[float, float, float], x: float, y: float, action: bool, flip: bool, unit: str
) -> None:
    laid = lay(angle, middle, 0.6, 0.5)
    force = np.array([[-90.0, 25.0, 700.0], [60.0, -10.0, 820.0], [5.0, 3.0, 4.0]])
    cop = laid.middle[:2] + np.array([[x, y], [y, -x], [0, 0]])
    free = np.array([3.0, -5.0, 0.0])
    signal = plate_signal(kind, laid, force, cop, free, action=action, flipped_origin=flip, moments=unit)
    result = grf(signal)
    assert result.kind == "grf"
    assert [c.label for c in result.channels] == ["Fx", "Fy", "Fz", "CoPx", "CoPy", "Tz"]
    assert {c.site for c in result.channels} == {"plate:1"}
    np.testing.assert_allclose(result.samples[:, :3], force, atol=1e-9)
    np.testing.assert_allclose(result.samples[:2, 3:5], cop[:2], atol=1e-9)
    np.testing.assert_allclose(result.samples[:2, 5], free[:2], atol=1e-8)
    assert np.isnan(result.samples[2, 3:]).all(), "no centre of pressure below the load threshold"


def test_a_lab_whose_second_axis_points_up_is_turned_upright() -> None:
    laid = lay(0.0, (0.3, 0.2, 0.0), 0.6, 0.5)
    signal = plate_signal(2, laid, np.array([[10.0, 50.0, 700.0]]), np.array([[0.35, 0.25]]), np.zeros(1))
    to_y_up = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    plate = signal.plate
    assert plate is not None
    corners = tuple(tuple(map(float, to_y_up @ np.array(c))) for c in plate.corners_m)
    turned = replace(signal, plate=Plate(2, corners, plate.origin_m))  # type: ignore[arg-type]
    np.testing.assert_allclose(grf(turned).samples[0, :5], [10, 50, 700, 0.35, 0.25], atol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
@pytest.mark.parametrize("unit", ["", "V", "N"])
def test_a_moment_without_a_unit_of_length_is_read_so_that_the_foot_is_on_the_plate(scale: float, unit: str) -> None:
    laid = lay(0.3, (1.0, 0.5, 0.0), 0.6, 0.5)
    force = np.tile([[20.0, -60.0, 700.0]], (5, 1))
    cop = laid.middle[:2] + np.tile([[0.12, -0.15]], (5, 1))
    signal = plate_signal(4, laid, force, cop, np.zeros(5), moments="Nmm" if scale > 1 else "Nm")
    channels = tuple(Channel(c.label, unit, c.site) for c in signal.channels)
    result = grf(replace(signal, channels=channels))
    np.testing.assert_allclose(result.samples[:, 3:5], cop, atol=1e-9)


def standing(rng: np.random.Generator, seconds: float, weight: float) -> np.ndarray:
    sway = np.cumsum(rng.normal(size=int(seconds * 1000)))
    return weight + 4 * sway / np.abs(sway).max() + rng.normal(scale=0.5, size=len(sway))


def test_a_standing_person_is_never_taken_for_an_offset() -> None:
    fz = standing(np.random.default_rng(0), 30, 600.0)
    result = grf(vertical_plate(fz, 1000))
    np.testing.assert_array_equal(result.column("Fz"), fz)
    assert str(result.attrs["zeroed"]).startswith("no")


def test_feet_that_rest_on_the_plate_of_a_seated_person_are_no_offset() -> None:
    rng = np.random.default_rng(0)
    rise = 120 + 580 * (1 - np.cos(np.linspace(0, np.pi, 1500))) / 2
    fz = np.concatenate([standing(rng, 4, 120.0), rise, standing(rng, 4, 700.0), rise[::-1], standing(rng, 3, 120.0)])
    np.testing.assert_array_equal(grf(vertical_plate(fz, 1000)).column("Fz"), fz)


def test_a_landing_does_not_make_the_standing_person_small_enough_to_be_an_offset() -> None:
    rng = np.random.default_rng(0)
    fz = np.concatenate([standing(rng, 3, 400.0), 6000 * np.hanning(60), standing(rng, 3, 400.0)])
    np.testing.assert_array_equal(grf(vertical_plate(fz, 1000)).column("Fz"), fz)


@pytest.mark.parametrize("offset", [31.0, -45.0, 70.0])
def test_the_offset_of_an_unloaded_plate_is_taken_off_whole(offset: float) -> None:
    rng = np.random.default_rng(0)
    step = walking_force(0.65, 1000, 800.0)[:, 2]
    truth = np.concatenate([np.zeros(1500), step, np.zeros(1500)])
    raw = vertical_plate(truth, 1000)
    raw.samples[:] += [5.0, -3.0, offset, 1.0, 2.0, -0.5]
    raw.samples[:] += rng.normal(scale=0.4, size=raw.samples.shape)
    result = grf(raw)
    np.testing.assert_allclose(result.column("Fz"), truth, atol=2.5)
    assert abs(np.median(result.column("Fx"))) < 0.1
    middle = slice(1700, 1900)
    assert np.abs(result.samples[middle, 3:5]).max() < 0.005, "the moments are zeroed with the forces"


def test_an_offset_of_a_plate_that_nobody_stepped_on_is_taken_off() -> None:
    fz = 31 + np.random.default_rng(0).normal(scale=0.5, size=5000)
    assert abs(np.median(grf(vertical_plate(fz, 1000)).column("Fz"))) < 0.1


def test_a_drift_is_followed_through_the_swing_phases() -> None:
    rate = 500.0
    step = walking_force(0.6, rate, 700.0)[:, 2]
    cycle = np.concatenate([step, np.zeros(int(0.4 * rate))])
    truth = np.tile(cycle, 30)
    drift = 60 * np.sin(np.linspace(0, 3, len(truth)))
    result = grf(vertical_plate(truth + drift, rate))
    assert result.attrs["zeroed"] == "yes, with its drift"
    np.testing.assert_allclose(result.column("Fz"), truth, atol=4.0)


@pytest.mark.parametrize("trial", range(1, 7))
def test_the_centre_of_pressure_of_quiet_standing_is_the_published_one(shared: Path, trial: int) -> None:
    table = np.loadtxt(shared / "quiet_standing" / f"BDS0000{trial}.txt", skiprows=1)
    units = ["N"] * 3 + ["Nm"] * 3
    channels = tuple(Channel(str(i), unit) for i, unit in enumerate(units))
    signal = Signal("p", "plate", table[:, 0], table[:, 1:7], channels, 100.0, Plate(2, ()))
    result = grf(signal)
    assert np.abs(100 * result.samples[:, 3:5] - table[:, 7:9]).max() < 1e-6  # cm
    np.testing.assert_array_equal(result.samples[:, :3], table[:, 1:4])


@pytest.mark.parametrize(("name", "az0"), [("kistler_COP", None), ("kistler_CMJ_1plate", 0.052)])
def test_the_centre_of_pressure_of_a_type_3_plate_is_biowares(shared: Path, name: str, az0: float | None) -> None:
    """BioWare's export of the jump was made with a top plate 52 mm above the sensors; its C3D names 58 mm.

    So for the jump that height is given, as lab.toml would; the other file is read as it is.
    """
    text = (shared / "kistler_type3_c3d" / f"{name}.txt").read_text(errors="replace").splitlines()
    start = next(i for i, line in enumerate(text) if line.startswith("abs time")) + 2
    table = np.array([[float(v) for v in line.split("\t")[:18]] for line in text[start:] if line.strip()])
    stream = C3DImporter().read(shared / "kistler_type3_c3d" / f"{name}.c3d").streams[0]
    plate = stream.spec.plate
    assert plate is not None
    if az0 is not None:
        plate = Plate(plate.type, plate.corners_m, (*plate.origin_m[:2], az0))
    signal = Signal("p", "plate", stream.timestamps, np.asarray(stream.samples), stream.spec.channels, 1000.0, plate)
    result = grf(signal)
    at = np.searchsorted(result.time, table[:, 0] - 1e-6)
    corners = np.array(plate.corners_m)
    axes = [corners[0] - corners[1], corners[0] - corners[3]]
    lab = result.samples[at, 3:5] - corners.mean(axis=0)[:2]
    own = np.column_stack([lab @ axis[:2] / np.linalg.norm(axis) for axis in axes])
    loaded = table[:, 3] > 50.0
    error = 1000 * (own - table[:, 16:18])[loaded]
    assert loaded.sum() > 400
    assert np.sqrt(np.mean(error**2, axis=0)).max() < 0.1  # mm


def test_a_standing_body_falls_away_from_its_centre_of_pressure(shared: Path) -> None:
    """An inverted pendulum is pushed away from where it stands: the sign of the horizontal force is the reaction's.

    The file lists its corners so that the plate's z would point up, while type 3 is defined with z down.
    """
    from scipy.signal import butter, sosfiltfilt

    stream = C3DImporter().read(shared / "kistler_type3_c3d" / "kistler_COP.c3d").streams[0]
    samples, channels = np.asarray(stream.samples), stream.spec.channels
    result = grf(Signal("p", "plate", stream.timestamps, samples, channels, 1000.0, stream.spec.plate))
    fast = sosfiltfilt(butter(2, [1.0, 5.0], "bandpass", fs=1000.0, output="sos"), result.samples, axis=0)
    assert np.corrcoef(fast[:, 0], fast[:, 3])[0, 1] < -0.6
    assert np.corrcoef(fast[:, 1], fast[:, 4])[0, 1] < -0.6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"plate": None}, "no plate geometry"),
        ({"plate": Plate(7, ())}, "type 7"),
        ({"plate": Plate(3, ())}, "has 8"),
        ({"rate": 0.0}, "sampling rate"),
        ({"plate": Plate(4, (), calibration=((1.0, 0.0), (0.0, 1.0)))}, "2x2"),
    ],
)
def test_a_plate_that_cannot_be_read_says_why(change: dict[str, object], words: str) -> None:
    signal = vertical_plate(np.full(100, 700.0), 1000)
    with pytest.raises(NotComputableError, match=words):
        grf(replace(signal, **change))  # type: ignore[arg-type]


def test_volts_without_a_calibration_are_not_newtons() -> None:
    signal = vertical_plate(np.full(100, 3.0), 1000)
    volts = tuple(Channel(c.label, "V", c.site) for c in signal.channels)
    with pytest.raises(NotComputableError, match="calibration"):
        grf(replace(signal, channels=volts))


def test_what_no_amplifier_gives_is_named_as_newtons_told_as_volts() -> None:
    signal = vertical_plate(np.full(100, 730.0), 1000)
    volts = tuple(Channel(c.label, "V", c.site) for c in signal.channels)
    with pytest.raises(NotComputableError, match=r"told in volts and goes to 730.*\[streams\.[^.]+\.channels\]"):
        grf(replace(signal, channels=volts))


def test_a_missing_sample_stays_missing_and_harms_no_other() -> None:
    fz = np.concatenate([np.full(500, 31.0), np.full(500, 731.0), np.full(500, 31.0)])
    fz[[100, 700]] = np.nan
    result = grf(vertical_plate(fz, 1000)).column("Fz")
    assert np.flatnonzero(np.isnan(result)).tolist() == [100, 700]
    assert np.nanmax(np.abs(np.concatenate([result[:450], result[550:950] - 700]))) < 1e-9


@pytest.mark.parametrize("unit", ["mmHg", "kPa", "psi", "N/cm^2", "%BW", "bit", "counts", "Nm", "m", "m/s^2"])
def test_a_unit_that_is_none_of_force_is_refused_by_its_name(unit: str) -> None:
    """Pressures of an insole, shares of a weight and raw counts are no newtons, whatever they look like."""
    plate = vertical_plate(walking_force(0.7, 1000, 700)[:, 2], 1000)
    told = replace(plate, channels=tuple(replace(channel, unit=unit) for channel in plate.channels))
    with pytest.raises(NotComputableError, match=re.escape(f"has forces in {unit!r}, which is no known unit of force")):
        ForcePlate(ForcePlateSettings()).whole(told)
