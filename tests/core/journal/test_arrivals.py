"""Where samples stand in an XDF file tells when they arrived only where it was written as they came."""

import struct
from pathlib import Path

import numpy as np
import pytest

from groundup.recording import Recording
from groundup.workflows.seal_journal import seal_journal

SECONDS, PROBED_EVERY_S, LATE_S = 120, 5, 0.3
Part = tuple[float, int, int, bytes]
"""When it was written, its stream, its tag, its content."""


def head(number: int, name: str, rate: float) -> bytes:
    about = (
        f"<info><name>{name}</name><type>X</type><channel_count>1</channel_count><nominal_srate>{rate}</nominal_srate>"
        f"<channel_format>float32</channel_format><source_id>{name}</source_id><hostname>pc</hostname></info>"
    )
    return struct.pack("<I", number) + about.encode()


def samples(number: int, stamps: list[float]) -> bytes:
    return struct.pack("<IBI", number, 4, len(stamps)) + b"".join(struct.pack("<Bdf", 8, t, 1.0) for t in stamps)


def parts(markers: list[float], offset: float, together: bool) -> list[Part]:
    """A stream of 100 Hz in pieces of half a second, and markers; both on a clock that is `offset` behind."""
    made: list[Part] = []
    for i in range(0, 100 * SECONDS, 50):
        stamps = [1000 + k / 100 - offset for k in range(i, i + 50)]
        made.append((1000 + (i + 50) / 100, 1, 3, samples(1, stamps)))
    sent = [1000 + m - offset for m in markers]
    if together:
        made.append((1000 + markers[0], 2, 3, samples(2, sent)))
    else:
        made += [(1000 + m + LATE_S, 2, 3, samples(2, [t])) for m, t in zip(markers, sent, strict=True)]
    for second in range(2, SECONDS, PROBED_EVERY_S):
        made += [
            (1000 + second + n / 100, n, 4, struct.pack("<Idd", n, 1000 + second - offset, offset)) for n in (1, 2)
        ]
    return sorted(made, key=lambda part: part[0])


def sealed(folder: Path, chunks: list[Part]) -> Recording:
    every = [(1, b"<info><version>1.0</version></info>"), (2, head(1, "emg", 100)), (2, head(2, "marks", 0))]
    every += [(tag, content) for _, _, tag, content in chunks]
    data = b"".join(struct.pack("<BIH", 4, len(content) + 2, tag) + content for tag, content in every)
    (folder / "x.xdf").write_bytes(b"XDF:" + data)
    seal_journal(folder / "x.xdf", folder / "x.h5")
    return Recording(folder / "x.h5")


def assert_right(recording: Recording, markers: list[float]) -> None:
    with recording:
        assert [row.message for row in recording.ledger_list() if row.severity == "fault"] == []
        emg, marks = recording.streams.values()
        np.testing.assert_allclose(emg.time, 1000 + np.arange(100 * SECONDS) / 100, atol=1e-3)
        np.testing.assert_allclose(marks.time, 1000 + np.array(markers), atol=1e-3)
        assert max(emg.certificate.bound_ms, marks.certificate.bound_ms) < 1.0


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="Events in a file of LabRecorder's are so rare that hardly anything tells when they arrived.",
    happens="They are where they were marked; they are not taken for events of another clock.",
    said="nothing: nothing is wrong",
    lost="Nothing.",
)
@pytest.mark.parametrize("offset", [0.0, -6000.0])
@pytest.mark.parametrize("markers", [[20, 55, 90], [50], [3, 4, 5], [21.9, 22.05, 26.9, 27.05], list(range(3, 118))])
def test_rare_events_are_never_taken_for_those_of_another_clock(
    tmp_path: Path, markers: list[float], offset: float
) -> None:
    assert_right(sealed(tmp_path, parts(markers, offset, together=False)), markers)


ORDERS = {
    "offsets first": lambda part: (part[2] != 4, part[0]),
    "offsets last": lambda part: (part[2] == 4, part[0]),
    "stream by stream": lambda part: (part[1], part[0]),
    "stream by stream, offsets first": lambda part: (part[1], part[2] != 4, part[0]),
    "stream by stream, offsets last": lambda part: (part[1], part[2] == 4, part[0]),
    "all events in one chunk": lambda part: part[0],
}


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="An XDF file was put together by another program: all clock offsets first or last, or stream by stream.",
    happens="The order in the file is not taken for arrival: all times are right.",
    said="nothing: nothing is wrong",
    lost="Nothing.",
)
@pytest.mark.parametrize("order", ORDERS)
def test_a_file_that_was_put_together_tells_nothing_of_arrival(tmp_path: Path, order: str) -> None:
    markers = [20.0, 55.0, 90.0]
    chunks = sorted(parts(markers, -6000.0, together="one chunk" in order), key=ORDERS[order])
    assert_right(sealed(tmp_path, chunks), markers)


def test_events_of_another_clock_are_still_found_in_a_file_of_labrecorder(tmp_path: Path) -> None:
    away = [m + 1.7e9 for m in (20.0, 40.0, 55.0, 90.0)]
    chunks = [
        (written - (1.7e9 if stream == 2 and tag == 3 else 0.0), stream, tag, content)
        for written, stream, tag, content in parts(away, 0.0, together=False)
    ]
    with sealed(tmp_path, sorted(chunks, key=lambda part: part[0])) as recording:
        (fault,) = [row for row in recording.ledger_list() if row.severity == "fault"]
        assert "local_clock()" in fault.message
        marks = list(recording.streams.values())[1]
        error = np.abs(marks.time - (np.array(away) - 1.7e9 + 1000))
        assert 1e3 * error.max() < marks.certificate.bound_ms
