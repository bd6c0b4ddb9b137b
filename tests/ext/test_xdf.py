"""The parser reads what others write, and of a damaged file everything but the damage."""

import struct
from pathlib import Path

import numpy as np
import pytest
import pyxdf
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup_ext import _xdf
from tests.ext.xdf_files import (
    BOUNDARY,
    HEADER,
    SAMPLES,
    STREAM_HEADER,
    foreign_file,
    header_xml,
    number_samples,
    string_samples,
    write_journal,
)

CHUNK = np.dtype(_xdf.CHUNK_FORMAT)
CYCLES = 12
ROWS = 7


def scanned(data: bytes) -> tuple[np.ndarray, np.ndarray, int]:
    chunks, damage, ours = _xdf.scan(data)
    return np.frombuffer(chunks, CHUNK), np.frombuffer(damage, CHUNK), ours


def sample_chunks(chunks: np.ndarray) -> np.ndarray:
    return chunks[chunks["tag"] == SAMPLES]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Twelve cycles of our own writer with two streams; each chunk of stream 1 holds its own number."""
    path: Path = tmp_path_factory.mktemp("xdf") / "x.journal.xdf"
    first = [
        (HEADER, 0, b"<?xml version='1.0'?><info><version>1.0</version></info>"),
        (STREAM_HEADER, 1, struct.pack("<I", 1) + header_xml("numbers", 100, "int32", 2)),
        (STREAM_HEADER, 2, struct.pack("<I", 2) + header_xml("words", 0, "string", 1)),
    ]
    cycles = [first]
    for k in range(CYCLES):
        stamps = [k + i / 100 for i in range(ROWS)]
        values = np.full((ROWS, 2), k, "<i4")
        words = [[f"word {k} {i}".encode()] for i in range(3)]
        both = [number_samples(1, stamps, values), string_samples(2, stamps[:3], words)]
        cycles.append([(SAMPLES, number, content) for number, content in enumerate(both, 1)])
    write_journal(path, cycles)
    return path.read_bytes()


def numbers_in(data: bytes, chunks: np.ndarray) -> list[int]:
    """What the chunks of stream 1 say they are, each checked against its other values."""
    found = []
    for row in chunks[(chunks["tag"] == SAMPLES) & (chunks["stream"] == 1)]:
        stamps, values = np.empty(ROWS), np.empty(ROWS * 8, np.uint8)
        decoded = np.zeros(1, np.uint32)
        offsets, lengths = np.array([row["offset"]], np.uint64), np.array([row["length"]], np.uint64)
        count, _ = _xdf.decode_numbers(data, offsets, lengths, 8, 0.01, 0.0, stamps, values, decoded)
        assert count == ROWS
        numbers = values.view("<i4")
        assert (numbers == numbers[0]).all()
        assert stamps.tolist() == [numbers[0] + i / 100 for i in range(ROWS)]
        found.append(int(numbers[0]))
    return found


def test_our_journal_is_found_whole_and_every_chunk_is_verified(journal: bytes) -> None:
    chunks, damage, ours = scanned(journal)
    assert ours == CYCLES + 1
    assert len(damage) == 0
    assert (chunks[chunks["tag"] != BOUNDARY]["state"] == 1).all()
    assert numbers_in(journal, chunks) == list(range(CYCLES))


@pytest.mark.rig
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_garbled_bytes_cost_the_chunk_they_hit_and_no_other(journal: bytes, data: st.DataObject) -> None:
    chunks, _, _ = scanned(journal)
    size = data.draw(st.integers(1, 64))
    at = data.draw(st.integers(4, len(journal) - size))
    garbage = data.draw(st.binary(min_size=size, max_size=size))
    garbled = journal[:at] + garbage + journal[at + size :]

    def hit(row: np.void) -> bool:
        start, end = int(row["offset"]) - int(row["start"]), int(row["offset"] + row["length"])
        return journal[max(start, at) : min(end, at + size)] != garbled[max(start, at) : min(end, at + size)]

    before = sample_chunks(chunks)
    untouched = [int(row["offset"]) for row in before if not hit(row)]
    after, damage, _ = scanned(garbled)
    kept = set(sample_chunks(after)["offset"].tolist())
    assert set(untouched) <= kept
    assert numbers_in(garbled, after)
    if len(untouched) < len(before):
        assert len(damage) >= 1


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_file_that_ends_anywhere_gives_every_chunk_that_is_whole(journal: bytes, data: st.DataObject) -> None:
    chunks, _, _ = scanned(journal)
    end = data.draw(st.integers(4, len(journal)))
    whole = [int(r["offset"]) for r in sample_chunks(chunks) if int(r["offset"] + r["length"]) <= end]
    after, _, _ = scanned(journal[:end])
    assert sample_chunks(after)["offset"].tolist() == whole


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_can_crash_the_parser(noise: bytes) -> None:
    for data in (b"XDF:" + noise, foreign_file([(SAMPLES, noise), (STREAM_HEADER, noise)]) + noise):
        chunks, _, _ = _xdf.scan(data)
        rows = np.frombuffer(chunks, CHUNK)
        rows = rows[rows["tag"] == SAMPLES]
        offsets, lengths = np.ascontiguousarray(rows["offset"]), np.ascontiguousarray(rows["length"])
        whole = np.zeros(len(rows), np.uint32)
        _xdf.count_samples(data, offsets, lengths, 4, 1, whole)
        # A sample takes five bytes at least, and no chunk reaches beyond the file, whatever it claims.
        assert (whole.astype(np.int64) * 5 <= lengths).all()
        assert (offsets + lengths <= len(data)).all()
        for row in rows:
            stamps, texts = _xdf.decode_strings(data, int(row["offset"]), int(row["length"]), 1, 0.0, 0.0)
            assert len(stamps) == len(texts) <= int(row["length"])


def test_a_length_that_swallows_what_follows_does_not_hide_the_cycles_after_it(journal: bytes) -> None:
    chunks, _, _ = scanned(journal)
    victim = sample_chunks(chunks)[4]
    start = int(victim["offset"]) - int(victim["start"])
    # A length that ends exactly where a later chunk begins: a walk by lengths alone would not notice.
    later = sample_chunks(chunks)[10]
    reach = int(later["offset"]) - int(later["start"]) - start - 5
    garbled = journal[: start + 1] + struct.pack("<I", reach) + journal[start + 5 :]
    after, damage, _ = scanned(garbled)
    assert len(sample_chunks(after)) == len(sample_chunks(chunks)) - 1
    assert [int(d["stream"]) for d in damage] == [int(victim["stream"])]


def test_what_is_not_xdf_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="does not begin with"):
        _xdf.scan(b"PK\x03\x04 not this")


def test_the_minimal_file_reads_as_its_truth_table_and_pyxdf_say(shared: Path) -> None:
    path = shared / "xdf" / "minimal.xdf"
    streams, _ = pyxdf.load_xdf(str(path), synchronize_clocks=False, dejitter_timestamps=False)
    theirs = next(s for s in streams if s["info"]["channel_format"][0] == "int16")
    data = path.read_bytes()
    chunks, damage, ours = scanned(data)
    assert (len(damage), ours) == (0, 0)
    rows = chunks[(chunks["tag"] == SAMPLES) & (chunks["stream"] == 0)]
    stamps, values, decoded = np.empty(9), np.empty(9 * 6, np.uint8), np.zeros(len(rows), np.uint32)
    offsets, lengths = np.ascontiguousarray(rows["offset"]), np.ascontiguousarray(rows["length"])
    count, _ = _xdf.decode_numbers(data, offsets, lengths, 6, 0.1, 0.0, stamps, values, decoded)
    assert count == 9
    ours_values = values.view("<i2").reshape(9, 3)
    assert ours_values[0].tolist() == [192, 255, 238]
    np.testing.assert_array_equal(ours_values, theirs["time_series"])
    np.testing.assert_array_equal(stamps, theirs["time_stamps"])


@pytest.mark.rig
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_gives_the_same_chunks_at_once_in_batches_and_when_walked_again(
    journal: bytes, data: st.DataObject
) -> None:
    size, end = data.draw(st.integers(0, 64)), data.draw(st.integers(len(journal) // 2, len(journal)))
    at = data.draw(st.integers(0, end - size))
    garbage = data.draw(st.binary(min_size=size, max_size=size))
    garbled = journal[:at] + garbage + journal[at + size : end]
    chunks, damage, ours = scanned(garbled)
    scanner = _xdf.Scanner(garbled)
    batches = []
    while scanner.settled < len(garbled):
        batches.append([np.frombuffer(rows, CHUNK) for rows in scanner.batch(data.draw(st.integers(1, 1000)))])
    assert scanner.ours == ours
    np.testing.assert_array_equal(np.concatenate([found for found, _ in batches]), chunks)
    np.testing.assert_array_equal(np.concatenate([lost for _, lost in batches]), damage)
    begins, ends = damage["offset"].copy(), damage["offset"] + damage["length"]
    position, walked = 0, []
    while position < len(garbled):
        rows, position = _xdf.walk(garbled, position, data.draw(st.integers(1, 500)), begins, ends)
        walked.append(np.frombuffer(rows, CHUNK))
    again = np.concatenate(walked)
    kept = [name for name in CHUNK.names or () if name not in ("state", "samples")]
    np.testing.assert_array_equal(again[kept], chunks[kept][chunks["tag"] != BOUNDARY])
    np.testing.assert_array_equal(sample_chunks(again)["samples"], sample_chunks(chunks)["samples"])
