"""A journal is deleted only when everything in it, and everything that was counted, is in the recording."""

import errno
import json
import os
import random
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.ext.xdf_files import (
    CLOCK_OFFSET,
    FOOTER,
    HEADER,
    SAMPLES,
    STREAM_HEADER,
    foreign_file,
    header_xml,
    number_samples,
    string_samples,
    write_journal,
)

import groundup
from groundup import lsl
from groundup.journal import read_journal
from groundup.model.account import Account, Counted
from groundup.model.streams import Channel, StreamSpec
from groundup.record.journal_records import announcement
from groundup.recording.verify import verify
from groundup.system import file_locks
from groundup.workflows.seal_journal import JournalInUseError, Sealed, seal_journal
from groundup_ext import _xdf

ABOUT = {"recording_id": "r1", "started_utc": "2026-01-01T00:00:00Z", "clock_origin": 1.0, "lab_toml": ""}
SPECS = {
    1: StreamSpec("numbers", "EMG", 100.0, "int32", (Channel("ch1"), Channel("ch2")), source_id="numbers"),
    2: StreamSpec("words", "EMG", 0.0, "string", (Channel("ch1"),), source_id="words"),
}
XML = {1: header_xml("numbers", 100.0, "int32", 2), 2: header_xml("words", 0.0, "string", 1)}
Entry = tuple[int | str, int, bytes]


def joins(number: int, header: bytes, *, copies: bool = True) -> list[Entry]:
    """What a recorder writes when a stream joins; without its own records, what it once wrote."""
    chunk: Entry = (STREAM_HEADER, number, struct.pack("<I", number) + header)
    known: list[Entry] = [("M", 0, announcement(number, SPECS[number].name, SPECS[number]))]
    return [chunk, ("H", 0, struct.pack("<I", number) + header), *known] if copies else [chunk]


def samples(k: int) -> list[Entry]:
    """Ten numbers and two words of stretch k."""
    values = np.arange(20 * k, 20 * k + 20, dtype="<i4").reshape(10, 2)
    words = string_samples(2, [1 + k / 10, 1.05 + k / 10], [[b"a"], [b"b"]])
    numbers = number_samples(1, [1 + k / 10 + i / 100 for i in range(10)], values)
    offset = struct.pack("<Idd", 1, 1 + k / 10, 0.5)
    return [(SAMPLES, 1, numbers), (SAMPLES, 2, words), (CLOCK_OFFSET, 1, offset)]


def counted(cycles: int) -> Entry:
    return "C", 0, struct.pack("<IQIQ", 1, 10 * cycles, 2, 2 * cycles)


def recorded(headers: dict[int, bytes] = XML, cycles: int = 6, *, copies: bool = True) -> list[list[Entry]]:
    """A whole recording as a recorder writes it."""
    first: list[Entry] = [(HEADER, 0, b"<info/>"), ("M", 0, json.dumps(ABOUT).encode())]
    for number, header in headers.items():
        first += joins(number, header, copies=copies)
    middle = [[*samples(k), counted(k + 1)] for k in range(cycles)]
    last: list[Entry] = [(FOOTER, number, struct.pack("<I", number) + b"<info/>") for number in headers]
    return [first, *middle, [*last, counted(cycles)]]


def journal(folder: Path, cycles: Sequence[Sequence[Entry]]) -> Path:
    path = folder / "x.journal.xdf"
    write_journal(path, cycles)
    return path


def account(path: Path, cycles: int = 6) -> Account:
    """What the recorder of such a journal counted."""
    streams = tuple(
        Counted(number, SPECS[number].name, n * cycles, zlib.crc32(XML[number])) for number, n in ((1, 10), (2, 2))
    )
    return Account("r1", path.stat().st_size, streams)


def flip(path: Path, what: bytes, bit: int = 0) -> None:
    """Flip a bit in the first place where these bytes stand."""
    raw = bytearray(path.read_bytes())
    raw[raw.index(what)] ^= 1 << bit
    path.write_bytes(raw)


def numbers_of(recording: Path) -> list[int]:
    with groundup.open(recording) as opened:
        return np.asarray(opened.streams["numbers"].samples)[:, 0].tolist()


def faults(recording: Path) -> str:
    with groundup.open(recording) as opened:
        return "\n".join(row.message for row in opened.ledger_list() if row.severity == "fault")


def assert_kept(path: Path, sealed: Sealed) -> None:
    """The journal is there, and why is a fault in the ledger, too."""
    assert sealed.differs
    assert sealed.journal_kept
    assert path.exists()
    for sentence in sealed.differs:
        assert sentence in faults(sealed.recording)


def test_a_journal_goes_when_everything_in_it_is_in_the_recording(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    sealed = seal_journal(path, tmp_path / "x.h5", account=account(path))
    assert not sealed.differs
    assert os.listdir(tmp_path) == ["x.h5"]
    assert numbers_of(tmp_path / "x.h5") == list(range(0, 120, 2))
    assert faults(tmp_path / "x.h5") == ""


@pytest.mark.survives(
    "recording",
    fault="A stream has a sample of text larger than a recording holds (256 MiB), or so many that padding has no end.",
    happens="The other streams are sealed. That one stays in the journal, which is kept.",
    said="A fault with the name of the stream, its samples and why, in the ledger and on the screen; exit 3.",
    lost="Nothing: it is in the journal.",
)
def test_a_stream_that_no_recording_holds_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundup.recording.stream_writer.CHUNK_BYTES", 0)
    path = journal(tmp_path, recorded())
    sealed = seal_journal(path, tmp_path / "x.h5", account=account(path))
    assert_kept(path, sealed)
    assert "words is not in the recording, its 12 samples stay where they were recorded" in sealed.differs[0]
    assert numbers_of(tmp_path / "x.h5") == list(range(0, 120, 2))
    assert verify(tmp_path / "x.h5") == []


@pytest.mark.survives(
    "recording",
    fault="A bit of a stream's header is flipped in the journal.",
    happens=(
        "The header is in the journal again: the stream is sealed with it. The damage is a fault; the journal is kept."
    ),
    said="“a chunk of numbers is …: … bytes at byte … of x.journal.xdf are left out”",
    lost="Nothing.",
)
def test_a_flipped_bit_in_a_stream_header_loses_nothing_of_the_stream(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    flip(path, b"<name>numbers")
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert_kept(path, sealed)
    assert numbers_of(sealed.recording) == list(range(0, 120, 2))
    with groundup.open(sealed.recording) as opened:
        assert opened.streams["numbers"].header == XML[1].decode()


@pytest.mark.survives(
    "recording",
    fault="A header is damaged in a journal of an earlier groundup, which holds each only once.",
    happens="The other streams are sealed; a fault; the journal is kept.",
    said="“numbers cannot be read: …; its 60 samples are left out (stream 1 of x.journal.xdf)”",
    lost="That stream is not in the recording; its samples are in the journal.",
)
def test_a_journal_of_before_names_the_stream_whose_header_is_lost_and_counts_its_samples(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded(copies=False))
    flip(path, b"<name>numbers")
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert_kept(path, sealed)
    assert "its 60 samples are left out (stream 1 of x.journal.xdf)" in faults(sealed.recording)


@pytest.mark.rig
@pytest.mark.survives(
    "recording",
    fault="A sender's header is no XML, names nothing, or is 17 MiB long.",
    happens="The stream is sealed as it was announced, its header kept as the bytes that came.",
    said="“the stream header cannot be read …”",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    "header",
    [b"no XML at all \xff\x00\xfe", b"<info><name>x</name></info>", XML[1] + b" " * (17 << 20)],
    ids=["bytes", "nothing named", "17 MiB"],
)
def test_a_stream_whose_header_cannot_be_read_is_sealed_as_announced_with_its_header_as_bytes(
    tmp_path: Path, header: bytes
) -> None:
    path = journal(tmp_path, recorded({1: header, 2: XML[2]}))
    sealed = seal_journal(path, tmp_path / "x.h5", keep=True)
    assert not sealed.differs
    assert numbers_of(sealed.recording) == list(range(0, 120, 2))
    with groundup.open(sealed.recording) as opened:
        stream = opened.streams["numbers"]
        assert (stream.spec.name, stream.spec.rate, stream.spec.format) == ("numbers", 100.0, "int32")
        assert opened.hdf5["streams/numbers/header"][...].tobytes() == header
    assert verify(sealed.recording, read_journal(path).source) == []


@pytest.mark.survives(
    "recording",
    fault="A sender's header says another number of channels than it sends.",
    happens="The samples are sealed as they were sent; a fault.",
    said="“the stream header says 5 channels of int32, but 2 of int32 were announced and recorded”",
    lost="Nothing.",
)
def test_a_header_that_says_other_channels_than_were_recorded_is_not_believed(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded({1: header_xml("numbers", 100.0, "int32", 5), 2: XML[2]}))
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert numbers_of(sealed.recording) == list(range(0, 120, 2))
    assert "5 channels of int32, but 2 of int32 were announced and recorded" in faults(sealed.recording)


@pytest.mark.survives(
    "recording",
    fault="Whole pieces are taken out of the middle of a journal, so that all that is left fits its sums.",
    happens="The rest is sealed, the difference is a fault, the journal is kept.",
    said="“… bytes are missing from x.journal.xdf”, “60 samples of numbers were recorded, 50 are in the journal”",
    lost="What was taken out.",
)
def test_bytes_that_are_taken_out_of_the_middle_are_missed(tmp_path: Path) -> None:
    ends = []
    for count in (3, 4):
        write_journal(tmp_path / f"{count}.xdf", recorded()[:count])
        ends.append((tmp_path / f"{count}.xdf").stat().st_size)
    path = journal(tmp_path, recorded())
    raw = path.read_bytes()
    path.write_bytes(raw[: ends[0]] + raw[ends[1] :])  # a whole cycle: every sum that is left fits
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert_kept(path, sealed)
    assert f"{ends[1] - ends[0]} bytes are missing from x.journal.xdf" in faults(sealed.recording)
    assert "60 samples of numbers were recorded, 50 are in the journal" in faults(sealed.recording)


@pytest.mark.survives(
    "recording",
    fault="The end of a journal is cut off before it is sealed.",
    happens="It is held against what the recorder counted: a fault, and the journal is kept.",
    said=(
        "“60 samples of numbers were recorded, 30 are in the journal”, “the journal has … bytes, but … were written: "
        "it was changed by another program”"
    ),
    lost="What was cut off.",
)
def test_a_journal_cut_at_its_end_is_held_against_the_recorders_own_counters(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    known = account(path)
    write_journal(tmp_path / "short.xdf", recorded()[:4])
    path.write_bytes((tmp_path / "short.xdf").read_bytes())
    sealed = seal_journal(path, tmp_path / "x.h5", account=known)
    assert_kept(path, sealed)
    assert "60 samples of numbers were recorded, 30 are in the journal" in faults(sealed.recording)
    assert f"but {known.size} were written" in faults(sealed.recording)


@pytest.mark.survives(
    "recording",
    fault="A journal has no end, because its recorder or computer stopped.",
    happens="Everything in it is sealed; a warning is in the ledger.",
    said="“x.journal.xdf was not ended: … what came later is not recorded”",
    lost="What came after the end of the journal.",
)
def test_a_crash_loses_only_what_came_later_and_that_is_said(tmp_path: Path) -> None:
    began = lsl.clock()
    path = journal(tmp_path, recorded()[:5])
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert not sealed.differs
    assert not path.exists()
    with groundup.open(sealed.recording) as opened:
        (row,) = [row for row in opened.ledger_list() if row.kind == "recovered"]
    assert row.severity == "warning"
    assert "was not ended" in row.message
    assert began <= row.time <= lsl.clock()  # when it broke off, not where it begins


@pytest.mark.survives(
    "recording",
    fault="A journal that was ended as it should be was damaged later.",
    happens="The damage is a fault at its time; that its recorder was killed is not said.",
    said="“a chunk of numbers is garbled: … bytes at byte … of x.journal.xdf are left out”",
    lost="What is damaged.",
)
@pytest.mark.parametrize("what", ["samples", "a footer"])
def test_damage_is_not_taken_for_a_recorder_that_was_killed(tmp_path: Path, what: str) -> None:
    began = lsl.clock()
    path = journal(tmp_path, recorded())
    raw = bytearray(path.read_bytes())
    rows = np.frombuffer(_xdf.scan(bytes(raw))[0], _xdf.CHUNK_FORMAT)
    hit = rows[rows["tag"] == (SAMPLES if what == "samples" else FOOTER)][1]
    raw[int(hit["offset"]) + 6] ^= 0xFF
    path.write_bytes(raw)
    read = read_journal(path)
    assert read.complete
    rows = [*read.source.ledger, *(row for stream in read.source.streams for row in stream.ledger)]
    assert [row.kind for row in rows if row.kind in ("recovered", "damaged")] == ["damaged"]
    assert began <= next(row.time for row in rows if row.kind == "damaged") <= lsl.clock()


@pytest.mark.survives(
    "recording",
    fault="A whole stream is gone from the journal.",
    happens="The others are sealed; a fault; the journal is kept.",
    said="“12 samples of words were recorded, 0 are in the journal”",
    lost="That stream.",
)
def test_a_stream_that_is_no_longer_in_the_journal_is_missed(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    without = [[entry for entry in cycle if entry[1] != 2] for cycle in recorded({1: XML[1]})]
    known = replace(account(path), size=0)
    path.unlink()
    sealed = seal_journal(journal(tmp_path, without), tmp_path / "x.h5", account=known)
    assert_kept(path, sealed)
    assert "12 samples of words were recorded, 0 are in the journal" in faults(sealed.recording)


@pytest.mark.survives(
    "recording",
    fault="The journal of another recording lies in the place of the one just recorded.",
    happens="It is sealed as what it is; a fault; the journal is kept.",
    said="“the journal is that of another recording (r1)”",
    lost="Nothing of the journal that is there.",
)
def test_a_journal_of_another_recording_in_its_place_is_kept(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    sealed = seal_journal(path, tmp_path / "x.h5", account=replace(account(path), recording_id="another"))
    assert_kept(path, sealed)
    assert "is that of another recording (r1)" in faults(sealed.recording)


@pytest.mark.survives(
    "recording",
    fault="Two journals were put together into one file.",
    happens="A fault; the journal is kept.",
    said="“x.journal.xdf holds more than one recording: r1 and r2; it is read as the first”",
    lost="Nothing of the journal.",
)
def test_two_recordings_in_one_journal_are_told(tmp_path: Path) -> None:
    other: list[Entry] = [("M", 0, json.dumps(ABOUT | {"recording_id": "r2"}).encode())]
    path = journal(tmp_path, [*recorded(), other])
    assert "holds more than one recording: r1 and r2" in seal_journal(path, tmp_path / "x.h5").differs[0]


def test_two_headers_of_one_number_are_told(tmp_path: Path) -> None:
    again: list[Entry] = [(STREAM_HEADER, 1, struct.pack("<I", 1) + header_xml("other", 50.0, "int32", 2))]
    path = journal(tmp_path, [*recorded(), again])
    assert "two headers that differ" in seal_journal(path, tmp_path / "x.h5").differs[0]


def test_two_streams_that_our_records_call_the_same_are_both_sealed(tmp_path: Path) -> None:
    cycles = recorded()
    cycles[0].append(("M", 0, announcement(2, "numbers", SPECS[2])))
    path = journal(tmp_path, cycles)
    with groundup.open(seal_journal(path, tmp_path / "x.h5").recording) as opened:
        assert {name: len(stream) for name, stream in opened.streams.items()} == {"numbers": 60, "numbers_2": 12}


@pytest.mark.survives(
    "recording",
    fault="An XDF file has samples of a stream without a header.",
    happens="The other streams are sealed; a fault.",
    said="“its 30 samples are left out (stream 1 of x.xdf)”",
    lost="Those samples are not in the recording; the file keeps them.",
)
def test_samples_of_a_foreign_file_without_a_header_are_counted_and_named(tmp_path: Path) -> None:
    path = tmp_path / "x.xdf"
    chunks = [(STREAM_HEADER, struct.pack("<I", 2) + XML[2])]
    chunks += [(tag, content) for k in range(3) for tag, _, content in samples(k) if isinstance(tag, int)]
    path.write_bytes(foreign_file(chunks))
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert "its 30 samples are left out (stream 1 of x.xdf)" in faults(sealed.recording)


@pytest.mark.rig
@pytest.mark.survives(
    "recording",
    fault="Any single bit of a journal is flipped.",
    happens="The recording is the same to the bit, or the damage is a fault and the journal is kept.",
    said="“a piece of the file is …: … bytes at byte … of x.journal.xdf are left out”",
    lost="At most the piece with the bit.",
)
def test_every_flipped_bit_is_either_harmless_or_said(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded(cycles=3))
    raw = path.read_bytes()
    whole = describe(path)
    draw = random.Random(1)
    for place in draw.sample(range(8 * len(raw)), 600):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        assert describe(path) == whole or read_journal(path).lost, f"bit {place % 8} of byte {place // 8}"


def describe(path: Path) -> object:
    """Everything that is sealed of a journal."""
    source = read_journal(path).source
    streams = [
        (s.id, s.spec, s.header, s.probes.tobytes(), [(a.tobytes(), np.asarray(b).tobytes()) for a, b in s.blocks()])
        for s in source.streams
    ]
    return source.recording_id, source.clock_origin, source.lab_toml, streams, source.ledger


def test_a_garbled_boundary_of_ours_is_damage(tmp_path: Path) -> None:
    for number, what in enumerate((b"groundup", b"\x43\xa5\x46\xdc")):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = journal(folder, recorded())
        flip(path, what)
        assert_kept(path, seal_journal(path, folder / "x.h5"))


def test_a_journal_that_is_written_or_sealed_by_another_is_left_alone(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    held = os.open(path, os.O_RDONLY)
    if not file_locks.take(held):
        pytest.skip("there are no locks here")
    with pytest.raises(JournalInUseError, match="is in use"):
        seal_journal(path, tmp_path / "x.h5")
    os.close(held)
    assert os.listdir(tmp_path) == ["x.journal.xdf"]


@pytest.mark.survives(
    "recording",
    fault="The journal cannot be deleted after sealing.",
    happens="The recording is made and the journal stays.",
    said="“x.journal.xdf is sealed, but could not be deleted: Read-only file system”",
    lost="Nothing.",
)
def test_a_disk_that_keeps_the_journal_keeps_no_recording_from_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = journal(tmp_path, recorded())
    unlink = Path.unlink

    def read_only(self: Path, missing_ok: bool = False) -> None:
        if self == path:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", read_only)
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert sealed.journal_kept
    assert not sealed.differs
    assert "could not be deleted: Read-only file system" in sealed.left


@pytest.mark.survives(
    "recording",
    fault="Sealing is killed after the recording is made and before the journal is deleted.",
    happens="The next `seal` or `recover` finds them equal and deletes the journal; the recording is not touched.",
    said="“it was there already, sealed from this journal, and is equal to it”",
    lost="Nothing.",
)
def test_a_sealing_that_was_killed_before_the_journal_went_is_ended_by_the_next(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    seal_journal(path, tmp_path / "x.h5", keep=True)
    before = (tmp_path / "x.h5").read_bytes()
    sealed = seal_journal(path, tmp_path / "x.h5")
    assert sealed.before
    assert (tmp_path / "x.h5").read_bytes() == before
    assert not path.exists()


@pytest.mark.survives(
    "recording",
    fault="A recording of the journal's name exists, but of something else.",
    happens="Nothing is overwritten; the journal is kept.",
    said="“… exists already”",
    lost="Nothing.",
)
def test_a_recording_of_something_else_is_not_taken_for_the_journals(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    seal_journal(path, tmp_path / "x.h5", keep=True)
    path.unlink()
    write_journal(path, recorded(cycles=5))
    with pytest.raises(FileExistsError, match="exists already"):
        seal_journal(path, tmp_path / "x.h5")
    assert path.exists()


@pytest.mark.survives(
    "recording",
    fault="A journal is sealed twice.",
    happens="The second recording says so in its ledger.",
    said="“x.journal.xdf was sealed before: x.h5 is of the same recording”",
    lost="Nothing.",
)
def test_a_journal_that_is_sealed_twice_says_so(tmp_path: Path) -> None:
    path = journal(tmp_path, recorded())
    seal_journal(path, tmp_path / "x.h5", keep=True)
    again = seal_journal(path, tmp_path / "y.h5")
    with groundup.open(again.recording) as opened:
        assert "was sealed before" in "".join(row.message for row in opened.ledger_list())


@pytest.mark.survives(
    "recording",
    fault="A crash left unfinished `.part` files.",
    happens="The next sealing in that folder deletes them, but none that another process is writing.",
    said="nothing",
    lost="Nothing.",
)
def test_parts_of_a_crash_are_swept_but_not_those_that_are_written(tmp_path: Path) -> None:
    left, other = tmp_path / ".groundup-0123456789ab.part", tmp_path / ".groundup-notes.part"
    for file in (left, other):
        file.write_text("x")
    folder = os.open(tmp_path, os.O_RDONLY)
    if not file_locks.take(folder, shared=True):
        pytest.skip("there are no locks here")
    seal_journal(journal(tmp_path, recorded()), tmp_path / "x.h5")
    assert left.exists()
    os.close(folder)
    seal_journal(journal(tmp_path, recorded()), tmp_path / "y.h5")
    assert not left.exists()
    assert other.exists()


def test_pyxdf_reads_a_journal_whose_headers_are_written_again(tmp_path: Path) -> None:
    pyxdf = pytest.importorskip("pyxdf")
    again = [entry for number in XML for entry in joins(number, XML[number])[1:]]
    cycles = recorded()
    cycles[4][:0] = again
    cycles[0][0] = (HEADER, 0, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    footer = b"<info><first_timestamp>1</first_timestamp><last_timestamp>2</last_timestamp></info>"
    cycles[-1] = [(FOOTER, number, struct.pack("<I", number) + footer) for number in XML]
    streams, _ = pyxdf.load_xdf(str(journal(tmp_path, cycles)), dejitter_timestamps=False)
    assert {s["info"]["name"][0]: len(s["time_series"]) for s in streams} == {"numbers": 60, "words": 12}
