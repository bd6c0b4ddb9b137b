"""CSV in by a declaration, real files included; recordings out, and read back to the bit by others."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import groundup
from groundup.lab.tables import LabError, parse_lab
from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import ImportFailedError, import_file
from groundup.workflows.export import ExportError, export_recording


def read(path: Path, text: str, lab: str = "", **more: str) -> Imported:
    path.write_bytes(text.encode(more.get("encoding", "utf-8")))
    return import_file(path, parse_lab(lab))


def test_a_table_with_labels_units_and_time_needs_no_declaration(tmp_path: Path) -> None:
    rows = "\n".join(f"{k / 100:.3f},{k},{-k}.5" for k in range(50))
    imported = read(tmp_path / "walk.csv", f"Time [s],Fz [N],Mx (Nm)\n{rows}\n")
    (stream,) = imported.streams
    assert (stream.spec.name, stream.spec.rate, stream.spec.format) == ("walk", 100.0, "double64")
    assert [(c.label, c.unit) for c in stream.spec.channels] == [("Fz", "N"), ("Mx", "Nm")]
    np.testing.assert_array_equal(stream.timestamps, np.round(np.arange(50) / 100, 3))
    np.testing.assert_array_equal(np.asarray(stream.samples)[:, 0], np.arange(50))
    assert imported.notes == ()


def test_a_declaration_divides_columns_into_streams_and_words(tmp_path: Path) -> None:
    lab = """
[import.csv]
delimiter = ";"
decimal = ","
skip_rows = 2
units_row = true
time = "t"
time_unit_s = 0.001
[import.csv.streams.emg]
columns = ["left", "right"]
type = "EMG"
[import.csv.streams.marks]
columns = ["note"]
text = true
[streams.emg.channels]
"left" = { site = "soleus", side = "L" }
"""
    text = "made by\nsomething\nt;left;right;unused;note\nms;mV;mV;;\n0;1,5;2;9;\n10;-2,25;3;9;go\n20;3,125;4;9;\n"
    imported = read(tmp_path / "x.txt", text, lab)
    emg, marks = imported.streams
    assert (emg.id, emg.spec.type, emg.spec.rate) == ("emg", "EMG", 0.0)
    np.testing.assert_array_equal(np.asarray(emg.samples), [[1.5, 2], [-2.25, 3], [3.125, 4]])
    np.testing.assert_allclose(emg.timestamps, [0.0, 0.01, 0.02])
    assert [(c.label, c.unit, c.site, c.side) for c in emg.spec.channels] == [
        ("left", "mV", "soleus", "L"), ("right", "mV", "", ""),
    ]  # fmt: skip
    assert marks.spec.type == "Markers"
    assert [list(row) for row in marks.samples] == [["go"]]
    np.testing.assert_allclose(marks.timestamps, [0.01])


def test_a_column_of_values_only_has_the_rate_and_label_of_the_declaration(shared: Path) -> None:
    path = shared / "run_treadmill_grf" / "custom_drift_S001runT25.csv"
    lab = parse_lab('[import.csv]\nlabels = ["Fz"]\nrate = 300\ntype = "Force"\n')
    (stream,) = import_file(path, lab).streams
    truth = np.loadtxt(path)
    np.testing.assert_array_equal(np.asarray(stream.samples)[:, 0], truth)
    np.testing.assert_allclose(stream.timestamps, np.arange(len(truth)) / 300.0)
    assert (stream.spec.rate, stream.spec.type) == (300.0, "Force")


def test_a_published_plate_file_is_read_as_it_is(shared: Path) -> None:
    path = shared / "quiet_standing" / "BDS00001.txt"
    (stream,) = import_file(path).streams
    truth = np.loadtxt(path, skiprows=1)
    np.testing.assert_array_equal(np.asarray(stream.samples), truth[:, 1:])
    np.testing.assert_array_equal(stream.timestamps, truth[:, 0])
    assert stream.spec.rate == 100.0
    assert [(c.label, c.unit) for c in stream.spec.channels][:4] == [
        ("Fx", "N"),
        ("Fy", "N"),
        ("Fz", "N"),
        ("Mx", "Nm"),
    ]


def test_cells_that_are_no_numbers_are_nan_and_said(tmp_path: Path) -> None:
    imported = read(tmp_path / "x.csv", "time,a,b\n0,1,\n1,oops,5\n2,nan,6\n")
    values = np.asarray(imported.streams[0].samples)
    np.testing.assert_array_equal(values, [[1, np.nan], [np.nan, 5], [np.nan, 6]])
    assert len(imported.notes) == 1
    assert 'row 2 of the values, is "oops"' in imported.notes[0]


@pytest.mark.parametrize(
    ("text", "lab", "says"),
    [
        ("a,b\n1,2\n", "", "no column.*that tells the time.*a, b"),
        ("time,a\nx,2\n", "", "no time in row 1"),
        ("time,a\n1,2\n1,2,3\n", "", "cannot be read as declared|columns"),
        ("time,a\n1,2\n", "[import.csv]\nskip_rows = 9\n", "skips all of it"),
        ("time;a\n1;2\n", '[import.csv]\ndelimiter = ","\nrate=1\nlabels=["x", "y"]\n', "2 labels"),
        ("time,a\n1,2\n", '[import.csv.streams.emg]\ncolumns = ["b"]\n', 'no column "b".*it has a'),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_a_sentence(tmp_path: Path, text: str, lab: str, says: str) -> None:
    with pytest.raises(ImportFailedError, match=says):
        read(tmp_path / "x.csv", text, lab)


@pytest.mark.parametrize(
    ("lab", "says"),
    [
        ("[import.csv]\nseparator = ';'\n", r'\[import.csv\] has an unknown key "separator"'),
        ("[import.csv.streams.emg]\ncolums = ['a']\n", 'did you mean "columns"'),
        ("[import.cvs]\n", r'\[import.cvs\].*did you mean "csv"'),
        ("[import.csv]\ndelimiter = ','\ndecimal = ','\n", "both"),
        ("[import.csv]\nrate = -1\n", "rate is -1"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_said_with_what_would_do(tmp_path: Path, lab: str, says: str) -> None:
    with pytest.raises(LabError, match=says):
        read(tmp_path / "x.csv", "time,a\n1,2\n", lab)


def test_a_file_that_is_no_text_in_its_encoding_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="set encoding"):
        read(tmp_path / "x.csv", "time,Kräfte\n0,1\n", encoding="latin-1")
    lab = parse_lab('[import.csv]\nencoding = "latin-1"\n')
    assert import_file(tmp_path / "x.csv", lab).streams[0].spec.channels[0].label == "Kräfte"


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    raw = rng.integers(0, 2**32, (5000, 3), np.uint32).view(np.float32)
    raw[~np.isfinite(raw)] = 1.0
    raw[7] = [np.nan, np.inf, -np.inf]
    emg = StreamSpec(
        "EMG", "EMG", 1000.0, "float32", (Channel("a", "V", "soleus", "L"), Channel('b "q", r'), Channel("c"))
    )
    count = StreamSpec("count", "Other", 0.0, "int64", (Channel("n"),))
    words = StreamSpec("words", "Markers", 0.0, "string", (Channel("word"),))
    imported = Imported(
        (
            ImportedStream("emg", emg, raw, 100.0 + np.arange(5000) / 1000.0 + rng.normal(0, 1e-7, 5000)),
            ImportedStream("count", count, np.array([[2**62 + 1], [-(2**63)]]), np.array([100.5, 101.0])),
            ImportedStream("words", words, [['one, "two"'], ["ä\nb"], [""]], np.array([100.0, 101.0, 102.0])),
        )
    )
    path = tmp_path / "walk.h5"
    seal(source_from_import(imported), path)
    return path


def test_an_export_reads_back_to_the_bit(sealed: Path) -> None:
    made, left_out = export_recording(sealed, "csv")
    assert made == sealed.with_name("walk_csv")
    assert len(left_out) == 1
    with groundup.open(sealed) as recording:
        emg = recording.streams["emg"]
        table = pd.read_csv(made / "streams" / "emg.csv")
        assert list(table.columns) == ["time", "timestamp", "a [V]", 'b "q", r', "c"]
        np.testing.assert_array_equal(table["time"].to_numpy(), emg.time)
        np.testing.assert_array_equal(table["timestamp"].to_numpy(), emg.timestamps)
        np.testing.assert_array_equal(table.iloc[:, 2:].to_numpy(np.float32), np.asarray(emg.samples))
    with (made / "streams" / "count.csv").open(newline="") as file:
        assert [row[2] for row in csv.reader(file)][1:] == [str(2**62 + 1), str(-(2**63))]
    with (made / "streams" / "words.csv").open(newline="", encoding="utf-8") as file:
        assert [row[2] for row in csv.reader(file)][1:] == ['one, "two"', "ä\nb", ""]
    channels = pd.read_csv(made / "channels.csv")
    assert channels.loc[0, "site"] == "soleus"
    assert sorted(p.name for p in made.iterdir()) == [
        "channels.csv", "events.csv", "ledger.csv", "participant.csv", "streams", "streams.csv", "trials.csv",
    ]  # fmt: skip


def test_results_are_tables_of_their_own(shared: Path, tmp_path: Path) -> None:
    from groundup.workflows.analyze import analyze

    path = tmp_path / "x.h5"
    seal(source_from_import(import_file(shared / "walk_overground_c3d" / "HC030A05.c3d")), path)
    analyze(path, ["stance_time"])
    made, _ = export_recording(path, "csv", tmp_path / "out")
    with groundup.open(path) as recording:
        events = pd.read_csv(made / "events.csv", keep_default_na=False)
        assert events["kind"].tolist() == recording.events["kind"].tolist()
        np.testing.assert_array_equal(events["time"], recording.events["time"])
        stance = pd.read_csv(made / "metrics" / "stance_time.csv")
        np.testing.assert_array_equal(stance["value"], recording.metrics["stance_time"]["value"])
        assert {p.stem for p in (made / "processed").iterdir()} == set(recording.processed)


def test_an_export_never_overwrites_and_never_leaves_a_half(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundup.recording.stream import Stream

    made, _ = export_recording(sealed, "csv")
    with pytest.raises(FileExistsError, match="not overwritten"):
        export_recording(sealed, "csv")

    def fails(self: Stream, rows: int = 0) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Stream, "timed_pieces", fails)
    for name in ("csv", "xdf"):
        with pytest.raises(OSError, match="could not be written: No space left"):
            export_recording(sealed, name, sealed.with_name(f"again-{name}"))
    assert {p.name for p in sealed.parent.iterdir()} == {"walk.h5", made.name}


def test_a_format_that_nobody_writes_is_said(sealed: Path) -> None:
    with pytest.raises(ExportError, match='writes "csw"; did you mean "csv"'):
        export_recording(sealed, "csw")


PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "csv-and-xdf.md"


def test_the_page_on_csv_has_every_key_and_its_example_is_read(tmp_path: Path) -> None:
    import msgspec

    from groundup_plugins.formats.csv.settings import CsvSettings, CsvStream

    page = PAGE.read_text(encoding="utf-8")
    for struct in (CsvSettings, CsvStream):
        for field in msgspec.structs.fields(struct):
            assert f"`{field.encode_name}`" in page
    (declaration,) = [part.split("```")[0] for part in page.split("```toml\n")[1:]]
    text = "1\n2\n3\n4\nTime;Fx;Fy;Fz;Mx;My;Mz;Comment\nms;N;N;N;Nm;Nm;Nm;\n10;1;2;700,5;4;5;6;step\n20;1;2;3;4;5;6;\n"
    plate, marks = read(tmp_path / "x.csv", text, declaration).streams
    assert np.asarray(plate.samples)[0, 2] == 700.5
    assert (plate.spec.channels[2].site, plate.spec.channels[2].side) == ("plate:1", "L")
    assert plate.spec.kind == "plate"
    assert [list(row) for row in marks.samples] == [["step"]]


def test_the_exporter_on_the_page_writes(sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from groundup.plugin.manager import load
    from groundup.workflows import export

    page = PAGE.read_text(encoding="utf-8")
    (tmp_path / "exporter_of_the_page.py").write_text(page.split("```python\n")[1].split("```")[0], encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = load([EntryPoint("counts", "exporter_of_the_page", "groundup")])
    assert found.failures == []
    monkeypatch.setattr(export, "plugins", lambda: found)
    made, left_out = export_recording(sealed, "counts")
    assert made.name == "walk.counts"
    assert made.read_text() == "emg 5000\ncount 2\nwords 3"
    assert left_out == ["the samples are not in the file"]


def test_a_recording_names_the_importer_that_read_its_file(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from groundup.cli import main

    (tmp_path / "x.csv").write_text("time,a\n0,1\n0.01,2\n")
    done = CliRunner().invoke(main, ["import", str(tmp_path / "x.csv"), "-o", str(tmp_path / "x.h5"), "--no-analyze"])
    assert done.exit_code == 0, done.output
    with groundup.open(tmp_path / "x.h5") as recording:
        assert recording.software["groundup:csv"] == recording.software["groundup"]
