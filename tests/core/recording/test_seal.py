"""What is sealed is what was recorded, to the bit, or there is no file."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from made import LONG, NASTY, everything, numbers, simple_clock, source, stream, strings

import groundup
from groundup.clock import ClockInput, SyncedTime
from groundup.model.ledger import LedgerRow
from groundup.model.source import Block, SourceStream
from groundup.model.streams import DTYPES, Channel
from groundup.recording import seal as sealing
from groundup.recording.atomic import Sink
from groundup.recording.blocks import same
from groundup.recording.tables import utf8
from groundup.recording.verify import verify

quick = settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])


def test_every_stream_comes_back_to_the_bit(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        assert list(recording.streams) == [s.id for s in everything()]
        for given_stream in everything():
            back = recording.streams[given_stream.id]
            parts = [samples for _, samples in given_stream.blocks()]
            stamps = [stamps for stamps, _ in given_stream.blocks()]
            if given_stream.spec.format == "string":
                assert back.values() == [row for part in parts for row in part]
            elif parts:
                assert same(np.concatenate(parts), back.values())
            if stamps:
                assert same(np.concatenate(stamps), back.timestamps)
            assert len(back) == given_stream.count
            assert back.spec == given_stream.spec
            assert back.header == given_stream.header
            assert back.probes["offset"].tolist() == [0.25, 0.25]


def test_h5py_alone_reads_everything(sealed: Path) -> None:
    with h5py.File(sealed) as file:
        assert file.attrs["format"] == b"groundup"
        assert file.attrs["format_version"] == 1
        assert json.loads(file.attrs["software"])["liblsl"] == "1.18"
        assert file["lab/lab_toml"][0] == b"# verbatim\r\n"
        assert file["lab/participant"].attrs["mass_kg"] == 70.0
        assert np.isnan(file["lab/participant"].attrs["height_m"])
        assert file["streams/nasty"].attrs["name"].decode() == NASTY
        assert file["streams/texts/samples"].asstr("utf-8", "replace")[1, 0] == "plain"
        assert file["sync/plate"].attrs["bound_ms"] == 0.05
        np.testing.assert_allclose(file["sync/plate/time"][0], 5.0 + 0.25 - 0.01)
        every: list[h5py.Dataset] = []
        file.visititems(lambda _, item: every.append(item) if isinstance(item, h5py.Dataset) else None)
        assert all(d.chunks and d.fletcher32 for d in every)


def test_pandas_reads_the_tables_without_our_help(sealed: Path) -> None:
    ledger = pd.read_hdf(sealed, "/streams/plate/ledger")
    assert ledger["message"].tolist() == ["3 samples are missing", "wrong rate"]
    assert ledger["stream"].tolist() == ["plate", "plate"]
    channels = pd.read_hdf(sealed, "/streams/s_int16/channels")
    assert channels["label"].tolist() == ["EMG 1", NASTY, "x"]
    body = pd.read_hdf(sealed, "/lab/body_map")
    assert body[body["stream"] == "s_int16"]["rank"].tolist() == [3, 1]
    assert body[body["stream"] == "plate"]["rank"].tolist() == [-1] * 6
    assert pd.read_hdf(sealed, "/streams/plate/probes")["offset"].tolist() == [0.25, 0.25]


def test_a_seal_never_overwrites_unless_told(sealed: Path, made_clock: None) -> None:
    before = sealed.read_bytes()
    with pytest.raises(FileExistsError, match=r"x\.h5 exists already"):
        sealing.seal(source(), sealed)
    assert sealed.read_bytes() == before
    sealing.seal(source([]), sealed, overwrite=True)
    with groundup.open(sealed) as recording:
        assert len(recording.streams) == 0


@pytest.mark.rig
def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "x.h5"

    def clock(streams: list[ClockInput]) -> list[SyncedTime]:
        out.write_text("somebody else's")
        return simple_clock(streams)

    monkeypatch.setattr(sealing, "follow", clock)
    with pytest.raises(FileExistsError, match="appeared while"):
        sealing.seal(source(), out)
    assert out.read_text() == "somebody else's"
    assert os.listdir(tmp_path) == ["x.h5"]


@pytest.mark.parametrize("after", [0, 1, 5, 20])
def test_a_full_disk_leaves_no_half_file(
    tmp_path: Path, made_clock: None, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    class FullDisk:
        def __init__(self, file: object) -> None:
            self._file = file
            self._writes = 0

        def write(self, data: bytes) -> int:
            self._writes += 1
            if self._writes > after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self._file.write(data)  # type: ignore[attr-defined, no-any-return]

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    begin = Sink.__init__

    def full(self: Sink, path: Path) -> None:
        begin(self, path)
        self._file = FullDisk(self._file)  # type: ignore[assignment]

    monkeypatch.setattr(Sink, "__init__", full)
    with pytest.raises(OSError, match=r"x\.h5 could not be written: No space left") as caught:
        sealing.seal(source(), tmp_path / "x.h5")
    assert caught.value.errno == errno.ENOSPC
    assert os.listdir(tmp_path) == []


@pytest.mark.rig
def test_a_file_size_limit_ends_in_a_sentence_not_in_a_crash(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="this system has no file size limit to set")
    script = f"""
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from made import numbers, simple_clock, source, stream
from groundup.recording import seal
seal.follow = simple_clock
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    seal.seal(source([stream("a", numbers("double64", 100_000))]), Path({str(tmp_path / "x.h5")!r}))
except OSError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "could not be written: File too large" in done.stdout
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, made_clock: None) -> None:
    with pytest.raises(OSError, match="could not be written: No such file"):
        sealing.seal(source(), tmp_path / "none" / "x.h5")


def test_a_source_that_changes_between_writing_and_verifying_is_not_sealed(tmp_path: Path, made_clock: None) -> None:
    passes = iter([0.0, 1.0])

    def blocks() -> Iterator[Block]:
        yield np.arange(3.0), np.full((3, 1), next(passes))

    one = stream("a", np.zeros((3, 1)))
    changing = SourceStream("a", one.spec, "", 3, blocks)
    probes = one.probes
    with pytest.raises(sealing.SealError, match="/streams/a/samples"):
        sealing.seal(source([SourceStream("a", one.spec, "", 3, changing.blocks, probes)]), tmp_path / "x.h5")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("count", "samples"),
    [(4, np.zeros((3, 1))), (3, np.zeros((3, 2))), (3, np.zeros((3, 1), np.float32)), (3, [[b"a"]] * 3)],
    ids=["count", "channels", "format", "text"],
)
def test_a_source_that_contradicts_itself_is_named(
    tmp_path: Path, made_clock: None, count: int, samples: np.ndarray
) -> None:
    one = stream("a", np.zeros((3, 1)))

    def blocks() -> Iterator[Block]:
        yield np.arange(3.0), samples

    with pytest.raises(sealing.SealError, match="stream a"):
        sealing.seal(source([SourceStream("a", one.spec, "", count, blocks, one.probes)]), tmp_path / "x.h5")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("wrong", ["samples", "padding"])
def test_a_stream_that_cannot_be_sealed_costs_no_other(
    tmp_path: Path, made_clock: None, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr("groundup.recording.stream_writer._PADDED_BYTES", 100)
    one, two = stream("one", np.ones((20, 1))), stream("two", np.full((30, 2), 2.0))
    texts = stream("texts", [[b"a"]] * 3 + [[b"b" * (30 if wrong == "padding" else 5)]], fmt="string")
    if wrong == "samples":
        texts = replace(texts, count=5)
    texts = replace(texts, ledger=(LedgerRow(1.0, "", "gap", "warning", 1, "a gap of its own"),))
    (row,) = sealing.seal(source([one, texts, two]), tmp_path / "x.h5")
    assert (row.stream, row.severity, row.count) == ("texts", "fault", texts.count)
    assert verify(tmp_path / "x.h5", source([one, two])) == []
    with groundup.open(tmp_path / "x.h5") as recording:
        assert list(recording.streams) == ["one", "two"]
        said = [r.message for r in recording.ledger_list() if r.stream == "texts"]
        assert said == ["a gap of its own", row.message]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b"])
def test_ids_that_hdf5_cannot_hold_are_refused(tmp_path: Path, made_clock: None, name: str) -> None:
    with pytest.raises(sealing.SealError, match="cannot be the id"):
        sealing.seal(source([stream(name, np.zeros((3, 1)))]), tmp_path / "x.h5")


def test_two_streams_of_one_id_are_refused(tmp_path: Path, made_clock: None) -> None:
    with pytest.raises(sealing.SealError, match="two streams"):
        sealing.seal(source([stream("a", np.zeros((3, 1)))] * 2), tmp_path / "x.h5")


def test_a_megabyte_of_name_and_header_survives(tmp_path: Path, made_clock: None) -> None:
    one = stream("a", np.zeros((3, 1)), name="ä" * 1_000_000)
    big = SourceStream("a", one.spec, "<info>\r\n" + LONG * 100, 3, one.blocks, one.probes)
    sealing.seal(source([big]), tmp_path / "x.h5")
    with groundup.open(tmp_path / "x.h5") as recording:
        assert recording.streams["a"].spec.name == "ä" * 1_000_000
        assert recording.streams["a"].header == big.header


def test_lengths_are_stored_only_where_a_text_ends_in_nul(sealed: Path) -> None:
    with h5py.File(sealed) as file:
        assert "lengths" in file["streams/texts"]
        assert file["streams/texts/lengths"][:, 0].tolist() == [len(row[0]) for row in strings()]
        assert "lengths" not in file["streams/two_texts"]


@pytest.mark.rig
def test_the_aligned_matrix_is_written_when_lab_toml_asks(tmp_path: Path, made_clock: None) -> None:
    out = tmp_path / "x.h5"
    text = "[record]\naligned_rate_hz = 50\n"
    sealing.seal(source(lab_toml=text), out)
    assert verify(out) == []
    with groundup.open(out) as recording, h5py.File(out) as file:
        aligned = recording.align(50.0)
        assert same(file["aligned/samples"][...], aligned.samples)
        assert same(file["aligned/time"][...], aligned.time)
        assert file["aligned/channels"].shape == (len(aligned.channels),)
        assert "texts" in json.loads(file["aligned"].attrs["left_out"])


def test_a_lab_toml_of_another_version_does_not_hinder_sealing(tmp_path: Path, made_clock: None) -> None:
    out = tmp_path / "x.h5"
    sealing.seal(source([stream("a", np.zeros((3, 1)))], lab_toml="[future]\nx = 1\n"), out)
    with groundup.open(out) as recording:
        assert "unknown table [future]" in recording.ledger["message"].str.cat()
        assert recording.lab_toml == "[future]\nx = 1\n"


def test_streams_far_apart_are_not_forced_into_one_matrix(tmp_path: Path, made_clock: None) -> None:
    far = [stream("a", np.zeros((100, 1))), stream("b", np.zeros((100, 1)), t0=1e9)]
    sealing.seal(source(far, lab_toml="[record]\naligned_rate_hz = 50\n"), tmp_path / "x.h5")
    with groundup.open(tmp_path / "x.h5") as recording:
        assert "aligned" not in recording.hdf5
        assert "no aligned matrix was written" in recording.ledger["message"].str.cat()


def test_a_stream_that_the_clock_cannot_map_keeps_no_other_from_being_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clock(streams: list[ClockInput]) -> list[SyncedTime]:
        if any(s.id == "wild" for s in streams):
            raise ValueError("time runs backwards")
        return simple_clock(streams)

    monkeypatch.setattr(sealing, "follow", clock)
    made = source([stream("wild", np.ones((20, 1))), stream("tame", np.ones((20, 1)))])
    sealing.seal(made, tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5", made) == []
    with groundup.open(tmp_path / "x.h5") as recording:
        wild = recording.streams["wild"]
        assert np.isnan(wild.certificate.bound_ms)
        assert "time runs backwards" in wild.certificate.reason
        assert "fault" in wild.ledger["severity"].tolist()
        np.testing.assert_array_equal(wild.time, wild.timestamps + 0.25)
        assert recording.streams["tame"].certificate.bound_ms == 0.05


def test_progress_reaches_the_end(tmp_path: Path, made_clock: None) -> None:
    told: list[float] = []
    sealing.seal(source(), tmp_path / "x.h5", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.rig
@quick
@given(
    fmt=st.sampled_from(list(DTYPES)),
    data=st.data(),
    block=st.integers(1, 40),
    stamps=st.floats(-1e6, 1e6),
)
def test_any_numbers_in_any_blocks_round_trip(
    tmp_path: Path, made_clock: None, fmt: str, data: st.DataObject, block: int, stamps: float
) -> None:
    dtype = np.dtype(DTYPES[fmt])
    shape = data.draw(st.tuples(st.integers(0, 60), st.integers(1, 3)))
    raw = data.draw(hnp.arrays(np.uint8, (shape[0], shape[1] * dtype.itemsize)))
    made = source([stream("a", raw.view(dtype), fmt=fmt, block=block, t0=stamps)])  # type: ignore[arg-type]
    sealing.seal(made, tmp_path / "h.h5", overwrite=True)
    assert verify(tmp_path / "h.h5", made) == []


@pytest.mark.rig
@quick
@given(
    rows=st.lists(st.lists(st.binary(max_size=12), min_size=2, max_size=2), max_size=20),
    name=st.text(min_size=1, max_size=30),
)
def test_any_bytes_and_names_round_trip(tmp_path: Path, made_clock: None, rows: list[list[bytes]], name: str) -> None:
    one = stream("a", rows, fmt="string", rate=0.0, name=name, channels=(Channel(name), Channel("b")))
    sealing.seal(source([one]), tmp_path / "h.h5", overwrite=True)
    with groundup.open(tmp_path / "h.h5") as recording:
        back = recording.streams["a"]
        assert back.values() == rows
        assert back.spec.name == utf8(name).decode()
        assert back.channels[0].label == utf8(name).decode()


def test_blocks_larger_and_smaller_than_a_chunk_round_trip(tmp_path: Path, made_clock: None) -> None:
    many = numbers("double64", 70_000, 9)
    for block in (50, 65_000):
        made = source([stream("a", many, block=block)])
        sealing.seal(made, tmp_path / "x.h5", overwrite=True)
        assert verify(tmp_path / "x.h5", made) == []
        with h5py.File(tmp_path / "x.h5") as file:  # HDF5 asks for the sums that we have written
            assert same(file["streams/a/samples"][...], many)
