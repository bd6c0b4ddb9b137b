"""Compressing recordings: size and time of gzip+shuffle and lzf against none, on EMG and force plates."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row
from groundup.sources.importers import import_file

_FILTERS: dict[str, dict[str, Any]] = {
    "gzip level 4 and shuffle": {"compression": "gzip", "compression_opts": 4, "shuffle": True},
    "lzf and shuffle": {"compression": "lzf", "shuffle": True},
}
_RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data"


def run() -> list[Row]:
    """Rows in pairs: bytes a value, and seconds to write and read 50 MB."""
    rows = []
    for name, samples in _samples().items():
        plain = _measure(samples, {"fletcher32": True})
        for label, options in _FILTERS.items():
            packed = _measure(samples, {"fletcher32": True, **options})
            rows.append(Row(f"{name}, {label}: size", packed[0], "bytes a value", "no compression", plain[0]))
            rows.append(Row(f"{name}, {label}: write and read", packed[1], "s", "no compression", plain[1]))
    return rows


def _samples() -> dict[str, NDArray[np.float32]]:
    """EMG and plates, real where the recordings are at hand, as a device sends them (float32)."""
    file = _RECORDINGS / "walk_two_plates_emg_c3d" / "Gait.c3d"
    if not file.exists():
        random = np.random.default_rng(0)
        return {"made noise": random.standard_normal((800_000, 16)).astype(np.float32)}
    streams = {stream.id: np.asarray(stream.samples, np.float32) for stream in import_file(file).streams}
    return {"real EMG (16 channels)": _long(streams["emg"]), "real force plate (6 channels)": _long(streams["plate_1"])}


def _long(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same again and again, to 50 MB."""
    return np.tile(samples, (50_000_000 // samples.nbytes + 1, 1))


def _measure(samples: NDArray[np.float32], options: dict[str, Any]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5"
        return _size(path, samples, options), min(_timed(lambda: _round_trip(path, samples, options)) for _ in range(3))


def _round_trip(path: Path, samples: NDArray[np.float32], options: dict[str, Any]) -> None:
    _size(path, samples, options)
    with h5py.File(path) as file:
        _ = file["x"][...]


def _size(path: Path, samples: NDArray[np.float32], options: dict[str, Any]) -> float:
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("x", data=samples, chunks=(4096, samples.shape[1]), **options)
        return float(dataset.id.get_storage_size() / samples.size)


def _timed(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
