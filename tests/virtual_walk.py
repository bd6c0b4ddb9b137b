"""A virtual walker's recording, sealed and analysed without a network: for tests of what is made of recordings."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from groundup.model.ledger import LedgerRow
from groundup.model.source import PROBE, Block, Source, SourceStream
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject
from groundup.recording.seal import seal
from groundup.workflows.analyze import analyze
from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.emg import Emg
from groundup_plugins.devices.virtual_lab.imu import Imus
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.strategy import StrategyName
from tests.conftest import Once

T0_S = 5000.0


def before(once: Once) -> Path:
    """A walk that all tests share: not to be changed."""
    return once("walk-before", lambda folder: record_walk(folder / "before.h5")) / "before.h5"


def after(once: Once) -> Path:
    """Another such walk, by the other strategy."""
    return once("walk-after", lambda folder: record_walk(folder / "after.h5", "proximal")) / "after.h5"


def record_walk(path: Path, strategy: StrategyName = "ground_up", seconds: float = 12.0, seed: int = 3) -> Path:
    """Seal and analyse some seconds of a walk; `path` is given back."""
    walker = Walker(strategy, seed, 70.0)
    streams: list[SourceStream] = []
    for instrument in (ForcePlate(walker, "L"), ForcePlate(walker, "R"), Emg(walker), Imus(walker)):
        index = np.arange(int(T0_S * instrument.rate), int((T0_S + seconds) * instrument.rate))
        time = index / instrument.rate
        for key, samples in instrument.read(index, time).items():
            spec = instrument.streams[key]
            streams.append(_stream(spec, time, np.asarray(samples, np.float32)))
    source = Source(
        streams=streams,
        recording_id=f"virtual-{strategy}-{seed}",
        started_utc="2026-01-01T10:00:00Z",
        clock_origin=T0_S,
        subject=Subject(70.0, 1.75),
        participant_id="<b>P & 1</b>",
        ledger=(LedgerRow(T0_S + 1.0, "", "disk", "warning", 0, "the disk is <i>nearly</i> full"),),
        software={"groundup": "0"},
        lab_toml="",
    )
    seal(source, path)
    analyze(path)
    return path


def _stream(spec: StreamSpec, time: np.ndarray, samples: np.ndarray) -> SourceStream:
    def blocks() -> Iterator[Block]:
        yield time, samples

    probes = np.zeros(8, PROBE)
    probes["time"] = np.linspace(time[0], time[-1], 8)
    probes["collected"] = probes["time"]
    probes["round_trip"] = 1e-4
    header = f"<info><name>{spec.name}</name></info>"
    return SourceStream(spec.name, spec, header, len(time), blocks, probes, ())
