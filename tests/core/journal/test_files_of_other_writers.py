"""XDF of programs that write in another order than LabRecorder: no time is moved, and what is missing is said."""

import struct
from collections.abc import Iterable
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
)

import groundup
from groundup.model.ledger import LedgerRow
from groundup.workflows.seal_journal import seal_journal

TIMES = np.concatenate([1000.0 + np.arange(500) / 100.0, 1030.0 + np.arange(500) / 100.0])
Chunks = list[tuple[int, bytes]]


def begin() -> Chunks:
    return [(HEADER, b"<info/>"), (STREAM_HEADER, struct.pack("<I", 1) + header_xml("a", 100.0, "int32", 1))]


def samples(stamps: Iterable[float] = TIMES) -> Chunks:
    stamps = list(stamps)
    return [
        (SAMPLES, number_samples(1, stamps[k : k + 50], np.arange(k, min(k + 50, len(stamps)), dtype="<i4")[:, None]))
        for k in range(0, len(stamps), 50)
    ]


def offsets(offset: float) -> Chunks:
    return [(CLOCK_OFFSET, struct.pack("<Idd", 1, t, offset)) for t in np.arange(1000.0, 1036.0, 5.0)]


def footer(count: object) -> Chunks:
    return [(FOOTER, struct.pack("<I", 1) + f"<info><sample_count>{count}</sample_count></info>".encode())]


def imported(folder: Path, chunks: Chunks) -> tuple[np.ndarray, list[LedgerRow]]:
    path = folder / "x.xdf"
    path.write_bytes(foreign_file(chunks))
    seal_journal(path, folder / "x.h5")
    with groundup.open(folder / "x.h5") as recording:
        (stream,) = recording.streams.values()
        return np.asarray(stream.time), recording.ledger_list()


@pytest.mark.parametrize("offset", [0.0, -250.0])
@pytest.mark.parametrize("first", ["samples", "offsets"])
def test_measurements_that_lie_apart_from_the_samples_tell_no_arrival(
    tmp_path: Path, first: str, offset: float
) -> None:
    parts = (samples(), offsets(offset)) if first == "samples" else (offsets(offset), samples())
    time, rows = imported(tmp_path, [*begin(), *parts[0], *parts[1], *footer(1000)])
    np.testing.assert_allclose(time, TIMES + offset, atol=1e-4)
    assert [row.kind for row in rows if row.severity == "fault"] == []


def test_samples_that_the_footer_counts_and_the_file_has_not_are_a_fault(tmp_path: Path) -> None:
    _, rows = imported(tmp_path, [*begin(), *samples()[:-4], *offsets(0.0), *footer(1000)])
    (fault,) = (row for row in rows if row.severity == "fault")
    assert (fault.count, fault.stream) == (200, "s01")
    assert "says 1000 samples, and 200 of them are not there" in fault.message


@pytest.mark.parametrize("count", ["", "many", "-1", "9" * 30, "9" * 9000, "1e3", "\u0661"])
def test_a_footer_that_counts_nonsense_is_not_believed(tmp_path: Path, count: str) -> None:
    time, rows = imported(tmp_path, [*begin(), *samples(), *offsets(0.0), *footer(count)])
    assert len(time) == 1000
    assert all(row.severity != "fault" for row in rows)
