"""Journals, ours and LabRecorder's: an XDF file as something that can be sealed.

The file is mapped, never read whole; samples are decoded in blocks as they are asked for. What is damaged is left out
and named in the ledger.
"""

import math
import mmap
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.clock import Clocked, Synced, synchronise
from groundup.header import Header
from groundup.journal.index import Index
from groundup.journal.samples import blocks
from groundup.ledger import LedgerRow
from groundup.source import Block, Source, SourceStream
from groundup.streams import DTYPES, StreamSpec
from groundup.subject import Subject
from groundup.untrusted_xml import parse_untrusted_xml
from groundup_ext import _xdf


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
        index = Index(data)
    except ValueError as error:
        raise JournalDamaged(f"{path}: {error}") from error
    return _Reader(path, index).journal()


class _Reader:
    """Puts together what is known of a file, stream by stream."""

    def __init__(self, path: Path, index: Index) -> None:
        self.path, self.index = path, index
        self.about, self.names, self.ledger = index.about, dict(index.names), list(index.ledger)

    def journal(self) -> Journal:
        index = self.index
        for place, number in enumerate(index.headers, 1):
            self.names.setdefault(number, f"s{place:02d}")
        self._note_damage()
        streams, specs = [], {}
        for number, spec in index.specs.items():
            if isinstance(spec, StreamSpec):
                streams.append(self._stream(number, spec))
                specs[number] = spec
            else:
                self._damaged(self.names[number], 0, f"{self.names[number]} cannot be read: {spec}")
        return Journal(
            self.path,
            index.ours,
            complete=set(index.headers) <= index.footers and len(index.damage) == 0,
            source=Source(
                streams=streams,
                recording_id=str(self.about.get("recording_id") or uuid.uuid4()),
                started_utc=self.about.get("started_utc") or index.datetime(),
                clock_origin=float(self.about.get("clock_origin") or _first_stamp(streams)),
                lab_toml=str(self.about.get("lab_toml") or ""),
                subject=self._subject(),
                participant_id=str(self.about.get("participant_id") or ""),
                ledger=tuple(row for row in self.ledger if row.stream not in {s.id for s in streams}),
                software={str(k): str(v) for k, v in dict(self.about.get("software") or {}).items()},
                one_pass=partial(self._one_pass, specs),
            ),
        )

    def _one_pass(self, specs: dict[int, StreamSpec]) -> Iterator[tuple[int, Block]]:
        place = {number: index for index, number in enumerate(specs)}
        return ((place[number], block) for number, block in blocks(self.index.file, specs))

    def _stream(self, number: int, spec: StreamSpec) -> SourceStream:
        name, index = self.names[number], self.index
        for stream, offset, lost in index.short:
            if stream == number:
                where = f"at byte {offset} of {self.path.name}"
                self._damaged(name, lost, f"a chunk of {name} {where} is cut short: {lost} samples are lost")
        self._note_header(name, index.read[number])
        mine = tuple(row for row in self.ledger if row.stream == name)
        text, count = index.headers[number].decode("utf-8", "replace"), index.counts.get(number, 0)
        return SourceStream(name, spec, text, count, partial(self._blocks, number, spec), index.probes(number), mine)

    def _blocks(self, number: int, spec: StreamSpec) -> Iterator[Block]:
        return (block for _, block in blocks(self.index.file, {number: spec}))

    def _note_header(self, name: str, header: Header) -> None:
        rows = [LedgerRow(self._origin, name, "header", "warning", 0, note) for note in header.repaired]
        rows += [LedgerRow(self._origin, name, "header", "fault", 0, note) for note in header.refused]
        self.ledger += rows

    def _note_damage(self) -> None:
        for row in self.index.damage:
            name = self.names.get(int(row["stream"]), "")
            size, at = int(row["length"]), int(row["offset"])
            whose = f"a chunk of {name}" if name else "a piece of the file"
            how = _xdf.STATES[int(row["state"])]
            self._damaged(name, size, f"{whose} is {how}: {size} bytes at byte {at} of {self.path.name} are left out")

    @property
    def _origin(self) -> float:
        return float(self.about.get("clock_origin") or 0.0)

    def _damaged(self, stream: str, count: int, message: str) -> None:
        self.ledger.append(LedgerRow(self._origin, stream, "damaged", "fault", count, message))

    def _subject(self) -> Subject:
        """The person: what lab.toml said, then what the streams say."""
        subject = Subject(_number(self.about.get("mass_kg")), _number(self.about.get("height_m")))
        for header in self.index.headers.values():
            try:
                subject = subject.over(Subject.from_xml(parse_untrusted_xml(header)))
            except ValueError:
                continue
        return subject


def _first_stamp(streams: list[SourceStream]) -> float:
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
    source = read_journal(path).source
    streams = source.streams
    loaded = [_Whole(stream) for stream in streams]
    for index, block in source.blocks():
        loaded[index].add(block)
    clocked = [
        Clocked(s.id, whole.stamps, s.spec.rate, s.probes, s.spec.latency_s, s.spec.hostname)
        for s, whole in zip(streams, loaded, strict=True)
    ]
    synced = synchronise(clocked)
    return {s.id: (whole.samples, time) for s, whole, time in zip(streams, loaded, synced, strict=True)}


class _Whole:
    """All of a stream in one piece: arrays are allocated once and filled block by block."""

    def __init__(self, stream: SourceStream) -> None:
        spec = stream.spec
        self.stamps: NDArray[np.float64] = np.empty(stream.count)
        shape = (stream.count, len(spec.channels))
        self.samples: Any = np.empty(shape, DTYPES[spec.format]) if spec.format in DTYPES else []
        self._at = 0

    def add(self, block: Block) -> None:
        part, values = block
        rows = slice(self._at, self._at + len(part))
        self.stamps[rows], self._at = part, rows.stop
        if isinstance(self.samples, list):
            self.samples.extend(values)
        else:
            self.samples[rows] = values
