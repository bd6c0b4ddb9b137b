"""Which sample an option's value begins at: by the stamps that were sent, whatever was lost, or said twice."""

from pathlib import Path

import numpy as np
from made import source, stream

import groundup
from groundup.lsl.device_status import Changed, row_json, status_source, status_spec
from groundup.model.source import SourceStream
from groundup.recording.seal import seal
from groundup.recording.verify import verify

PREFIX = "groundup/h/amp/"
STAMPS = 100.0 + np.arange(50) / 10.0


def emg(key: str, stamps: np.ndarray) -> SourceStream:
    samples = np.zeros((len(stamps), 1), np.float32)
    return stream(f"amp.{key}", samples, fmt="float32", rate=10.0, stamps=stamps, source_id=PREFIX + key, type="EMG")


def change(number: int, value: str, at: float, key: str = "emg", option: str = "gain") -> Changed:
    return Changed(float(at), "amp", PREFIX + key, option, value, number)


def sealed(tmp_path: Path, said: list[tuple[float, Changed]], *streams: SourceStream) -> list[tuple]:
    """Rows as they were sent, each with its stamp; the options of the recording."""
    texts = [[row_json(row).encode()] for _, row in said]
    stamps = np.array([stamp for stamp, _ in said])
    spec = status_spec()
    status = stream(
        "status", texts, fmt="string", rate=0.0, stamps=stamps, name=spec.name, type=spec.type, role=spec.role,
        channels=spec.channels, source_id=status_source(PREFIX),
    )  # fmt: skip
    seal(source([*streams, status]), tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5") == []
    with groundup.open(tmp_path / "x.h5") as recording:
        rows = recording.option_list()
        for row in rows:
            assert row.time == recording.streams[row.stream].time[row.sample]
        return [(row.stream, row.option, row.value, row.before, row.sample) for row in rows]


def test_a_row_that_is_said_again_and_again_is_one(tmp_path: Path) -> None:
    one, two = change(0, "1", STAMPS[0]), change(1, "4", STAMPS[20])
    said = [(100.0, one), (102.0, two), (105.0, one), (105.0, two)]
    assert sealed(tmp_path, said, emg("emg", STAMPS)) == [
        ("amp.emg", "gain", "1", "", 0), ("amp.emg", "gain", "4", "1", 20),
    ]  # fmt: skip


def test_where_the_very_sample_was_lost_it_is_the_next_one(tmp_path: Path) -> None:
    kept = np.delete(STAMPS, slice(18, 25))
    said = [(100.0, change(0, "1", STAMPS[0])), (102.0, change(1, "4", STAMPS[20]))]
    assert sealed(tmp_path, said, emg("emg", kept))[1] == ("amp.emg", "gain", "4", "1", 18)


def test_what_was_changed_before_the_recording_holds_from_its_first_sample_on(tmp_path: Path) -> None:
    said = [(100.5, change(0, "1", 20.0)), (100.5, change(1, "4", 60.0)), (100.5, change(2, "16", 80.0))]
    assert sealed(tmp_path, said, emg("emg", STAMPS)) == [("amp.emg", "gain", "16", "", 0)]


def test_there_and_back_between_two_samples_is_no_change_and_there_again_is_one(tmp_path: Path) -> None:
    back = [(100.0, change(0, "1", 100.0)), (102.0, change(1, "4", STAMPS[20])), (102.0, change(2, "1", STAMPS[20]))]
    assert len(sealed(tmp_path, back, emg("emg", STAMPS))) == 1
    (tmp_path / "x.h5").unlink()
    again = [*back, (102.0, change(3, "4", STAMPS[20]))]
    assert sealed(tmp_path, again, emg("emg", STAMPS))[1] == ("amp.emg", "gain", "4", "1", 20)


def test_a_driver_that_is_started_again_begins_with_its_own_value(tmp_path: Path) -> None:
    said = [(100.0, change(0, "1", 100.0)), (102.0, change(1, "4", STAMPS[20])), (104.0, change(0, "1", STAMPS[40]))]
    assert [(value, before, at) for _, _, value, before, at in sealed(tmp_path, said, emg("emg", STAMPS))] == [
        ("1", "", 0), ("4", "1", 20), ("1", "4", 40),
    ]  # fmt: skip


def test_each_stream_and_option_by_itself_and_of_no_stream_nothing(tmp_path: Path) -> None:
    late = STAMPS[10:] + 0.05
    said = [
        (101.0, change(0, "1", STAMPS[3])), (101.0, change(0, "1", late[2], "acc")),
        (101.0, change(1, "5 g", late[7], "acc", "range")), (101.0, change(2, "7", 101.0, "gone")),
        (104.0, change(3, "9", 999.0)),
    ]  # fmt: skip
    assert sealed(tmp_path, said, emg("emg", STAMPS), emg("acc", late)) == [
        ("amp.acc", "gain", "1", "", 2), ("amp.acc", "range", "5 g", "", 7), ("amp.emg", "gain", "1", "", 3),
    ]  # fmt: skip
