"""Results go into a copy that takes the recording's place when it has verified; raw data stay as they were."""

import json
import os
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made import flip, plate

import groundup
from groundup.analysis.metrics.curves import MeanCurve
from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import AnalysisResult
from groundup.model.events import Event, Trial
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.recording import RecordingError, atomic
from groundup.recording.results import MetricOrigin, Provenance, ResultsError, SignalOrigin, write_results
from groundup.recording.verify import verify
from groundup.workflows.export import export_recording

ENVELOPE = Signal(
    "emg.envelope",
    "envelope",
    np.arange(20.0),
    np.append(np.random.default_rng(0).standard_normal(39), np.nan).reshape(20, 2),
    (Channel("EMG 1", "V", "gluteus_medius", "L"), Channel("b")),
    100.0,
    plate(),
    ("emg",),
    {"delay_s": 0.02, "filter": "Butterworth", "kind": "taken"},
)
CURVE = MeanCurve("emg", "soleus", "L", "stride", "V", 2, np.linspace(0.0, 1.0, 101), np.linspace(1.0, 2.0, 101))
RESULT = AnalysisResult(
    signals=(ENVELOPE,),
    events=(Event(2.0, "FO", "R"), Event(1.0, "IC", "R", "plate:1", 0.9, "walk"), Event(3.0, "marker", source="ä\0b")),
    trials=(Trial(0.0, 9.0, "walk", "usual"),),
    rows=(
        MetricRow("cadence", 1.0, 2.0, "walk", 0, "R", 1.25, "1/min", "ok"),
        MetricRow("cadence", 2.0, 3.0, "walk", 1, "L", np.nan, "1/min", "not computable, because there is a gap"),
    ),
    notes=("emg_envelope of s01: not computable, because the rate is too low",),
    curves=(CURVE,),
)
ORIGIN = Provenance(
    metrics={
        "cadence": MetricOrigin("steps a minute", "gait", "1.2", {"threshold_N": 20.0}, ("grf",), source="Winter 1991"),
        "sway_path": MetricOrigin("no stance was seen"),
    },
    signals={"emg.envelope": SignalOrigin("emg_envelope", "0.1", {"low_hz": 6.0})},
    software={"plugin-x": "3"},
)


def write(path: Path, result: AnalysisResult = RESULT, origin: Provenance | None = ORIGIN) -> None:
    write_results(path, result, origin)


def test_results_come_back_as_they_were_computed(sealed: Path) -> None:
    write(sealed)
    assert verify(sealed) == []
    with groundup.open(sealed) as recording:
        back = recording.processed["emg.envelope"]
        assert back.samples.tobytes() == ENVELOPE.samples.tobytes()
        assert (back.kind, back.rate, back.plate, back.channels) == ("envelope", 100.0, plate(), ENVELOPE.channels)
        assert back.inputs == ("emg",)
        assert back.attrs["delay_s"] == 0.02
        assert back.attrs["signal.kind"] == "taken"
        assert back.attrs["plugin"] == "emg_envelope"
        assert back.attrs["parameters"] == {"low_hz": 6.0}
        assert recording.events["kind"].tolist() == ["IC", "FO", "marker"]
        assert recording.event_list()[0] == RESULT.events[1]
        assert recording.trial_list() == list(RESULT.trials)
        table = recording.metrics["cadence"]
        assert table["value"].iloc[0] == 1.25
        assert np.isnan(table["value"].iloc[1])
        assert table.attrs["source"] == "Winter 1991"
        assert table.attrs["parameters"] == {"threshold_N": 20.0}
        assert len(recording.metrics["sway_path"]) == 0
        assert recording.curves["percent"].tolist() == list(range(101))
        assert recording.curves["mean"].to_numpy() == pytest.approx(CURVE.mean, abs=0.0)
        assert recording.curves["sd"].to_numpy() == pytest.approx(np.sqrt(CURVE.squares), abs=0.0)
        assert set(recording.curves["name"] + recording.curves["side"]) == {"soleusL"}
        assert recording.software["plugin-x"] == "3"
        assert recording.software["liblsl"] == "1.18"
        assert recording.notes == RESULT.notes


def test_mean_curves_are_exported_as_they_are_stored(sealed: Path) -> None:
    write(sealed)
    folder, _ = export_recording(sealed, "csv")
    table = pd.read_csv(folder / "curves.csv")
    with groundup.open(sealed) as recording:
        for column in ("what", "name", "side", "of", "unit", "count", "percent", "mean", "sd"):
            assert table[column].tolist() == recording.curves[column].tolist()


def test_pandas_and_h5py_read_results_without_our_help(sealed: Path) -> None:
    write(sealed)
    assert pd.read_hdf(sealed, "/curves")["unit"].tolist() == ["V"] * 101
    assert pd.read_hdf(sealed, "/events")["source"].tolist() == ["plate:1", "", "ä�b"]
    assert pd.read_hdf(sealed, "/metrics/cadence")["status"].tolist()[0] == "ok"
    assert pd.read_hdf(sealed, "/trials")["condition"].tolist() == ["usual"]
    with h5py.File(sealed) as file:
        assert json.loads(file["metrics/cadence"].attrs["inputs"]) == ["grf"]


def raw(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    def add(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and name.split("/")[0] in ("lab", "streams", "sync", "ledger"):
            found[name] = item[...].tobytes()

    with h5py.File(path) as file:
        file.visititems(add)
    return found


def test_raw_data_stay_as_they_were(sealed: Path) -> None:
    before = raw(sealed)
    write(sealed)
    assert raw(sealed) == before


def test_a_second_analysis_replaces_the_first_and_the_file_does_not_grow(sealed: Path) -> None:
    sizes = []
    for _ in range(4):
        write(sealed)
        sizes.append(sealed.stat().st_size)
    # Attributes that are there already take a little more room than new ones; after that not a byte.
    assert sizes[1:] == [sizes[1]] * 3
    assert abs(sizes[1] - sizes[0]) < 200
    write(sealed, AnalysisResult(), None)
    with groundup.open(sealed) as recording:
        assert len(recording.events) == len(recording.metrics) == len(recording.processed) == 0
    assert verify(sealed) == []


def test_damaged_raw_data_are_never_passed_on(sealed: Path) -> None:
    flip(sealed, "/streams/plate/samples")
    before = sealed.read_bytes()
    with pytest.raises((ResultsError, OSError), match=r"x\.h5"):
        write(sealed)
    assert sealed.read_bytes() == before
    assert os.listdir(sealed.parent) == ["x.h5"]


def test_a_full_disk_leaves_the_recording_as_it_was(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sealed.read_bytes()

    def full(self: atomic.Sink, data: object) -> int:
        self.error = OSError(28, "No space left on device")
        return len(memoryview(data).cast("B"))  # type: ignore[arg-type]

    monkeypatch.setattr(atomic.Sink, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write(sealed)
    assert sealed.read_bytes() == before
    assert os.listdir(sealed.parent) == ["x.h5"]


def test_names_that_hdf5_cannot_hold_are_refused(sealed: Path) -> None:
    with pytest.raises(ResultsError, match="'a/b' cannot be the name"):
        write(sealed, replace(RESULT, signals=(replace(ENVELOPE, id="a/b"),)))
    with pytest.raises(ResultsError, match="two signals"):
        write(sealed, replace(RESULT, signals=(ENVELOPE, ENVELOPE)))


def test_results_of_no_recording_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="does not exist"):
        write(tmp_path / "none.h5")
