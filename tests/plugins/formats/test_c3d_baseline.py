"""FORCE_PLATFORM:ZERO: the offset of an unloaded plate goes from its force; a file with other frames is told of."""

from dataclasses import dataclass
from pathlib import Path

import ezc3d
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import Made

from groundup.plugin import Imported, ImportedStream, Signal
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings

OFFSET = np.array([5.0, -4.0, -30.0, 600.0, -900.0, 50.0])
FEELS = np.array([3.0, -5.0, -800.0, -4000.0, 8000.0, 7.0])


@dataclass(frozen=True)
class Walked(Made):
    """A plate with an offset; somebody of 800 N is on it from `on` to `off` (frames, from 0), with a little noise."""

    frames: int = 200
    extra: int = 0
    on: int = 60
    off: int = 130

    def true_analog(self) -> NDArray[np.float64]:
        values = np.tile(OFFSET, (self.frames * self.per_frame, 1))
        values[self.on * self.per_frame : self.off * self.per_frame] += FEELS
        return values + np.random.default_rng(1).normal(0.0, 0.2, values.shape)


def read(folder: Path, zero: made.Entry, **changes: int) -> Imported:
    return C3DImporter().read(made.write(folder / "a.c3d", Walked(parameters={"FORCE_PLATFORM:ZERO": zero}, **changes)))


def force(stream: ImportedStream) -> NDArray[np.float64]:
    """Vertical force that is made of a plate's channels, N."""
    spec, samples = stream.spec, np.asarray(stream.samples, np.float64)
    signal = Signal("p", "plate", stream.timestamps, samples, spec.channels, spec.rate, spec.plate)
    return ForcePlate(ForcePlateSettings()).whole(signal).signals[0].column("Fz")


def said(imported: Imported) -> list[str]:
    return [note for note in imported.notes if "ZERO" in note]


@pytest.mark.parametrize("frames", [(1, 10), (0, 10), (20, 50), (140, 200)])
def test_the_baseline_of_unloaded_frames_goes_from_the_force_as_the_manual_says(
    tmp_path: Path, frames: tuple[int, int]
) -> None:
    imported = read(tmp_path, made.ints(frames))
    (plate,) = imported.streams[:1]
    assert said(imported) == []
    rows = slice((max(frames[0], 1) - 1) * 10, frames[1] * 10)
    by_hand = -(plate.samples[:, 2] - np.mean(plate.samples[rows, 2]))
    np.testing.assert_allclose(force(plate), by_hand, atol=0.1)
    assert np.mean(force(plate)[700:1200]) == pytest.approx(800.0, abs=0.1)


def test_the_channels_stay_what_the_file_holds_as_with_ezc3d(tmp_path: Path) -> None:
    imported = read(tmp_path, made.ints((1, 10)))
    theirs = ezc3d.c3d(str(tmp_path / "a.c3d"))["data"]["analogs"][0].T
    np.testing.assert_array_equal(imported.streams[0].samples, theirs)


@pytest.mark.survives(
    "files",
    fault="A C3D file names frames as the plates' baseline (FORCE_PLATFORM:ZERO) in which somebody stands on a plate",
    happens="They are not taken for it: an offset is taken off only as far as the plate shows it unloaded",
    said="“plate_1 reads … N in the frames 1 to 10, which FORCE_PLATFORM:ZERO names as the baseline, …”",
    lost="Nothing",
)
@pytest.mark.parametrize(("on", "off"), [(0, 200), (0, 100), (5, 100)])
def test_frames_in_which_somebody_stands_are_no_baseline_and_said(tmp_path: Path, on: int, off: int) -> None:
    imported = read(tmp_path, made.ints((1, 10)), on=on, off=off)
    (line,) = said(imported)
    assert "plate_1 reads" in line
    loaded = force(imported.streams[0])[20 + on * 10 : off * 10 - 20]
    assert np.mean(loaded) == pytest.approx(800.0 + (30.0 if off == 200 else 0.0), abs=0.5)


@pytest.mark.parametrize("frames", [(10, 1), (-3, 10), (5, 0), (0, -1), (1,)])
def test_what_is_no_range_of_frames_is_said(tmp_path: Path, frames: tuple[int, ...]) -> None:
    (line,) = said(read(tmp_path, made.ints(frames)))
    assert "is no range of frames" in line


@pytest.mark.parametrize("first", [2, 106])
def test_frames_that_were_cut_off_are_no_baseline(tmp_path: Path, first: int) -> None:
    (line,) = said(read(tmp_path, made.ints((1, 10)), first=first))
    assert f"begins with frame {first}" in line
    assert said(read(tmp_path, made.ints((first, first + 9)), first=first)) == []


@pytest.mark.parametrize("frames", [(0, 0), (1, 0)])
def test_no_baseline_is_asked_for_by_zeros(tmp_path: Path, frames: tuple[int, int]) -> None:
    assert said(read(tmp_path, made.ints(frames), on=0)) == []


def test_real_files_are_told_of_where_somebody_stands_on_the_plate_at_once(shared: Path) -> None:
    told = {path.name: said(C3DImporter().read(path)) for path in sorted(shared.glob("*/*.c3d"))}
    assert [name for name, lines in told.items() if lines] == ["kistler_CMJ_1plate.c3d", "kistler_COP.c3d"]
    assert all("plate_1 reads" in line for lines in told.values() for line in lines)
