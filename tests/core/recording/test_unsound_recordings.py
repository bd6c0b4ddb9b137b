"""A recording whose checksums do not fit is never handed on without a word."""

import json
from pathlib import Path

import h5py
import pytest
from click.testing import CliRunner

from groundup.cli import main
from groundup.testing import awkward_recording

pytestmark = pytest.mark.rig


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


@pytest.mark.survives(
    "files",
    fault="Bytes of a recording were changed on the disk.",
    happens="`groundup info` says so beside what it tells, and ends with the exit status of `verify`.",
    said="“x.h5 is not sound: …”",
    lost="What was changed.",
)
def test_info_of_a_damaged_recording_says_so_and_ends_as_verify_does(unsound: Path, tmp_path: Path) -> None:
    for options in ([], ["--json"]):
        done = CliRunner().invoke(main, ["info", str(unsound), *options])
        assert done.exit_code == CliRunner().invoke(main, ["verify", str(unsound)]).exit_code == 1
        assert f"{unsound.name} is not sound" in done.output
    assert json.loads(CliRunner().invoke(main, ["info", str(unsound), "--json"]).stdout)["damage"]


def test_info_of_every_kind_of_damage_ends_as_verify_does(unsound: Path, tmp_path: Path) -> None:
    raw = unsound.read_bytes()
    hit = tmp_path / "hit.h5"
    for at in range(8, len(raw), len(raw) // 20):
        hit.write_bytes(raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :])
        done = CliRunner().invoke(main, ["info", str(hit)])
        assert done.exit_code == CliRunner().invoke(main, ["verify", str(hit)]).exit_code, done.output
        assert done.exit_code == 0 or "not sound" in done.output or done.output.startswith("Error: "), done.output
