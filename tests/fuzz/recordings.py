"""Sealed recordings, damaged byte by byte or rewritten by somebody else: looked at, summed up, never believed."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np

import groundup
from groundup.model.source import PROBE, Source, SourceStream
from groundup.model.streams import Channel, StreamSpec
from groundup.recording import RecordingError
from groundup.recording.info import summary
from groundup.recording.seal import seal
from groundup.recording.verify import verify
from tests.fuzz.mutations import Rng, mutated, refused

_STRUCTURE_BYTES = 60_000


def try_bytes(rng: Rng, folder: Path) -> str:
    """Damage to the bytes is found, or it was in bytes that mean nothing."""
    path = folder / "x.h5"
    path.write_bytes(mutated(rng, _sound(), 3, None if rng.random() < 0.3 else _STRUCTURE_BYTES))
    if verify(path):
        _look(path)
        return "found"
    assert content(path) == _content_of_sound(), f"{path} is damaged, and verify says nothing"
    return "sound"


def try_structure(rng: Rng, folder: Path) -> str:
    """A file that HDF5 reads and no groundup wrote."""
    path = folder / "x.h5"
    path.write_bytes(_sound())
    with h5py.File(path, "r+") as file:
        for _ in range(int(rng.integers(1, 4))):
            _EDITS[int(rng.integers(len(_EDITS)))](rng, file)
    verify(path)
    return _look(path)


def _look(path: Path) -> str:
    try:
        with groundup.open(path) as recording:
            summary(recording)
    except RecordingError as error:
        return refused(error)
    return "read"


@cache
def _sound() -> bytes:
    """A small recording of two streams."""
    stamps = 5.0 + np.arange(900) / 100.0
    spec = StreamSpec("emg", "EMG", 100.0, "float32", (Channel("a", "V"), Channel("b", "V")), "e", "pc")
    values = np.zeros((900, 2), np.float32)
    texts = [[b"go"], [b"stop"]]
    words = StreamSpec("words", "Markers", 0.0, "string", (Channel("m"),), "w", "pc")
    probes = np.array([(5.0 + k, 0.25, 1e-4, 5.25 + k) for k in range(9)], PROBE)
    streams = (
        SourceStream("emg", spec, "<info/>", 900, lambda: iter([(stamps, values)]), probes),
        SourceStream("words", words, "<info/>", 2, lambda: iter([(stamps[:2], texts)]), probes),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5"
        seal(Source(streams, "id", "2026-01-01T00:00:00+00:00", 5.0), path)
        return path.read_bytes()


def content(path: Path) -> list[tuple[str, bytes]]:
    """All data and attributes of a recording."""
    found: list[tuple[str, bytes]] = []

    def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
        found.extend((f"{name}@{key}", np.asarray(item.attrs[key]).tobytes()) for key in sorted(item.attrs))
        if isinstance(item, h5py.Dataset):
            found.append((name, item[...].tobytes()))

    with h5py.File(path) as file:
        add("/", file)
        file.visititems(add)
    return found


@cache
def _content_of_sound() -> list[tuple[str, bytes]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5"
        path.write_bytes(_sound())
        return content(path)


def _places(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return names


def _any(rng: Rng, file: h5py.File) -> str:
    names = _places(file)
    return names[int(rng.integers(len(names)))] if names else "streams"


def _delete(rng: Rng, file: h5py.File) -> None:
    name = _any(rng, file)
    if name in file:
        del file[name]


def _replace(rng: Rng, file: h5py.File) -> None:
    name = _any(rng, file)
    if name in file:
        del file[name]
    match int(rng.integers(9)):
        case 0:
            file.create_dataset(name, (2**40,), "<f8", chunks=(1 << 16,))
        case 1:
            file.create_dataset(name, (2**40, 2), "<f4", chunks=(1 << 16, 2), fletcher32=True)
        case 2:
            file[name] = h5py.ExternalLink("/etc/passwd", "/")
        case 3:
            file[name] = h5py.SoftLink(f"/{name}")
        case 4:
            file.create_group(name)
        case 5:
            file[name] = "text"
        case 6:
            file[name] = np.zeros((3, 0), np.complex64)
        case 7:
            file.create_dataset(name, data=np.array(["a", "b"], object), dtype=h5py.string_dtype())
        case _:
            file[name] = h5py.Empty("f8")


def _loop(rng: Rng, file: h5py.File) -> None:
    groups = [name for name in _places(file) if isinstance(file.get(name), h5py.Group)]
    if groups:
        group, name = file[groups[int(rng.integers(len(groups)))]], f"loop{rng.integers(9)}"
        if name not in group:
            group[name] = file["/"]


def _attribute(rng: Rng, file: h5py.File) -> None:
    name = "/" if rng.random() < 0.3 else _any(rng, file)
    item = file.get(name)
    if item is None:
        return
    keys = list(item.attrs)
    key = keys[int(rng.integers(len(keys)))] if keys else "rate"
    values = (
        np.nan,
        -1,
        2**62,
        "x",
        b"\xff\xfe",
        "[" * 9000,
        np.zeros((0, 3)),
        "{}",
        [1.0, 2.0],
        h5py.Empty("f8"),
        1e308,
    )
    if rng.random() < 0.2 and keys:
        del item.attrs[key]
    else:
        item.attrs[key] = values[int(rng.integers(len(values)))]


def _values(rng: Rng, file: h5py.File) -> None:
    item = file.get(_any(rng, file))
    if isinstance(item, h5py.Dataset) and item.dtype.kind == "f" and item.ndim and item.shape[0] and item.size < 1e6:
        item[int(rng.integers(item.shape[0]))] = rng.choice([np.nan, np.inf, -1e308, 0.0])


_EDITS: tuple[Callable[[Rng, h5py.File], None], ...] = (
    _delete,
    _replace,
    _replace,
    _loop,
    _attribute,
    _attribute,
    _values,
)
