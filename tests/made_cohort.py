"""A cohort whose truth is known: short walks of many people, made by varying the virtual walker and real recordings."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundup.model.source import PROBE, Block, Source, SourceStream
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import read_file
from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.strategy import StrategyName

T0_S = 5000.0
SESSIONS = 2
CONDITIONS: tuple[StrategyName, ...] = ("ground_up", "proximal")


def make_cohort(folder: Path, people: int, real: Path | None = None, seconds: float = 3.0) -> list[Path]:
    """Record each of some people twice, in two sessions; every fourth recording is made of a real one, where given."""
    real_files = sorted(real.glob("*.c3d")) if real is not None else []
    paths = []
    for person in range(people):
        for session in range(SESSIONS):
            number = SESSIONS * person + session
            path = folder / f"sub-{person:03d}" / f"ses-{session + 1}" / f"walk {number} é.h5"
            path.parent.mkdir(parents=True, exist_ok=True)
            if real_files and number % 4 == 3:
                _vary(real_files[number % len(real_files)], path, person, number)
            else:
                record(path, person, number, seconds)
            paths.append(path)
    return paths


def record(path: Path, person: int, number: int, seconds: float = 3.0, lab_toml: str = "") -> None:
    """Seal some seconds of a virtual walker on two plates."""
    chance = np.random.default_rng(person)
    mass = float(chance.uniform(50.0, 95.0))
    walker = Walker(CONDITIONS[number % 2], number + 1, mass)
    streams = []
    for instrument in (ForcePlate(walker, "L"), ForcePlate(walker, "R")):
        index = np.arange(int(T0_S * instrument.rate), int((T0_S + seconds) * instrument.rate))
        time = index / instrument.rate
        for key, samples in instrument.read(index, time).items():
            streams.append(_stream(instrument.streams[key], time, np.asarray(samples, np.float32)))
    subject = Subject(mass, float(chance.uniform(1.5, 1.95)), age_years=float(chance.integers(20, 80)))
    seal(_source(streams, person, number, subject, lab_toml), path)


def _source(streams: list[SourceStream], person: int, number: int, subject: Subject, lab_toml: str) -> Source:
    return Source(
        streams=streams,
        recording_id=f"made-{number}",
        started_utc=f"2026-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}T10:00:00Z",
        clock_origin=T0_S,
        subject=subject,
        participant_id=f"P{person:03d}",
        ledger=(),
        software={"groundup": "0"},
        lab_toml=lab_toml,
    )


def _vary(c3d: Path, path: Path, person: int, number: int) -> None:
    """A real recording, its signals scaled by a few percent."""
    imported = read_file(c3d)
    factor = float(np.random.default_rng(number).uniform(0.95, 1.05))
    streams = tuple(
        replace(one, samples=np.asarray(one.samples) * factor) if one.spec.format != "string" else one
        for one in imported.streams
    )
    source = source_from_import(replace(imported, streams=streams), None, software={"groundup": "0"})
    seal(replace(source, recording_id=f"varied-{number}", participant_id=f"P{person:03d}"), path)


def _stream(spec: StreamSpec, time: np.ndarray, samples: np.ndarray) -> SourceStream:
    def blocks() -> Iterator[Block]:
        yield time, samples

    probes = np.zeros(8, PROBE)
    probes["time"] = np.linspace(time[0], time[-1], 8)
    probes["collected"] = probes["time"]
    probes["round_trip"] = 1e-4
    return SourceStream(spec.name, spec, f"<info><name>{spec.name}</name></info>", len(time), blocks, probes, ())


def damaged_copy(path: Path, out: Path) -> Path:
    """A copy of a recording in which one byte of its samples is another."""
    import h5py

    shutil.copy(path, out)
    with h5py.File(out, "r") as file:
        samples = next(iter(file["streams"].values()))["samples"]
        place = samples.id.get_chunk_info(0).byte_offset
    raw = bytearray(out.read_bytes())
    raw[place + 100] ^= 0xFF
    out.write_bytes(raw)
    return out
