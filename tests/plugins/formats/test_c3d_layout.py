"""C3D files of every kind are read as they were meant, and where a file says two things, not one is believed alone."""

import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import DEC, INTEL, MIPS, Made

from groundup.plugin import Imported
from groundup_plugins.formats.c3d import C3DImporter

# NTSC and PAL video, film, optical systems; what their analog boards do in a frame.
RATES = (23.976, 24, 25, 29.97, 50, 59.94, 60, 99.5, 100, 119.88, 120, 150.001, 200, 239.76)
RATIOS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 24, 30, 40)


def analog_of(imported: Imported) -> np.ndarray:
    streams = {stream.id: np.asarray(stream.samples) for stream in imported.streams}
    return np.hstack([streams[key] for key in ("plate_1", "emg") if key in streams])


def points_of(imported: Imported) -> np.ndarray:
    streams = {stream.id: np.asarray(stream.samples) for stream in imported.streams}
    return streams["mocap"].reshape(len(streams["mocap"]), -1, 3)


def read(path: Path, file: Made) -> Imported:
    return C3DImporter().read(made.write(path / "a.c3d", file))


def assert_true(imported: Imported, file: Made) -> None:
    np.testing.assert_allclose(analog_of(imported), file.true_analog(), atol=1e-3)
    np.testing.assert_allclose(points_of(imported), file.true_points(), atol=1e-3)
    rates = {stream.id: stream.spec.rate for stream in imported.streams}
    assert rates["mocap"] == pytest.approx(file.rate, rel=1e-6)
    assert rates["plate_1"] == pytest.approx(file.rate * file.per_frame, rel=1e-6)


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_rate_and_ratio_is_read_to_the_sample(tmp_path: Path, rate: float) -> None:
    for ratio in RATIOS:
        file = Made(rate=rate, per_frame=ratio, frames=12)
        imported = read(tmp_path, file)
        assert_true(imported, file)
        assert (imported.notes, imported.faults) == ((), ())


@pytest.mark.parametrize(
    ("processor", "integers", "unsigned"),
    [(p, i, u) for p, i, u in product((INTEL, DEC, MIPS), (False, True), (False, True)) if i or not u],
)
def test_every_computer_and_number_is_read(tmp_path: Path, processor: int, integers: bool, unsigned: bool) -> None:
    file = Made(processor=processor, integers=integers, unsigned=unsigned)
    imported = read(tmp_path, file)
    assert_true(imported, file)
    assert (imported.notes, imported.faults) == ((), ())


@pytest.mark.parametrize("processor", [INTEL, DEC, MIPS])
@pytest.mark.parametrize("integers", [False, True])
def test_the_peer_c3d_reads_the_same(tmp_path: Path, processor: int, integers: bool) -> None:
    peer = pytest.importorskip("c3d", reason="the peer c3d is not installed")
    path = made.write(tmp_path / "a.c3d", Made(processor=processor, integers=integers))
    imported = C3DImporter().read(path)
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = list(peer.Reader(file).read_frames())
    np.testing.assert_allclose(analog_of(imported), np.vstack([analog.T for _, _, analog in frames]), atol=1e-3)
    np.testing.assert_allclose(points_of(imported), np.array([points[:, :3] for _, points, _ in frames]), atol=1e-3)


def test_real_files_are_read_as_the_peer_ezc3d_reads_them(shared: Path) -> None:
    peer = pytest.importorskip("ezc3d", reason="the peer ezc3d is not installed")
    files = sorted(shared.rglob("*.c3d"))
    assert len(files) >= 9
    for path in files:
        data = peer.c3d(str(path))["data"]
        imported = C3DImporter().read(path)
        assert (imported.notes, imported.faults) == ((), ())
        analog = analog_of(imported)
        named = [c.label for s in imported.streams if s.id in ("plate_1", "plate_2", "emg") for c in s.spec.channels]
        assert len(set(named)) == len(named)
        np.testing.assert_array_equal(analog[:, :6], data["analogs"][0, :6].T)
        mocap = [s for s in imported.streams if s.id == "mocap"]
        if mocap:
            first = np.asarray(mocap[0].samples)[:, :3]
            seen = np.isfinite(first).all(axis=1)
            np.testing.assert_array_equal(first[seen], data["points"][:3, 0].T[seen])
