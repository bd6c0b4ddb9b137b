"""Tables of vendors: every value at its time, in its stream and unit; what may mean two things is asked for."""

from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import vendor_files as made
from tests.plugins.formats.vendor_files import ROWS, waves
from tests.plugins.real_files import signal_of

from groundup.lab.tables import parse_lab
from groundup.plugin import Imported, ImportedStream
from groundup.sources.importers import ImportFailedError, importer_of, read_file
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings


def read(path: Path, text: str | bytes, lab: str = "", name: str = "") -> Imported:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, parse_lab(lab) if lab else None, name)


def streams(imported: Imported) -> dict[str, ImportedStream]:
    return {stream.id: stream for stream in imported.streams}


def units(stream: ImportedStream) -> list[str]:
    return [channel.unit for channel in stream.spec.channels]


def places(stream: ImportedStream) -> list[tuple[str, str]]:
    return [(channel.site, channel.side) for channel in stream.spec.channels]


def test_bioware_gives_a_stream_for_each_plate_and_none_for_what_is_computed_of_it(tmp_path: Path) -> None:
    found = streams(read(tmp_path / "x.txt", made.bioware(plates=2)))
    values = waves(ROWS, 16)
    for number in (1, 2):
        plate = found[f"plate_{number}"]
        assert [c.label for c in plate.spec.channels] == ["Fx", "Fy", "Fz", "Mx", "My", "Mz"]
        assert (units(plate), plate.spec.channels[0].site) == (["N"] * 3 + ["N m"] * 3, f"plate:{number}")
        np.testing.assert_array_equal(plate.samples, values[:, 8 * number - 8 : 8 * number - 2])
        np.testing.assert_array_equal(found[f"plate_{number}_cop"].samples, values[:, 8 * number - 2 : 8 * number])
        assert plate.spec.rate == 1000.0


def test_a_real_file_of_bioware_has_the_forces_of_its_c3d(shared: Path) -> None:
    """The C3D beside it was exported by the same program, as eight channels of a plate of type 3."""
    folder = shared / "kistler_type3_c3d"
    text = streams(read_file(folder / "kistler_CMJ_1plate.txt"))
    c3d = streams(read_file(folder / "kistler_CMJ_1plate.c3d"))["plate_1"]
    corners = np.asarray(text["plate_1_sensors"].samples)
    np.testing.assert_allclose(
        np.asarray(c3d.samples)[:, 4:8], corners[:, 4:8], atol=0.25
    )  # the C3D has an offset taken off
    np.testing.assert_allclose(np.asarray(text["plate_1"].samples)[:, 2], corners[:, 4:8].sum(axis=1), atol=1e-3)


@pytest.mark.parametrize(("mark", "decimal"), [(",", "."), (";", ","), ("\t", ".")])
def test_emgworks_gives_each_sensor_its_own_rate(tmp_path: Path, mark: str, decimal: str) -> None:
    found = streams(read(tmp_path / "x.csv", made.emgworks(mark, decimal)))
    emg, imu = found["emg"], found["imu_1"]
    assert (emg.spec.kind, emg.spec.rate, units(emg)) == ("emg", 2000.0, ["Volts"] * 2)
    assert (imu.spec.kind, imu.spec.rate, units(imu), len(imu.timestamps)) == ("imu", 500.0, ["g"] * 3, ROWS)
    np.testing.assert_array_equal(emg.samples, waves(4 * ROWS, 5)[:, [0, 4]])
    np.testing.assert_array_equal(imu.samples, waves(ROWS, 4)[:, 1:])
    np.testing.assert_allclose(imu.timestamps, np.arange(ROWS) / 500)


def test_muscles_are_guessed_from_names_that_mean_one_only_and_each_guess_is_named(tmp_path: Path) -> None:
    imported = read(tmp_path / "x.csv", made.emgworks())
    assert places(streams(imported)["emg"]) == [("tibialis_anterior", "R"), ("", "")]
    assert any("EMG 1 (IM) = tibialis_anterior R" in note for note in imported.notes)
    assert any("no muscle is known" in note and "sensor 2" in note for note in imported.notes)
    none = read(tmp_path / "x.csv", made.emgworks(), "[import.emgworks]\nsites = false")
    assert places(streams(none)["emg"]) == [("", ""), ("", "")]


@pytest.mark.parametrize("unit", [" (uV)", ", uV"])
def test_noraxon_gives_emg_markers_and_an_imu(tmp_path: Path, unit: str) -> None:
    found = streams(read(tmp_path / "x.csv", made.noraxon(unit)))
    assert (units(found["emg"]), units(found["imu_1"])) == (["uV", "uV"], ["mG"] * 3)
    assert places(found["emg"]) == [("biceps_femoris", "L"), ("biceps_femoris", "R")]
    np.testing.assert_array_equal(found["emg"].samples, waves(ROWS, 5)[:, :2])
    # M1 stands in two rows after each other, which is one marker, and again later, which is another.
    assert [row[0] for row in found["markers"].samples] == ["REST", "M1", "M1"]
    np.testing.assert_allclose(found["markers"].timestamps, [0.0, 10 / 2000, 30 / 2000])


def test_a_unit_that_no_line_names_is_said_and_not_guessed(tmp_path: Path) -> None:
    imported = read(tmp_path / "x.csv", made.noraxon(""))
    assert units(streams(imported)["emg"]) == ["", ""]
    assert any("LT BICEPS FEM." in note and "nothing is computed" in note for note in imported.notes)


def test_a_dot_has_microseconds_of_its_own_that_begin_anew_and_go_on(tmp_path: Path) -> None:
    for wrap in (False, True):
        found = streams(read(tmp_path / "x.csv", made.movella_dot(wrap=wrap)))
        np.testing.assert_allclose(np.diff(found["imu"].timestamps), 1 / 60, atol=1e-6)
        assert units(found["imu"]) == ["m/s^2"] * 3 + ["deg/s"] * 3
        np.testing.assert_array_equal(found["imu"].samples, waves(ROWS, 10)[:, :6])
        # Without gravity it is no accelerometer's, and no metric takes it for one.
        assert found["free_acceleration"].spec.kind == "model"


def test_a_counter_of_another_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="77 Hz if 1 in it is a microsecond"):
        read(tmp_path / "x.csv", made.movella_dot(rate=77))


def test_packets_that_mt_manager_lost_leave_a_gap_and_bend_no_time(tmp_path: Path) -> None:
    whole, lost = (streams(read(tmp_path / "x.txt", made.mt_manager(lost)))["imu"] for lost in (False, True))
    np.testing.assert_allclose(whole.timestamps, np.arange(ROWS) / 100)
    np.testing.assert_allclose(lost.timestamps, np.delete(np.arange(ROWS), np.s_[20:30]) / 100)
    assert units(lost)[3:] == ["rad/s"] * 3


@pytest.mark.parametrize("mark", ["\t", ","])
def test_shimmer_has_a_line_of_units_and_a_mark_at_each_end(tmp_path: Path, mark: str) -> None:
    imu = streams(read(tmp_path / "x.csv", made.shimmer(mark)))["imu"]
    assert units(imu) == ["m/s^2"] * 3 + ["deg/s"] * 3
    np.testing.assert_array_equal(imu.samples, waves(ROWS, 6))
    np.testing.assert_allclose(imu.timestamps, 1.5e9 + np.arange(ROWS) / 128, atol=1e-6)


def test_rows_of_numbers_of_amti_are_read_when_it_is_said_whose_they_are(tmp_path: Path) -> None:
    lab = "[import.amti]\nrate = 500.0\nunits = ['lb', 'lb', 'lb', 'in-lb', 'in-lb', 'in-lb']"
    found = streams(read(tmp_path / "x.txt", made.amti(2), lab, "amti"))
    np.testing.assert_array_equal(found["plate_2"].samples, waves(ROWS, 12)[:, 6:])
    assert (found["plate_1"].spec.rate, units(found["plate_1"])) == (500.0, ["lb"] * 3 + ["in-lb"] * 3)
    with pytest.raises(ImportFailedError, match=r"set rate \(Hz\) in \[import\.amti\]"):
        read(tmp_path / "x.txt", made.amti(2), name="amti")
    with pytest.raises(ImportFailedError, match="has 11 columns, and AMTI NetForce writes 6 a plate"):
        read(tmp_path / "x.txt", "1,2,3,4,5,6,7,8,9,10,11\n" * 20, lab, "amti")


def test_a_micro_sign_in_latin_1_needs_no_declaration(tmp_path: Path) -> None:
    text = made.noraxon(" (µV)").encode("latin-1")
    imported = read(tmp_path / "x.csv", text)
    assert units(streams(imported)["emg"]) == ["µV", "µV"]
    assert any("Windows-1252" in note for note in imported.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_marks_of_an_encoding_hide_no_vendor(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.txt"
    found = streams(read(path, made.bioware().encode(encoding)))
    assert importer_of(path).item.name == "bioware"
    np.testing.assert_array_equal(found["plate_1"].samples, waves(ROWS, 6))


def test_a_key_that_a_sentence_names_is_one_of_its_own_table(tmp_path: Path) -> None:
    text = made.bioware().replace("\t0.841471\t", "\t1,234\t")
    with pytest.raises(ImportFailedError, match=r"\[import\.bioware\]"):
        read(tmp_path / "x.txt", text)


@pytest.mark.parametrize("text", ["", "BioWare Version 5\n", "BioWare\nabs time\tFx\ns\tN\n", "BioWare\nabs time\n0\n"])
def test_a_head_without_values_is_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ImportFailedError):
        read(tmp_path / "x.txt", text)


@pytest.mark.parametrize("times", [False, True])
def test_discover_gives_signals_of_different_rates_their_own_times(tmp_path: Path, times: bool) -> None:
    found = streams(read(tmp_path / "x.csv", made.discover(times)))
    emg, imu = found["emg"], found["imu_1"]
    step = 2 if times else 1  # a column of time stands before each signal
    columns = np.arange(5) * step + (step - 1)
    np.testing.assert_array_equal(emg.samples, np.round(waves(300, columns[-1] + 1)[:, columns[[0, 4]]] + 2, 6))
    np.testing.assert_array_equal(imu.samples, np.round(waves(20, columns[-1] + 1)[:, columns[1:4]] + 2, 6))
    np.testing.assert_allclose(imu.timestamps, np.arange(20) * 0.0135 / 2, atol=1e-6)
    np.testing.assert_allclose(emg.spec.rate, 2000 / 0.9, rtol=1e-5)
    assert places(emg) == [("tibialis_anterior", "R"), ("soleus", "L")]


def test_discover_without_rates_and_times_asks_for_them(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="neither a rate nor a column of time"):
        read(tmp_path / "x.csv", made.discover(rates=False))


def test_a_channel_that_is_longer_than_its_rate_says_is_refused(tmp_path: Path) -> None:
    text = made.discover().replace("0.135", "0.05")
    with pytest.raises(ImportFailedError, match="which rate is right"):
        read(tmp_path / "x.csv", text)


def test_a_file_that_has_fewer_rows_than_it_says_has_a_fault(tmp_path: Path) -> None:
    text = made.bioware()
    assert read(tmp_path / "x.txt", text).faults == ()
    cut = read(tmp_path / "x.txt", text[: text.rindex("0.050000")])
    assert any("says that it has 60 rows, and has 50" in fault for fault in cut.faults)


def test_a_rate_above_the_values_that_their_times_contradict_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="1000 Hz and the lines above it name 2000 Hz"):
        read(tmp_path / "x.txt", made.bioware().replace("Rate (Hz):\t1000", "Rate (Hz):\t2000"))
    with pytest.raises(ImportFailedError, match="2000 Hz and the lines above it name 1000 Hz"):
        read(tmp_path / "x.csv", made.noraxon().replace("0.00000,2000,", "0.00000,1000,"))


def test_a_recording_that_lasted_longer_than_its_rows_at_their_rate_has_a_fault(tmp_path: Path) -> None:
    """Cut, or of another rate than it says: its times may be wrong."""
    text = made.discover()
    assert read(tmp_path / "x.csv", text).faults == ()
    for wrong in (text.replace("0.135", "0.235"), text.replace("2222.2222 Hz", "4444.4444 Hz")):
        assert any("was it cut, or is the rate another" in fault for fault in read(tmp_path / "x.csv", wrong).faults)


def test_numbers_with_decimal_commas_between_commas_are_no_whole_numbers(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="its comma is the decimal mark"):
        read(tmp_path / "x.txt", made.amti(1).replace(".", ","), "[import.amti]\nrate = 500.0", "amti")


def test_a_last_line_without_an_end_is_said(tmp_path: Path) -> None:
    text = made.discover()
    assert not any("no end" in note for note in read(tmp_path / "x.csv", text).notes)
    assert any("no end" in note for note in read(tmp_path / "x.csv", text[:-9]).notes)


def test_a_line_for_each_of_many_channels_above_the_labels_hides_no_labels(tmp_path: Path) -> None:
    about = "".join(f"Label: channel {k} Sampling frequency: 2000 Unit: V\r\n" for k in range(120))
    path = tmp_path / "x.csv"
    found = streams(read(path, about + made.emgworks()))
    assert importer_of(path).item.name == "emgworks"
    assert len(found["emg"].timestamps) == 4 * ROWS


def test_a_plate_that_is_alone_in_a_real_file_is_in_its_own_axes(shared: Path) -> None:
    """BioWare's own centre of pressure is the truth."""
    found = streams(read_file(shared / "kistler_type3_c3d" / "kistler_CMJ_1plate.txt"))
    grf = ForcePlate(ForcePlateSettings()).whole(signal_of(found["plate_1"])).signals[0].samples
    truth = np.asarray(found["plate_1_cop"].samples)[:, 1:]
    loaded = grf[:, 2] > 300
    np.testing.assert_allclose(grf[loaded, 3:5], truth[loaded], atol=1e-5)
    assert np.median(grf[loaded, 2]) > 0


def test_several_plates_without_corners_are_no_plates_until_they_are_told(tmp_path: Path) -> None:
    imported = read(tmp_path / "x.txt", made.bioware(plates=2))
    assert [s.spec.plate for s in imported.streams] == [None] * 4
    assert any("names no corners of its 2 plates" in note for note in imported.notes)


def test_a_plain_table_with_microvolts_is_no_file_of_a_vendor(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("time,EMG 1 (uV),EMG 2 (uV)\n" + "".join(f"{k / 1000:.3f},0.5,0.25\n" for k in range(30)))
    assert importer_of(path).item.name == "csv"


def test_a_declaration_for_another_importer_is_named_where_it_is_not_used(tmp_path: Path) -> None:
    declared = read(tmp_path / "x.txt", made.bioware(), '[import.csv]\ntime = "t"')
    assert any("[import.csv] is for another: --as csv" in note for note in declared.notes)
    chosen = read(tmp_path / "x.txt", made.bioware(), '[import.csv]\ntime = "t"', "bioware")
    assert not any("for another" in note for note in chosen.notes)


def test_a_unit_of_time_that_cannot_be_is_asked_for_with_a_key_of_that_table(tmp_path: Path) -> None:
    text = made.bertec().replace("Time (s)", "Time (ms)")
    with pytest.raises(ImportFailedError, match=r"in ms by its label, .* time_unit_s in \[import\.bertec\]"):
        read(tmp_path / "x.csv", text)
    found = streams(read(tmp_path / "x.csv", text, "[import.bertec]\ntime_unit_s = 1.0"))
    np.testing.assert_allclose(found["plate_2"].timestamps, np.arange(ROWS) / 1000, atol=1e-9)
    shimmer = made.shimmer(",").replace("\r\nms,", "\r\nus,")
    with pytest.raises(ImportFailedError, match=r"in us by its label.*\[import\.shimmer\]"):
        read(tmp_path / "x.csv", shimmer)


def test_a_packet_that_stands_twice_is_one_sample_and_two_of_one_number_are_refused(tmp_path: Path) -> None:
    for text, suffix in ((made.mt_manager(), ".txt"), (made.movella_dot(), ".csv")):
        lines = text.split("\r\n")
        twice = "\r\n".join([*lines[:20], lines[19], *lines[20:]])
        whole, kept = (read(tmp_path / f"x{suffix}", one) for one in (text, twice))
        np.testing.assert_array_equal(streams(kept)["imu"].timestamps, streams(whole)["imu"].timestamps)
        np.testing.assert_array_equal(streams(kept)["imu"].samples, streams(whole)["imu"].samples)
        assert any("stand there twice" in note for note in kept.notes)
        other = "\r\n".join([*lines[:20], lines[19].replace("0.", "0.1", 1), *lines[20:]])
        with pytest.raises(ImportFailedError, match="and other values"):
            read(tmp_path / f"x{suffix}", other)


@pytest.mark.parametrize(("name", "head"), [("bioware", 2), ("noraxon", 1), ("emgworks", 1), ("bertec", 1)])
def test_labels_that_a_program_repeats_between_its_values_bend_nothing(tmp_path: Path, name: str, head: int) -> None:
    text, suffix = getattr(made, name)(), ".txt" if name == "bioware" else ".csv"
    lines = text.split("\r\n")
    first = {"bioware": 11, "noraxon": 4, "emgworks": 1, "bertec": 2}[name]
    again = "\r\n".join([*lines[:30], *lines[first - head : first], *lines[30:]])
    whole, repeated = (streams(read(tmp_path / f"x{suffix}", one)) for one in (text, again))
    for key, stream in whole.items():
        np.testing.assert_array_equal(repeated[key].timestamps, stream.timestamps)
        if stream.spec.format != "string":
            np.testing.assert_array_equal(repeated[key].samples, stream.samples)


def test_emg_of_discover_without_a_unit_stays_emg_and_is_said(tmp_path: Path) -> None:
    imported = read(tmp_path / "x.csv", made.discover().replace("EMG 1 (mV)", "EMG 1"))
    assert streams(imported)["emg"].spec.kind == "emg"
    assert any("nothing is computed" in note and "EMG 1" in note for note in imported.notes)


def test_times_of_discover_that_contradict_its_rate_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="says 1111 Hz, and its times go on at 2222"):
        read(tmp_path / "x.csv", made.discover(times=True).replace("2222.2222 Hz", "1111.0 Hz"))
