"""A recording becomes a C3D file that others read: plates, channels, markers and events as they were."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import c3d
import ezc3d
import numpy as np
import pytest
from tests.plugins.formats import made_lab

from groundup.model.event_json import event_from_marker
from groundup.plugin import Channel, Event, Imported, ImportedStream, Plate, StreamSpec, event_json
from groundup.recording import Recording
from groundup.workflows.export import ExportError, export_recording
from groundup_plugins.formats.c3d.plugin import C3DImporter

DATA = Path(__file__).parents[4] / "shared" / "data"
FILES = sorted(DATA.rglob("*.c3d")) or [DATA / "none.c3d"]


def there_and_back(folder: Path, made: Imported) -> tuple[Path, dict[str, ImportedStream], list[str]]:
    out, left_out = export_recording(made_lab.recording(folder / "a.h5", made), "c3d")
    back = C3DImporter().read(out)
    assert not back.faults
    return out, {stream.id: stream for stream in back.streams}, left_out


def events_in(stream: ImportedStream) -> list[Event]:
    return [event_from_marker(row[0], float(t), "x") for t, row in zip(stream.timestamps, stream.samples, strict=True)]


def ezc3d_of(path: Path) -> Any:
    return ezc3d.c3d(str(path), extract_forceplat_data=True)


@pytest.mark.rig
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_file_survives_import_export_import(path: Path, tmp_path: Path) -> None:
    if not path.exists():
        pytest.skip("the project's data are not here")
    before = C3DImporter().read(path)
    _, back, _ = there_and_back(tmp_path, before)
    start = min(stream.timestamps[0] for stream in before.streams if stream.spec.format != "string")
    assert [stream.id for stream in before.streams] == list(back)
    for stream in before.streams:
        again = back[stream.id]
        assert again.spec.channels == stream.spec.channels
        assert again.spec.rate == stream.spec.rate
        np.testing.assert_allclose(again.timestamps, stream.timestamps - start, rtol=0, atol=2e-6)
        if stream.spec.kind == "model":
            np.testing.assert_array_equal(again.samples, stream.samples)
        elif isinstance(stream.samples, np.ndarray):
            np.testing.assert_array_equal(again.samples, stream.samples.astype(np.float32))  # what C3D can hold
            if stream.spec.plate is not None:
                assert again.spec.plate is not None
                assert again.spec.plate.type == stream.spec.plate.type
                np.testing.assert_allclose(again.spec.plate.corners_m, stream.spec.plate.corners_m, atol=1e-6)
                np.testing.assert_allclose(again.spec.plate.origin_m, stream.spec.plate.origin_m, atol=1e-6)
        else:
            kinds = [(event.kind, event.side, event.text) for event in events_in(stream)]
            assert [(event.kind, event.side, event.text) for event in events_in(again)] == kinds


def test_streams_on_one_clock_come_back_as_they_were(tmp_path: Path) -> None:
    made = made_lab.lab()
    _, back, left_out = there_and_back(tmp_path, made)
    t = made_lab.times(1000.0)
    mocap = next(s for s in made.streams if s.id == "mocap")
    np.testing.assert_array_equal(back["mocap"].samples, np.asarray(mocap.samples).astype(np.float32))
    emg = next(s for s in made.streams if s.id == "emg")
    np.testing.assert_array_equal(back["emg"].samples, emg.samples)
    assert [c.label for c in back["emg"].spec.channels] == ["SOL L", "Μ. tibialis"]
    # The plate is at half the analog rate: resampled, and said. A sway is no faster than the pass band.
    assert any("plate_left: resampled from 1000 Hz to 2000 Hz" in text for text in left_out)
    every_second = np.asarray(back["plate_1"].samples)[::2]
    expected = made_lab.forces(t) * [1, 1, 1, 1000, 1000, 1000]
    inner = slice(100, -100)
    np.testing.assert_allclose(every_second[inner], expected[inner], rtol=2e-4, atol=0.05)


def test_forces_and_pressure_are_right_to_what_32_bits_hold(tmp_path: Path) -> None:
    whole = made_lab.lab()
    made = Imported(tuple(s for s in whole.streams if s.id in ("plate_left", "mocap")), whole.subject)
    out, back, left_out = there_and_back(tmp_path, made)
    t = made_lab.times(1000.0)
    expected = made_lab.forces(t)
    samples = np.asarray(back["plate_1"].samples) / [1, 1, 1, 1000, 1000, 1000]
    np.testing.assert_allclose(samples, expected, rtol=6e-8, atol=1e-6)
    assert not any("resampled" in text for text in left_out)
    assert any("32-bit" in text for text in left_out)
    assert back["plate_1"].spec.plate == Plate(2, made_lab.CORNERS, (0.0, 0.0, -0.04))
    # What ezc3d makes of it, in the lab: the force as it is signed in the channels, and where it acts.
    (plate,) = ezc3d_of(out)["data"]["platform"]
    in_lab = expected[:, :3] * [1.0, -1.0, -1.0]
    np.testing.assert_allclose(plate["force"].T, in_lab, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(plate["center_of_pressure"].T[:, :2] / 1000.0, made_lab.centre_in_lab(t), atol=1e-6)


@pytest.mark.rig
def test_two_other_readers_see_the_same_channels_and_plates(tmp_path: Path) -> None:
    out, _, _ = there_and_back(tmp_path, made_lab.lab())
    one = ezc3d_of(out)
    with out.open("rb") as file, np.errstate(invalid="ignore"):
        reader = c3d.Reader(file)
        frames = list(reader.read_frames())
    assert len(frames) == one["data"]["points"].shape[2] == 400
    analog = np.hstack([analog for _, _, analog in frames])
    np.testing.assert_allclose(analog, one["data"]["analogs"][0], rtol=1e-6, equal_nan=True)
    for name, kind in (("TYPE", "int16"), ("CHANNEL", "int16"), ("CORNERS", "float"), ("ORIGIN", "float")):
        theirs = getattr(reader.get(f"FORCE_PLATFORM:{name}"), f"{kind}_array")
        ours = np.asarray(one["parameters"]["FORCE_PLATFORM"][name]["value"])
        np.testing.assert_allclose(np.ravel(np.asarray(theirs)), np.ravel(ours.T if theirs.ndim > 1 else ours))
    assert one["parameters"]["POINT"]["LABELS"]["value"] == ["LHEE", "RHEE"]
    unseen = np.isnan(one["data"]["points"][0, 1])
    assert np.flatnonzero(unseen).tolist() == list(range(20, 30))


def model(units: dict[str, str], samples: np.ndarray) -> ImportedStream:
    channels = tuple(
        Channel(f"{label}.{axis}", unit, "ankle" if "Ankle" in label else "", "L" if label[0] == "L" else "")
        for label, unit in units.items() for axis in "xyz"
    )  # fmt: skip
    spec = StreamSpec("Model", "Model", 100.0, "double64", channels, "x")
    return ImportedStream("model", spec, samples, made_lab.times(100.0))


@pytest.mark.rig
def test_outputs_of_a_model_are_points_of_their_groups_and_come_back(tmp_path: Path) -> None:
    units = {"LAnkleAngles": "rad", "LAnkleMoment": "N·m/kg", "LAnklePower": "W/kg", "LAnkleForce": "N/kg",
             "Speed": "m/s", "RNormalisedGRF": "%", "CentreOfMass": "mm"}  # fmt: skip
    samples = np.random.default_rng(1).standard_normal((400, 3 * len(units)))
    samples[10:20, :3] = np.nan
    samples[30:40, 6:8] = np.nan  # a power has one axis
    made = made_lab.lab()
    out, back, said = there_and_back(tmp_path, replace(made, streams=(*made.streams, model(units, samples))))
    assert back["model"].spec.channels == model(units, samples).spec.channels
    np.testing.assert_allclose(back["model"].samples, samples, rtol=1e-7)
    assert "analog" not in [text.split(":")[0] for text in said]
    point = ezc3d_of(out)["parameters"]["POINT"]
    for group, labels, name, unit in (
        ("ANGLES", ["LAnkleAngles"], "ANGLE_UNITS", "deg"), ("MOMENTS", ["LAnkleMoment"], "MOMENT_UNITS", "Nmm/kg"),
        ("POWERS", ["LAnklePower"], "POWER_UNITS", "W/kg"), ("SCALARS", ["Speed"], "SCALAR_UNITS", "m/s"),
    ):  # fmt: skip
        assert point[group]["value"] == labels
        assert point[name]["value"] == [unit]
    degrees = ezc3d_of(out)["data"]["points"][:3, point["LABELS"]["value"].index("LAnkleAngles"), 100]
    np.testing.assert_allclose(degrees, np.degrees(samples[100, :3]), rtol=1e-6)


def test_an_output_whose_unit_has_no_group_left_is_an_analog_channel_and_said(tmp_path: Path) -> None:
    samples = np.ones((400, 9))
    made = Imported((model({"A": "m/s", "B": "1/s", "C": "rad"}, samples),))
    _, back, said = there_and_back(tmp_path, made)
    assert [c.label for c in back["model"].spec.channels] == ["A.x", "A.y", "A.z", "C.x", "C.y", "C.z"]
    assert any("B is in the analog channels" in text for text in said)
    assert [c.unit for c in back["analog"].spec.channels] == ["1/s"] * 3


def test_opensim_reads_the_plates(tmp_path: Path, opensim: Any) -> None:
    if not hasattr(opensim, "C3DFileAdapter"):
        pytest.skip("this opensim was built without its reader of C3D")
    out, _, _ = there_and_back(tmp_path, made_lab.lab())
    tables = opensim.C3DFileAdapter().read(str(out))
    markers = tables["markers"]
    assert list(markers.getColumnLabels()) == ["LHEE", "RHEE"]
    forces = tables["forces"]
    assert list(forces.getColumnLabels()) == ["f1", "p1", "m1"]
    row = forces.getRowAtIndex(forces.getNumRows() // 2)
    assert 660 < abs(row[0].get(2)) < 740


@pytest.mark.rig
def test_events_keep_time_side_and_name(tmp_path: Path) -> None:
    out, back, _ = there_and_back(tmp_path, made_lab.lab())
    found = events_in(back["events"])
    assert [(e.kind, e.side, e.text) for e in found] == [(e.kind, e.side, e.text) for e in made_lab.EVENTS]
    expected = [np.float32(event.time - made_lab.START) for event in made_lab.EVENTS]
    assert [np.float32(event.time) for event in found] == expected  # to the bit of what the format holds
    events = ezc3d_of(out)["parameters"]["EVENT"]
    assert events["CONTEXTS"]["value"] == ["Left", "Left", "Right", "Right", "General"]
    assert events["LABELS"]["value"] == ["Foot Strike", "Foot Off", "Foot Strike", "Foot Off", "Türe zu"]


@pytest.mark.rig
def test_hundreds_of_events_go_on_in_a_second_table(tmp_path: Path) -> None:
    times = 0.5 + np.arange(2100) * 0.05
    texts = [[event_json(Event(float(t), "IC", "LR"[k % 2], "file"))] for k, t in enumerate(times)]  # type: ignore[arg-type]
    said = ImportedStream("said", StreamSpec("E", "Markers", 0.0, "string", (Channel("e"),)), texts, times)
    made = Imported((made_lab.analog("a", 100.0, np.zeros((12000, 1))), said))
    _, back, left_out = there_and_back(tmp_path, made)
    assert len(events_in(back["events"])) == 2000
    assert any("100 of 2100 events are not in the file" in text for text in left_out)


def test_more_frames_than_16_bits_count(tmp_path: Path) -> None:
    values = np.arange(70_000.0)[:, None]
    out, back, _ = there_and_back(tmp_path, Imported((made_lab.analog("a", 100.0, values),)))
    np.testing.assert_array_equal(back["analog"].samples, values)
    assert ezc3d_of(out)["data"]["analogs"].shape == (1, 1, 70_000)


@pytest.mark.rig
def test_certificates_method_and_ledger_travel_along(tmp_path: Path) -> None:
    out, _, _ = there_and_back(tmp_path, made_lab.lab(grid=False))
    ours = ezc3d_of(out)["parameters"]["GROUNDUP"]
    with Recording(tmp_path / "a.h5") as recording:
        certificates = json.loads("".join(ours["CERTIFICATES"]["value"]))
        assert [one["stream"] for one in certificates] == list(recording.streams)
        assert certificates[0]["reason"] == recording.streams["plate_left"].certificate.reason
        assert ours["RECORDING_ID"]["value"] == [recording.id]
        assert (
            len(json.loads("".join(ours["LEDGER"]["value"]))) == len(recording.ledger)
            if len(recording.ledger)
            else True
        )
    assert any("resampled" in text for text in json.loads("".join(ours["METHOD"]["value"])))


def test_gaps_are_gaps_and_are_said(tmp_path: Path) -> None:
    stream = made_lab.analog("a", 100.0, np.ones((400, 1)))
    kept = np.r_[0:200, 260:400]
    gap = ImportedStream("a", stream.spec, np.asarray(stream.samples)[kept], stream.timestamps[kept])
    _, back, left_out = there_and_back(tmp_path, Imported((gap,)))
    assert np.flatnonzero(np.isnan(np.asarray(back["analog"].samples)[:, 0])).tolist() == list(range(200, 260))
    assert any("60 analog samples are missing" in text for text in left_out)


def test_one_sample_is_a_file_and_none_is_a_sentence(tmp_path: Path) -> None:
    _, back, _ = there_and_back(tmp_path, Imported((made_lab.analog("a", 100.0, np.ones((1, 2))),)))
    assert np.asarray(back["analog"].samples).tolist() == [[1.0, 1.0]]
    empty = made_lab.recording(tmp_path / "empty.h5", Imported((made_lab.analog("a", 100.0, np.ones((0, 2))),)))
    with pytest.raises(ExportError, match="no stream of numbers at a rate"):
        export_recording(empty, "c3d")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.c3d", "a.h5", "empty.h5"]


def test_long_names_are_cut_between_letters_and_stay_apart(tmp_path: Path) -> None:
    made = made_lab.analog("a", 100.0, np.ones((20, 300)), label="頭" * 40)
    out, back, left_out = there_and_back(tmp_path, Imported((made,)))
    labels = [channel.label for channel in back["analog"].spec.channels]
    assert len(set(labels)) == 300
    assert all("�" not in label and len(label.encode()) <= 64 for label in labels)
    assert any("300 labels are longer" in text for text in left_out)
    assert ezc3d_of(out)["data"]["analogs"].shape[1] == 300


@pytest.mark.rig
def test_too_many_channels_are_a_sentence_and_leave_nothing(tmp_path: Path) -> None:
    made = made_lab.analog("a", 100.0, np.ones((3, 1900)), label="a long name of a channel " * 2)
    with pytest.raises(ExportError, match="too many channels"):
        there_and_back(tmp_path, Imported((made,)))
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


def test_what_stops_it_leaves_nothing_behind(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "a.h5", made_lab.lab())

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_recording(path, "c3d", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.rig
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    peaks = []
    for seconds in (30, 90):
        streams = (
            made_lab.analog("a", 1000.0, np.zeros((1000 * seconds, 8))),
            made_lab.analog("b", 200.0, np.zeros((200 * seconds, 8)), "b", 0.0012),
        )
        path = made_lab.recording(tmp_path / f"{seconds}.h5", Imported(streams))
        del streams
        tracemalloc.start()
        export_recording(path, "c3d")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_numbers_that_c3d_cannot_hold_are_said(tmp_path: Path) -> None:
    values = np.array([[1.0], [1e300], [np.inf], [np.nan]] * 25)
    _, left_out = export_recording(
        made_lab.recording(tmp_path / "a.h5", Imported((made_lab.analog("a", 100.0, values),))), "c3d"
    )
    assert "25 numbers are beyond 3.4e38 and stand as infinity: C3D has no greater ones" in left_out
