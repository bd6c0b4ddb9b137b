"""XDF files and journals, built chunk by chunk with odd contents, then damaged: read to the last sample, and sealed."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np

from groundup.clock import ClockInput, synchronise
from groundup.journal import Journal, JournalDamagedError, read_journal
from groundup.recording.seal import seal
from groundup.recording.verify import verify
from groundup_ext._journal import BOUNDARY_UUID
from tests.fuzz.mutations import Rng, mutated, pick, refused

HEADER, STREAM_HEADER, SAMPLES, OFFSET, BOUNDARY, FOOTER = 1, 2, 3, 4, 5, 6
_SIZES = {"float32": 4, "double64": 8, "int8": 1, "int16": 2, "int32": 4, "int64": 8}
_SEALED_SHARE = 0.05  # sealing takes twenty times as long as reading

Chunk = tuple[int, int, bytes]
"""Tag, stream and content."""


def try_xdf(rng: Rng, folder: Path) -> str:
    """An XDF file as other programs write it."""
    chunks = _shuffled(rng, _chunks(rng))
    data = b"XDF:" + b"".join(_framed(rng, tag, content) for tag, _, content in chunks)
    return _try(rng, folder / "x.xdf", mutated(rng, data) if rng.random() < 0.7 else data)


def try_journal(rng: Rng, folder: Path) -> str:
    """A journal of ours: cycles with their sums, and records of every kind."""
    data = b"XDF:"
    chunks = _shuffled(rng, _chunks(rng))
    while chunks:
        size = int(rng.integers(1, 6))
        data += cycle(len(data), chunks[:size], _records(rng))
        chunks = chunks[size:]
    return _try(rng, folder / "x.journal.xdf", mutated(rng, data) if rng.random() < 0.7 else data)


def cycle(offset: int, chunks: list[Chunk], records: bytes = b"") -> bytes:
    """What the journal's writer appends in one cycle, as `groundup_ext._journal` describes it."""
    framed = [struct.pack("<BIH", 4, len(content) + 2, tag) + content for tag, _, content in chunks]
    sums = struct.pack("<Q", offset) + b"".join(
        struct.pack("<IQI", stream, len(raw), zlib.crc32(raw))
        for (_, stream, _), raw in zip(chunks, framed, strict=True)
    )
    body = record(b"S", sums) + records
    marked = BOUNDARY_UUID + b"groundup" + struct.pack("<I", zlib.crc32(body)) + body
    both = b"".join(struct.pack("<BIH", 4, len(c) + 2, BOUNDARY) + c for c in (marked, BOUNDARY_UUID))
    return b"".join(framed) + both


def record(kind: bytes, body: bytes) -> bytes:
    """One of our records behind a Boundary's UUID."""
    return kind + struct.pack("<I", len(body)) + body


def _try(rng: Rng, path: Path, data: bytes) -> str:
    path.write_bytes(data)
    try:
        journal = read_journal(path)
    except JournalDamagedError as error:
        return refused(error)
    _read_whole(journal)
    if rng.random() > _SEALED_SHARE:
        return "read"
    out = path.with_suffix(".h5")
    seal(journal.source, out, overwrite=True)
    assert verify(out, journal.source) == []
    return "sealed"


def _read_whole(journal: Journal) -> None:
    streams = journal.source.streams
    stamps: list[list[np.ndarray]] = [[] for _ in streams]
    for index, (some, samples) in journal.source.blocks():
        assert len(some) == len(samples) > 0
        stamps[index].append(np.array(some))
    whole = [np.concatenate(some) if some else np.empty(0) for some in stamps]
    assert [len(some) for some in whole] == [stream.count for stream in streams]
    clocked = [
        ClockInput(s.id, some, s.spec.rate, s.probes, s.spec.latency_s, s.spec.hostname)
        for s, some in zip(streams, whole, strict=True)
    ]
    for some, timed in zip(whole, synchronise(clocked), strict=True):
        assert timed.time.shape == some.shape


def _chunks(rng: Rng) -> list[Chunk]:
    chunks: list[Chunk] = [(HEADER, 0, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    after: list[Chunk] = []
    for number in range(1, int(rng.integers(2, 5))):
        chunks.append((STREAM_HEADER, number, _header(rng, number)))
        fmt, channels = str(rng.choice([*_SIZES, "string"])), int(rng.integers(1, 4))
        if rng.random() < 0.8:
            chunks[-1] = (STREAM_HEADER, number, _sound_header(number, fmt, channels))
        for k in range(int(rng.integers(0, 6))):
            after.append((SAMPLES, number, _samples(rng, number, fmt, channels, 5.0 + k / 10)))
            if rng.random() < 0.5:
                after.append(
                    (OFFSET, number, struct.pack("<Idd", number, 5.0 + k / 10, rng.choice([0.001, 1e9, -3.0])))
                )
        after.append((FOOTER, number, struct.pack("<I", number) + b'<?xml version="1.0"?><info/>'))
    order = np.argsort([rng.random() + (tag == FOOTER) for tag, _, _ in after], kind="stable")
    return chunks + [after[i] for i in order]


def _shuffled(rng: Rng, chunks: list[Chunk]) -> list[Chunk]:
    """Now and then a chunk is lost, comes twice, elsewhere, or as of another kind."""
    chunks = list(chunks)
    while chunks and rng.random() < 0.4:
        at = int(rng.integers(len(chunks)))
        one = chunks.pop(at)
        match int(rng.integers(4)):
            case 0:
                chunks.insert(int(rng.integers(len(chunks) + 1)), one)
            case 1:
                chunks[at:at] = [one, one]
            case 2:
                chunks.insert(at, (int(rng.choice([0, *range(1, 9), 255, 256, 65_535])), *one[1:]))
            case _:
                tag, stream, content = one
                chunks.insert(at, (tag, stream, mutated(rng, content)))
    return chunks


def _framed(rng: Rng, tag: int, content: bytes) -> bytes:
    size = len(content) + 2
    width = int(rng.choice([w for w in (1, 4, 8) if size < 256**w]))
    return bytes([width]) + size.to_bytes(width, "little") + struct.pack("<H", tag) + content


def _sound_header(number: int, fmt: str, channels: int) -> bytes:
    return (
        struct.pack("<I", number)
        + (
            f'<?xml version="1.0"?><info><name>s{number}</name><type>EMG</type>'
            f"<channel_count>{channels}</channel_count><nominal_srate>100</nominal_srate><channel_format>{fmt}</channel_format><source_id>s{number}</source_id>"
            "<hostname>pc</hostname><desc/></info>"
        ).encode()
    )


def _header(rng: Rng, number: int) -> bytes:
    count = pick(rng, "1", "2", "0", "-1", "1.0", "1e6", "99999999999", "", "x", " 3 ")
    rate = pick(rng, "100", "100,0", "1e9", "1e300", "1e-310", "nan", "inf", "-5", "", "0")
    fmt = pick(rng, "float32", "double64", "string", "int16", "FLOAT32", "undefined", "", "int64")
    name = pick(rng, "EMG", "a & b", "a\x1bb", "&#27;", "\u00b5V", "<x>", "", "../../x", "n" * 3000)
    desc = pick(
        rng, "<desc/>", "", "<desc>", "<desc><channels><channel><label>L</label></channel></channels></desc>",
        "<desc>" * 900 + "</desc>" * 900, "<desc><latency_s>1e308</latency_s></desc>",
        "<desc><plate><type>2</type><corners_m><corner>0 0 nan</corner></corners_m></plate></desc>",
    )  # fmt: skip
    text = (
        f'<?xml version="1.0"?><info><name>{name}</name><type>EMG</type><channel_count>{count}</channel_count>'
        f"<nominal_srate>{rate}</nominal_srate><channel_format>{fmt}</channel_format>{desc}</info>"
    )
    raw = text.encode(str(pick(rng, "utf-8", "latin-1", "utf-16")))
    return struct.pack("<I", number) + raw + bytes(pick(rng, b"", b"\0", b"\n\xcd\xfd"))  # type: ignore[call-overload]


def _samples(rng: Rng, number: int, fmt: str, channels: int, start: float) -> bytes:
    count = int(rng.integers(0, 12))
    parts = [struct.pack("<I", number), bytes([4]), struct.pack("<I", count)]
    if rng.random() < 0.1:
        parts[1:] = [bytes([8]), struct.pack("<Q", int(rng.choice([count, 2**40, 2**63])))]
    for k in range(count):
        stamp = float(rng.choice([start + k / 100] * 9 + [np.nan, 1e308, -5.0]))
        parts.append(struct.pack("<Bd", 8, stamp) if rng.random() < 0.9 else b"\0")
        if fmt == "string":
            texts = [rng.bytes(int(rng.integers(0, 9))) for _ in range(channels)]
            parts += [struct.pack("<BI", 4, len(text)) + text for text in texts]
        else:
            parts.append(rng.bytes(channels * _SIZES[fmt]))
    return b"".join(parts)


def _records(rng: Rng) -> bytes:
    made = []
    for _ in range(int(rng.integers(0, 4))):
        row = {"time": 5.0, "stream": "s1", "kind": "gap", "severity": "warning", "count": 1, "message": "made"}
        facts: object = pick(
            rng, row, {**row, "time": "x"}, {**row, "severity": 7}, {"stream": 1, "id": "emg"}, {"stream": "x"},
            {"recording_id": 5, "clock_origin": "x"}, {"clock_origin": 1e308, "mass_kg": -1}, [1], None, 1e999,
            {"software": [1]}, {"lab_toml": "x = ["}, {"stream": 2, "id": "../x"}, {"started_utc": 5},
        )  # fmt: skip
        text = json.dumps(facts).encode() if rng.random() < 0.9 else b"[" * 5000
        probe = struct.pack("<I4d", int(rng.integers(0, 4)), 5.0, *rng.choice([0.0, 1e-4, np.nan, 1e308], 3))
        kind, body = ((b"L", text), (b"M", text), (b"P", probe), (b"Z", rng.bytes(9)))[int(rng.integers(4))]
        made.append(record(kind, mutated(rng, body, 1) if rng.random() < 0.1 else body))
    return b"".join(made)
