"""What a recording says of time: its origin, its ledger and its signals are on the lab clock, in anybody's file."""

import struct
from pathlib import Path

import numpy as np
import pytest

from groundup.recording import Recording
from groundup.recording.info import summary
from groundup.workflows.seal_journal import seal_journal

OFFSET = -652_830.0  # of another computer, that has been on for longer


def chunk(tag: int, content: bytes) -> bytes:
    return struct.pack("<BIH", 4, len(content) + 2, tag) + content


def labrecorder(path: Path, streams: dict[str, tuple[np.ndarray, float]], rate: float = 100.0) -> Path:
    """A file of streams of one length, as LabRecorder writes it: a chunk of ten samples each, offsets every 5 s."""
    data = b"XDF:" + chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')
    for number, name in enumerate(streams, 1):
        about = (
            f'<?xml version="1.0"?><info><name>{name}</name><type>ACC</type><channel_count>1</channel_count>'
            f"<nominal_srate>{rate}</nominal_srate><channel_format>float32</channel_format><source_id>{name}</source_id>"
            f"<hostname>{name}</hostname><desc/></info>"
        )
        data += chunk(2, struct.pack("<I", number) + about.encode())
    count = len(next(iter(streams.values()))[0])
    for i in range(0, count, 10):
        for number, (stamps, offset) in enumerate(streams.values(), 1):
            rows = b"".join(struct.pack("<Bdf", 8, stamps[k], k) for k in range(i, i + 10))
            data += chunk(3, struct.pack("<IBI", number, 4, 10) + rows)
            if i % 500 == 0:
                data += chunk(4, struct.pack("<Idd", number, 2500.0 + (i + 10) / rate - offset, offset))
    path.write_bytes(data)
    return path


def sealed(path: Path, **streams: tuple[np.ndarray, float]) -> Recording:
    out = path / "out.h5"
    seal_journal(labrecorder(path / "in.xdf", streams), out)
    return Recording(out)


@pytest.mark.survives(
    "time",
    fault="A file was recorded on another computer, whose clock is 652,830 s away.",
    happens="Origin and ledger are lab time.",
    said="nothing: nothing is wrong",
    lost="Nothing.",
)
@pytest.mark.parametrize("offset", [0.0, OFFSET])
def test_origin_and_ledger_of_another_computers_file_are_lab_time(tmp_path: Path, offset: float) -> None:
    lab = 2500.0 + np.arange(3000) / 100.0
    lost = lab + np.where(np.arange(3000) >= 2000, 1.0, 0.0)
    with sealed(tmp_path, imu=(lost - offset, offset)) as recording:
        assert recording.clock_origin == pytest.approx(2500.0, abs=1e-3)
        (row,) = recording.ledger.to_dict("records")
        assert row["time"] == pytest.approx(2519.99, abs=0.02)
        assert summary(recording)["streams"][0]["start_s"] == pytest.approx(2500.0, abs=1e-3)


@pytest.mark.survives(
    "time",
    fault="A file of LabRecorder's has streams that are stamped by other clocks.",
    happens="Origin, length and ledger are on the lab clock; its samples lie within their bound.",
    said="“… is stamped by another clock …”",
    lost="The precision of its times.",
)
def test_another_clock_is_never_in_the_origin_or_the_length(tmp_path: Path) -> None:
    lab = 2500.0 + np.arange(3000) / 100.0
    with sealed(tmp_path, imu=(lab - OFFSET, OFFSET), muse=(lab + 1.69e9, 0.0), old=(lab - 2500.0, 0.0)) as recording:
        found = summary(recording)
        assert recording.clock_origin == pytest.approx(2500.0, abs=1e-3)
        assert found["duration_s"] == pytest.approx(29.99, abs=1e-3)
        faults = recording.ledger[recording.ledger["severity"] == "fault"]
        assert sorted(faults["stream"]) == ["s02", "s03"]
        assert all("local_clock()" in text for text in faults["message"])
        for name in ("s02", "s03"):
            stream = recording.streams[name]
            error = 1e3 * np.abs(stream.time - lab)
            assert error.max() < stream.certificate.bound_ms < 1500.0


def test_signals_of_samples_out_of_order_are_in_the_order_of_their_times(tmp_path: Path) -> None:
    place = np.arange(3000)
    for k in range(200, 2800, 300):
        place[k : k + 20] = np.roll(place[k : k + 20], 10)
    lab = 2500.0 + place / 100.0
    with sealed(tmp_path, emg=(lab - OFFSET, OFFSET)) as recording:
        stream = recording.streams["s01"]
        np.testing.assert_allclose(stream.time, lab, atol=1e-4)
        (signal,) = recording.signals()
        assert np.all(np.diff(signal.time) > 0.0)
        np.testing.assert_array_equal(signal.samples[:, 0], np.argsort(place))
