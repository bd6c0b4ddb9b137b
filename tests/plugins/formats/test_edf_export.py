"""A recording becomes BDF+ and EDF+ that edfio reads: values within a step, events to the microsecond."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Imported, ImportedStream
from groundup.workflows.export import ExportError, export_recording

edfio = pytest.importorskip("edfio")
READERS = {"bdf": edfio.read_bdf, "edf": edfio.read_edf}
BITS = {"bdf": 24, "edf": 16}


def exported(folder: Path, made: Imported, name: str) -> tuple[Any, list[str]]:
    out, left_out = export_recording(made_lab.recording(folder / "x.h5", made), name)
    return READERS[name](out), left_out


@pytest.mark.rig
@pytest.mark.parametrize("name", ["bdf", "edf"])
def test_channels_read_back_within_a_step_each_at_its_rate(tmp_path: Path, name: str) -> None:
    made = made_lab.lab()
    back, left_out = exported(tmp_path, made, name)
    signals = {signal.label: signal for signal in back.signals}
    assert not any("resampled" in text for text in left_out)
    for stream in made.streams:
        if not isinstance(stream.samples, np.ndarray) or stream.id == "mocap":
            continue
        for index, channel in enumerate(stream.spec.channels):
            label = channel.label.replace("Μ", "M")
            assert signals[label].sampling_frequency == stream.spec.rate
            assert signals[label].physical_dimension == channel.unit
            values = stream.samples[:, index].astype(np.float64)
            step = (np.ptp(values) * 1.001 + 1e-5) / 2 ** BITS[name]
            np.testing.assert_allclose(signals[label].data[: len(values)], values, atol=step + 1e-9)


def test_volts_are_microvolts(tmp_path: Path) -> None:
    values = 1e-4 * np.sin(np.arange(2000.0))[:, None]
    back, _ = exported(tmp_path, Imported((made_lab.analog("a", 1000.0, values),)), "bdf")
    (signal,) = back.signals
    assert signal.physical_dimension == "uV"
    np.testing.assert_allclose(signal.data, 1e6 * values[:, 0], atol=2e-5)


def test_events_are_annotations(tmp_path: Path) -> None:
    back, _ = exported(tmp_path, made_lab.lab(), "bdf")
    found = [(note.onset, note.text) for note in back.annotations if not note.text.startswith("BAD_")]
    expected = ["IC L", "FO L", "IC R", "FO R", "Türe zu"]
    assert [text for _, text in found] == expected
    times = [event.time - made_lab.START for event in made_lab.EVENTS]
    np.testing.assert_allclose([onset for onset, _ in found], times, atol=1e-6)


@pytest.mark.rig
def test_what_is_missing_is_marked_and_said(tmp_path: Path) -> None:
    back, left_out = exported(tmp_path, made_lab.lab(), "bdf")
    (bad,) = [note for note in back.annotations if note.text == "BAD_missing mocap"]
    assert (bad.onset, bad.duration) == pytest.approx((0.2, 0.1))
    assert any("mocap: the least number stands" in text for text in left_out)


def test_thousands_of_events_fit_into_few_records(tmp_path: Path) -> None:
    whole = made_lab.lab()
    emg = next(s for s in whole.streams if s.id == "emg")
    said = next(s for s in whole.streams if s.id == "said")
    times = made_lab.START + np.arange(3000) / 1000
    many = ImportedStream("said", said.spec, [[f"word {k} 頭"] for k in range(3000)], times)
    back, _ = exported(tmp_path, Imported((emg, many)), "bdf")
    assert [note.text for note in back.annotations] == [f"word {k} 頭" for k in range(3000)]


def test_texts_of_many_lines_and_without_end_are_a_line_that_is_cut_and_said(tmp_path: Path) -> None:
    whole = made_lab.lab()
    emg, said = (next(s for s in whole.streams if s.id == key) for key in ("emg", "said"))
    texts = [["one\ntwo\r\nthree\tfour\x07"], ["頭" * 500_000], ["plain"]]
    odd = ImportedStream("said", said.spec, texts, made_lab.START + np.arange(3.0))
    back, left_out = exported(tmp_path, Imported((emg, odd)), "bdf")
    assert [note.text for note in back.annotations] == ["one two three four", "頭" * 133, "plain"]
    assert any("2 texts of events are one line of at most 400 bytes" in text for text in left_out)
    assert (tmp_path / "x.bdf").stat().st_size < 200_000


def test_a_drifting_stream_and_an_odd_rate_are_resampled_and_said(tmp_path: Path) -> None:
    odd = made_lab.analog("odd", 1259.259, np.sin(2 * np.pi * 5 * np.arange(5000) / 1259.259)[:, None])
    back, left_out = exported(tmp_path, Imported((odd,)), "bdf")
    assert back.signals[0].sampling_frequency == 1260
    assert any("odd: resampled from 1259.26 Hz to 1260 Hz" in text for text in left_out)
    t = np.arange(1260 * 3) / 1260
    inner = slice(100, -100)
    np.testing.assert_allclose(back.signals[0].data[: len(t)][inner], 1e6 * np.sin(2 * np.pi * 5 * t)[inner], atol=500)


def test_one_sample_is_a_file_and_none_is_a_sentence(tmp_path: Path) -> None:
    back, _ = exported(tmp_path, Imported((made_lab.analog("a", 10.0, np.ones((1, 1))),)), "edf")
    assert back.signals[0].data[0] == pytest.approx(1e6, rel=1e-4)
    empty = made_lab.recording(tmp_path / "empty.h5", Imported((made_lab.analog("a", 100.0, np.ones((0, 2))),)))
    with pytest.raises(ExportError, match="no stream of numbers at a rate"):
        export_recording(empty, "bdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.h5", "x.edf", "x.h5"]


@pytest.mark.rig
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    samples = np.zeros((600_000, 8))
    path = made_lab.recording(tmp_path / "x.h5", Imported((made_lab.analog("a", 1000.0, samples),)))
    tracemalloc.start()
    export_recording(path, "bdf")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < samples.nbytes / 2


@pytest.mark.parametrize("name", ["bdf", "edf"])
def test_a_channel_without_a_number_marks_no_other_as_bad(tmp_path: Path, name: str) -> None:
    values = np.sin(np.arange(3000.0))[:, None] * [1.0, np.nan]
    values[500:510, 0] = np.inf
    back, said = exported(tmp_path, Imported((made_lab.analog("a", 1000.0, values),)), name)
    (note,) = back.annotations
    assert (note.onset, note.duration) == pytest.approx((0.5, 0.01))
    assert any("a1 has no number at all" in text for text in said)
    assert any("10 samples are infinite" in text for text in said)


def test_numbers_without_measure_are_cut_and_said(tmp_path: Path) -> None:
    values = np.full((100, 1), 1e301)
    values[0] = 0.0
    back, said = exported(tmp_path, Imported((made_lab.analog("a", 100.0, values),)), "bdf")
    assert back.signals[0].data[1] == pytest.approx(1e300)
    assert any("beyond 1e300" in text for text in said)
