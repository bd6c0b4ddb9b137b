"""Compressed XDF is read wherever XDF is, as far as it can be unpacked, and neither memory nor the disk fills."""

import gzip
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from tests.core.cli.test_import_command import header, xdf

import groundup
from groundup.cli import main
from groundup.sources.importers import import_file
from groundup.sources.open_source import open_source

SAMPLES = 6_000


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return xdf(tmp_path / "plain.xdf", header(), header("B"), samples=SAMPLES)


@pytest.fixture
def packed(tmp_path: Path, plain: Path) -> Path:
    path = tmp_path / "x.xdfz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def values(path: Path) -> list[np.ndarray]:
    with groundup.open(path) as recording:
        return [np.asarray(stream.samples)[:, 0] for stream in recording.streams.values()]


@pytest.mark.rig
def test_a_compressed_file_is_what_it_was_before_and_pyxdf_agrees(tmp_path: Path, plain: Path, packed: Path) -> None:
    pyxdf = pytest.importorskip("pyxdf")
    assert run("import", packed, "-o", tmp_path / "x.h5", "--no-analyze").exit_code == 0
    theirs = [stream["time_series"][:, 0] for stream in pyxdf.load_xdf(packed, dejitter_timestamps=False)[0]]
    for mine, other in zip(values(tmp_path / "x.h5"), theirs, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert run("verify", tmp_path / "x.h5", "--journal", packed).exit_code == 0
    assert run("verify", tmp_path / "x.h5", "--journal", plain).exit_code == 0


def test_replay_and_live_see_the_same_streams_in_it(plain: Path, packed: Path) -> None:
    for one, other in zip(import_file(plain).streams, import_file(packed).streams, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)
    assert [s.count for s in open_source(packed)[0].streams] == [SAMPLES, SAMPLES]


def test_recover_takes_it_by_its_name_and_leaves_it(tmp_path: Path, packed: Path) -> None:
    journal = packed.rename(tmp_path / "walk.journal.xdfz")
    assert run("recover", journal, "--no-analyze").exit_code == 0
    assert len(values(tmp_path / "walk.h5")[0]) == SAMPLES
    assert journal.exists()


@pytest.mark.rig
@pytest.mark.survives(
    "files",
    fault="A compressed XDF file (.xdfz) is cut or damaged.",
    happens="What stands before is read; a fault; exit status 3.",
    said="“x.xdfz is compressed, and it is damaged behind byte …: what stands before is read”",
    lost="What stands behind the damage.",
)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_what_stands_before_the_damage_is_read_and_the_damage_is_a_fault(
    tmp_path: Path, packed: Path, share: float, how: str
) -> None:
    raw = bytearray(packed.read_bytes())
    at = int(len(raw) * share)
    packed.write_bytes(
        raw[:at] if how == "cut" else raw[:at] + bytes(b ^ 0xFF for b in raw[at : at + 40]) + raw[at + 40 :]
    )
    done = run("import", packed, "-o", tmp_path / "x.h5", "--no-analyze")
    assert done.exit_code == 3, done.output
    assert "x.xdfz is compressed, and it" in done.stderr
    for samples in values(tmp_path / "x.h5"):
        # What a wrong byte makes of the bytes behind it cannot be known before the sum at the end is.
        sound = int(len(samples) * 0.9) if how == "flipped" else len(samples)
        np.testing.assert_array_equal(samples[:sound], np.arange(sound))
        assert len(samples) >= 0.8 * share * SAMPLES


def test_files_that_are_put_together_are_read_to_the_end(tmp_path: Path, plain: Path) -> None:
    raw, path = plain.read_bytes(), tmp_path / "x.xdf.gz"
    path.write_bytes(gzip.compress(raw[:50_001]) + gzip.compress(raw[50_001:]) + bytes(512))
    assert run("import", path, "-o", tmp_path / "x.h5", "--no-analyze").exit_code == 0
    assert len(values(tmp_path / "x.h5")[0]) == SAMPLES


@pytest.mark.survives(
    "files",
    fault="The checksum of a compressed file does not fit.",
    happens="It is read with a fault; exit status 3.",
    said="“… any of it may be wrong”",
    lost="Not known.",
)
def test_a_wrong_sum_says_that_any_of_it_may_be_wrong(tmp_path: Path, packed: Path) -> None:
    raw = packed.read_bytes()
    packed.write_bytes(raw[:-8] + b"\0\0\0\0" + raw[-4:])
    done = run("import", packed, "-o", tmp_path / "x.h5", "--no-analyze")
    assert done.exit_code == 3
    assert "any of it may be wrong" in done.stderr
    assert len(values(tmp_path / "x.h5")[0]) == SAMPLES


@pytest.mark.parametrize(
    "raw", [b"\x1f\x8b", b"\x1f\x8b\x08" + bytes(40), gzip.compress(b"", mtime=0), gzip.compress(b"text", mtime=0)]
)
def test_a_compressed_file_that_is_no_xdf_is_a_sentence(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.xdfz").write_bytes(raw)
    done = run("import", tmp_path / "x.xdfz", "-o", tmp_path / "x.h5")
    assert done.exit_code == 1
    assert "x.xdfz" in done.stderr
    assert not (tmp_path / "x.h5").exists()


@pytest.mark.survives(
    "files",
    fault="A compressed file would fill the disk.",
    happens="It is refused; exit status 1.",
    said="“… no room to unpack it …”, with TMPDIR as the cure",
    lost="Nothing.",
)
def test_a_file_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1, 1, 1000))
    (tmp_path / "x.xdfz").write_bytes(gzip.compress(b"XDF:" + bytes(80 << 20), 1))
    done = run("import", tmp_path / "x.xdfz", "-o", tmp_path / "x.h5")
    assert done.exit_code == 1
    assert "no room to unpack it" in done.stderr
    assert "TMPDIR" in done.stderr
