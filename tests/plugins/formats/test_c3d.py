"""The C3D importer on real files and on odd ones made for the purpose."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from groundup.plugin import Imported, ImportedStream
from groundup_plugins.formats.c3d.model import read_model
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.formats.c3d.remarks import Remarks

ezc3d = pytest.importorskip("ezc3d")


def stream(imported: Imported, key: str) -> ImportedStream:
    return next(s for s in imported.streams if s.id == key)


def ids(imported: Imported) -> list[str]:
    return [s.id for s in imported.streams]


def write(
    path: Path,
    *,
    labels: tuple[str, ...] = (),
    units: tuple[str, ...] = (),
    markers: tuple[str, ...] = (),
    analog_per_frame: int = 10,
    frames: int = 20,
    parameters: dict[tuple[str, str], Any] | None = None,
) -> Path:
    """A C3D file of a ramp in every channel."""
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = markers
    points = np.ones((4, len(markers), frames))
    points[0] = np.arange(frames)
    file["data"]["points"] = points
    file["parameters"]["ANALOG"]["RATE"]["value"] = [100.0 * analog_per_frame if labels else 0.0]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = labels
    file["parameters"]["ANALOG"]["UNITS"]["value"] = units
    if labels:
        count = frames * analog_per_frame
        file["data"]["analogs"] = np.arange(len(labels))[None, :, None] + np.arange(count)[None, None, :] / 8.0
    for (group, name), value in (parameters or {}).items():
        # ezc3d writes no matrix of integers.
        matrix = isinstance(value, np.ndarray) and value.ndim > 1
        file.add_parameter(group, name, value.astype(float) if matrix else value)
    file.write(str(path))
    return path


PLATE = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
PLATE_UNITS = ("N", "N", "N", "NMM", "NMM", "NMM")


def plate_parameters(count: int = 1, kind: int = 2, channels: Any = None) -> dict[tuple[str, str], Any]:
    corners = np.array([[300.0, 200, 0], [-300, 200, 0], [-300, -200, 0], [300, -200, 0]]).T
    size = 8 if kind == 3 else 6
    wanted = np.arange(1, count * size + 1).reshape(count, size).T if channels is None else channels
    return {
        ("FORCE_PLATFORM", "USED"): [count],
        ("FORCE_PLATFORM", "TYPE"): [kind] * count,
        ("FORCE_PLATFORM", "CORNERS"): np.repeat(corners[:, :, None], count, axis=2),
        ("FORCE_PLATFORM", "ORIGIN"): np.repeat([[0.0], [0.0], [-40.0]], count, axis=1),
        ("FORCE_PLATFORM", "CHANNEL"): wanted,
    }


@pytest.mark.parametrize("name", ["HC002D06", "HC030A05", "HC031A06", "HC036A10"])
def test_values_are_the_files_own_and_time_is_the_events_time(shared: Path, name: str) -> None:
    path = shared / "walk_overground_c3d" / f"{name}.c3d"
    raw = ezc3d.c3d(str(path))
    imported = C3DImporter().read(path)
    assert ids(imported) == ["plate_1", "plate_2", "emg", "mocap", "model", "events"]
    analogs = raw["data"]["analogs"][0]
    for key, rows in (("plate_1", range(6)), ("plate_2", range(6, 12)), ("emg", range(12, 24))):
        found = stream(imported, key)
        np.testing.assert_array_equal(np.asarray(found.samples), analogs[list(rows)].T)
        assert [c.label for c in found.spec.channels] == raw["parameters"]["ANALOG"]["LABELS"]["value"][
            rows.start : rows.stop
        ]
        assert found.spec.rate == 1000.0
        assert found.timestamps[0] == pytest.approx(raw["header"]["points"]["first_frame"] / 100.0)
        assert found.spec.format == "double64"
    assert {c.site for c in stream(imported, "plate_2").spec.channels} == {"plate:2"}
    assert {c.site for c in stream(imported, "emg").spec.channels} == {""}
    told = stream(imported, "events")
    times = sorted(raw["parameters"]["EVENT"]["TIMES"]["value"][1])
    np.testing.assert_allclose(told.timestamps, times)
    events = [json.loads(row[0]) for row in told.samples]
    assert {e["source"] for e in events} == {"file"}
    assert {e["kind"] for e in events} == {"IC", "FO"}
    assert {e["side"] for e in events} == {"L", "R"}


def test_mass_and_height_come_from_the_file(shared: Path) -> None:
    subject = C3DImporter().read(shared / "walk_overground_c3d" / "HC002D06.c3d").subject
    assert subject.mass_kg == pytest.approx(32.1)
    assert subject.height_m == pytest.approx(1.45)
    unknown = C3DImporter().read(shared / "walk_two_plates_emg_c3d" / "Gait.c3d").subject
    assert np.isnan([unknown.mass_kg, unknown.height_m]).all()


def test_a_calibrated_plate_gives_what_ezc3d_computes(shared: Path) -> None:
    path = shared / "walk_two_plates_emg_c3d" / "Gait.c3d"
    peer = ezc3d.c3d(str(path), extract_forceplat_data=True)["data"]["platform"]
    for number, platform in enumerate(peer, 1):
        found = stream(C3DImporter().read(path), f"plate_{number}")
        plate = found.spec.plate
        assert plate is not None
        assert plate.calibration is not None
        forces = np.asarray(found.samples) @ np.array(plate.calibration).T
        np.testing.assert_allclose(np.abs(forces[:, 2]), np.abs(platform["force"][2]), atol=1e-6)


def test_modelled_outputs_are_no_markers(shared: Path) -> None:
    mocap = stream(C3DImporter().read(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d"), "mocap")
    labels = {c.label.split(".")[0] for c in mocap.spec.channels}
    assert {"LASIS", "RASIS"} <= labels
    assert not {label for label in labels if "Angle" in label or "Moment" in label or "Power" in label}


@pytest.mark.parametrize(
    "path", ["walk_splitbelt_c3d/treadmill_events.c3d", "walk_overground_c3d/HC002D06.c3d", "turns_c3d/HC031A23.c3d"]
)
def test_what_a_model_computed_is_a_stream_in_si_units(shared: Path, path: str) -> None:
    """By another reader: degrees in rad; what is called Nmm and W is for each kg, as the size of the forces tells."""
    imported = C3DImporter().read(shared / path)
    model = stream(imported, "model")
    assert (model.spec.type, model.spec.kind) == ("Model", "model")
    assert "MOMENTS Nmm, POWERS W" in model.spec.extra["declared_units"]
    file = ezc3d.c3d(str(shared / path))
    names = file["parameters"]["POINT"]
    labels = names["LABELS"]["value"] + names.get("LABELS2", {"value": []})["value"]
    samples, columns = np.asarray(model.samples), {c.label: (n, c) for n, c in enumerate(model.spec.channels)}
    for label, unit, factor, site in (
        ("LAnklePower", "W/kg", 1.0, "ankle"),
        ("RKneeMoment", "N·m/kg", 1e-3, "knee"),
        ("LHipAngles", "rad", math.pi / 180, "hip"),
        ("LGroundReactionForce", "N/kg", 1.0, ""),
    ):
        for axis, name in enumerate("xyz"):
            place, channel = columns[f"{label}.{name}"]
            assert (channel.unit, channel.site, channel.side) == (unit, site, label[0] if site else "")
            stored = file["data"]["points"][axis, labels.index(label)]
            np.testing.assert_allclose(samples[:, place], stored * factor, atol=1e-9)


def test_markers_and_modelled_outputs_are_all_points_of_the_file(shared: Path) -> None:
    imported = C3DImporter().read(shared / "walk_overground_c3d" / "HC002D06.c3d")
    points = [c.label.rsplit(".", 1)[0] for key in ("mocap", "model") for c in stream(imported, key).spec.channels]
    assert len(set(points)) == 286


def test_powers_of_whom_nobody_knows_how_heavy_get_no_site(tmp_path: Path) -> None:
    """Watts or watts a kilogram: with no force beside them nothing tells, and no metric takes them."""
    labels = ("LAnklePower", "HEEL")
    parameters = Parameters({"POINT": {"POWERS": ["LAnklePower"], "LABELS": list(labels)}})
    remarks = Remarks()
    model = read_model(parameters, labels, np.ones((5, 2, 3)), "a.c3d", remarks)
    assert model is not None
    assert {(c.unit, c.site) for c in model.channels} == {("W", "")}
    (note,) = remarks.notes
    assert "nothing tells whether that is for each kg" in note


@pytest.mark.parametrize(
    ("force", "power", "moment", "units", "kept"),
    [
        (11, 4, 1500, ("Nmm", "W"), {"N·m/kg", "W/kg"}),  # as Plug-in Gait has it
        (750, 280, 100_000, ("Nmm", "W"), {"N·m", "W"}),
        (750, 4, 100_000, ("Nmm", "W/kg"), {"N·m", "W/kg"}),
        (11, 4, 1500, ("Nm", "W"), {"W/kg"}),  # what is called Nm is Nmm
        (11, 4000, 1500, ("Nmm", ""), {"N·m/kg"}),  # milliwatts under no unit
        (750, 4, 1500, ("Nmm", "W"), set()),  # forces whole, the others for each kg
    ],
)
def test_moments_and_powers_that_do_not_fit_the_forces_have_no_site(
    force: float, power: float, moment: float, units: tuple[str, str], kept: set[str]
) -> None:
    labels = ["LGroundReactionForce", "LAnklePower", "LAnkleMoment"]
    said = {"FORCES": labels[:1], "POWERS": labels[1:2], "MOMENTS": labels[2:], "LABELS": labels}
    said |= {"MOMENT_UNITS": [units[0]], "POWER_UNITS": [units[1]]}
    points = np.zeros((200, 3, 3))
    points[:, range(3), (2, 2, 0)] = np.sin(np.linspace(0, np.pi, 200))[:, None] * [force, power, moment]
    points[70, 0, 2] = 8.0 * force  # a frame in which a marker was taken for another
    remarks = Remarks()
    model = read_model(Parameters({"POINT": said}), labels, points, "a.c3d", remarks)
    assert model is not None
    assert {c.unit for c in model.channels if c.site} == kept
    assert len(remarks.notes) == 2 - len(kept)


def test_a_point_that_was_not_seen_is_nan(tmp_path: Path) -> None:
    path = write(tmp_path / "a.c3d", markers=("HEEL", "TOE"))
    file = ezc3d.c3d(str(path))
    residuals = np.zeros((1, 2, 20))
    residuals[0, 1, 5] = -1
    file["data"]["points"][:3, 1, 5] = 0
    file["data"]["meta_points"]["residuals"] = residuals
    file.write(str(path))
    samples = np.asarray(stream(C3DImporter().read(path), "mocap").samples)
    assert np.isnan(samples[5, 3:]).all()
    assert np.isfinite(np.delete(samples, 5, axis=0)).all()
    np.testing.assert_array_equal(samples[:, 0], np.arange(20))


def test_markers_alone_are_read(tmp_path: Path) -> None:
    imported = C3DImporter().read(write(tmp_path / "a.c3d", markers=("HEEL",)))
    assert ids(imported) == ["mocap"]


def test_analog_alone_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.c3d", labels=(*PLATE, "L TA"), units=(*PLATE_UNITS, "mV"), parameters=plate_parameters())
    imported = C3DImporter().read(path)
    assert ids(imported) == ["plate_1", "emg"]
    plate = stream(imported, "plate_1").spec.plate
    assert plate is not None
    assert plate.corners_m[0] == pytest.approx((0.3, 0.2, 0.0))
    assert plate.origin_m == pytest.approx((0.0, 0.0, -0.04))
    assert [c.unit for c in stream(imported, "plate_1").spec.channels] == list(PLATE_UNITS)


def test_analog_runs_faster_than_the_frames(tmp_path: Path) -> None:
    imported = C3DImporter().read(
        write(tmp_path / "a.c3d", labels=("TA",), units=("V",), markers=("M",), analog_per_frame=20)
    )
    emg, mocap = stream(imported, "emg"), stream(imported, "mocap")
    assert emg.spec.rate == 2000.0
    assert mocap.spec.rate == 100.0
    np.testing.assert_allclose(emg.timestamps[::20], mocap.timestamps)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({("FORCE_PLATFORM", "USED"): [0]}, ""),
        ({("FORCE_PLATFORM", "TYPE"): [6]}, "type 6"),
        ({("FORCE_PLATFORM", "CHANNEL"): np.array([[1], [2], [3], [4], [5], [60]])}, "not in the file"),
        ({("FORCE_PLATFORM", "CHANNEL"): np.array([[0], [0], [0], [0], [0], [0]])}, "not in the file"),
    ],
)
def test_a_plate_that_cannot_be_read_leaves_its_channels_as_analog(
    tmp_path: Path, changed: dict[tuple[str, str], Any], note: str
) -> None:
    parameters = plate_parameters() | changed
    imported = C3DImporter().read(write(tmp_path / "a.c3d", labels=PLATE, units=PLATE_UNITS, parameters=parameters))
    assert ids(imported) == ["analog"]
    assert note in " ".join(imported.notes)


def test_a_plate_without_corners_is_read_and_said_so(tmp_path: Path) -> None:
    parameters = plate_parameters()
    del parameters[("FORCE_PLATFORM", "CORNERS")], parameters[("FORCE_PLATFORM", "ORIGIN")]
    imported = C3DImporter().read(write(tmp_path / "a.c3d", labels=PLATE, units=PLATE_UNITS, parameters=parameters))
    plate = stream(imported, "plate_1").spec.plate
    assert plate is not None
    assert plate.corners_m == ()
    assert "no corners" in imported.notes[0]


@pytest.mark.parametrize(
    ("label", "unit", "is_emg"),
    [
        ("Voltage.L Rect", "V", True),
        ("GLUTEUS_MAXIMUS", "uV", True),
        ("R soleus", "µV", True),
        ("EMG 3", "", True),
        ("Trigger", "V", False),
        ("ACC_X", "V", False),
        ("Footswitch L", "mV", False),
        ("Fz2", "V", False),
        ("Angle", "deg", False),
        ("spare", "", False),
    ],
)
def test_emg_is_told_from_other_analog_channels(tmp_path: Path, label: str, unit: str, is_emg: bool) -> None:
    imported = C3DImporter().read(write(tmp_path / "a.c3d", labels=(label,), units=(unit,)))
    assert ids(imported) == (["emg"] if is_emg else ["analog"])
    assert stream(imported, ids(imported)[0]).spec.channels[0].label == label


def test_events_of_any_wording_are_contacts_and_the_rest_are_markers(tmp_path: Path) -> None:
    labels = ["FOOT STRIKE", "Toe Off", "Heel_Strike", "RTO", "General remark"]
    parameters = {
        ("EVENT", "USED"): [5],
        ("EVENT", "CONTEXTS"): ["LEFT", "Right", "left", "", "General"],
        ("EVENT", "LABELS"): labels,
        ("EVENT", "TIMES"): np.array([[0, 0, 1, 0, 0], [0.5, 0.25, 2.0, 0.1, 0.3]], float),
    }
    imported = C3DImporter().read(write(tmp_path / "a.c3d", markers=("M",), parameters=parameters))
    told = stream(imported, "events")
    assert told.timestamps.tolist() == pytest.approx([0.1, 0.25, 0.3, 0.5, 62.0])
    events = [json.loads(row[0]) for row in told.samples]
    assert [(e["kind"], e["side"]) for e in events] == [
        ("FO", "R"),
        ("FO", "R"),
        ("marker", ""),
        ("IC", "L"),
        ("IC", "L"),
    ]
    assert "General remark" in events[2]["text"]


def test_two_people_have_no_one_mass(tmp_path: Path) -> None:
    path = write(tmp_path / "a.c3d", markers=("M",), parameters={("SUBJECTS", "MASS"): [60.0, 80.0]})
    imported = C3DImporter().read(path)
    assert np.isnan(imported.subject.mass_kg)
    assert "2 people" in imported.notes[0]


def test_a_file_with_nothing_in_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.c3d holds neither"):
        C3DImporter().read(write(tmp_path / "a.c3d"))


def test_a_file_that_is_no_c3d_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.c3d"
    path.write_bytes(b"not at all")
    with pytest.raises(ValueError, match=r"a\.c3d is not a C3D file"):
        C3DImporter().read(path)


@pytest.mark.parametrize("size", [0, 300, 1500])
def test_a_file_cut_before_its_data_says_so(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "a.c3d", labels=("TA",), units=("V",), markers=tuple(f"M{i}" for i in range(30)), frames=50)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"a\.c3d is (cut short|not a C3D)"):
        C3DImporter().read(path)


@pytest.mark.parametrize("name", ["HC030A05", "HC002D06"])
def test_of_a_file_cut_in_its_data_only_whole_frames_are_read(shared: Path, tmp_path: Path, name: str) -> None:
    original = shared / "walk_overground_c3d" / f"{name}.c3d"
    path = tmp_path / "a.c3d"
    path.write_bytes(original.read_bytes()[: original.stat().st_size // 2])
    cut, whole = C3DImporter().read(path), C3DImporter().read(original)
    assert "cut short" in cut.faults[0]
    for key in ("plate_1", "emg", "mocap"):
        part = np.asarray(stream(cut, key).samples)
        assert 0 < len(part) < len(whole.streams[0].samples)
        np.testing.assert_array_equal(part, np.asarray(stream(whole, key).samples)[: len(part)])
    assert len(stream(cut, "emg").samples) == 10 * len(stream(cut, "mocap").samples)
    (note,) = whole.notes
    assert "not kept: SUBJECTS" in note
    assert "PROCESSING (MARKERDIAMETER, INTERASISDISTANCE" in note  # what a model was told of the person
    assert whole.faults == ()
