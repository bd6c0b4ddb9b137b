"""Chunks of kinds that XDF does not know, and with a garbled kind: counted, named, and never taken for another."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import pyxdf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ext.xdf_files import (
    BOUNDARY,
    CLOCK_OFFSET,
    FOOTER,
    HEADER,
    SAMPLES,
    STREAM_HEADER,
    chunk,
    header_xml,
    number_samples,
    write_journal,
)

from groundup.journal import Journal, read_journal
from groundup.recording.seal import seal
from groundup_ext._journal import BOUNDARY_UUID

ROWS, CHUNKS = 50, 20
Chunks = list[tuple[int, bytes]]


def walk() -> Chunks:
    """A file as LabRecorder writes it: 20 chunks of 50 samples whose values are their places, a Boundary every five."""
    made: Chunks = [
        (HEADER, b"<?xml version='1.0'?><info/>"),
        (STREAM_HEADER, u32(1) + header_xml("a", 100, "int32", 1)),
    ]
    for k in range(CHUNKS):
        places = np.arange(k * ROWS, (k + 1) * ROWS, dtype="<i4")
        made.append((SAMPLES, number_samples(1, (1000.0 + places / 100.0).tolist(), places[:, None])))
        made.append((CLOCK_OFFSET, struct.pack("<Idd", 1, 1000.0 + k, 0.0)))
        if k % 5 == 4:
            made.append((BOUNDARY, BOUNDARY_UUID))
    count = f"<info><sample_count>{ROWS * CHUNKS}</sample_count></info>".encode()
    return [*made, (FOOTER, u32(1) + count)]


def u32(number: int) -> bytes:
    return struct.pack("<I", number)


def written(path: Path, chunks: Chunks) -> Path:
    path.write_bytes(b"XDF:" + b"".join(chunk(tag, content) for tag, content in chunks))
    return path


def values(journal: Journal) -> list[int]:
    return [int(v) for _, (_, samples) in journal.source.blocks() for v in np.asarray(samples)[:, 0]]


def said(journal: Journal) -> list[tuple[str, str, int]]:
    """Severity, stream and count of what is said, but for what the footer tells."""
    rows = [*journal.source.ledger, *(row for stream in journal.source.streams for row in stream.ledger)]
    return [(row.severity, row.stream, row.count) for row in rows if "its footer in" not in row.message]


@pytest.mark.survives(
    "files",
    fault="An XDF file has chunks of a kind that XDF does not know",
    happens="All other chunks are read; these are left out",
    said="“… chunks of a kind that XDF does not know (…) left out (… bytes, …): they are of no stream”",
    lost="Nothing that XDF describes",
)
@pytest.mark.parametrize("tag", [0, 7, 42, 255, 256, 65_535])
@pytest.mark.parametrize("count", [1, 3])
def test_a_chunk_of_unknown_kind_is_said_and_costs_nothing_else(tmp_path: Path, tag: int, count: int) -> None:
    chunks = walk()
    for place in (2, 17, len(chunks)):
        chunks[place:place] = [(tag, b"what another program adds")] * count
    path = written(tmp_path / "x.xdf", chunks)
    journal = read_journal(path)
    assert values(journal) == list(range(ROWS * CHUNKS))
    assert said(journal) == [("warning", "", 3 * count)]
    (stream,), _ = pyxdf.load_xdf(str(path))  # which skips them
    assert stream["time_series"][:, 0].tolist() == list(range(ROWS * CHUNKS))


@pytest.mark.parametrize("place", [2, 17, -1])
@pytest.mark.parametrize("width", [1, 4, 8])
def test_however_many_chunks_of_unknown_kinds_follow_each_other_nothing_is_called_broken(
    tmp_path: Path, place: int, width: int
) -> None:
    known, count = [chunk(tag, content) for tag, content in walk()], 3000
    place = place if place >= 0 else len(known)
    added = struct.pack("<B", width) + (2 + 9).to_bytes(width, "little") + struct.pack("<H", 300) + b"something"
    path = tmp_path / "x.xdf"
    path.write_bytes(b"XDF:" + b"".join([*known[:place], added * count, *known[place:]]))
    journal = read_journal(path)
    assert values(journal) == list(range(ROWS * CHUNKS))
    assert said(journal) == [("warning", "", count)]


@pytest.mark.rig
def test_what_leads_nowhere_is_not_followed_again_and_again(tmp_path: Path) -> None:
    """Chunks of an unknown kind in a row, each with a Boundary in it, and no end: each could be where to go on."""
    nested = chunk(300, b"......" + chunk(BOUNDARY, BOUNDARY_UUID))
    path = tmp_path / "x.xdf"
    path.write_bytes(b"XDF:" + b"".join(chunk(*one) for one in walk()[:-1]) + nested * 50_000 + b"\xff" * 20)
    journal = read_journal(path)
    assert values(journal) == list(range(ROWS * CHUNKS))
    assert any(row.severity == "fault" for row in journal.lost)


@pytest.mark.survives(
    "files",
    fault="The kind of a chunk in an XDF file is garbled",
    happens="The chunk is left out and taken for no other kind: no clock measurement and no header is made of samples",
    said="“1 chunk marked as …, but holding something else, left out …”, a fault, and how many the footer misses",
    lost="The samples of that chunk",
)
@pytest.mark.parametrize("tag", [0, 1, CLOCK_OFFSET, BOUNDARY, FOOTER, 7, 11, 67, 131, 259, 0x8003])
def test_samples_with_a_garbled_kind_are_taken_for_none_and_said(tmp_path: Path, tag: int) -> None:
    chunks = walk()
    place = next(i for i, (kind, _) in enumerate(chunks) if kind == SAMPLES and i > 12)
    gone = int(samples_in(chunks[place][1])[0])
    chunks[place] = (tag, chunks[place][1])
    journal = read_journal(written(tmp_path / "x.xdf", chunks))
    assert values(journal) == [v for v in range(ROWS * CHUNKS) if not gone <= v < gone + ROWS]
    (stream,) = journal.source.streams
    np.testing.assert_array_equal(stream.probes["offset"], np.zeros(CHUNKS))
    faults = [row for row in journal.lost if "its footer in" not in row.message]
    assert [(row.severity, row.count) for row in faults] == [("fault", 1)]
    assert any(row.count == ROWS and "its footer in" in row.message for row in journal.lost)


@pytest.mark.parametrize("tag", [HEADER, BOUNDARY, FOOTER, 7, 300])
def test_a_clock_measurement_with_a_garbled_kind_is_said(tmp_path: Path, tag: int) -> None:
    chunks = walk()
    place = next(i for i, (kind, _) in enumerate(chunks) if kind == CLOCK_OFFSET)
    chunks[place] = (tag, chunks[place][1])
    journal = read_journal(written(tmp_path / "x.xdf", chunks))
    assert values(journal) == list(range(ROWS * CHUNKS))
    assert [row.severity for row in journal.lost] == ["fault"]
    assert len(journal.source.streams[0].probes) == CHUNKS - 1


@pytest.mark.rig
@settings(max_examples=200)
@given(st.data())
def test_no_damage_of_a_strangers_file_goes_unsaid_and_reading_goes_on_at_the_next_boundary(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A garbled head of a chunk of samples: what is behind the next Boundary is all there, and what is not is said."""
    chunks = walk()
    raw = [chunk(tag, content) for tag, content in chunks]
    places = [i for i, (tag, _) in enumerate(chunks) if tag in (SAMPLES, CLOCK_OFFSET)]
    place = data.draw(st.sampled_from(places))
    byte, value = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 255))
    hit = bytearray(raw[place])
    hit[byte] ^= value
    raw[place] = bytes(hit)
    path = tmp_path_factory.mktemp("hit") / "x.xdf"
    path.write_bytes(b"XDF:" + b"".join(raw))
    journal = read_journal(path)
    boundary = next(i for i in range(place, len(chunks)) if chunks[i][0] in (BOUNDARY, FOOTER))
    safe = [i for i, (tag, _) in enumerate(chunks) if tag == SAMPLES and (i < place or i > boundary)]
    kept = {int(v) for i in safe for v in samples_in(chunks[i][1])}
    found = values(journal)
    assert kept <= set(found)
    assert journal.lost
    if not any("in doubt" in row.message or "cut short" in row.message for row in journal.lost):
        assert found == sorted(set(found))


def samples_in(content: bytes) -> np.ndarray:
    """Values of a chunk of samples: 9 bytes of head, then 9 of time and 4 of value each."""
    return np.frombuffer(content[9:], np.dtype([("mark", "u1"), ("stamp", "<f8"), ("value", "<i4")]))["value"]


@pytest.mark.parametrize("name", ["../x", "", ".", "a/b", "nul\0", "\ud800"])
def test_a_record_that_names_a_stream_as_none_can_be_named_costs_no_stream(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.journal.xdf"
    header = (STREAM_HEADER, 1, u32(1) + header_xml("a", 100, "int32", 1))
    record = ("M", 0, json.dumps({"stream": 1, "id": name}).encode())
    samples = (SAMPLES, 1, number_samples(1, [1.0, 1.01], np.array([[4], [5]], "<i4")))
    write_journal(path, [[header, record], [samples]])
    assert [(s.id, s.count) for s in read_journal(path).source.streams] == [("s01", 2)]
    seal(read_journal(path).source, tmp_path / "x.h5")
