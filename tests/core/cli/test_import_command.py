"""`groundup import` says with its exit status and on the screen whether what it made can be trusted."""

import json
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import groundup
from groundup.cli import main

HEADER = (
    "<info><name>{name}</name><type>EMG</type><channel_count>{count}</channel_count><nominal_srate>{rate}</nominal_srate>"
    "<channel_format>{form}</channel_format></info>"
)


def header(name: str = "EMG", count: str = "1", rate: str = "100", form: str = "float32") -> str:
    return HEADER.format(name=name, count=count, rate=rate, form=form)


def chunk(tag: int, content: bytes) -> bytes:
    return struct.pack("<BIH", 4, len(content) + 2, tag) + content


def xdf(path: Path, *headers: str | bytes, samples: int = 100, value: str = "f") -> Path:
    """Streams of one channel at 100 Hz, in chunks of 10 samples."""
    data = b"XDF:" + chunk(1, b"<info><version>1.0</version></info>")
    raw = [text if isinstance(text, bytes) else text.encode() for text in headers]
    for number, text in enumerate(raw, 1):
        data += chunk(2, struct.pack("<I", number) + text)
        for i in range(0, samples, 10):
            rows = b"".join(struct.pack(f"<Bd{value}", 8, 100 + k / 100, k) for k in range(i, i + 10))
            data += chunk(3, struct.pack("<IBI", number, 4, 10) + rows)
        data += chunk(6, struct.pack("<I", number) + b"<info/>")
    path.write_bytes(data)
    return path


def run(file: Path, *more: str) -> Result:
    out = str(file.with_suffix(".h5"))
    return CliRunner().invoke(main, ["import", str(file), "-o", out, "--no-analyze", *more])


@pytest.mark.rig
@pytest.mark.survives(
    "files",
    fault="One of an imported file's headers cannot be read, or only in part.",
    happens="The rest is read; a fault on the screen and in the ledger; exit status 3.",
    said="“!! …”",
    lost="The stream that cannot be read.",
)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((header(),), 0),
        ((header("Force & EMG"), header("B") + "\0"), 0),
        ((header(rate="100,000000"), header(count="1.0")), 0),
        ((header(rate="soon"),), 3),
        ((header(), header(count="x")), 3),
        ((header(), "<info>"), 3),
    ],
)
def test_a_fault_in_the_ledger_is_an_exit_status_and_a_line_on_the_screen(
    tmp_path: Path, headers: tuple[str, ...], status: int
) -> None:
    done = run(xdf(tmp_path / "x.xdf", *headers))
    assert done.exit_code == status, done.output
    assert ("!! " in done.stderr) == (status == 3)
    with groundup.open(tmp_path / "x.h5") as recording:
        assert (recording.ledger["severity"] == "fault").any() == (status == 3)
        assert all(len(stream) == 100 for stream in recording.streams.values())


@pytest.mark.survives(
    "files",
    fault="A header names another format or number of channels than its samples have.",
    happens="A fault, or nothing is read: exit status 3 or 1.",
    said="“!! s01 …”",
    lost="What does not fit.",
)
@pytest.mark.parametrize(
    ("head", "value"),
    [
        (header(form="float"), "d"),
        (header(form="int16"), "f"),
        (header(form="double64"), "f"),
        (header(count="2"), "f"),
        (header(form="string"), "d"),
    ],
)
def test_a_header_that_is_not_that_of_its_samples_is_never_believed_in_silence(
    tmp_path: Path, head: str, value: str
) -> None:
    done = run(xdf(tmp_path / "x.xdf", head, samples=2000, value=value))
    assert done.exit_code in (1, 3), done.output
    assert "s01" in done.stderr
    assert len(done.stderr.splitlines()) < 40


def test_json_tells_the_status_too(tmp_path: Path) -> None:
    done = run(xdf(tmp_path / "x.xdf", header(rate="soon")), "--json")
    assert json.loads(done.stdout)["exit_status"] == done.exit_code == 3


@pytest.mark.survives(
    "files",
    fault="Nothing of a file can be read.",
    happens="Exit status 1, and no recording is made.",
    said="“… holds no sample that can be read: …”",
    lost="Nothing: the file stays.",
)
@pytest.mark.parametrize("bad", [header(form="float128"), header(count="x"), "<info>", "\0", "not a header"])
def test_nothing_readable_is_a_sentence_and_no_recording(tmp_path: Path, bad: str) -> None:
    done = run(xdf(tmp_path / "x.xdf", bad))
    assert done.exit_code == 1
    assert "holds no sample that can be read: " in done.stderr
    assert "stream header" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.xdf"]


def test_an_empty_table_is_a_sentence_and_no_recording(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,a\n")
    done = run(tmp_path / "x.csv")
    assert (done.exit_code, "no row of values" in done.stderr) == (1, True)
    assert not (tmp_path / "x.h5").exists()


def test_the_ids_of_a_lab_toml_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("[streams.left]\nmatch = \"name='EMG'\"\n")
    done = run(xdf(tmp_path / "x.xdf", header()), "--lab", str(tmp_path / "lab.toml"))
    assert done.exit_code == 0, done.output
    with groundup.open(tmp_path / "x.h5") as recording:
        assert {name: len(stream) for name, stream in recording.streams.items()} == {"left": 100}


@pytest.mark.parametrize("command", ["seal", "recover"])
def test_sealing_tells_of_a_fault_as_importing_does(tmp_path: Path, command: str) -> None:
    for name, head, status in (("sound", header(), 0), ("odd", header(rate="soon"), 3)):
        journal = xdf(tmp_path / f"{name}.journal.xdf", head)
        words = [command, str(journal), *(["--no-analyze"] if command == "recover" else [])]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == status, done.output
        assert ("!! " in done.output) == (status == 3)
