"""Files of mocap systems, suits and OpenSim: gaps stay gaps, axes and plates are sure or asked for, clocks are told."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import vendor_files as made
from tests.plugins.formats.test_vendor_tables import places, read, streams, units
from tests.plugins.formats.vendor_binaries import write_apdm, write_edf, write_otb
from tests.plugins.formats.vendor_files import ROWS, waves
from tests.plugins.real_files import signal_of

from groundup.plugin import Imported
from groundup.sources.importers import ImportFailedError, read_file
from groundup.sources.several_files import joined
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings


@pytest.mark.parametrize(("times", "tail"), [(True, ""), (False, ""), (True, "\t"), (False, "\t")])
def test_a_marker_that_qualisys_did_not_see_is_missing_and_not_at_zero(tmp_path: Path, times: bool, tail: str) -> None:
    found = streams(read(tmp_path / "x.tsv", made.qualisys_markers(times, tail)))
    mocap = found["mocap"]
    truth = np.round(waves(ROWS, 9) + 1000, 6)
    truth[10:20, 3:6] = np.nan
    truth[30:35, 6:9] = np.nan
    np.testing.assert_array_equal(mocap.samples, truth)
    assert [c.label for c in mocap.spec.channels][:3] == ["LHEE.x", "LHEE.y", "LHEE.z"]
    assert (mocap.spec.kind, set(units(mocap))) == ("mocap", {"mm"})
    np.testing.assert_allclose(mocap.timestamps, np.arange(ROWS) / 200)
    assert [json.loads(row[0])["text"] for row in found["events"].samples] == ["Go"]


def test_a_row_in_which_no_marker_is_seen_is_a_row(tmp_path: Path) -> None:
    lines = made.qualisys_markers(times=False).split("\r\n")
    lines[40] = "\t" * 8
    mocap = streams(read(tmp_path / "x.tsv", "\r\n".join(lines)))["mocap"]
    assert len(mocap.timestamps) == ROWS
    assert np.isnan(np.asarray(mocap.samples)[40 - 12]).all()


def test_a_plate_of_qualisys_lies_where_its_corners_say_if_its_centre_of_pressure_bears_it_out(tmp_path: Path) -> None:
    imported = read(tmp_path / "walk_f_2.tsv", made.qualisys_force())
    plate = streams(imported)["plate_2"]
    assert (units(plate), plate.spec.channels[0].site) == (["N"] * 3 + ["Nm"] * 3, "plate:2")
    grf = ForcePlate(ForcePlateSettings()).whole(signal_of(plate)).signals[0]
    x, y = 0.05 * waves(ROWS, 1)[:, 0] + 0.2, 0.1 * waves(ROWS, 2)[:, 1] + 0.3
    np.testing.assert_allclose(grf.samples[:, 3:5], np.column_stack([x, y]), atol=1e-5)
    np.testing.assert_allclose(grf.samples[:, 2], 700 + waves(ROWS, 3)[:, 2], atol=1e-3)


def test_forces_in_other_axes_than_the_plates_are_no_plates(tmp_path: Path) -> None:
    imported = read(tmp_path / "walk_f_1.tsv", made.qualisys_force(in_lab=True))
    assert streams(imported)["plate_1"].spec.plate is None
    assert any("do not agree in the axes of the plate" in note for note in imported.notes)


def test_files_of_one_measurement_of_qualisys_are_on_one_clock(tmp_path: Path) -> None:
    parts = {"w.tsv": made.qualisys_markers(), "w_f_2.tsv": made.qualisys_force(), "w_a.tsv": made.qualisys_analog()}
    files = [(tmp_path / name, read(tmp_path / name, text)) for name, text in parts.items()]
    together = streams(joined(files, {}))
    assert set(together) == {"mocap", "events", "plate_2", "analog"}  # and no trials: nothing was put apart
    assert together["plate_2"].timestamps[0] == together["mocap"].timestamps[0] == 0.0
    other = read(tmp_path / "other.tsv", made.qualisys_analog().replace("10:47", "10:48"))
    apart = joined([files[0], (tmp_path / "other.tsv", other)], {})
    assert streams(apart)["analog"].timestamps[0] > 10.0
    assert any("groundup join" in note for note in apart.notes)


@pytest.mark.parametrize(("mark", "decimal", "first"), [(",", ".", 1), (";", ",", 1), ("\t", ".", 101)])
def test_each_section_of_vicon_has_its_rate_and_its_frames(tmp_path: Path, mark: str, decimal: str, first: int) -> None:
    found = streams(read(tmp_path / "x.csv", made.vicon(mark, decimal, first)))
    start = (first - 1) / 200
    np.testing.assert_allclose(found["mocap"].timestamps, start + np.arange(ROWS) / 200)
    np.testing.assert_allclose(found["plate_1"].timestamps, start + np.arange(5 * ROWS) / 1000)
    truth = waves(ROWS, 6)
    truth[:10, 3:] = np.nan
    np.testing.assert_array_equal(found["mocap"].samples, truth)
    np.testing.assert_array_equal(found["plate_1"].samples, waves(5 * ROWS, 6))
    assert units(found["plate_1"]) == ["N"] * 3 + ["N.mm"] * 3
    assert places(found["emg"]) == [("tibialis_anterior", "L")]
    assert [c.label for c in found["analog"].spec.channels] == ["Digital", "Foot Switch1"]
    assert found["model"].spec.kind == "model"
    rows = [json.loads(row[0]) for row in found["events"].samples]
    assert [(e["time"], e["kind"], e["side"], e["text"]) for e in rows] == [
        (0.1, "IC", "L", ""), (0.15, "marker", "", "Clap"), (0.2, "FO", "R", "")
    ]  # fmt: skip


def test_frames_that_vicon_left_out_are_refused(tmp_path: Path) -> None:
    lines = made.vicon().split("\r\n")
    del lines[30]
    with pytest.raises(ImportFailedError, match="does not follow the one before"):
        read(tmp_path / "x.csv", "\r\n".join(lines))


def test_markers_of_opensim_are_turned_so_that_z_is_up(tmp_path: Path) -> None:
    mocap = streams(read(tmp_path / "x.trc", made.trc("y")))["mocap"]
    declared = streams(read(tmp_path / "z.trc", made.trc("z"), '[import.opensim_markers]\nup = "z"'))["mocap"]
    np.testing.assert_array_equal(mocap.samples, declared.samples)
    heights = np.asarray(mocap.samples)[:, 2::3]
    np.testing.assert_array_equal(heights[0], [1700, 1000, 30, 35])
    assert np.isnan(heights[5:9, 3]).all()
    assert not np.isnan(heights[9:]).any()


def test_a_file_of_markers_that_is_taller_along_another_axis_asks_which_is_up(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match=r"set up = .* in \[import\.opensim_markers\]"):
        read(tmp_path / "z.trc", made.trc("z"))


def test_forces_of_opensim_are_ground_reactions_in_the_lab(tmp_path: Path) -> None:
    found = streams(read(tmp_path / "x.mot", made.mot()))
    assert set(found) == {"plate_1", "plate_2", "opensim"}
    grf = ForcePlate(ForcePlateSettings()).whole(signal_of(found["plate_1"])).signals[0]
    # force (1, 700, 3), point (0.1, 0, 0.2), torque 5 about y, y up: in a lab whose z is up
    np.testing.assert_allclose(grf.samples[:, [0, 1]], [[1.0, -3.0]] * ROWS, atol=1e-9)
    np.testing.assert_allclose(grf.samples[:, 2], 700 + waves(ROWS, 1)[:, 0], atol=1e-9)
    np.testing.assert_allclose(grf.samples[:, 3:6], [[0.1, -0.2, 5.0]] * ROWS, atol=1e-9)


@pytest.mark.parametrize("version", [3, 4])
def test_a_suit_gives_what_its_frames_hold_and_no_accelerometer(tmp_path: Path, version: int) -> None:
    found = streams(read(tmp_path / "x.mvnx", made.mvnx(version)))
    np.testing.assert_allclose(found["position"].samples, waves(ROWS, 9))
    np.testing.assert_allclose(found["position"].timestamps, np.arange(ROWS) / 60)
    assert [c.label for c in found["joint_angle"].spec.channels] == [f"jRightAnkle.{a}" for a in "xyz"]
    assert len(found["center_of_mass"].spec.channels) == (3 if version == 3 else 9)
    assert [s.id for s in found.values() if s.spec.kind == "imu"] == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("</frames>", ""), "no whole XML"),
        (('frameRate="60"', 'frameRate="100"'), "times are up to"),
        (("<mvnx ", '<!DOCTYPE m [<!ENTITY a "b">]><mvnx '), "declares entities"),
        (("</subject>", "</subject><subject label='P02' frameRate='60'/>"), "several people"),
    ],
)
def test_a_suits_file_that_contradicts_itself_is_a_sentence(tmp_path: Path, wrong: tuple[str, str], says: str) -> None:
    with pytest.raises(ImportFailedError, match=says):
        read(tmp_path / "x.mvnx", made.mvnx().replace(*wrong))


def test_a_sensor_of_apdm_is_worn_where_its_label_says(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    write_apdm(path)
    found = streams(read_file(path))
    foot, low_back = found["Left_Foot"], found["Lumbar"]
    assert {(c.site, c.side) for c in foot.spec.channels} == {("foot", "L")}
    assert {(c.site, c.side) for c in low_back.spec.channels} == {("pelvis", "")}
    assert units(foot) == ["m/s^2"] * 3 + ["rad/s"] * 3 + ["uT"] * 3
    np.testing.assert_array_equal(low_back.samples, waves(ROWS, 9) + 1)
    assert foot.spec.rate == 128.0


def test_signals_of_edf_are_streams_by_their_kind_and_rate(tmp_path: Path) -> None:
    pytest.importorskip("edfio")
    path = tmp_path / "x.edf"
    write_edf(path)
    found = streams(read_file(path))
    assert {key: (s.spec.kind, s.spec.rate) for key, s in found.items() if key != "events"} == {
        "emg": ("emg", 1000.0), "analog": ("other", 1000.0), "imu": ("imu", 100.0)
    }  # fmt: skip
    assert places(found["emg"]) == [("soleus", "L"), ("soleus", "R")]
    np.testing.assert_allclose(found["imu"].samples, waves(100, 3), atol=6 / 2**16)
    rows = [json.loads(row[0]) for row in found["events"].samples]
    assert [(e["time"], e["text"]) for e in rows] == [(0.25, "go"), (0.5, "stop")]


def test_a_cut_edf_is_a_fault(tmp_path: Path) -> None:
    pytest.importorskip("edfio")
    path = tmp_path / "x.edf"
    write_edf(path)
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    assert any("Incomplete data record" in fault for fault in read_file(path).faults)


def test_rotations_of_a_c3d_come_in_with_their_segments(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    random = np.random.default_rng(2)
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = ("A",)
    file["data"]["points"] = np.ones((4, 1, 30))
    file.add_parameter("ROTATION", "USED", [2])
    file.add_parameter("ROTATION", "LABELS", ["pelvis_4X4", "l_thigh_4X4"])
    file.add_parameter("ROTATION", "RATIO", [1])
    turns = random.normal(size=(4, 4, 2, 30))
    file["data"]["rotations"] = turns
    path = tmp_path / "x.c3d"
    file.write(str(path))
    imported = read_file(path)
    found = streams(imported)["rotations"]
    assert (found.spec.rate, found.spec.kind, imported.faults) == (100.0, "model", ())
    samples = np.asarray(found.samples).reshape(30, 2, 12)
    np.testing.assert_allclose(
        samples[:, :, :9].reshape(30, 2, 3, 3), np.moveaxis(turns[:3, :3], (3, 2), (0, 1)), atol=1e-6
    )
    np.testing.assert_allclose(samples[:, :, 9:], np.moveaxis(turns[:3, 3], (2, 1), (0, 1)), atol=1e-6)
    assert [c.label for c in found.spec.channels][12:14] == ["l_thigh_4X4.r11", "l_thigh_4X4.r12"]
    path.write_bytes(path.read_bytes()[:-2000])
    assert any("frames have rotations" in fault for fault in read_file(path).faults)


def _clock(imported: Imported) -> str:
    return imported.clock


def test_sensors_share_a_clock_only_where_their_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    session = "[import.movella_dot]\nsame_session = true"
    assert _clock(read(path, made.movella_dot(synced=True), session)) == "movella_dot"
    assert _clock(read(path, made.movella_dot(synced=False), session)) == ""
    alone = read(path, made.movella_dot(synced=True))
    assert _clock(alone) == ""  # two synchronisations each begin at 0
    assert any("same_session = true" in note for note in alone.notes)
    assert _clock(read(path, made.movella_dot(synced=False))) == ""
    assert _clock(read(path, made.shimmer(clock="TimestampSync_Unix"))) == "shimmer"
    assert _clock(read(path, made.shimmer(clock="Timestamp_Unix"))) == ""


def test_a_row_that_qualisys_did_not_write_leaves_a_gap_and_bends_no_time(tmp_path: Path) -> None:
    lines = made.qualisys_markers().split("\r\n")
    del lines[40]
    imported = read(tmp_path / "x.tsv", "\r\n".join(lines))
    missing = 40 - 13
    np.testing.assert_allclose(streams(imported)["mocap"].timestamps, np.delete(np.arange(ROWS), missing) / 200)
    assert any("has 59: was it cut?" in fault for fault in imported.faults)


def test_a_time_that_is_not_at_the_frequency_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="does not go on at its FREQUENCY"):
        read(tmp_path / "x.tsv", made.qualisys_markers().replace("FREQUENCY\t200", "FREQUENCY\t201"))


@pytest.mark.parametrize("bits", [16, 24])
def test_emg_of_otb_is_in_volts_by_the_amplifiers_table(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "x.otb+"
    write_otb(path, bits=bits)
    found = streams(read_file(path))
    counts = np.round(1000 * waves(ROWS, 4))
    np.testing.assert_allclose(found["emg"].samples, counts[:, :2] * 5.0 / 2**bits / 150.0)
    np.testing.assert_allclose(found["aux"].samples, counts[:, 2:3] * 5.0 / 2**bits / 0.5)
    np.testing.assert_array_equal(found["control"].samples, counts[:, 3:])
    assert (units(found["emg"]), found["emg"].spec.rate) == (["V", "V"], 2048.0)
    assert places(found["emg"]) == [("tibialis_anterior", "L"), ("tibialis_anterior", "R")]


@pytest.mark.parametrize(("device", "gain"), [("MUOVI", "1"), ("QUATTROCENTO", "500")])
def test_an_amplifier_without_a_published_table_stays_in_counts(tmp_path: Path, device: str, gain: str) -> None:
    path = tmp_path / "x.otb+"
    write_otb(path, device, gain=gain)
    imported = read_file(path)
    assert units(streams(imported)["emg"]) == ["", ""]
    assert any("in counts, without a unit" in note for note in imported.notes)


def test_a_result_of_opensim_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    """As in a public file (pyomeca, Apache-2.0): commas, and a row of them behind each line of the head."""
    head = "Inverse Dynamics Generalized Forces,,\nversion=1,,\nnRows=2,,\nnColumns=3,,\ninDegrees=no,,\nendheader,,\n"
    rows = "time,thorax_tilt_moment,thorax_tx_force\n1.56,-4.47756531,-0.26786448\n1.57,-4.18729272,-13.60558121\n"
    imported = read(tmp_path / "x.sto", head + rows)
    found = streams(imported)["opensim"]
    np.testing.assert_array_equal(found.samples, [[-4.47756531, -0.26786448], [-4.18729272, -13.60558121]])
    assert (units(found), imported.faults) == (["N·m", "N"], ())


def test_results_that_another_program_stored_in_a_c3d_are_named(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["LABELS"]["value"] = ("A",)
    file["data"]["points"] = np.ones((4, 1, 10))
    file.add_parameter("ANALYSIS", "USED", [2])
    file.add_parameter("ANALYSIS", "NAMES", ["Cadence", "Walking Speed"])
    file.add_parameter("SCANNER", "SERIAL", [7])
    file.add_parameter("PROCESSING", "Bodymass", [70.0])
    file.add_parameter("PROCESSING", "LLegLength", [900.0])
    file["data"]["meta_points"]["residuals"] = np.full((1, 1, 10), 2.0)
    file.write(str(tmp_path / "x.c3d"))
    (note,) = [note for note in read_file(tmp_path / "x.c3d").notes if "not kept" in note]
    assert "ANALYSIS (Cadence, Walking Speed)" in note
    assert "SCANNER (SERIAL)" in note
    assert "PROCESSING (LLEGLENGTH)" in note  # the mass is kept
    assert "residuals and cameras of its points" in note


def test_vicons_sections_are_read_in_utf_16_and_by_themselves(tmp_path: Path) -> None:
    whole = streams(read(tmp_path / "x.csv", made.vicon(";", ",").lstrip("\ufeff").encode("utf-16")))
    np.testing.assert_array_equal(whole["plate_1"].samples, waves(5 * ROWS, 6))
    text = made.vicon()
    devices = text[text.index("Devices") : text.index("Model Outputs")]
    alone = streams(read(tmp_path / "y.csv", devices))
    np.testing.assert_allclose(alone["plate_1"].timestamps, np.arange(5 * ROWS) / 1000)


@pytest.mark.parametrize(("says", "unit"), [("inDegrees=yes\n", "deg"), ("inDegrees=no\n", "rad"), ("", "")])
def test_angles_of_opensim_have_the_unit_that_the_file_says(tmp_path: Path, says: str, unit: str) -> None:
    text = f"walk\nversion=1\n{says}endheader\ntime\thip_flexion_r\tpelvis_tx\n0.0\t1.0\t0.5\n0.01\t2.0\t0.6\n"
    found = streams(read(tmp_path / "x.mot", text))["opensim"]
    assert units(found) == [unit, "m"]
