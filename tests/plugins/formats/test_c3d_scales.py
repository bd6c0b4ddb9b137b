"""What a C3D file's numbers are worth: scales, offsets, signs and units; a channel without a scale is left out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import Made

from groundup.plugin import Imported, ImportedStream
from groundup_plugins.formats.c3d.plugin import C3DImporter


def read(path: Path, **changes: Any) -> Imported:
    return C3DImporter().read(made.write(path / "a.c3d", Made(**changes)))


def stream(imported: Imported, key: str) -> ImportedStream:
    return next(s for s in imported.streams if s.id == key)


def test_real_numbers_without_a_general_scale_are_what_they_are(tmp_path: Path) -> None:
    for name in ("ANALOG:GEN_SCALE", "ANALOG:SCALE"):
        imported = read(tmp_path, parameters={name: None})
        np.testing.assert_allclose(np.asarray(stream(imported, "plate_1").samples), Made().true_analog()[:, :6])
        assert name in imported.notes[0]


@pytest.mark.survives(
    "files",
    fault="Integers of a C3D file have no scale.",
    happens="They are left out; a fault.",
    said="“a.c3d stores integers and has no ANALOG:SCALE for all its channels: …”",
    lost="The analog channels.",
)
def test_integers_without_a_scale_are_left_out_and_said(tmp_path: Path) -> None:
    for name in ("ANALOG:GEN_SCALE", "ANALOG:SCALE"):
        imported = read(tmp_path, integers=True, parameters={name: None})
        assert [s.id for s in imported.streams] == ["mocap"]
        assert name in imported.faults[0]


@pytest.mark.parametrize(("scale", "kind"), [(0.0, "notes"), (np.nan, "faults"), (np.inf, "faults"), (1e-30, "faults")])
def test_a_channel_whose_scale_cannot_be_is_left_out_alone(tmp_path: Path, scale: float, kind: str) -> None:
    imported = read(tmp_path, extra=2, parameters={"ANALOG:SCALE": made.reals([1, 1, 1, 1, 1, 1, 1, scale])})
    assert [s.id for s in imported.streams] == ["plate_1", "emg", "mocap"]
    assert [c.label for c in stream(imported, "emg").spec.channels] == ["EMG 1"]
    assert "channels 8 " in getattr(imported, kind)[0]


def test_a_plate_of_which_one_channel_has_no_scale_is_no_plate(tmp_path: Path) -> None:
    imported = read(tmp_path, parameters={"ANALOG:SCALE": made.reals([1, 1, 0, 1, 1, 1, 1])})
    assert [s.id for s in imported.streams] == ["emg", "analog", "mocap"]
    assert [c.label for c in stream(imported, "analog").spec.channels] == ["Fx", "Fy", "Mx", "My", "Mz"]
    assert "plate 1 has channels without a scale" in " ".join(imported.notes)


def test_numbers_without_a_sign_are_told_by_their_offsets_where_no_format_is_given(tmp_path: Path) -> None:
    for entry in (None, made.word("UNKNOWN")):
        imported = read(tmp_path, integers=True, unsigned=True, parameters={"ANALOG:FORMAT": entry})
        np.testing.assert_allclose(np.asarray(stream(imported, "plate_1").samples), Made().true_analog()[:, :6])
        assert "UNSIGNED" in " ".join(imported.notes)


@pytest.mark.parametrize("offset", [-3.0, 2048.5, -32768.0])
def test_offsets_beside_real_numbers_are_what_they_say(tmp_path: Path, offset: float) -> None:
    """But for the one that 16 bits without a sign hold as negative: the middle of their range."""
    said = {"ANALOG:OFFSET": made.reals([offset] * 7), "ANALOG:FORMAT": made.word("UNSIGNED")}
    meant = 32768.0 if offset == -32768.0 else offset
    samples = np.asarray(stream(read(tmp_path, parameters=said), "plate_1").samples)
    np.testing.assert_allclose(samples, Made().true_analog()[:, :6] - meant)


def test_two_scales_of_integer_points_are_none(tmp_path: Path) -> None:
    imported = read(tmp_path, integers=True, parameters={"POINT:SCALE": made.real(0.2)})
    assert [s.id for s in imported.streams] == ["plate_1", "emg"]
    assert "0.2 and 0.1" in imported.faults[0]


@pytest.mark.survives(
    "files",
    fault="Labels and units of a C3D file are in Latin-1, Windows-1252 or UTF-8.",
    happens="They are read as written.",
    said="nothing: nothing is wrong",
    lost="Nothing.",
)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_letters_beyond_ascii_are_read_whatever_program_wrote_them(tmp_path: Path, encoding: str) -> None:
    units = made.text("N", "N", "N", "Nmm", "Nmm", "Nmm", "µV".encode(encoding), "°/s²".encode(encoding), width=8)
    labels = made.text(*made.PLATE, "Müller".encode(encoding), "Gyro °".encode(encoding), width=8)
    imported = read(tmp_path, extra=2, parameters={"ANALOG:UNITS": units, "ANALOG:LABELS": labels})
    (emg,) = stream(imported, "emg").spec.channels
    (gyro,) = stream(imported, "analog").spec.channels
    assert (emg.label, emg.unit, gyro.label, gyro.unit) == ("Müller", "µV", "Gyro °", "°/s²")


def test_what_has_no_label_or_unit_is_said(tmp_path: Path) -> None:
    imported = read(tmp_path, parameters={"ANALOG:LABELS": made.text("Fx", "Fy"), "ANALOG:UNITS": None})
    assert [note.split(" ")[0] for note in imported.notes] == ["ANALOG:LABELS", "ANALOG:UNITS"]
    assert [c.label for c in stream(imported, "plate_1").spec.channels][:3] == ["Fx", "Fy", "analog 3"]


def test_a_point_that_was_not_seen_is_nan_in_integers_too(tmp_path: Path) -> None:
    file = Made(integers=True)
    raw = bytearray(made.as_bytes(file))
    start = (int.from_bytes(raw[16:18], "little") - 1) * 512
    frame = 2 * (4 * file.points + file.channels * file.per_frame)
    raw[start + 5 * frame + 6 : start + 5 * frame + 8] = b"\xff\xff"
    path = tmp_path / "a.c3d"
    path.write_bytes(raw)
    samples = np.asarray(stream(C3DImporter().read(path), "mocap").samples)
    assert np.isnan(samples[5, :3]).all()
    assert np.isfinite(samples).sum() == samples.size - 3
