"""A journal read in one pass for all streams says what reading each stream by itself says."""

import struct
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pylsl import local_clock
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

from groundup.journal import load_synchronised, read_journal

XDF = b"<?xml version='1.0'?><info><version>1.0</version></info>"
NUMBERS = (STREAM_HEADER, struct.pack("<I", 1) + header_xml("numbers", 100, "int32", 2))
WORDS = (STREAM_HEADER, struct.pack("<I", 2) + header_xml("words", 0, "string", 1))
BEGUN = local_clock() - 3600.0  # the writer's cycles are of now: no sample comes before it was taken


def content(k: int) -> list[tuple[int, bytes]]:
    """Stretch k of both streams: the second sample of the numbers has no stamp of its own."""
    values = np.arange(14 * k, 14 * k + 14, dtype="<i4").reshape(7, 2)
    stamps = [k + i / 100 if i != 1 else None for i in range(7)]
    words = [[f"word {k} {i}".encode()] for i in range(2)]
    return [(SAMPLES, number_samples(1, stamps, values)), (SAMPLES, string_samples(2, [k, k + 0.5], words))]


def test_one_pass_gives_each_stream_what_its_own_pass_gives(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.xdf"
    cycles = [[(tag, 1, data) for tag, data in (NUMBERS, WORDS)]]
    write_journal(path, [*cycles, *([(tag, 1, data) for tag, data in content(k)] for k in range(5))])
    source = read_journal(path).source
    together: dict[int, list[object]] = {0: [], 1: []}
    for index, (stamps, samples) in source.blocks():
        together[index] += [*zip(stamps.tolist(), np.asarray(samples).tolist(), strict=True)]
    for index, stream in enumerate(source.streams):
        alone = [pair for stamps, rows in stream.blocks() for pair in zip(stamps.tolist(), rows, strict=True)]
        assert [stamp for stamp, _ in alone] == [stamp for stamp, _ in together[index]]  # type: ignore[misc]
        assert [np.asarray(row).tolist() for _, row in alone] == [row for _, row in together[index]]  # type: ignore[misc]
        assert len(alone) == stream.count
    assert together[0][1] == (0.01, [2, 3])


def test_samples_before_their_header_and_chunks_that_claim_too_much_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.xdf"
    lying = bytearray(number_samples(1, [9.0, 9.01], np.array([[1, 2], [3, 4]], "<i4")))
    lying[5:9] = struct.pack("<I", 2**31)
    offset = (CLOCK_OFFSET, struct.pack("<Idd", 1, 5.0, -5.0))
    footers = [(FOOTER, struct.pack("<I", number) + b"<info/>") for number in (1, 2)]
    chunks = [(HEADER, XDF), *content(0), NUMBERS, WORDS, offset, (SAMPLES, bytes(lying)), *footers]
    path.write_bytes(foreign_file(chunks))
    journal = read_journal(path)
    assert [stream.count for stream in journal.source.streams] == [9, 2]
    assert journal.complete
    numbers, words = load_synchronised(path).values()
    assert numbers[0][-1].tolist() == [3, 4]
    assert words[0][-1] == [b"word 0 1"]
    assert journal.source.streams[0].probes["offset"].tolist() == [-5.0]


def synced_from(
    stamps: NDArray[np.float64], cuts: list[int], chunks_a_cycle: int
) -> tuple[NDArray[np.float64], object]:
    """Time and ledger of a stream from a journal whose chunks begin at the cuts; a probe every 2 s, after its chunk."""
    values = np.arange(2 * len(stamps), dtype="<i4").reshape(-1, 2)
    edges = [0, *sorted({cut % len(stamps) for cut in cuts} - {0}), len(stamps)]
    chunks, asked = [(NUMBERS[0], 1, NUMBERS[1])], float(stamps[0])
    for a, b in pairwise(edges):
        chunks.append((SAMPLES, 1, number_samples(1, stamps[a:b].tolist(), values[a:b])))
        while asked < stamps[b - 1]:
            chunks.append((CLOCK_OFFSET, 1, struct.pack("<Idd", 1, asked, 7.0 + 2e-5 * asked)))
            asked += 2.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.journal.xdf"
        write_journal(path, [chunks[k : k + chunks_a_cycle] for k in range(0, len(chunks), chunks_a_cycle)])
        ((samples, time),) = load_synchronised(path).values()
    np.testing.assert_array_equal(samples, values)
    return time.time, time.ledger


@pytest.mark.rig
@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 10_000), max_size=40),
    chunks_a_cycle=st.integers(4, 30),
)
def test_time_is_the_same_however_the_journal_was_cut_into_chunks(
    seed: int, cuts: list[int], chunks_a_cycle: int
) -> None:
    random = np.random.default_rng(seed)
    stamps = BEGUN + np.arange(3000) / 100.0 + random.gamma(2.0, 1e-3, 3000)
    stamps = stamps[(random.random(300) >= 0.03).repeat(10)]
    whole, said = synced_from(stamps, [], 1000)
    time, also_said = synced_from(stamps, cuts, chunks_a_cycle)
    np.testing.assert_array_equal(time, whole)
    assert also_said == said
