"""A recording whose checksums do not fit is never handed on without a word."""

from pathlib import Path

import h5py
import pytest
from click.testing import CliRunner

from groundup.cli import main
from groundup.testing import awkward_recording


@pytest.fixture
def unsound(tmp_path: Path) -> Path:
    """A recording in which another program has changed a value: HDF5 itself reads it without complaint."""
    path = awkward_recording(tmp_path)
    with h5py.File(path, "r+") as file:
        file["streams/plate/samples"][5, 0] = 9.0
    return path


@pytest.mark.parametrize("to", ["csv", "xdf"])
def test_an_export_of_a_damaged_recording_says_so(unsound: Path, to: str) -> None:
    done = CliRunner().invoke(main, ["export", str(unsound), "--to", to])
    assert done.exit_code == 3
    assert "is not sound: /streams/plate/samples" in done.output


def test_a_damaged_recording_is_imported_with_a_fault(unsound: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["import", str(unsound), "-o", str(tmp_path / "y.h5"), "--no-analyze"])
    assert done.exit_code == 3
    assert "is not sound: /streams/plate/samples" in done.output


def test_a_sound_recording_is_exported_without_a_word_of_damage(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["export", str(awkward_recording(tmp_path)), "--to", "csv"])
    assert done.exit_code == 0
    assert "not sound" not in done.output
