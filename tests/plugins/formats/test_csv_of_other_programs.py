"""CSV as Excel and EMG software write it: read right with nothing declared, or a sentence that names cell and key."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from groundup.lab.tables import parse_lab
from groundup.plugin import Imported
from groundup.sources.importers import ImportFailedError, import_file, read_file
from groundup_plugins.formats.names import unique

TIMES = [k / 100 for k in range(40)]
Write = Callable[[float], str]


def point(value: float) -> str:
    return f"{value:.3f}"


def comma(value: float) -> str:
    return f"{value:.4f}".replace(".", ",")


def quoted(value: float) -> str:
    return f'"{comma(value)}"'


def table(labels: str, mark: str = ",", time: Write = point, value: Write = point, end: str = "") -> str:
    """40 rows at 100 Hz of a = 700 + t and b = 7 - t."""
    rows = (mark.join((time(t), value(700 + t), value(7 - t))) for t in TIMES)
    return labels + "\n" + "".join(f"{row}{end}\n" for row in rows)


def ms(t: float) -> str:
    return f"{1000 * t:.0f}"


def read(path: Path, text: str | bytes, lab: str = "") -> Imported:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_file(path, parse_lab(lab))


@pytest.mark.survives(
    "files",
    fault=(
        "A CSV file has a byte-order mark, decimal commas, “[ms]”, a line of units, comments, clock times, trailing "
        "commas."
    ),
    happens="It is read as it is meant, with nothing declared.",
    said="a note of each line that is left out",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    ("text", "start", "notes"),
    [
        ("\ufeff" + table("time,a,b"), 0.0, 0),
        ("# Frame rate [kHz]: 0.1\n# Cut-off frequency 20 Hz\n" + table("time [s],a,b"), 0.0, 0),
        ("Sampling rate,100\n" + table("time [s],a,b"), 0.0, 1),
        (table("time;a;b", ";").encode("utf-16"), 0.0, 0),
        (table("time;a;b", ";").encode("utf-16-be"), 0.0, 0),
        (table("Zeit [ms]\ta\tb", "\t", ms, comma).encode("utf-16"), 0.0, 0),
        (table("time;a;b", ";", comma, comma), 0.0, 0),
        (table("time\ta\tb", "\t", comma, comma), 0.0, 0),
        (table("time a b", " ", comma, comma), 0.0, 0),
        (table("time,a,b", ",", quoted, quoted), 0.0, 0),
        ("sep=;\n" + table("time;a;b", ";", comma, comma), 0.0, 0),
        (table("time , a , b", " , "), 0.0, 0),
        (table('"time","a","b"', " | ").replace("time\",\"a\",\"b", 'time"|"a"|"b'), 0.0, 0),
        *((table(f"{label},a,b", time=ms), 0.0, 0) for label in ("Time [ms]", "time (ms)", "t/ms", "Time_ms")),
        (table("time_us,a,b", time=lambda t: f"{1e6 * t:.0f}"), 0.0, 0),
        (table("time,a,b\nms,N,N", time=ms), 0.0, 0),
        (table("Time,a,b", time=lambda t: f"12:00:{t:09.6f}"), 43200.0, 0),
        (table("Time;a;b", ";", time=lambda t: f"12:00:{t:06.3f}".replace(".", ","), value=comma), 43200.0, 0),
        (table("Time,a,b", time=lambda t: f"2024-03-31T12:00:{t:06.3f}Z"), 43200.0, 0),
        (table("Time,a,b", time=lambda t: f"31.03.2024 12:00:{t:06.3f}"), 43200.0, 0),
        (table("Time,a,b", time=lambda t: f"01:{t:06.3f}"), 60.0, 0),
        (table("Time,a,b", time=lambda t: f"{'23:59' if t < 0.2 else '00:00'}:{(t + 59.8) % 60:06.3f}"), 86399.8, 1),
        ("# Trigno Data File\n% Rate: 100\n// x\n" + table("time,a,b"), 0.0, 0),
        ("Trial 3\nMass,70\n\n" + table("time,a,b"), 0.0, 1),
        (table("# time a b", " "), 0.0, 0),
        (table("time,a,b,,", end=",,") + ",,,,\n,,,,\n\n", 0.0, 0),
        (table("time,a,b", end=","), 0.0, 0),
        (table("time,a,b").replace("\n", "\r\n"), 0.0, 0),
        (table("time,a,b").replace("\n", "\r"), 0.0, 0),
        (table("time,a,b").replace("\n0.200,", "\ntime,a,b\n0.200,"), 0.0, 1),
        (table("time,a,b").replace("\n0.200,", "\n,,\n0.200,"), 0.0, 1),
        (table("time,a,b") + "0.40,70", 0.0, 1),
        (table("time,a,b").replace("-", "\u2212"), 0.0, 0),
    ],
)  # fmt: skip
def test_a_table_of_another_program_is_read_as_it_is_meant(
    tmp_path: Path, text: str | bytes, start: float, notes: int
) -> None:
    imported = read(tmp_path / "x.csv", text)
    (stream,) = imported.streams
    np.testing.assert_allclose(stream.timestamps, start + np.array(TIMES), atol=1e-9)
    samples = np.asarray(stream.samples)
    np.testing.assert_allclose(samples, np.column_stack([700 + np.array(TIMES), 7 - np.array(TIMES)]), atol=1e-9)
    assert (stream.spec.rate, [c.label for c in stream.spec.channels]) == (100.0, ["a", "b"])
    assert len(imported.notes) == notes


@pytest.mark.survives(
    "files",
    fault="A CSV file may mean two things: “1,234”, a time that goes on by 10, no labels.",
    happens="It is refused.",
    said='“line 2 has "1,234" …”, with the key of lab.toml that decides',
    lost="Nothing: the file stays.",
)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (table("time,a,b", time=ms), "goes on by 10 .*time_unit_s"),
        (table("time,a,b", time=lambda t: f"{100 * t:.0f}"), "goes on by 1 .*time_unit_s"),
        (table("time,a,b", time=lambda t: f"{50 * t:.1f}"), "goes on by 0.5 .*time_unit_s"),
        (table("time_ms,a,b"), '"time_ms" is in ms by its label, and would have 100000 Hz: .*time_unit_s'),
        (table("time [s],a [N],b", time=ms), 'is in s by its label, and would have 0.1 Hz, and columns in N: '),
        (table("time [s],a,b", time=lambda t: f"{1e6 * t:.0f}"), "is in s by its label, and would have 0.0001 Hz"),
        ("Sampling rate: 2000 Hz\n" + table("time [s],a,b"), "Sampling rate: 2000 Hz., and its time column has 100 Hz"),
        ("# Sample Rate (kHz): 1\n" + table("time [s],a,b"), "Sample Rate .*100 Hz"),
        (table("time [samples],a,b", time=lambda t: f"{100 * t:.0f}"), '"samples".*time_unit_s'),
        (table("time;a;b", ";", value=lambda v: "1,234"), 'line 2 has "1,234".*decimal = ",".*thousands'),
        (table("time,a,b", value=lambda v: '"1,234"'), 'line 2 has "1,234".*decimal = ",".*thousands'),
        (table("time,a,b", value=lambda v: '"1,234.5"'), 'line 2 has "1,234.5".*thousands = ","'),
        (table("time,a,b", value=lambda v: f"{v + 299.8:,.2f}"), "line 2 has 3 columns.*line 22 has 4"),
        (table("time,a,b", value=lambda v: "1,234"), "5 columns and 3 labels.*delimiter"),
        (table("time,a,", value=lambda v: "12"), "3 columns and 2 labels"),
        (table(",time,a", value=lambda v: "12"), 'column 1", has "0.0" and no label'),
        (table("time;a;b", ";", comma, lambda v: "1.234,5"), 'line 2, column "a", has "1.234,5".*thousands'),
        (table("time;a;b", ";", comma, lambda v: "1.234"), 'line 2, column "a", has "1.234".*decimal'),
        (table("time;a;b", ";", value=lambda v: "1 234"), 'line 2, column "a", has "1 234".*thousands'),
        (table("time;a;b", ";", value=lambda v: "1'234"), "line 2, column \"a\", has \"1'234\".*thousands"),
        (table("time,a,b", value=lambda v: "5%"), 'line 2, column "a", has "5%"'),
        (table("time;a;b", ";").replace("700.100", "700,1"), 'line 2, column "time", has "0.0+"; set decimal'),
        (table("Time,a,b", time=lambda t: f"01:{int(100 * t):02d}"), 'line 2, column "Time", has "01:00"'),
        (table("Time,a,b", time=lambda t: f"12:00:00:{int(100 * t):02d}"), 'has "12:00:00:00"'),
        (table("Time,a,b", time=lambda t: f"{3 + (t > 0.2)}.4.2024 12:00:{t:06.3f}"), "3.4.2024.*order of"),
        (table("Zeit [ms]\ta\tb", "\t", ms, lambda v: point(v).replace(".", ",")), 'has "700,000".*decimal = ","'),
        (table("time,a,b") + table("").lstrip(), 'time goes back: line 42, column "time", has "0.0".*rate'),
        (table("time,a,b") + "Mean,700,701\n", 'no time in row 41 .*line 42, column "time", has "Mean"'),
        (table("time,a,b") + "\nEnd of file\n", 'line 43, column "time", has "End of file"'),
        (table("time,a,b").replace("0.200,", ","), "no time in row 21 .*line 22"),
        ("sensor,L,R\n" + table("axis,x,y"), 'line 1 has "sensor,L,R" and line 2 has "axis,x,y".*skip_rows'),
        (table("x")[2:], 'line 1 has "0.000,700.000,7.000".*set labels'),
        (table("0,1,2"), "set labels"),
        (table("Kräfte,a,b").encode("latin-1"), r'line 1 has "Kr\\xe4fte,a,b"; set encoding'),
        ((table("time,a,b") + "0.40,1,µ\n").encode("latin-1"), r'line 42 has ".*xb5"; set encoding'),
        (table("time,a,b", value=lambda v: "walk"), "no column of numbers"),
        (table("EMG time [s],a,ACC time [s]"), "set time"),
        (b"\n\n", "nothing in it"),
        ("time,a,b\n,,\n,,\n", "no row of values"),
        (table("\x1b[31mtime,a,b", value=lambda v: "\x1b[2J1,2"), "^[^\x1b]*$"),
        (table("time,a,b", time=lambda t: "0"), "stand still.*set rate"),
        (table("time,a,b", time=lambda t: f"12:00:{10 * t:02.0f}"), "stand still.*set rate"),
        (table("Time [ms],a,b\ns,N,N"), "in ms, and the line of units says s"),
    ],
)  # fmt: skip
def test_what_may_mean_two_things_is_said_with_its_cell_and_key(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(ImportFailedError, match=says) as refused:
        read(tmp_path / "x.csv", text)
    assert str(refused.value).count("x.csv") == 1


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (table("time,a,b", time=ms), "time_unit_s = 0.001"),
        (table("time;a;b", ";", comma, lambda v: f"{v * 1000:,.0f}".replace(",", ".")), 'thousands = "."'),
        (table("time,a,b", value=lambda v: f'"{1000 * v:,.1f}"'), 'thousands = ","'),
        (table("time;a;b", ";", value=lambda v: f"{1000 * v:,.1f}".replace(",", " ")), 'thousands = " "'),
        (table("time,a,b", ",", quoted, quoted), 'decimal = ","'),
        (table("n,m,o\ntime,a,b"), "skip_rows = 1"),
        (table("x")[2:], 'labels = ["time", "a", "b"]'),
    ],
)
def test_the_key_that_the_sentence_names_reads_the_file(tmp_path: Path, text: str, keys: str) -> None:
    (stream,) = read(tmp_path / "x.csv", text, f"[import.csv]\n{keys}\n").streams
    np.testing.assert_allclose(stream.timestamps, TIMES, atol=1e-9)
    factor = 1000.0 if "thousands" in keys else 1.0
    np.testing.assert_allclose(np.asarray(stream.samples)[:, 0], factor * (700 + np.array(TIMES)), atol=0.6)


def two_sensors(first: str = "X [s]", second: str = "X [s]", rest: str = ",") -> str:
    rows = (f"{k / 200:.4f},{k}," + (f"{k / 50:.4f},{-k}" if k < 50 else rest) + "\n" for k in range(200))
    return f"{first},L TA: EMG [V],{second},L TA: ACC.X [g]\n" + "".join(rows)


TWO = """
[import.csv.streams.emg]
columns = ["L TA: EMG"]
time = "{}"
[import.csv.streams.acc]
columns = ["L TA: ACC.X"]
time = "{}"
"""


@pytest.mark.parametrize(
    ("text", "lab"),
    [
        (two_sensors(), ""),
        (two_sensors("time", "time"), ""),
        (two_sensors(rest=""), ""),
        (two_sensors(), TWO.replace('time = "{}"', "")),
        (two_sensors("EMG time [s]", "ACC time [s]"), TWO.format("EMG time", "ACC time")),
        (two_sensors("Time [s]", "Time.1 [s]"), TWO.format("Time", "Time.1")),
    ],
)
def test_each_sensor_has_the_times_of_its_own_column(tmp_path: Path, text: str, lab: str) -> None:
    emg, acc = read(tmp_path / "x.csv", text, lab).streams
    np.testing.assert_allclose(emg.timestamps, np.arange(200) / 200, atol=1e-9)
    np.testing.assert_allclose(acc.timestamps, np.arange(50) / 50, atol=1e-9)
    np.testing.assert_array_equal(np.asarray(emg.samples)[:, 0], np.arange(200))
    np.testing.assert_array_equal(np.asarray(acc.samples)[:, 0], -np.arange(50))
    assert (emg.spec.rate, acc.spec.rate) == (200.0, 50.0)
    assert [c.unit for s in (emg, acc) for c in s.spec.channels] == ["V", "g"]


@pytest.mark.survives(
    "files",
    fault="Each sensor of a CSV file has a time column of its own, and nothing says which columns are whose.",
    happens="It is refused.",
    said="“Time.1 … looks like the time of other columns …”",
    lost="Nothing: the file stays.",
)
def test_a_second_time_column_of_another_pace_is_never_a_channel(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match=r"Time\.1.*looks like the time of other columns.*streams"):
        read(tmp_path / "x.csv", two_sensors("Time [s]", "Time.1 [s]"))


def test_a_declared_rate_that_the_times_contradict_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match=r"has 100 Hz and rate of .* is 1000"):
        read(tmp_path / "x.csv", table("time,a,b"), "[import.csv]\nrate = 1000\n")


def test_times_rounded_to_milliseconds_tell_the_rate_only_where_they_are_many(tmp_path: Path) -> None:
    def rounded(rows: int) -> float:
        text = "time,a\n" + "".join(f"{k / 1925.93:.3f},{k}\n" for k in range(rows))
        return read(tmp_path / "x.csv", text).streams[0].spec.rate

    exact = "time,a\n" + "".join(f"{k / 1925.93:.6f},{k}\n" for k in range(2000))
    assert read(tmp_path / "x.csv", exact).streams[0].spec.rate == pytest.approx(1925.93, rel=1e-5)
    assert rounded(20) == 0.0  # 2 % either way: not known
    assert rounded(20_000) == pytest.approx(1925.93, rel=1e-4)


def test_a_clock_that_is_put_to_summer_time_goes_on(tmp_path: Path) -> None:
    rows = [f"2024-03-31T01:59:59.{500 + 20 * k}+01:00,{k}" for k in range(25)]
    rows += [f"2024-03-31T03:00:00.{20 * k:03d}+02:00,{k}" for k in range(25)]
    (stream,) = read(tmp_path / "x.csv", "time,a\n" + "\n".join(rows)).streams
    np.testing.assert_allclose(np.diff(stream.timestamps), 0.02, atol=1e-9)


def test_lines_that_end_in_cr_alone_are_counted_as_they_are(tmp_path: Path) -> None:
    text = ("\n# made by\n\n" + table("time,a,b")).replace("\n", "\r")
    np.testing.assert_allclose(read(tmp_path / "x.csv", text).streams[0].timestamps, TIMES, atol=1e-9)


def test_missing_cells_are_nan_without_a_word(tmp_path: Path) -> None:
    text = (
        table("time,a,b")
        .replace("700.000", "-")
        .replace("700.010", "#N/A")
        .replace("700.020", "")
        .replace("6.990", "NaN")
    )
    imported = read(tmp_path / "x.csv", text)
    samples = np.asarray(imported.streams[0].samples)
    assert np.isnan(samples[[0, 1, 2], 0]).all()
    assert np.isnan(samples[1, 1])
    assert np.isnan(samples).sum() == 4
    assert imported.notes == ()


def test_a_column_of_words_is_left_out_with_a_note(tmp_path: Path) -> None:
    imported = read(tmp_path / "x.csv", "time,a,phase\n0,1,stance\n0.01,2,swing\n")
    assert [c.label for c in imported.streams[0].spec.channels] == ["a"]
    assert '"phase" has words ("stance")' in imported.notes[0]


def test_a_plate_file_of_kistler_is_read_as_a_plain_table_with_nothing_declared(shared: Path) -> None:
    path = shared / "kistler_type3_c3d" / "kistler_CMJ_1plate.txt"
    (stream,) = read_file(path, importer="csv").streams
    truth = np.loadtxt(path, skiprows=19)
    np.testing.assert_array_equal(np.asarray(stream.samples), truth[:, 1:])
    np.testing.assert_array_equal(stream.timestamps, truth[:, 0])
    assert stream.spec.rate == 1000.0
    assert [(c.label, c.unit) for c in stream.spec.channels][-3:] == [("Tz", "N m"), ("Ax", "m"), ("Ay", "m")]


def real_files(shared: Path) -> Iterator[Path]:
    for folder in ("lowback_imu_walk", "foot_imu_walk", "run_treadmill_grf", "walk_emg_synergies", "quiet_standing"):
        yield from sorted((shared / folder).glob("*.csv"))


def test_every_real_file_is_read_or_its_key_is_named(shared: Path) -> None:
    rates, said = {}, []
    for path in real_files(shared):
        try:
            (stream,) = import_file(path).streams
        except ImportFailedError as error:
            said.append(str(error))
        else:
            rates[path.name] = stream.spec.rate
    assert rates == {"joss_example.csv": 300.0, "raw_emg_1000hz.csv": 1000.0}
    keys = ("set time or rate", "set labels", "set skip_rows", "set time_unit_s")
    assert [text for text in said if not any(key in text.lower() for key in keys)] == []


def test_a_rate_that_times_do_not_bear_out_is_refused_or_gives_way_to_them(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match=r"100 Hz and rate of \[import\.csv\] is 94"):
        read(tmp_path / "x.csv", table("time,a,b"), "[import.csv]\nrate = 94.0")
    imported = read(tmp_path / "x.csv", table("time,a,b"), "[import.csv]\nrate = 97.0")
    assert imported.streams[0].spec.rate == 100.0
    assert "the times are believed" in imported.notes[0]
    declared = read(tmp_path / "x.csv", table("time_ms,a,b"), "[import.csv]\ntime_unit_s = 1.0")
    np.testing.assert_allclose(declared.streams[0].timestamps, TIMES, atol=1e-9)


def test_labels_and_units_that_are_repeated_between_values_are_no_values(tmp_path: Path) -> None:
    lines = table("time,a,b\ns,N,V").splitlines()
    again = "\n".join([*lines[:20], *lines[:2], *lines[20:]])
    imported = read(tmp_path / "x.csv", again)
    np.testing.assert_allclose(imported.streams[0].timestamps, TIMES, atol=1e-9)
    np.testing.assert_allclose(np.asarray(imported.streams[0].samples)[:, 0], 700 + np.array(TIMES), atol=1e-9)
    assert any("2 rows that repeat the labels" in note for note in imported.notes)


def test_no_label_is_there_twice_whatever_the_file_calls_its_columns() -> None:
    labels = ["a", "a (3)", "a", "", "channel 4", "a"]
    found = unique(labels, "channel")
    assert len(set(found)) == len(labels)
    assert found[:2] == ["a", "a (3)"]


def test_a_second_column_that_tells_the_time_is_no_channel(tmp_path: Path) -> None:
    rows = "".join(f"{t:.3f},{1e9 + t:.3f},{700 + t:.3f}\n" for t in TIMES)
    imported = read(tmp_path / "x.csv", f"time,timestamp,a [N]\n{rows}")
    assert [c.label for c in imported.streams[0].spec.channels] == ["a"]
    assert any('"timestamp" tells the time, too' in note for note in imported.notes)
    kept = read(
        tmp_path / "x.csv", f"time,timestamp,a [N]\n{rows}", '[import.csv.streams.s]\ncolumns = ["timestamp", "a"]'
    )
    assert [c.label for c in kept.streams[0].spec.channels] == ["timestamp", "a"]


def test_a_number_behind_a_label_is_no_unit(tmp_path: Path) -> None:
    for labels, told in (
        ("time,Fz (1) [N],Fz (2)", [("Fz (1)", "N"), ("Fz (2)", "")]),
        ("time,Quat_W [1],Fz (N)", [("Quat_W", "1"), ("Fz", "N")]),
    ):
        imported = read(tmp_path / "x.csv", table(labels))
        assert [(c.label, c.unit) for c in imported.streams[0].spec.channels] == told
