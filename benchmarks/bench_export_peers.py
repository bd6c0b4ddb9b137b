"""C3D, BDF+ and MOT beside the libraries that write them alone: from a recording of some minutes to the file."""

import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import edfio
import ezc3d
import numpy as np

from benchmarks.rows import Row
from groundup.model.streams import Channel, Plate, StreamSpec
from groundup.plugin.formats import Imported, ImportedStream
from groundup.recording import Recording
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.workflows.analyze import analyze
from groundup_plugins.formats.c3d.writing import write_c3d
from groundup_plugins.formats.edf.writing import write_edf
from groundup_plugins.formats.opensim.writing import write_opensim

_CHANNELS, _RATE, _TIMES = 30, 1000.0, 3
_EMG_S, _PLATE_S = 300, 60
_CORNERS = ((0.6, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.4, 0.0), (0.6, 0.4, 0.0))
Write = Callable[[Recording, Path], object]


def run() -> list[Row]:
    """Each writer in turn, the best of three."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        emg, plate = _recordings(folder)
        pairs: list[tuple[str, Path, Write, Write, str]] = [
            ("c3d", emg, lambda r, out: write_c3d(r, out, _quiet), _ezc3d, "ezc3d"),
            ("bdf", emg, lambda r, out: write_edf(r, out, _quiet, 3), _edfio, "edfio"),
            ("mot", plate, lambda r, out: write_opensim(r, out, _quiet), _savetxt, "numpy"),
        ]
        for form, path, ours, theirs, peer in pairs:
            best = [float("inf"), float("inf")]
            for attempt in range(_TIMES):
                for place, write in enumerate((ours, theirs)):
                    out = folder / f"{form}-{attempt}-{place}.{form}"
                    with Recording(path) as recording:
                        began = time.perf_counter()
                        write(recording, out)
                        best[place] = min(best[place], time.perf_counter() - began)
            rows.append(
                Row(
                    f"{form}, {_PLATE_S if form == 'mot' else _EMG_S} s",
                    best[0],
                    "s",
                    f"{peer} {version(peer)}",
                    best[1],
                    "1.5 x theirs",
                )
            )
    return rows


def _quiet(share: float) -> None:
    """Nobody looks."""


def _recordings(folder: Path) -> tuple[Path, Path]:
    times, plate_times = (np.arange(round(seconds * _RATE)) / _RATE for seconds in (_EMG_S, _PLATE_S))
    random = np.random.default_rng(1)
    emg = StreamSpec("emg", "EMG", _RATE, "double64", tuple(Channel(f"c{n}", "V") for n in range(_CHANNELS)))
    axes = zip(("Fx", "Fy", "Fz", "Mx", "My", "Mz"), ("N", "N", "N", "Nm", "Nm", "Nm"), strict=True)
    spec = StreamSpec("plate", "Force", _RATE, "double64", tuple(Channel(name, unit, "plate:1") for name, unit in axes),
                      plate=Plate(2, _CORNERS))  # fmt: skip
    sine, cosine, zero = np.sin(plate_times), np.cos(plate_times), 0 * plate_times
    forces = np.column_stack([zero, zero, -700 + 30 * sine, sine, cosine, zero])
    found = []
    signals = ((emg, random.standard_normal((len(times), _CHANNELS)), times), (spec, forces, plate_times))
    for one, samples, time_of in signals:
        path = folder / f"{one.name}.h5"
        seal(source_from_import(Imported((ImportedStream(one.name, one, samples, time_of),))), path)
        found.append(path)
    analyze(found[1], ["stance_time"])
    return found[0], found[1]


def _ezc3d(recording: Recording, out: Path) -> None:
    file = ezc3d.c3d()
    values = np.asarray(recording.streams["emg"].values())
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["ANALOG"]["RATE"]["value"] = [_RATE]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = [f"c{n}" for n in range(_CHANNELS)]
    file["data"]["points"] = np.zeros((4, 0, len(values) // 10))
    file["data"]["analogs"] = values.T[np.newaxis]
    file.write(str(out))


def _edfio(recording: Recording, out: Path) -> None:
    values = np.asarray(recording.streams["emg"].values())
    signals = [edfio.BdfSignal(column * 1e6, _RATE, label=f"c{n}") for n, column in enumerate(values.T)]
    edfio.Bdf(signals).write(out)


def _savetxt(recording: Recording, out: Path) -> None:
    signal = recording.processed["plate.grf"]
    rows = np.column_stack([signal.time, signal.samples, np.zeros((len(signal.time), 3))])
    np.savetxt(out, rows, fmt=["%.9f", *["%.9g"] * 9], delimiter="\t")
