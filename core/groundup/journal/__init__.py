"""Journals, ours and LabRecorder's: an XDF file as something that can be sealed.

The file is mapped, never read whole; samples are decoded in blocks as they are asked for. What is damaged is left out
and named in the ledger.
"""

import json
import math
import mmap
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.clock import Clocked, Synced, synchronise
from groundup.journal.samples import blocks, forget, whole_samples
from groundup.ledger import LedgerRow
from groundup.source import PROBE, Source, SourceStream
from groundup.streams import DTYPES, StreamSpec, parse_untrusted_xml, spec_from_xml
from groundup.subject import Subject
from groundup_ext import _xdf

_HEADER, _STREAM_HEADER, _SAMPLES, _OFFSET, _BOUNDARY, _FOOTER = 1, 2, 3, 4, 5, 6
_OUR_PROBE = np.dtype(
    [("stream", "<u4"), ("time", "<f8"), ("offset", "<f8"), ("round_trip", "<f8"), ("collected", "<f8")]
)


class JournalDamaged(ValueError):  # noqa: N818  (reads as what it says)
    """The file cannot be read as a journal at all."""


@dataclass(frozen=True)
class Journal:
    """An XDF file, scanned.

    Attributes
    ----------
    path : Path
    ours : bool
        Whether groundup wrote it.
    complete : bool
        Whether it was ended cleanly: every stream has its footer.
    source : Source
        What can be sealed from it.
    """

    path: Path
    ours: bool
    complete: bool
    source: Source


def read_journal(path: Path) -> Journal:
    """Scan an XDF file.

    Raises
    ------
    JournalDamaged
        If it is no XDF file, or nothing in it can be read.
    OSError
        If it cannot be opened.
    """
    with open(path, "rb") as file:
        if path.stat().st_size == 0:
            raise JournalDamaged(f"{path} is empty: nothing was recorded")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        raw_chunks, raw_damage, ours = _xdf.scan(data)
    except ValueError as error:
        raise JournalDamaged(f"{path}: {error}") from error
    forget(data, 0, len(data))
    chunks = np.frombuffer(raw_chunks, _xdf.CHUNK_FORMAT)
    damage = np.frombuffer(raw_damage, _xdf.CHUNK_FORMAT)
    return _Reader(path, data, chunks, damage, ours > 0).journal()


class _Reader:
    """Puts a scanned file together, stream by stream."""

    def __init__(
        self, path: Path, data: mmap.mmap, chunks: NDArray[np.void], damage: NDArray[np.void], ours: bool
    ) -> None:
        self.path, self.data, self.chunks, self.damage, self.ours = path, data, chunks, damage, ours
        self.about: dict[str, Any] = {}
        self.names: dict[int, str] = {}
        self.ledger: list[LedgerRow] = []
        self.probes: list[NDArray[np.void]] = []
        self.notes: list[tuple[int, str]] = []

    def journal(self) -> Journal:
        for row in self._of(_BOUNDARY):
            self._records(self._content(row))
        numbers = self._numbers()
        for index, number in enumerate(numbers, 1):
            self.names.setdefault(number, f"s{index:02d}")
        self._note_damage()
        streams = [stream for number in numbers if (stream := self._stream(number)) is not None]
        footers = set(self._of(_FOOTER)["stream"].tolist())
        started = self.about.get("started_utc") or self._datetime()
        return Journal(
            self.path,
            self.ours,
            complete=set(numbers) <= footers and len(self.damage) == 0,
            source=Source(
                streams=streams,
                recording_id=str(self.about.get("recording_id") or uuid.uuid4()),
                started_utc=started,
                clock_origin=float(self.about.get("clock_origin") or self._first_stamp(streams)),
                lab_toml=str(self.about.get("lab_toml") or ""),
                subject=self._subject(numbers),
                participant_id=str(self.about.get("participant_id") or ""),
                ledger=tuple(row for row in self.ledger if row.stream not in {s.id for s in streams}),
                software={str(k): str(v) for k, v in dict(self.about.get("software") or {}).items()},
            ),
        )

    def _of(self, tag: int) -> NDArray[np.void]:
        rows: NDArray[np.void] = self.chunks[self.chunks["tag"] == tag]
        return rows

    def _content(self, row: np.void) -> bytes:
        start = int(row["offset"])
        return bytes(self.data[start : start + int(row["length"])])

    def _numbers(self) -> list[int]:
        """Stream numbers, in the order of their headers; a second header of the same number is ignored."""
        return list(dict.fromkeys(self._of(_STREAM_HEADER)["stream"].tolist()))

    def _records(self, content: bytes) -> None:
        """Take in our own records behind a Boundary's UUID."""
        if content[16:24] != b"groundup":
            return
        at = 28
        while at + 5 <= len(content):
            kind, size = content[at : at + 1], int.from_bytes(content[at + 1 : at + 5], "little")
            body = content[at + 5 : at + 5 + size]
            at += 5 + size
            if len(body) < size:
                return
            if kind == b"P" and size == _OUR_PROBE.itemsize:
                self.probes.append(np.frombuffer(body, _OUR_PROBE))
            elif kind in (b"L", b"M"):
                self._json(kind, body)

    def _json(self, kind: bytes, body: bytes) -> None:
        try:
            record = json.loads(body)
            if kind == b"L":
                self.ledger.append(LedgerRow(**record))
            elif "stream" in record:
                self.names[int(record["stream"])] = str(record["id"])
            else:
                self.about.update(record)
        except (ValueError, TypeError, KeyError):
            # A newer groundup's record, or one whose sum was lost with it: the samples do not depend on it.
            return

    def _stream(self, number: int) -> SourceStream | None:
        header = self._header(number)
        text = header.decode("utf-8", "replace")
        name = self.names[number]
        try:
            spec = spec_from_xml(header)
        except ValueError as error:
            self._damaged(name, 0, f"{name} cannot be read: {error}")
            return None
        rows = self.chunks[(self.chunks["tag"] == _SAMPLES) & (self.chunks["stream"] == number)]
        sound = self._believable(rows, spec, name)
        count = int(sound["samples"].sum(dtype=np.int64))
        mine = tuple(row for row in self.ledger if row.stream == name)
        return SourceStream(
            name, spec, text, count, partial(blocks, self.data, sound, spec), self._probes(number), mine
        )

    def _believable(self, rows: NDArray[np.void], spec: StreamSpec, name: str) -> NDArray[np.void]:
        """The chunks with samples, each with as many as are whole; what is cut short is named in the ledger."""
        whole = whole_samples(self.data, rows, spec)
        for index in np.flatnonzero(whole != rows["samples"]):
            lost = int(rows["samples"][index]) - int(whole[index])
            where = f"at byte {int(rows['offset'][index])} of {self.path.name}"
            self._damaged(name, max(lost, 0), f"a chunk of {name} {where} is cut short: {lost} samples are lost")
        rows = rows.copy()
        rows["samples"] = whole
        return rows[whole > 0]

    def _probes(self, number: int) -> NDArray[np.void]:
        whole = [p for p in self.probes if int(p["stream"][0]) == number]
        if whole:
            rows = np.concatenate(whole)
            probes = np.empty(len(rows), PROBE)
            for key in PROBE.names or ():
                probes[key] = rows[key]
            return probes
        offsets = self._of(_OFFSET)
        mine = [self._content(row)[4:20] for row in offsets[offsets["stream"] == number] if row["length"] >= 20]
        values = np.frombuffer(b"".join(mine), "<f8").reshape(-1, 2)
        probes = np.full(len(values), np.nan, PROBE)
        probes["time"], probes["offset"] = values[:, 0], values[:, 1]
        probes["collected"] = values[:, 0] + values[:, 1]
        return probes

    def _note_damage(self) -> None:
        for row in self.damage:
            name = self.names.get(int(row["stream"]), "")
            size, at = int(row["length"]), int(row["offset"])
            whose = f"a chunk of {name}" if name else "a piece of the file"
            how = _xdf.STATES[int(row["state"])]
            self._damaged(name, size, f"{whose} is {how}: {size} bytes at byte {at} of {self.path.name} are left out")

    def _damaged(self, stream: str, count: int, message: str) -> None:
        time = float(self.about.get("clock_origin") or 0.0)
        self.ledger.append(LedgerRow(time, stream, "damaged", "fault", count, message))

    def _subject(self, numbers: list[int]) -> Subject:
        """The person: what lab.toml said, then what the streams say."""
        subject = Subject(_number(self.about.get("mass_kg")), _number(self.about.get("height_m")))
        for number in numbers:
            try:
                subject = subject.over(Subject.from_xml(parse_untrusted_xml(self._header(number))))
            except ValueError:
                continue
        return subject

    def _header(self, number: int) -> bytes:
        headers = self._of(_STREAM_HEADER)
        return self._content(headers[headers["stream"] == number][0])[4:]

    def _datetime(self) -> str:
        for row in self._of(_HEADER):
            try:
                text = (parse_untrusted_xml(self._content(row)).findtext("datetime") or "").strip()
            except ValueError:
                continue
            if text:
                return text
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC).isoformat(timespec="seconds")

    def _first_stamp(self, streams: list[SourceStream]) -> float:
        first = [float(next(s.blocks())[0][0]) for s in streams if s.count]
        return min(first, default=0.0)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def is_xdf(path: Path) -> bool:
    """Whether a file begins as XDF does."""
    with open(path, "rb") as file:
        return file.read(4) == b"XDF:"


def load_synchronised(path: Path) -> dict[str, tuple[Any, Synced]]:
    """Read a whole XDF file into memory, on the lab clock.

    Returns
    -------
    dict
        Stream id to its samples, shape (N, C) or N lists of byte strings, and its `groundup.clock.Synced` time.

    Raises
    ------
    JournalDamaged
        If it is no XDF file.
    """
    streams = read_journal(path).source.streams
    loaded = [_whole(stream) for stream in streams]
    clocked = [
        Clocked(s.id, stamps, s.spec.rate, s.probes, s.spec.latency_s, s.spec.hostname)
        for s, (stamps, _) in zip(streams, loaded, strict=True)
    ]
    synced = synchronise(clocked)
    return {s.id: (samples, time) for s, (_, samples), time in zip(streams, loaded, synced, strict=True)}


def _whole(stream: SourceStream) -> tuple[NDArray[np.float64], Any]:
    """All of a stream in one piece: arrays are allocated once and filled block by block."""
    stamps = np.empty(stream.count)
    if stream.spec.format not in DTYPES:
        rows: list[list[bytes]] = []
        for part, values in stream.blocks():
            stamps[len(rows) : len(rows) + len(part)] = part
            rows.extend(values)
        return stamps, rows
    samples = np.empty((stream.count, len(stream.spec.channels)), DTYPES[stream.spec.format])
    at = 0
    for part, values in stream.blocks():
        stamps[at : at + len(part)] = part
        samples[at : at + len(part)] = values
        at += len(part)
    return stamps, samples
