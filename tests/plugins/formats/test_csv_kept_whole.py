"""CSV: no word is changed, no row is moved in time, no second table is read as the first, without a sentence."""

from pathlib import Path

import numpy as np
import pytest

from groundup.lab.tables import parse_lab
from groundup.plugin import Imported
from groundup.sources.importers import ImportFailedError, import_file

ROWS = range(40)


def read(path: Path, text: str, keys: str = "", streams: str = "") -> Imported:
    path.write_text(text)
    return import_file(path, parse_lab(f"[import.csv]\n{keys}\n{streams}"))


def table(labels: str, *lines: str) -> str:
    return "\n".join((labels, *lines)) + "\n"


@pytest.mark.parametrize("word", ["007", "1.50", "1e5", "TRUE", "NA", "None", "null", "-", "nan", "9" * 30])
def test_words_come_as_they_stand(tmp_path: Path, word: str) -> None:
    lines = (f"{k / 100},{k},{word if k == 5 else ''}" for k in ROWS)
    marks = '[import.csv.streams.marks]\ncolumns = ["mark"]\ntext = true'
    (stream,) = read(tmp_path / "x.csv", table("time,a,mark", *lines), streams=marks).streams
    assert (list(stream.samples), stream.timestamps.tolist()) == ([[word]], [0.05])


@pytest.mark.parametrize("empty", [",", "NaN,NaN", "-,-"])
def test_a_row_without_values_keeps_its_time_where_only_the_rate_tells_it(tmp_path: Path, empty: str) -> None:
    lines = (empty if k in (20, 21) else f"{k},1" for k in ROWS)
    (stream,) = read(tmp_path / "x.csv", table("a,b", *lines), "rate = 100.0").streams
    assert len(stream.timestamps) == 40
    a = np.asarray(stream.samples, float)[:, 0]
    assert np.isnan(a[20:22]).all()
    assert a[22:].tolist() == list(range(22, 40))


def test_empty_lines_between_values_without_a_time_are_said(tmp_path: Path) -> None:
    lines = ("" if k in (20, 21) else f"{k},1" for k in ROWS)
    (note,) = read(tmp_path / "x.csv", table("a,b", *lines), "rate = 100.0").notes
    assert "2 empty lines" in note


def test_a_second_table_is_never_read_as_rows_of_the_first(tmp_path: Path) -> None:
    plates = [f"{1 + k // 10},{k % 10},{k},{-k}" for k in ROWS]
    markers = [f"{k},0,{k},{k}" for k in ROWS]
    text = table("Frame,Sub Frame,Fx,Fz", ",,N,N", *plates, "", "Trajectories", "100", "Frame,Sub Frame,X,Y", *markers)
    with pytest.raises(ImportFailedError, match=r'line 44, column "Frame", has "Trajectories".*cut the file'):
        read(tmp_path / "x.csv", text, "rate = 1000.0\nunits_row = true")


def test_points_that_may_part_thousands_are_said_wherever_they_stand(tmp_path: Path) -> None:
    lines = [f"{k};{k % 900 if k < 700 else '1.139'}" for k in range(800)]
    text = table("Zeit [ms];Fz", *lines)
    with pytest.raises(ImportFailedError, match=r'line 702, column "Fz", has "1\.139" among whole numbers'):
        read(tmp_path / "x.csv", text)
    for key, value in (('thousands = "."', 1139.0), ('decimal = "."', 1.139)):
        (stream,) = read(tmp_path / "x.csv", text, key).streams
        assert stream.samples[-1][0] == value


@pytest.mark.parametrize("values", [["5", "1.250", "1.5"], ["1.000", "1.001", "999.125"], ["0", "0.125", "7"]])
def test_three_decimals_are_decimals_where_the_column_proves_it(tmp_path: Path, values: list[str]) -> None:
    lines = (f"{k / 100};{values[k % 3]}" for k in ROWS)
    (stream,) = read(tmp_path / "x.csv", table("time;a", *lines)).streams
    assert np.asarray(stream.samples)[:3, 0].tolist() == [float(v) for v in values]


def test_numbers_that_no_float_holds_are_said(tmp_path: Path) -> None:
    lines = (f"{k / 100},{2**53 + 1 + k}" for k in ROWS)
    (note,) = read(tmp_path / "x.csv", table("time,counter", *lines)).notes
    assert '40 numbers of the column "counter"' in note
    assert "text = true" in note


@pytest.mark.parametrize("start", [0.5, 45000.5])
def test_a_time_in_days_of_excel_is_no_time_in_seconds(tmp_path: Path, start: float) -> None:
    text = table("Time,a", *(f"{start + k / 100 / 86400:.12f},{k}" for k in ROWS))
    with pytest.raises(ImportFailedError, match="86400 for days of Excel"):
        read(tmp_path / "x.csv", text)
    (stream,) = read(tmp_path / "x.csv", text, "time_unit_s = 86400.0").streams
    assert np.allclose(np.diff(stream.timestamps), 0.01, atol=1e-5)


def test_a_last_value_that_may_be_cut_is_said(tmp_path: Path) -> None:
    text = table("time,a", *(f"{k / 100:.2f},12345" for k in ROWS))
    assert read(tmp_path / "x.csv", text[:-1]).notes == ()
    (note,) = read(tmp_path / "x.csv", text[:-3]).notes
    assert '"0.39,123"' in note


def test_a_label_that_is_there_twice_is_said_where_a_stream_names_it(tmp_path: Path) -> None:
    text = table("time,X,Y,X", *(f"{k / 100},1,2,3" for k in ROWS))
    (note,) = read(tmp_path / "x.csv", text, streams='[import.csv.streams.imu]\ncolumns = ["X", "Y"]').notes
    assert 'several columns have the label "X"' in note
    assert "X (4)" in note


def test_the_brackets_of_a_unit_are_its_own(tmp_path: Path) -> None:
    text = table("time,a,b", "[s],m/(s^2),(N)", *(f"{k / 100},1,2" for k in ROWS))
    (stream,) = read(tmp_path / "x.csv", text).streams
    assert [channel.unit for channel in stream.spec.channels] == ["m/(s^2)", "N"]


@pytest.mark.parametrize("mark", ["'", "\u2019"])
def test_both_apostrophes_of_switzerland_part_thousands(tmp_path: Path, mark: str) -> None:
    text = table("Zeit [s];Kraft", *(f"{k / 100};1{mark}2{k:02d}.5" for k in ROWS))
    (stream,) = read(tmp_path / "x.csv", text, 'thousands = "\'"').streams
    assert stream.samples[3][0] == 1203.5


@pytest.mark.parametrize(("begin", "says"), [(b"", "is empty"), (b"PK\x03\x04", "Excel"), (b"\x89HDF\r\n", "HDF5")])
def test_a_file_that_is_no_table_is_called_what_it_is(tmp_path: Path, begin: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(begin and begin + bytes(range(256)))
    with pytest.raises(ImportFailedError, match=says):
        import_file(path, parse_lab(""))


def test_a_line_that_lost_a_cell_is_said_and_columns_that_end_early_are_not(tmp_path: Path) -> None:
    """Whichever cell it was: what is left is taken for the first columns."""
    lost = [f"{k / 100},{700 + k}" if k in (20, 30) else f"{k / 100},{k},{700 + k}" for k in ROWS]
    (note,) = read(tmp_path / "x.csv", table("time,Fx,Fz", *lost)).notes
    assert "2 lines have fewer cells than there are labels, the first of them line 22" in note
    ended = [f"{k / 100},{k}" if k >= 30 else f"{k / 100},{k},{700 + k}" for k in ROWS]
    assert read(tmp_path / "y.csv", table("time,Fx,Fz", *ended)).notes == ()
