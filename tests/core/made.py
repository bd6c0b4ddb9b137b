"""Made sources for the tests of recordings: all seven formats, nasty names, a simple clock."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np

from groundup.clock import Certificate, ClockInput, SyncedTime
from groundup.model.ledger import LedgerRow
from groundup.model.source import PROBE, Block, Samples, Source, SourceStream
from groundup.model.streams import DTYPES, Channel, Format, Plate, StreamSpec
from groundup.model.subject import Subject

LONG = "n" * 10_000
NASTY = f'../../etc/passwd\nline "two" <&> \x1b[31m Zürich 頭 {LONG}'


def stream(
    id_: str,
    samples: Samples,
    *,
    fmt: Format = "double64",
    rate: float = 100.0,
    t0: float = 5.0,
    channels: tuple[Channel, ...] | None = None,
    stamps: np.ndarray | None = None,
    block: int = 7,
    name: str = "",
    **spec: object,
) -> SourceStream:
    count = len(samples)
    columns = len(samples[0]) if isinstance(samples, list) and count else np.shape(samples)[1] if count else 1
    if not isinstance(samples, list):
        columns = samples.shape[1]
    labels = channels if channels is not None else tuple(Channel(f"c{i}") for i in range(columns))
    times = t0 + np.arange(count) / (rate or 10.0) if stamps is None else stamps

    def blocks() -> Iterator[Block]:
        for i in range(0, count, block):
            yield times[i : i + block], samples[i : i + block]

    return SourceStream(
        id=id_,
        spec=StreamSpec(name or id_, str(spec.pop("type", "Test")), rate, fmt, labels, **spec),  # type: ignore[arg-type]
        header=f"<info><name>{id_}</name></info>",
        count=count,
        blocks=blocks,
        probes=np.array([(5.0, 0.25, 1e-4, 5.3), (7.0, 0.25, np.nan, np.nan)], PROBE),
        ledger=(LedgerRow(6.0, id_, "gap", "warning", 3, "3 samples are missing"),),
    )


def numbers(fmt: str, count: int = 50, columns: int = 3) -> np.ndarray:
    dtype = np.dtype(DTYPES[fmt])
    rng = np.random.default_rng(1)
    raw = rng.integers(0, 256, (count, columns * dtype.itemsize), dtype=np.uint8)
    values = raw.view(dtype)
    if count < 3:
        return values
    if dtype.kind == "f":
        values[0] = np.nan
        values[1] = -np.inf
        values[2] = -0.0
    else:
        values[0], values[1] = np.iinfo(dtype).min, np.iinfo(dtype).max
    return values


def strings() -> list[list[bytes]]:
    return [
        [b""],
        [b"plain"],
        [b"\xff\xfe no utf-8"],
        [b"a\x00b"],
        [b"ends in NUL\x00\x00"],
        [b"\x00"],
        ["頭\n".encode()],
    ]


def plate() -> Plate:
    corners = ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))
    calibration = tuple(tuple(float(i == j) for j in range(6)) for i in range(6))
    return Plate(4, corners, (0.0, 0.0, -0.04), calibration)


def everything() -> tuple[SourceStream, ...]:
    emg = (Channel("EMG 1", "V", "gluteus_medius", "L"), Channel(NASTY, "V", "soleus", "R"), Channel("x"))
    numeric = [stream(f"s_{fmt}", numbers(fmt), fmt=fmt, channels=emg) for fmt in DTYPES]  # type: ignore[arg-type]
    six = tuple(Channel(f"F{i}", "N", "plate:1") for i in range(6))
    return (
        *numeric,
        stream("nasty", numbers("int16", 5, 1), fmt="int16", name=NASTY, source_id=NASTY, hostname="h\n"),
        stream("texts", strings(), fmt="string", rate=0.0, type="Markers"),
        stream("two_texts", [[b"a", b"bb"], [b"", b"c"]], fmt="string", rate=0.0),
        stream("empty", numbers("float32", 0, 4), fmt="float32"),
        stream("empty_texts", [], fmt="string", rate=0.0, channels=(Channel("m"),)),
        stream("no_channels", numbers("float32", 4, 0), fmt="float32", channels=()),
        stream("plate", numbers("double64", 40, 6), channels=six, plate=plate(), latency_s=0.01, type="Force"),
        stream("live", numbers("double64", 9, 1), role="live", inputs=("uid 1", "uid 2"), extra={"k": "v"}),
    )


def source(streams: Sequence[SourceStream] | None = None, **fields: object) -> Source:
    return Source(
        streams=everything() if streams is None else streams,
        recording_id="b2b0",
        started_utc="2025-03-01T12:00:00Z",
        clock_origin=5.0,
        subject=Subject(70.0),
        participant_id="P 1/ä",
        ledger=(LedgerRow(5.0, "", "disk", "info", 0, "recording began"),),
        software={"liblsl": "1.18"},
        **{"lab_toml": "# verbatim\r\n", **fields},  # type: ignore[arg-type]
    )


def simple_clock(streams: Sequence[ClockInput]) -> list[SyncedTime]:
    """Device time plus the first probe's offset, less the latency: nothing is smoothed."""
    return [
        SyncedTime(
            time=s.timestamps[:] + float(s.probes["offset"][0]) - s.latency_s,
            uncertainty=np.full(len(s.timestamps), 1e-5),
            rate=s.rate,
            certificate=Certificate(0.05, 0.95, 0.03, "made"),
            ledger=(LedgerRow(7.0, "", "rate", "fault", 0, "wrong rate"),) if s.id == "plate" else (),
        )
        for s in streams
    ]


def flip(path: Path, dataset: str) -> None:
    """Flip one bit in the first stored chunk of a dataset."""
    with h5py.File(path) as file:
        place = file[dataset].id.get_chunk_info(0).byte_offset
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
