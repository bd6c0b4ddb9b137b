"""What `verify` misses of damage in a recording: bits, runs of bytes, pages, chunks and datasets.

Each damage is made in a copy of a sealed recording. What is not found is read with h5py and held against the sound
file: where all of it reads as before, the damage was in unused bytes. The peer is the same recording without its
table of checksums, so that only those of HDF5 watch over it. GROUNDUP_DAMAGES says how many of each kind.
"""

import collections
import os
import tempfile
from pathlib import Path

import h5py
import numpy as np

from benchmarks.rows import Row
from groundup.model.source import PROBE, Source, SourceStream
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject
from groundup.recording import seal as sealing
from groundup.recording.verify import verify

ROWS = 40_000


def _stream(name: str, values: np.ndarray) -> SourceStream:
    stamps = 5.0 + np.arange(len(values)) / 1000.0
    channels = tuple(Channel(f"c{k}", "V") for k in range(values.shape[1]))
    spec = StreamSpec(name * 2000, "EMG", 1000.0, "float32", channels)  # a name that is a long attribute
    probes = np.array([(5.0 + k, 0.25, 1e-4, 5.3 + k) for k in range(40)], PROBE)
    return SourceStream(
        name, spec, f"<info><name>{name}</name></info>", len(values), lambda: [(stamps, values)], probes
    )


def make(path: Path, rng: np.random.Generator) -> None:
    """A recording with stretches of zeros and of ones, as integers that clip and plates that rest have."""
    values = rng.normal(size=(ROWS, 4)).astype("<f4")
    values[1000:9000] = 0.0
    values[20_000:24_000].view(np.uint8)[:] = 0xFF
    streams = [_stream("a", values), _stream("b", np.roll(values, 7, 0)), _stream("c", values[:500])]
    sealing.seal(Source(streams, "id", "2025-03-01T12:00:00Z", 5.0, subject=Subject(70.0)), path, overwrite=True)


def chunks(path: Path) -> list[tuple[str, int, int]]:
    """Name, place and length of every stored chunk."""
    found = []
    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        for name in names:
            if isinstance(dataset := file[name], h5py.Dataset):
                for k in range(dataset.id.get_num_chunks()):
                    info = dataset.id.get_chunk_info(k)
                    found.append((name, info.byte_offset, info.size))
    return found


def content(path: Path) -> dict[str, bytes]:
    """All that h5py reads."""
    found: dict[str, bytes] = {}

    def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
        found.update({f"{name}@{key}": np.asarray(item.attrs[key]).tobytes() for key in item.attrs})
        if isinstance(item, h5py.Dataset):
            found[name] = item[...].tobytes()

    with h5py.File(path) as file:
        add("/", file)
        file.visititems(add)
    return found


def damaged(kind: str, sound: bytes, parts: list[tuple[str, int, int]], rng: np.random.Generator) -> bytes:
    """A copy of the file with one damage."""
    raw = bytearray(sound)
    anywhere = int(rng.integers(len(raw)))
    _, place, size = parts[rng.integers(len(parts))]
    if kind in ("bit in the structure", "bit anywhere"):
        at = int(rng.integers(min(len(raw), 60_000))) if "structure" in kind else anywhere
        raw[at] ^= 1 << int(rng.integers(8))
    elif kind == "bit in a chunk":
        raw[place + int(rng.integers(size))] ^= 1 << int(rng.integers(8))
    elif kind in ("00 to FF", "FF to 00"):
        old, new = (b"\0", b"\xff") if kind == "00 to FF" else (b"\xff", b"\0")
        length = 2 * int(rng.integers(1, 2048))
        starts = [at for _, begin, long in parts for at in range(begin, begin + long - length, 512)]
        starts = [at for at in starts if raw[at : at + length] == old * length]
        if starts:
            at = starts[rng.integers(len(starts))]
            raw[at : at + length] = new * length
    elif kind in ("run of zeros", "page zeroed", "page of another"):
        at, length = (anywhere, int(rng.integers(1, 4096))) if "run" in kind else (anywhere // 4096 * 4096, 4096)
        length = min(length, len(raw) - at)
        other = int(rng.integers(len(raw) // 4096 - 1)) * 4096
        raw[at : at + length] = raw[other : other + length] if "another" in kind else bytes(length)
    elif kind == "chunks swapped":
        alike = [(p, s) for _, p, s in parts if s == size and p != place]
        if alike:
            other = alike[rng.integers(len(alike))][0]
            raw[place : place + size], raw[other : other + size] = raw[other : other + size], raw[place : place + size]
    elif kind == "cut off":
        del raw[anywhere:]
    elif kind == "words swapped":
        at = place + 4 * int(rng.integers(max(size // 4 - 2, 1)))
        raw[at : at + 4], raw[at + 4 : at + 8] = raw[at + 4 : at + 8], raw[at : at + 4]
    return bytes(raw)


KINDS = (
    "bit in the structure", "bit anywhere", "bit in a chunk", "00 to FF", "FF to 00", "run of zeros", "page zeroed",
    "page of another", "chunks swapped", "words swapped", "cut off", "datasets swapped",
)  # fmt: skip


def swap_datasets(path: Path, rng: np.random.Generator) -> None:
    """Two datasets of the same shape change names."""
    what = ("streams/{}/samples", "streams/{}/timestamps", "sync/{}/time", "sync/{}/uncertainty")[rng.integers(4)]
    with h5py.File(path, "r+") as file:
        one, other = what.format("a"), what.format("b")
        file.move(one, "held")
        file.move(other, one)
        file.move("held", other)


def found(path: Path, before: dict[str, bytes]) -> str:
    """Found, missed, or nothing that is ever read."""
    if verify(path):
        return "found"
    return "unused" if content(path) == before else "missed"


def _without_checksums(path: Path, out: Path) -> None:
    with h5py.File(path) as file, h5py.File(out, "w", libver=("v108", "v108")) as copy:
        for name in file:
            if name != "checksums":
                file.copy(name, copy)
        for name in file.attrs:
            if name != "checksums":
                copy.attrs.create(name, file.attrs[name], dtype=file.attrs.get_id(name).dtype)


def _count(path: Path, kind: str, times: int, rng: np.random.Generator) -> collections.Counter[str]:
    sound, before, parts = path.read_bytes(), content(path), chunks(path)
    counts: collections.Counter[str] = collections.Counter()
    for _ in range(times):
        if kind == "datasets swapped":
            swap_datasets(path, rng)
        else:
            path.write_bytes(damaged(kind, sound, parts, rng))
        counts[found(path, before)] += 1
        path.write_bytes(sound)
    return counts


def run() -> list[Row]:
    times = int(os.environ.get("GROUNDUP_DAMAGES", "100"))
    rng = np.random.default_rng(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path, old = Path(folder) / "x.h5", Path(folder) / "old.h5"
        make(path, rng)
        _without_checksums(path, old)
        for kind in KINDS:
            ours, theirs = _count(path, kind, times, rng), _count(old, kind, times, rng)
            case = f"missed of {times}: {kind} ({ours['found']} found, {ours['unused']} in unused bytes)"
            rows.append(Row(case, ours["missed"], "", "HDF5's checksums alone", theirs["missed"], "0"))
    return rows
