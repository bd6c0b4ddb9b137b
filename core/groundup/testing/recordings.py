"""A made recording with all that a format may stumble over: every value format, text, gaps, nasty names, nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from groundup.model.streams import DTYPES, Channel, Format, Plate, StreamSpec
from groundup.model.subject import Subject
from groundup.plugin.formats import Imported, ImportedStream
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import

_CORNERS = ((0.5, 0.5, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.0), (0.5, 0.0, 0.0))
_UNITS = ("N", "N", "N", "Nm", "Nm", "Nm")


def awkward() -> Imported:
    """Streams that are valid, and none of them plain."""
    random = np.random.default_rng(5)
    streams = []
    formats: tuple[Format, ...] = ("float32", "double64", "int8", "int16", "int32", "int64")
    for number, kind in enumerate(formats):
        time = 100.0 + np.arange(400) / 200.0
        time[250:] += 0.7  # a gap
        samples = np.round(100.0 * random.standard_normal((400, 2))).clip(-128, 127).astype(DTYPES[kind])
        channels = (Channel("a", "V", "soleus", "L"), Channel("b", "V", "soleus", "R"))
        streams.append(
            ImportedStream(kind, StreamSpec(f"S{number}", "EMG", 200.0, kind, channels, kind), samples, time)
        )
    time = 100.0 + np.arange(1000) / 500.0
    forces = np.zeros((1000, 6))
    forces[300:700, 2] = 700.0
    forces[10, 0] = np.nan
    plate = tuple(Channel(f"F{i}", unit, "plate:1", "L") for i, unit in enumerate(_UNITS))
    spec = StreamSpec("../../Plätte 1", "Force", 500.0, "double64", plate, "p", plate=Plate(2, _CORNERS))
    streams.append(ImportedStream("plate", spec, forces, time))
    texts = [['comma, "quote"\nline'], ["Zürich 頭"], [""]]
    words = StreamSpec("Words", "Markers", 0.0, "string", (Channel("m"),), "w")
    streams.append(ImportedStream("words", words, texts, np.array([100.1, 100.5, 101.9])))
    none = StreamSpec("Nothing", "EMG", 100.0, "float32", (Channel("x", "V"),), "n")
    streams.append(ImportedStream("nothing", none, np.empty((0, 1), np.float32), np.empty(0)))
    bare = StreamSpec("Bare", "EMG", 200.0, "float32", (), "b")
    streams.append(ImportedStream("bare", bare, np.empty((400, 0), np.float32), 100.0 + np.arange(400) / 200.0))
    silent = StreamSpec("Silent", "Markers", 0.0, "string", (Channel("m"),), "s")
    streams.append(ImportedStream("silent", silent, [], np.empty(0)))
    return Imported(tuple(streams), Subject(70.0))


def awkward_recording(folder: Path) -> Path:
    """The same, sealed; the path of the recording."""
    path = folder / "awkward.h5"
    path.write_bytes(_sealed())
    return path


@cache  # many laws ask for it, each for one of its own
def _sealed() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "awkward.h5"
        seal(source_from_import(awkward()), path)
        return path.read_bytes()
