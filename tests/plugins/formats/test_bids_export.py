"""A recording becomes a BIDS data set without an error, whose files other readers find equal and in sync."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pandas as pd
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Channel, Floats, Imported, ImportedStream, StreamSpec
from groundup.recording import Recording
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.testing.recordings import awkward_recording
from groundup.workflows.export import ExportError, export_recording

VALIDATOR = Path(sys.executable).parent / "bids-validator-deno"
CHOSEN = ("bids.task=walk", "bids.reference=bipolar", "bids.mains_hz=50", "bids.placement=SENIAM, by palpation")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    """A recording of a known moment, its data set, and what was said."""
    path = tmp_path_factory.mktemp("bids") / "x.h5"
    lab = made_lab.lab()
    source = source_from_import(replace(lab, streams=(*lab.streams, made_lab.trial())))
    seal(replace(source, started_utc="2026-03-04T05:06:07+00:00", clock_origin=2.25, participant_id="P_07"), path)
    out, left_out = export_recording(path, "bids", options=CHOSEN)
    return path, out, left_out


def errors(folder: Path) -> list[dict[str, Any]]:
    if not VALIDATOR.exists():
        pytest.skip("the bids-validator-deno wheel is not installed")
    nowhere = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY")}  # the schema is in the wheel
    run = subprocess.run(
        [VALIDATOR, "--format", "json", folder], capture_output=True, text=True, env=os.environ | nowhere, check=False
    )
    issues = json.loads(run.stdout)["issues"]["issues"]
    assert issues
    return [issue for issue in issues if issue["severity"] == "error"]


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", keep_default_na=False)


def numbers(path: Path) -> Floats:
    return pd.read_csv(path, sep="\t", header=None, na_values="n/a").to_numpy(np.float64)


@pytest.mark.rig
def test_the_validator_finds_no_error(made: tuple[Path, Path, list[str]]) -> None:
    assert not errors(made[1])


@pytest.mark.rig
def test_nor_in_what_a_format_stumbles_over_when_nobody_said_what_bids_asks_for(tmp_path: Path) -> None:
    out, left_out = export_recording(awkward_recording(tmp_path), "bids")
    assert not errors(out)
    assert any("BIDS asks for task, reference, mains_hz, placement, and nobody told" in text for text in left_out)
    assert any("scans.tsv has no acq_time" in text for text in left_out)


def test_emg_is_bdf_with_muscles_and_what_the_lab_said(made: tuple[Path, Path, list[str]]) -> None:
    edfio = pytest.importorskip("edfio", reason="edfio is not installed")
    folder = made[1] / "sub-P07" / "emg"
    back = edfio.read_bdf(folder / "sub-P07_task-walk_emg.bdf")
    channels = table(folder / "sub-P07_task-walk_channels.tsv")
    assert channels["name"].tolist() == [signal.label for signal in back.signals] == ["SOL L", "M. tibialis"]
    assert channels["target_muscle"].tolist() == ["left soleus", "n/a"]
    assert channels["units"].tolist() == [signal.physical_dimension for signal in back.signals] == ["mV", "mV"]
    with Recording(made[0]) as recording:
        values = recording.streams["emg"].samples[:]
    np.testing.assert_allclose(back.signals[0].data[: len(values)], values[:, 0], atol=1e-6)
    sidecar = json.loads((folder / "sub-P07_task-walk_emg.json").read_text())
    assert sidecar["EMGReference"] == "bipolar"
    assert sidecar["PowerLineFrequency"] == 50
    assert sidecar["EMGPlacementSchemeDescription"] == "SENIAM, by palpation"
    assert sidecar["SyncCertificate"]["reason"].startswith("no clock was measured")
    electrodes = table(folder / "sub-P07_electrodes.tsv")
    assert electrodes[["name", "site", "side"]].values.tolist() == [
        ["SOL L", "soleus", "L"],
        ["M. tibialis", "n/a", "n/a"],
    ]


def test_motion_reads_back_to_the_bit_with_the_time_of_each_sample(made: tuple[Path, Path, list[str]]) -> None:
    folder = made[1] / "sub-P07" / "motion"
    with Recording(made[0]) as recording:
        for key in ("mocap", "imu"):
            back = numbers(folder / f"sub-P07_task-walk_tracksys-{key}_motion.tsv")
            stream = recording.streams[key]
            np.testing.assert_array_equal(back[:, 1:].astype(stream.samples.dtype), stream.samples[:])
            np.testing.assert_array_equal(back[:, 0], stream.time - made_lab.START)
    channels = table(folder / "sub-P07_task-walk_tracksys-mocap_channels.tsv")
    assert channels["tracked_point"].tolist() == ["n/a", *["LHEE"] * 3, *["RHEE"] * 3]
    assert channels["component"].tolist() == ["n/a", *"xyzxyz"]
    assert set(channels["type"]) == {"LATENCY", "POS"}


def test_plates_are_physio_on_even_times_with_their_place(made: tuple[Path, Path, list[str]]) -> None:
    stem = made[1] / "sub-P07" / "emg" / "sub-P07_task-walk_recording-plateLeft_physio"
    sidecar = json.loads(stem.with_suffix(".json").read_text())
    assert (sidecar["SamplingFrequency"], sidecar["StartTime"]) == (1000, 0)
    assert sidecar["Columns"][2] == "P1 Fz"
    assert sidecar["P1 Fz"]["Units"] == "N"
    assert sidecar["ForcePlate"]["corners_m"] == [list(corner) for corner in made_lab.CORNERS]
    np.testing.assert_array_equal(numbers(stem.with_suffix(".tsv.gz")), made_lab.forces(made_lab.times(1000.0)))


def test_all_files_begin_when_scans_say_and_events_lie_where_they_were(made: tuple[Path, Path, list[str]]) -> None:
    folder = made[1] / "sub-P07"
    scans = table(folder / "sub-P07_scans.tsv")
    assert set(scans["acq_time"]) == {"2026-03-04T05:06:07.250000Z"}  # 0.25 s after it began
    assert len(scans) == 3
    events = table(folder / "emg" / "sub-P07_task-walk_events.tsv")
    found = events[events["trial_type"] != "trial"]
    np.testing.assert_allclose(found["onset"], [e.time - made_lab.START for e in made_lab.EVENTS], atol=1e-12)
    assert found["trial_type"].tolist() == [event.kind for event in made_lab.EVENTS]
    assert found["value"].tolist()[-1] == "Türe zu"
    trial = events[events["trial_type"] == "trial"].iloc[0]
    assert (trial["value"], trial["condition"], round(trial["duration"], 9)) == ("walk", "usual", 3.2)
    assert any("the participant is sub-P07" in text for text in made[2])


@pytest.mark.rig
def test_a_drifting_plate_is_put_on_even_times_and_motion_is_not(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab(grid=False))
    out, left_out = export_recording(path, "bids", options=CHOSEN)
    back = numbers(out / "sub-unknown" / "motion" / "sub-unknown_task-walk_tracksys-imu_motion.tsv")
    with Recording(path) as recording:
        start = min(stream.time[0] for stream in recording.streams.values())
        np.testing.assert_allclose(back[:, 0] + start, recording.streams["imu"].time, atol=1e-12)
    assert any("emg: resampled from" in text for text in left_out)
    assert not any("imu: resampled" in text for text in left_out)


def test_two_ids_of_one_label_and_numbers_that_are_none_are_kept_apart(tmp_path: Path) -> None:
    spec = StreamSpec("a", "IMU", 100.0, "float32", (Channel("acc\tx", "g"), Channel("acc\tx", "g")))
    samples = np.array([[1.5, np.nan], [np.inf, -np.inf], [2.0, 0.1]], np.float32)
    times = np.arange(3) / 100.0
    imported = Imported((ImportedStream("a_b", spec, samples, times), ImportedStream("aB", spec, samples, times)))
    out, _ = export_recording(made_lab.recording(tmp_path / "x.h5", imported), "bids")
    folder = out / "sub-unknown" / "motion"
    names = sorted(path.name for path in folder.glob("*_motion.tsv"))
    assert names == [f"sub-unknown_task-unspecified_tracksys-{key}_motion.tsv" for key in ("aB2", "aB")]
    lines = (folder / names[0]).read_text().splitlines()
    assert [line.split("\t")[1:] for line in lines] == [["1.5", "n/a"], ["n/a", "n/a"], ["2", "0.100000001"]]
    assert table(folder / names[0].replace("motion.tsv", "channels.tsv"))["name"].tolist()[1:] == ["acc x", "acc x (2)"]


@pytest.mark.rig
def test_electrodes_of_two_emg_streams_have_names_of_their_own(tmp_path: Path) -> None:
    channels = (Channel("CH1", "V"), Channel("the same 16 letters A", "V"), Channel("the same 16 letters B", "V"))
    spec = StreamSpec("a", "EMG", 100.0, "float32", channels)
    samples, times = np.ones((200, 3), np.float32), np.arange(200) / 100.0
    imported = Imported(tuple(ImportedStream(key, spec, samples, times) for key in ("left", "right")))
    out, _ = export_recording(made_lab.recording(tmp_path / "x.h5", imported), "bids", options=CHOSEN)
    folder = out / "sub-unknown" / "emg"
    names = table(folder / "sub-unknown_electrodes.tsv")["name"]
    assert len(names) == len(set(names)) == 6
    told = []
    for key in ("left", "right"):
        rows = table(folder / f"sub-unknown_task-walk_recording-{key}_channels.tsv")
        labels = [s.label for s in edfio.read_bdf(folder / f"sub-unknown_task-walk_recording-{key}_emg.bdf").signals]
        assert rows["name"].tolist() == labels
        told += rows["signal_electrode"].tolist()
    assert told == names.tolist()
    assert errors(out) == []


def test_without_a_stream_of_numbers_there_is_a_sentence_and_nothing_else(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", Imported((made_lab.trial(),)))
    with pytest.raises(ExportError, match="nothing to put into BIDS"):
        export_recording(path, "bids")
    assert [one.name for one in tmp_path.iterdir()] == ["x.h5"]
