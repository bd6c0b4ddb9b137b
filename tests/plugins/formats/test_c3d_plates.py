"""The plates of a C3D file: units, corners and channels that cannot be a plate's are seen; what is right is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import CORNERS, Made

from groundup.plugin import Imported, ImportedStream, NotComputableError, Plate, Signal
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.processors.plate_wrench import centre_of_pressure, plate_frame, wrench


def read(path: Path, **parameters: made.Entry | None) -> Imported:
    return read_with(path, {name.replace("__", ":"): entry for name, entry in parameters.items()})


def read_with(path: Path, parameters: Mapping[str, made.Entry | None], **changes: Any) -> Imported:
    return C3DImporter().read(made.write(path / "a.c3d", Made(parameters=parameters, **changes)))


def plate_of(imported: Imported) -> ImportedStream:
    return next(s for s in imported.streams if s.id == "plate_1")


def cop_m(imported: Imported) -> tuple[float, float]:
    """Centre of pressure of the first sample in plate axes, m."""
    stream = plate_of(imported)
    spec = stream.spec
    assert spec.plate is not None
    signal = Signal("p", "force", stream.timestamps, np.asarray(stream.samples), spec.channels, spec.rate, spec.plate)
    x, y = centre_of_pressure(wrench(signal, plate_frame(spec.plate)))
    return float(x[0]), float(y[0])


# The made plate feels F = (3, -5, -800) N and M = (-4, 8, ...) N m about a point 40 mm below the middle of its top, and
# its corners lay its z upwards. About the top it is M - d x F with d = (0, 0, 0.04) m: (-4 - 0.2, 8 - 0.12, ...) N m.
TRUE_COP = (-7.88 / -800, -4.2 / -800)


def test_the_centre_of_pressure_is_the_one_by_hand(tmp_path: Path) -> None:
    assert cop_m(read(tmp_path)) == pytest.approx(TRUE_COP, abs=1e-6)


@pytest.mark.parametrize(
    ("units", "force", "moment"),
    [
        (("N", "N", "N", "N.mm", "N.mm", "N.mm"), 1, 1),
        (("N", "N", "N", "Nm", "Nm", "Nm"), 1, 1e-3),
        (("kN", "kN", "kN", "kNm", "kNm", "kNm"), 1e-3, 1e-6),
        (("lbf", "lbf", "lbf", "lbf·in", "lbf·in", "lbf·in"), 1 / 4.4482216, 1 / 112.98483),
        (("lb", "lb", "lb", "in-lb", "in-lb", "in-lb"), 1 / 4.4482216, 1 / 112.98483),
        (("daN", "daN", "daN", "daNm", "daNm", "daNm"), 0.1, 1e-4),
    ],
)
def test_any_declared_unit_gives_the_same_force_and_centre(
    tmp_path: Path, units: tuple[str, ...], force: float, moment: float
) -> None:
    scale = made.reals([*[force] * 3, *[moment] * 3, 1])
    imported = read(tmp_path, ANALOG__UNITS=made.text(*units, "V"), ANALOG__SCALE=scale)
    assert cop_m(imported) == pytest.approx(TRUE_COP, abs=1e-6)


@pytest.mark.survives(
    "files",
    fault="A plate's forces are in an unknown unit.",
    happens="The samples are kept; nothing is computed of them.",
    said="“… 'bits', which is no known unit of force”",
    lost="What would stand on the force.",
)
def test_an_unknown_unit_of_force_is_not_taken_for_newtons(tmp_path: Path) -> None:
    imported = read(tmp_path, ANALOG__UNITS=made.text("bits", "bits", "bits", "Nmm", "Nmm", "Nmm", "V"))
    with pytest.raises(NotComputableError, match="'bits', which is no known unit of force"):
        cop_m(imported)


@pytest.mark.parametrize(
    "units", [("N", "V", "N", "Nmm", "Nmm", "Nmm", "V"), ("N", "N", "Nmm", "Nmm", "Nmm", "N", "V")]
)
def test_a_plate_whose_units_are_anothers_is_kept_as_analog_and_said(tmp_path: Path, units: tuple[str, ...]) -> None:
    imported = read(tmp_path, ANALOG__UNITS=made.text(*units))
    assert "plate_1" not in {s.id for s in imported.streams}
    assert "plate 1 has" in imported.faults[0]


def corners(changed: Any) -> made.Entry:
    return made.reals(np.asarray(changed, float).ravel(), 3, 4, 1)


A, B, C, D = CORNERS
BAD = {
    "swapped": [A, C, B, D],
    "twice the same": [A, A, C, D],
    "nearly in one line": [[300, 0.01, 0], [-300, 0, 0], [-100, 0.02, 0], [100, 0, 0]],
    "one in metres": [A, B, [-0.3, -0.2, 0], D],
    "one far away": [A, B, C, [3e20, -200, 0]],
    "a parallelogram": [[400, 200, 0], [-200, 200, 0], [-300, -200, 0], [300, -200, 0]],
    "of an ant": [[0.3, 0.2, 0], [-0.3, 0.2, 0], [-0.3, -0.2, 0], [0.3, -1e-5, 0]],
}


@pytest.mark.survives(
    "files",
    fault="The corners of a force plate are no rectangle, or not of a plate's size.",
    happens="They are not used; forces are read; a fault.",
    said="“the corners of plate 1 are no rectangle in this order: they are not used. Give them in lab.toml”",
    lost="Where the plate lies.",
)
@pytest.mark.parametrize("name", BAD)
def test_corners_that_are_no_rectangle_are_not_used_and_the_centre_stays_on_the_plate(
    tmp_path: Path, name: str
) -> None:
    imported = read(tmp_path, FORCE_PLATFORM__CORNERS=corners(BAD[name]))
    plate = plate_of(imported).spec.plate
    assert plate is not None
    assert plate.corners_m == ()
    assert "the corners of plate 1" in imported.faults[0]
    assert np.abs(cop_m(imported)).max() < 0.5


@pytest.mark.parametrize(("unit", "metre"), [("m", 1.0), ("cm", 1e-2), ("mm", 1e-3)])
@pytest.mark.parametrize("declared", ["m", "cm", "mm", "", "pixels"])
def test_corners_in_another_unit_than_the_points_are_read_in_theirs(
    tmp_path: Path, unit: str, metre: float, declared: str
) -> None:
    imported = read(
        tmp_path,
        FORCE_PLATFORM__CORNERS=corners(np.array(CORNERS) * 1e-3 / metre),
        FORCE_PLATFORM__ORIGIN=made.reals(np.array([0, 0, -0.04]) / metre, 3, 1),
        POINT__UNITS=made.text(declared),
    )
    plate = plate_of(imported).spec.plate
    assert plate is not None
    np.testing.assert_allclose(plate.corners_m, np.array(CORNERS) * 1e-3, atol=1e-6)
    assert plate.origin_m == pytest.approx((0, 0, -0.04))
    known = declared in ("m", "cm", "mm")
    assert any("corners of plate 1" in note for note in imported.notes) == (known and declared != unit)


def test_an_origin_in_another_unit_than_the_corners_is_read_in_its_own_or_is_no_plates(tmp_path: Path) -> None:
    plate = plate_of(read(tmp_path, FORCE_PLATFORM__ORIGIN=made.reals([0, 0, -0.04], 3, 1))).spec.plate
    assert plate is not None
    assert plate.origin_m == pytest.approx((0, 0, -0.04))
    imported = read(tmp_path, FORCE_PLATFORM__ORIGIN=made.reals([0, 0, -1e20], 3, 1))
    assert "ORIGIN of plate 1" in imported.faults[0]
    assert "plate_1" not in {s.id for s in imported.streams}


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 5, 8], [1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 5, -3], [1, 2, 3, 4, 5, 5]])
def test_channels_that_are_not_there_or_there_twice_make_no_plate(tmp_path: Path, numbers: list[int]) -> None:
    imported = read(tmp_path, FORCE_PLATFORM__CHANNEL=made.ints(numbers, 6, 1))
    assert "plate_1" not in {s.id for s in imported.streams}
    assert "plate 1 names" in " ".join([*imported.notes, *imported.faults])
    analog = next(s for s in imported.streams if s.id == "analog")
    np.testing.assert_allclose(np.asarray(analog.samples), Made().true_analog()[:, :6])


def two_plates(channels: list[int], used: int = 2) -> dict[str, made.Entry]:
    return {
        "FORCE_PLATFORM:USED": made.number(used),
        "FORCE_PLATFORM:TYPE": made.ints([2, 2]),
        "FORCE_PLATFORM:CORNERS": made.reals(np.tile(np.ravel(CORNERS), 2), 3, 4, 2),
        "FORCE_PLATFORM:ORIGIN": made.reals([0, 0, -40] * 2, 3, 2),
        "FORCE_PLATFORM:CHANNEL": made.ints(channels, 6, 2),
        "ANALOG:UNITS": made.text(*["N", "N", "N", "Nmm", "Nmm", "Nmm"] * 2),
    }


def test_a_plate_among_others_of_which_nobody_knows_where_it_lies_gives_no_force(tmp_path: Path) -> None:
    """Centres of pressure of two plates in axes of their own would be added and subtracted as if in one lab."""
    said = two_plates([*range(1, 7), *range(7, 13)])
    for second in (np.zeros(12), np.ravel(BAD["swapped"])):
        said["FORCE_PLATFORM:CORNERS"] = made.reals([*np.ravel(CORNERS), *second], 3, 4, 2)
        imported = read_with(tmp_path, said, extra=6)
        plates = {s.id: s.spec.plate for s in imported.streams if s.id.startswith("plate")}
        assert plates["plate_1"] is not None
        assert plates["plate_2"] is None
        assert "[streams.plate_2.plate]" in imported.faults[-1]


def test_two_plates_of_the_same_channels_are_none(tmp_path: Path) -> None:
    both = read_with(tmp_path, two_plates([*range(1, 7), *range(7, 13)]), extra=6)
    assert [s.id for s in both.streams] == ["plate_1", "plate_2", "mocap"]
    same = read_with(tmp_path, two_plates([*range(1, 7)] * 2), extra=6)
    assert [s.id for s in same.streams] == ["emg", "analog", "mocap"]
    assert "the plates 1, 2 name the same channels" in same.faults[0]


@pytest.mark.parametrize("used", [0, 1, 5, 32767])
def test_a_number_of_plates_that_is_not_the_described_one_is_said(tmp_path: Path, used: int) -> None:
    imported = read_with(tmp_path, two_plates([*range(1, 7), *range(7, 13)], used), extra=6)
    assert sum(s.id.startswith("plate") for s in imported.streams) == min(used, 2)
    assert f"FORCE_PLATFORM:USED is {used}" in imported.notes[0]


def test_corners_of_no_plate_in_a_recording_are_no_frame() -> None:
    corners = tuple(tuple(float(v) * 1e-3 for v in corner) for corner in BAD["swapped"])
    with pytest.raises(NotComputableError, match="are no rectangle"):
        plate_frame(Plate(2, corners))  # type: ignore[arg-type]
