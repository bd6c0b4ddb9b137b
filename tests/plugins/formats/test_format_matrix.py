"""What each format carries of a recording, and how well: every cell is read back by a reader that we did not write.

`MATRIX` is also docs/reference/formats.md.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plugins.formats import made_lab, matrix_readers

from groundup.lab.tables import parse_lab
from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording import Recording
from groundup.sources.importers import import_file
from groundup.workflows.analyze import analyze
from groundup.workflows.export import export_recording

EXACT, SINGLE, WIDE, SHORT, DIGITS, MICRO, EVEN, NO = (
    "exactly", "as float32", "in 24 bits", "in 16 bits", "to 9 digits", "to 2 µs", "even, to 5 µs", "no",
)  # fmt: skip
MATRIX = {
    "EMG": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "in 24 bits", "c3d": "as float32", "bdf": "in 24 bits", "edf": "in 16 bits", "opensim": "no",
    },
    "plates: samples": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "as float32", "bdf": "in 24 bits", "edf": "in 16 bits", "opensim": "no",
    },
    "plates: type and place": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "as float32", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "markers": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "as float32", "bdf": "in 24 bits", "edf": "in 16 bits", "opensim": "to 9 digits",
    },
    "outputs of a model": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "as float32", "bdf": "in 24 bits", "edf": "in 16 bits", "opensim": "no",
    },
    "time": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "even, to 5 µs", "c3d": "even, to 5 µs", "bdf": "even, to 5 µs", "edf": "even, to 5 µs",
        "opensim": "no",
    },
    "time stamps of the device": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "no",
        "bids": "no", "c3d": "no", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "unit, site, side": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "exactly", "bdf": "exactly", "edf": "exactly", "opensim": "no",
    },
    "words": {
        "csv": "exactly", "xdf": "exactly", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "no", "c3d": "no", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "events": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "to 2 µs", "bdf": "to 2 µs", "edf": "to 2 µs", "opensim": "no",
    },
    "trials": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "to 2 µs", "c3d": "no", "bdf": "to 2 µs", "edf": "to 2 µs", "opensim": "no",
    },
    "mass and height": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "as float32", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "certificates": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "exactly", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "ledger": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "exactly", "c3d": "exactly", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "metrics": {
        "csv": "exactly", "xdf": "no", "parquet": "exactly", "mat": "exactly", "nwb": "exactly",
        "bids": "no", "c3d": "no", "bdf": "no", "edf": "no", "opensim": "no",
    },
    "ground reaction forces": {
        "csv": "exactly", "xdf": "no", "parquet": "no", "mat": "no", "nwb": "exactly",
        "bids": "no", "c3d": "no", "bdf": "no", "edf": "no", "opensim": "to 9 digits",
    },
    "other processed signals": {
        "csv": "exactly", "xdf": "no", "parquet": "no", "mat": "no", "nwb": "exactly",
        "bids": "no", "c3d": "no", "bdf": "no", "edf": "no", "opensim": "no",
    },
}  # fmt: skip
FORMATS = list(MATRIX["EMG"])
READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "csv": matrix_readers.csv, "xdf": matrix_readers.xdf, "parquet": matrix_readers.parquet,
    "mat": matrix_readers.mat, "nwb": matrix_readers.nwb, "bids": matrix_readers.bids, "c3d": matrix_readers.c3d,
    "bdf": matrix_readers.edf, "edf": matrix_readers.edf, "opensim": matrix_readers.opensim,
}  # fmt: skip
SENTENCES = {
    "EMG": "stream emg is not", "plates: samples": "channels and places of the plates are not",
    "plates: type and place": "plates", "outputs of a model": "stream model is not",
    "time": "stream emg is not|lab time", "time stamps of the device": "own time stamps",
    "unit, site, side": "stream emg is not", "words": "stream said is not", "events": "events",
    "trials": "trials", "mass and height": "mass|the person", "certificates": "certificates", "ledger": "ledger",
    "metrics": "metrics", "ground reaction forces": "processed signals are not",
    "other processed signals": "processed signals are not",
}  # fmt: skip
"""What the exporter says of a thing that its format has no place for."""


def lab() -> Imported:
    """The made lab with EMG at the rate of the plate, outputs of a model, a trial and a line in the ledger."""
    t = made_lab.times(1000.0)
    emg = StreamSpec("EMG", "EMG", 1000.0, "float32", (Channel("SOL L", "mV", "soleus", "L"), Channel("TA", "mV")), "e")
    muscles = np.column_stack([np.sin(500 * t), np.cos(300 * t)]).astype(np.float32)
    frames = made_lab.times(100.0)
    outputs = tuple(Channel(f"LAnkle{name}.{axis}", unit, "ankle", "L")
                    for name, unit in (("Angles", "rad"), ("Power", "W/kg")) for axis in "xyz")  # fmt: skip
    model = StreamSpec("Model", "Model", 100.0, "double64", outputs, "o")
    angles = np.column_stack([np.sin(frames + k) for k in range(6)])
    plate, _, mocap, _, said = made_lab.lab().streams
    streams = (
        plate, ImportedStream("emg", emg, muscles, t), mocap, ImportedStream("model", model, angles, frames), said,
        made_lab.trial(),
    )  # fmt: skip
    return replace(made_lab.lab(), streams=streams, notes=("this file is a made one",))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = made_lab.recording(tmp_path_factory.mktemp("matrix") / "x.h5", lab())
    analyze(found, ["stance_time"])
    return found


@pytest.fixture(scope="module")
def truth(path: Path) -> dict[str, Any]:
    with Recording(path) as recording:
        plate = recording.streams["plate_left"].spec.plate
        assert plate is not None
        streams = {
            key: stream.samples[:] for key, stream in recording.streams.items() if key not in ("said", "control")
        }
        return {
            "EMG": streams["emg"], "plates: samples": streams["plate_left"], "markers": streams["mocap"],
            "plates: type and place": [plate.type, np.asarray(plate.corners_m), np.asarray(plate.origin_m)],
            "outputs of a model": streams["model"], "time": recording.streams["emg"].time - made_lab.START,
            "time stamps of the device": recording.streams["emg"].timestamps,
            "unit, site, side": [[c.unit, c.site, c.side] for c in recording.streams["emg"].channels],
            "words": [row[0].decode() for row in recording.streams["said"].values()],
            "events": [[e.time - made_lab.START, e.kind, e.side, e.text] for e in recording.event_list()],
            "trials": [[t.t0 - made_lab.START, t.t1 - made_lab.START, t.name, t.condition]
                       for t in recording.trial_list()],
            "mass and height": [recording.participant.mass_kg, recording.participant.height_m],
            "certificates": recording.streams["emg"].certificate.reason,
            "ledger": recording.ledger["message"].tolist(),
            "metrics": recording.metrics["stance_time"]["value"].tolist(),
            "ground reaction forces": recording.processed["plate_left.grf"].samples,
            "other processed signals": recording.processed["emg.envelope"].samples,
        }  # fmt: skip


@pytest.mark.rig
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_carries_what_its_column_says_and_says_what_it_does_not(
    path: Path, truth: dict[str, Any], tmp_path: Path, name: str
) -> None:
    out, left_out = export_recording(path, name, tmp_path / f"x.{name}")
    back = READERS[name](out)
    for row, expected in truth.items():
        level = MATRIX[row][name]
        if level == NO:
            assert row not in back
            assert re.search(SENTENCES[row], "\n".join(left_out)), f"nobody says that {row} is left out"
        else:
            same(back[row], expected, row, level)


def same(found: Any, expected: Any, row: str, *levels: str) -> None:
    """Hold what was read to a level, or to those of two formats one after the other."""
    if isinstance(expected, list):
        assert len(found) == len(expected), row
        for one, other in zip(found, expected, strict=True):
            same(one, other, row, *levels)
    elif isinstance(expected, str):
        assert found == expected, row
    else:
        wanted = np.asarray(expected)
        numbers = np.asarray(found, np.float64)
        if set(levels) == {EXACT}:
            numbers = numbers.astype(wanted.dtype)
        if {WIDE, SHORT} & set(levels):  # beside a gap stands the least number, and an annotation
            numbers = np.where(np.isfinite(wanted), numbers, np.nan)
        span = float(np.nanmax(wanted) - np.nanmin(wanted)) if wanted.ndim == 2 else 0.0
        tolerances = np.array([_tolerance(level, span) for level in levels])
        relative, absolute = tolerances.sum(axis=0)
        np.testing.assert_allclose(numbers, wanted, rtol=relative, atol=absolute, err_msg=row)


def _tolerance(level: str, span: float) -> tuple[float, float]:
    return {
        EXACT: (0.0, 0.0), SINGLE: (1.2e-7, 1e-12), DIGITS: (1e-8, 1e-7), MICRO: (0.0, 2e-6), EVEN: (0.0, 5e-6),
        WIDE: (0.0, 1.01 * span / 2**24 + 1e-6), SHORT: (0.0, 1.01 * span / 2**16 + 1e-6),
    }[level]  # fmt: skip


CAME_IN = ("EMG", "plates: samples", "markers", "outputs of a model")
"""What a recording has that was made of another format."""


@pytest.mark.rig
@pytest.mark.parametrize("first", ["c3d", "xdf", "csv"])
def test_what_two_formats_carry_goes_from_one_to_the_other(
    path: Path, truth: dict[str, Any], tmp_path: Path, first: str
) -> None:
    between, _ = export_recording(path, first, tmp_path / f"a.{first}")
    again = made_lab.recording(tmp_path / "again.h5", came_in(between, first))
    analyze(again, ["stance_time"])
    for second in FORMATS:
        back = READERS[second](export_recording(again, second, tmp_path / f"b.{second}")[0])
        for row in CAME_IN:
            if MATRIX[row][second] == NO:
                continue
            # A plate comes out of C3D with its moments in N mm, which every format but C3D then has.
            millimetres = row == "plates: samples" and first == "c3d" and second != "c3d"
            found = back[row] / [1, 1, 1, 1000, 1000, 1000] if millimetres else back[row]
            same(found, truth[row], f"{row} from {first} to {second}", MATRIX[row][first], MATRIX[row][second])


def came_in(file: Path, first: str) -> Imported:
    """What the importer read, with the names of the made lab, and a trial and a sentence in place of those lost."""
    originals = {stream.id: stream for stream in lab().streams}
    found = []
    if first == "csv":
        for key in ("emg", "plate_left", "mocap", "model", "said"):
            spec = originals[key].spec
            columns = ", ".join(f'"{channel.label}"' for channel in spec.channels)
            text = "\ntext = true" if spec.format == "string" else ""
            declared = parse_lab(f"[import.csv.streams.{key}]\ncolumns = [{columns}]{text}")
            (stream,) = import_file(file / "streams" / f"{key}.csv", declared).streams
            found.append(replace(stream, spec=replace(spec, format=stream.spec.format)))
    else:
        keys = {"plate_1": "plate_left", "events": "said"} | {one.spec.name: key for key, one in originals.items()}
        shift = made_lab.START if first == "c3d" else 0.0  # C3D begins with its first sample
        for stream in import_file(file).streams:
            key = keys.get(stream.id, keys.get(stream.spec.name, stream.id))
            if key != "control":
                spec = replace(stream.spec, name=originals[key].spec.name)
                found.append(replace(stream, id=key, spec=spec, timestamps=stream.timestamps + shift))
    return Imported((*found, made_lab.trial()), lab().subject, ("this file came by another format",))
