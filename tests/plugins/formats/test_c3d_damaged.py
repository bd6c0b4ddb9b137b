"""A damaged C3D file is read as it was, or a line of the ledger says what is wrong, or it is refused with a sentence.

What no reader can see is a value of a parameter that was changed into another possible one: a scale, a label. Every
other byte that says how the file is to be read is held against something.
"""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.damaged_c3d import Damage, damages
from tests.plugins.formats.made_c3d import DEC, MIPS, Made

from groundup.cli import main
from groundup.plugin import Imported
from groundup_plugins.formats.c3d.plugin import C3DImporter

EVENTS = {
    "EVENT:USED": made.number(3),
    "EVENT:TIMES": made.reals([0, 0.1, 0, 0.2, 0, 0.3], 2, 3),
    "EVENT:LABELS": made.text("Foot Strike", "Foot Off", "Foot Strike"),
    "EVENT:CONTEXTS": made.text("Left", "Left", "Right"),
}
FILES = {
    "real numbers": Made(parameters=EVENTS),
    "integers": Made(integers=True, parameters=EVENTS),
    "without a sign": Made(integers=True, unsigned=True, parameters=EVENTS),
    "DEC": Made(processor=DEC, parameters=EVENTS),
    "SGI": Made(processor=MIPS, integers=True, parameters=EVENTS),
    "few frames": Made(frames=5, per_frame=1, points=1, extra=0),
}


def difference(read: Imported, sound: Imported) -> str:
    """What was read otherwise; a rate by more than a millionth."""
    if [s.id for s in read.streams] != [s.id for s in sound.streams]:
        return "streams"
    for one, other in zip(read.streams, sound.streams, strict=True):
        if (one.spec.channels, one.spec.plate) != (other.spec.channels, other.spec.plate):
            return "description"
        if one.spec.rate != pytest.approx(other.spec.rate, rel=1e-6):
            return "rate"
        if len(one.timestamps) != len(other.timestamps) or not np.allclose(one.timestamps, other.timestamps, 1e-6):
            return "times"
        if not np.array_equal(np.asarray(one.samples), np.asarray(other.samples)) and one.id != "mocap":
            return "samples"
        if one.id == "mocap" and not np.array_equal(np.asarray(one.samples), np.asarray(other.samples), equal_nan=True):
            return "samples"
    return ""


def read_or_refused(path: Path) -> Imported | str:
    """What was read, or the sentence with which it was refused; anything else is an error of the reader."""
    try:
        return C3DImporter().read(path)
    except ValueError as error:
        return str(error)


def outcome(path: Path, damage: Damage, sound: Imported) -> str:
    path.write_bytes(damage.data)
    read = read_or_refused(path)
    if isinstance(read, str):
        return "refused" if path.name in read and len(read) > 30 else f"silent: {read}"
    what = difference(read, sound)
    if not what:
        return "the same"
    return "said" if (read.notes, read.faults) != (sound.notes, sound.faults) else f"silent: {what}"


@pytest.mark.rig
@pytest.mark.survives(
    "files",
    fault="Any byte of a C3D file that says how it is to be read is damaged.",
    happens="It is read as it was, or a line says what is wrong, or it is refused.",
    said="what contradicts what, with the file's name",
    lost="What is damaged. A value that was changed into another possible one, no reader can see.",
)
@pytest.mark.parametrize("name", FILES)
def test_no_damage_to_what_a_file_says_of_its_shape_is_read_in_silence(tmp_path: Path, name: str) -> None:
    data = made.as_bytes(FILES[name])
    path = tmp_path / "a.c3d"
    path.write_bytes(data)
    sound = C3DImporter().read(path)
    assert (sound.notes, sound.faults) == ((), ())
    random = np.random.default_rng(list(name.encode()))
    for damage in damages(data, random, 150):
        found = outcome(path, damage, sound)
        assert damage.kind == "value" or not found.startswith("silent"), (damage.kind, damage.at, found)


@pytest.mark.survives(
    "files",
    fault="A C3D file is cut short.",
    happens="Its whole frames are read, with a fault; or it is refused.",
    said="“a.c3d is cut short: … of its … frames are there, and only those are read”",
    lost="What was cut off.",
)
def test_a_file_cut_anywhere_is_a_part_of_itself_or_refused(tmp_path: Path) -> None:
    file = Made(frames=20)
    data = made.as_bytes(file)
    path = tmp_path / "a.c3d"
    for size in range(0, len(data), 97):
        path.write_bytes(data[:size])
        read = read_or_refused(path)
        if isinstance(read, str):
            assert "cut short" in read or "is not a C3D file" in read
            continue
        plate = np.asarray(read.streams[0].samples)
        np.testing.assert_array_equal(plate, file.true_analog()[: len(plate), :6])
        assert len(plate) == 200 or "cut short" in read.faults[0]


@pytest.mark.survives(
    "files",
    fault="A small C3D file tells of 65,535 points, channels and plates.",
    happens="It is refused or read with a line; no memory is set aside for what is not there.",
    said="“a.c3d contradicts itself …”",
    lost="Nothing.",
)
def test_counts_beyond_all_measure_take_no_memory(tmp_path: Path) -> None:
    """A small file that tells of 65535 points, channels, frames and plates."""
    for header in ({"points": 65535}, {"analog": 65535}, {"per_frame": 65535}, {"data_block": 65535}, {"first": 0}):
        for entry in (None, made.number(-1)):
            parameters = {"POINT:USED": entry, "ANALOG:USED": entry, "FORCE_PLATFORM:USED": entry, "POINT:FRAMES": None}
            path = made.write(tmp_path / "a.c3d", Made(header=header, parameters=parameters))
            read = read_or_refused(path)
            assert isinstance(read, str) or read.notes or read.faults


@pytest.mark.parametrize(("offset", "value"), [(0, 0), (1, 0), (2, 255)])
def test_a_loop_or_an_end_within_the_parameters_ends(tmp_path: Path, offset: int, value: int) -> None:
    """An entry that says that the next begins within itself, or that there is none."""
    data = bytearray(made.as_bytes(Made()))
    at = data.index(b"TYPE") + 4
    data[at : at + 2] = (offset, value)
    path = tmp_path / "a.c3d"
    path.write_bytes(data)
    read = C3DImporter().read(path)
    assert "plate_1" not in {s.id for s in read.streams}
    assert "parameter" in " ".join([*read.notes, *read.faults])


@pytest.mark.rig
def test_the_command_says_by_its_exit_status_what_became_of_the_file(tmp_path: Path) -> None:
    """0: all is well; 3: there is a recording, with a fault in its ledger; 1: refused, and no recording."""
    whole = made.as_bytes(Made())
    contradicting = made.as_bytes(Made(header={"rate": 80.0}, parameters={"POINT:RATE": made.real(120.0)}))
    for number, (data, status, words) in enumerate(
        [(whole, 0, ""), (whole[:-3000], 3, "cut short"), (contradicting, 1, "[import.c3d] frame_rate")]
    ):
        path, out = tmp_path / f"{number}.c3d", tmp_path / f"{number}.h5"
        path.write_bytes(data)
        result = CliRunner().invoke(main, ["import", str(path), "-o", str(out), "--no-analyze"])
        assert result.exit_code == status
        assert words in result.output
        assert out.exists() == (status != 1)
    lab = tmp_path / "lab.toml"
    lab.write_text("[import.c3d]\nframe_rate = 100.0\n")
    words = ["import", str(tmp_path / "2.c3d"), "-o", str(tmp_path / "2.h5"), "--no-analyze", "--lab", str(lab)]
    assert CliRunner().invoke(main, words).exit_code == 0
