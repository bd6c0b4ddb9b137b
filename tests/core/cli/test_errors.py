"""What goes wrong at the terminal is said once, in words, without a traceback; what went well is not called wrong."""

import subprocess
import sys
from pathlib import Path

import click
import h5py
import pytest
from click.testing import CliRunner, Result

from groundup.cli import main


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def made(path: Path, content: bytes = b"") -> Path:
    path.write_bytes(content)
    return path


def test_a_file_that_exists_is_said_to_exist_once(tmp_path: Path, xdf: Path) -> None:
    result = run("import", xdf, "-o", made(tmp_path / "there.h5"))
    assert result.exit_code == 1
    assert result.stderr.count("is not overwritten") == 1


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path, xdf: Path) -> None:
    result = run("import", xdf, "-o", tmp_path / "none" / "x.h5")
    assert result.exit_code == 1
    assert "could not be written: No such file or directory" in result.stderr
    assert "Errno" not in result.stderr


def test_a_page_is_not_called_missing_where_its_folder_is(tmp_path: Path, sealed: Path) -> None:
    result = run("report", sealed, "-o", tmp_path / "none" / "x.html")
    assert result.exit_code == 1
    assert f"there is no folder {tmp_path / 'none'}" in result.stderr


@pytest.mark.parametrize("command", ["info", "verify", "analyze"])
def test_a_recording_that_another_program_writes_is_not_called_damaged(sealed: Path, command: str) -> None:
    holder = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", holder, str(sealed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        result = run(command, sealed)
    assert result.exit_code == 1
    assert "is open in another program" in result.stderr
    assert "sound" not in result.output
    assert "damaged" not in result.output


@pytest.mark.parametrize("name", ["x.xdf", "x.c3d", "x"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    result = run("import", made(tmp_path / name), "-o", tmp_path / "y.h5")
    assert result.exit_code == 1
    assert "is empty" in result.stderr


@pytest.mark.parametrize("command", ["info", "analyze"])
def test_a_recording_without_its_groups_is_a_sentence(tmp_path: Path, command: str) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.attrs["format"] = "groundup"
        file.attrs["format_version"] = 1
    result = run(command, tmp_path / "x.h5")
    assert result.exit_code == 1
    assert "is not whole: it lacks /lab, /ledger, /streams, /sync" in result.stderr


def test_recover_takes_the_name_of_the_recording_that_a_crash_prevented(tmp_path: Path, xdf: Path) -> None:
    made(tmp_path / "walk.journal.xdf", xdf.read_bytes())
    result = run("recover", tmp_path / "walk.h5", "--no-analyze")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "walk.h5").exists()


def test_recover_says_of_what_was_recovered_that_it_is(tmp_path: Path) -> None:
    sealed = made(tmp_path / "walk.h5")
    for named in (sealed, tmp_path / "walk.journal.xdf"):
        result = run("recover", named)
        assert result.exit_code == 1
        assert "walk.h5 has been sealed" in result.stderr
    assert "there is no journal" in run("recover", tmp_path / "other.h5").stderr


@pytest.mark.parametrize("lab", ["", "[streams.emg]\nmatch = \"type='EMG'\"\nlatency_s = 0.01\n"])
def test_an_import_is_equal_to_the_file_it_came_from(tmp_path: Path, xdf: Path, lab: str) -> None:
    given = ["--lab", made(tmp_path / "lab.toml", lab.encode())] if lab else []
    assert run("import", xdf, "-o", tmp_path / "x.h5", "--no-analyze", *given).exit_code == 0
    result = run("verify", tmp_path / "x.h5", "--journal", xdf)
    assert result.exit_code == 0, result.stdout
    assert "and equal to" in result.stdout


def test_the_version_names_the_libraries_that_hear_and_write() -> None:
    result = run("--version")
    assert result.exit_code == 0
    names = [line.split()[0] for line in result.stdout.splitlines()]
    assert {"groundup", "python", "numpy", "liblsl", "HDF5"} <= set(names)


@pytest.mark.parametrize("asked", [True, False])
def test_colours_are_left_out_where_nobody_wants_them(asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def painted() -> None:
        click.echo(click.style("x", fg="red"))

    monkeypatch.setattr("groundup.cli.Commands.get_command", lambda *_: painted)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if asked:
        monkeypatch.setenv("NO_COLOR", "1")
    result = CliRunner().invoke(main, ["painted"], color=True)
    assert ("\x1b" in result.stdout) is not asked


@pytest.fixture
def xdf(tmp_path: Path) -> Path:
    """The least that is an XDF file: its magic and a header."""
    header = b'<?xml version="1.0"?><info><version>1.0</version></info>'
    stream = (
        b"<info><name>x</name><type>EMG</type><channel_count>1</channel_count><nominal_srate>1</nominal_srate>"
        b"<channel_format>int16</channel_format></info>"
    )
    chunks = [(1, header), (2, b"\1\0\0\0" + stream)]
    content = b"".join(
        b"\4" + (len(body) + 2).to_bytes(4, "little") + tag.to_bytes(2, "little") + body for tag, body in chunks
    )
    return made(tmp_path / "walk.xdf", b"XDF:" + content)


@pytest.mark.rig
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """As in `groundup plugins | head`."""
    program = "from groundup.cli import main; input(); main(['plugins'])"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as groundup:
        assert groundup.stdout is not None
        groundup.stdout.close()
        groundup.stdout = None
        _, errors = groundup.communicate(b"\n")
    assert errors == b""
