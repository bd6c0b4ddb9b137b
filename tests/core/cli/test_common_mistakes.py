"""What people get wrong most: one or two sentences that say what, where and what to do, and never a traceback."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import pytest
from click.testing import CliRunner

from groundup.cli import main

LAB = "[streams.emg]\n"


def lab(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "lab.toml").write_text(text)  # type: ignore[return-value]


def nothing(folder: Path) -> None:
    """No file is needed."""


def newer(folder: Path) -> None:
    with h5py.File(folder / "x.h5", "w") as file:
        file.attrs["format"] = "groundup"
        file.attrs["format_version"] = 99


def other_hdf5(folder: Path) -> None:
    with h5py.File(folder / "x.h5", "w") as file:
        file["data"] = [1.0]


def text_file(folder: Path) -> None:
    (folder / "x.h5").write_text("this is no recording")


def journal(folder: Path) -> None:
    (folder / "x.journal.xdf").write_bytes(b"XDF:")


def read_only(folder: Path) -> None:
    (folder / "closed").write_text("a file, where a folder is meant")


# What was done wrong; files it needs; the command; what the answer must say.
MISTAKES: dict[str, tuple[Callable[[Path], object], str, tuple[str, ...]]] = {
    "a table misspelt": (lab("[stream.emg]\n"), "record lab.toml", ("unknown table [stream]", '"streams"')),
    "a key misspelt": (lab(LAB + "mach = 'x'\n"), "record lab.toml", ('unknown key "mach"', 'did you mean "match"')),
    "a value of the wrong kind": (lab(LAB + "rate = 'fast'\n"), "record lab.toml", ("rate", "a number")),
    "a value out of bounds": (lab("[participant]\nmass_kg = -70\n"), "record lab.toml", ("mass_kg", "more than 0")),
    "a muscle nobody has": (
        lab(LAB + '[streams.emg.channels]\n"a" = { site = "gluteus_medus" }\n'),
        "record lab.toml",
        ("gluteus_medus", 'did you mean "gluteus_medius"'),
    ),
    "a side nobody has": (
        lab(LAB + '[streams.emg.channels]\n"a" = { side = "left" }\n'), "record lab.toml", ("side", '"L" or "R"')
    ),
    "no TOML": (lab("[streams.emg\n"), "record lab.toml", ("lab.toml is not valid TOML", "line 1")),
    "no such lab.toml": (nothing, "record lab.toml", ("lab.toml cannot be read", "No such file", "groundup init")),
    "a decimal comma": (lab("[participant]\nmass_kg = 70,5\n"), "record lab.toml", ("line 2", "a decimal point")),
    "a text without quotes": (lab("[participant]\nid = P01\n"), "record lab.toml", ("line 2", "in quotes")),
    "a path of Windows": (lab('[clinic]\nlogo = "C:\\data"\n'), "record lab.toml", ("line 2", "write /")),
    "quotes of a word processor": (lab("[participant]\nid = “P01”\n"), "record lab.toml", ("straight quotes",)),
    "a driver that is not installed": (
        lab('[devices.plate]\ndriver = "virtual_lob"\n'), "record lab.toml", ("virtual_lob", "virtual_lab")
    ),
    "a setting the driver does not have": (
        lab('[devices.x]\ndriver = "virtual_lab"\npart = "emg"\nsede = 3\n'), "record lab.toml", ("sede", '"seed"')
    ),
    "a predicate that is not closed": (nothing, "record --stream name='EMG", ("not closed", "a quote")),
    "a word without quotes": (nothing, "record --stream type=EMG", ("the word EMG without quotes", "'EMG'")),
    "a journal that is there": (
        lambda folder: (folder / "x.journal.xdf").write_bytes(b"XDF:"), "record -o x.h5",
        ("another recorder is writing it", "groundup recover x.journal.xdf"),
    ),
    "a recording that exists": (text_file, "record -o x.h5", ("x.h5 exists and is not overwritten",)),
    "a folder that is not there": (nothing, "record -o no/such/x.h5", ("cannot write", "there is no folder no/such")),
    "a file where a folder is meant": (read_only, "record -o closed/x.h5", ("cannot write", "Not a directory")),
    "a file from a newer version": (newer, "info x.h5", ("format version 99", "newer")),
    "another program's HDF5": (other_hdf5, "analyze x.h5", ("x.h5", "not a groundup recording")),
    "not a recording at all": (text_file, "report x.h5", ("x.h5", "not")),
    "a file that is not there": (nothing, "info walk.h5", ("walk.h5", "does not exist")),
    "a journal in place of a recording": (journal, "info x.journal.xdf", ("x.journal.xdf", "groundup seal")),
    "nothing to recover": (nothing, "recover x.h5", ("there is no journal",)),
    "a file nobody can import": (text_file, "import x.h5 -o y.h5", ("x.h5",)),
    "a metric misspelt": (text_file, "analyze x.h5 --metric stride_tme", ("stride_tme", 'did you mean "stride_time"')),
    "a weight without a plate": (nothing, "check --kg 20", ("--weigh STREAM and --kg WEIGHT go together",)),
    "three recordings to compare": (text_file, "report x.h5 x.h5 x.h5", ("compares two",)),
    "a command misspelt": (nothing, "recrod", ("recrod", 'did you mean "record"')),
    "a recording that is to be XDF": (nothing, "record -o x.xdf", ("a recording is HDF5: -o x.h5",)),
    "remote control that is given a file": (nothing, "record --remote -o x.h5", ("scripts name the file",)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_common_mistake_is_a_sentence_with_a_remedy(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, command, expected = MISTAKES[mistake]
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(main, command.split(" "))
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    said = " ".join(result.stderr.split())
    for part in expected:
        assert part in said, said
    assert "Traceback" not in said
    assert "Errno" not in said
    message = said[said.rindex("Error:") :]
    assert len(message) < 420, message
    assert sorted(tmp_path.rglob("*")) == before  # nothing was lost, and nothing is left behind


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", ["record --remote --port", "view --port"])
def test_a_port_that_is_taken_is_said_to_be(command: str, taken: int) -> None:
    result = CliRunner().invoke(main, [*command.split(" "), str(taken)])
    assert result.exit_code == 1
    assert f"port {taken}" in result.stderr
    assert "Errno" not in result.stderr
