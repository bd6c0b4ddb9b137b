"""Journals, ours and LabRecorder's: an XDF file as something that can be sealed.

The file is mapped, never read whole; samples are decoded in blocks as they are asked for. What is damaged is left out
and named in the ledger.
"""

import math
import mmap
import os
import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.headers.untrusted_xml import parse_untrusted_xml
from groundup.journal.headers import Headers, KnownStream
from groundup.journal.index import MOVED, Index
from groundup.journal.packed import begin_of, is_packed, unpack
from groundup.journal.samples import blocks
from groundup.journal.ticks import with_ticks
from groundup.lsl.stream_names import id_of_source, is_stream_id
from groundup.model.account import Contents, Identity
from groundup.model.ledger import LedgerRow, Severity
from groundup.model.source import Block, Source, SourceStream
from groundup.model.streams import DTYPES, StreamSpec
from groundup.model.subject import OF_THE_PERSON, Subject, Treadmill
from groundup_ext import _xdf


class JournalDamagedError(ValueError):
    """The file cannot be read as a journal at all."""


@dataclass(frozen=True)
class Journal:
    """An XDF file, scanned.

    Attributes
    ----------
    path : Path
    ours : bool
        Whether groundup wrote it.
    packed : bool
        Whether it is compressed: then somebody made it to be kept.
    complete : bool
        Whether it was ended by its recorder: the streams have their footers.
    source : Source
        What can be sealed from it.
    lost : tuple of LedgerRow
        What of it cannot be, or is damaged: these are in the ledger of the source, too.
    contents : Contents
        What lies in it.
    """

    path: Path
    ours: bool
    packed: bool
    complete: bool
    source: Source
    lost: tuple[LedgerRow, ...]
    contents: Contents


def read_journal(path: Path) -> Journal:
    """Scan an XDF file; one that is compressed is unpacked first.

    Raises
    ------
    JournalDamagedError
        If it is no XDF file, or nothing in it can be read.
    OSError
        If it cannot be opened, or there is no room to unpack it.
    """
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise JournalDamagedError(f"{path} is empty: nothing was recorded")
        identity, packed, flaw = Identity.of(file.fileno()), is_packed(file.read(2)), ""
        file.seek(0)
        if packed:
            unpacked, flaw = unpack(file, path)
            with unpacked:
                data = _mapped(unpacked, path)
        else:
            data = _mapped(file, path)
    try:
        index = Index(data)
    except ValueError as error:
        raise JournalDamagedError(f"{path}: {error}") from error
    return _Reader(path, index, identity, packed, flaw).journal()


_MISFIT = "its header's channel_count or channel_format may not be theirs, and its values are in doubt"


def _misfit(name: str, chunks: int, offset: int) -> tuple[int, str]:
    what = f"{chunks} chunks of {name}, the first at byte {offset}, have more bytes than their samples"
    return 0, f"{what}: {_MISFIT}"


def _mapped(file: IO[bytes], path: Path) -> mmap.mmap:
    file.flush()
    if os.fstat(file.fileno()).st_size == 0:
        raise JournalDamagedError(f"{path} is compressed, and nothing of it can be unpacked")
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Reader:
    """Puts together what is known of a file, stream by stream."""

    def __init__(self, path: Path, index: Index, identity: Identity, packed: bool, flaw: str) -> None:
        self.path, self.index, self.identity = path, index, identity
        self.packed, self.flaw = packed, flaw
        self.about, self.names, self.ledger = index.about, _names(index.streams, index.headerless), list(index.ledger)
        self.lost: list[LedgerRow] = []

    def journal(self) -> Journal:
        index, specs = self.index, self.index.specs()
        self._note_damage()
        self._note_unreadable()
        streams = [self._stream(number, index.streams.known[number]) for number in specs]
        # Our recorder writes all footers at once: where one was damaged, the others tell that it came to its end.
        ended = bool(index.footers) if index.ours else set(index.streams.numbers) <= index.footers
        ended = ended or not index.streams.numbers
        if index.ours and not ended:
            row = self._row("", "recovered", "warning", 0, _CUT_OFF.format(path=self.path.name))
            self.ledger.append(replace(row, time=self._or_origin(index.written.last)))
        ids = {stream.id for stream in streams}
        return Journal(
            self.path,
            index.ours,
            self.packed,
            complete=ended,
            source=Source(
                streams=streams,
                recording_id=self.about.get("recording_id") or str(uuid.uuid4()),
                started_utc=self.about.get("started_utc") or index.datetime(),
                clock_origin=self._origin,
                lab_toml=self.about.get("lab_toml", ""),
                subject=self._subject(),
                participant_id=self.about.get("participant_id", ""),
                ledger=tuple(row for row in self.ledger if row.stream not in ids),
                software=self.about.get("software", {}),
                one_pass=partial(self._one_pass, specs),
            ),
            lost=tuple(self.lost),
            contents=self._contents(specs),
        )

    def _contents(self, specs: dict[int, StreamSpec]) -> Contents:
        index = self.index
        return Contents(
            identity=self.identity,
            recording_id=self.about.get("recording_id", ""),
            names=dict(self.names),
            samples={number: index.counts.get(number, 0) for number in specs},
            headers={number: zlib.crc32(index.streams.known[number].header) for number in specs},
            counted=dict(index.counted),
            until=dict(index.until),
        )

    def _one_pass(self, specs: dict[int, StreamSpec]) -> Iterator[tuple[int, Block]]:
        place = {number: index for index, number in enumerate(specs)}
        return ((place[number], block) for number, block in blocks(self.index.file, specs))

    def _stream(self, number: int, known: KnownStream) -> SourceStream:
        name, index = self.names[number], self.index
        short = [(offset, lost) for stream, offset, lost in index.short if stream == number]
        for offset, lost in short[:_NAMED]:
            where = f"at byte {offset} of {self.path.name}"
            self._damaged(name, lost, f"a chunk of {name} {where} is cut short: {lost} samples are lost", offset)
        if more := short[_NAMED:]:
            lost = sum(count for _, count in more)
            self._damaged(name, lost, f"{len(more)} more chunks of {name} are cut short: {lost} samples are lost")
        if len(short) > 1 and number not in index.fitting:
            self._damaged(name, 0, f"none of the {len(short)} chunks of {name} fits its header: {_MISFIT}")
        gone = index.claimed.get(number, 0) - index.counts.get(number, 0)
        if gone > 0 and not index.ours:
            claim = f"its footer in {self.path.name} says {index.claimed[number]} samples"
            self._damaged(name, gone, f"{name} is not whole: {claim}, and {gone} of them are not there")
        if number in index.long:
            self._damaged(name, *_misfit(name, *index.long[number]))
        rows = [self._row(name, "header", "warning", 0, f"{name}: {note}") for note in known.repaired]
        rows += [self._row(name, "header", "fault", 0, f"{name}: {note}") for note in known.refused]
        recorded_rows = {(row.stream, row.message) for row in self.ledger}  # when it was recorded
        self.ledger += [row for row in rows if (row.stream, row.message) not in recorded_rows]
        if number in index.streams.twice:
            what = f"{name} has two headers that differ in {self.path.name}: it is read by the first"
            self._damaged(name, 0, what)
        mine = tuple(row for row in self.ledger if row.stream == name)
        # As bytes it came, so it is sealed: what is no UTF-8 goes through as lone surrogates.
        text, read = known.header.decode("utf-8", "surrogateescape"), partial(self._blocks, number, known.spec)
        return SourceStream(
            name,
            known.spec,
            text,
            index.counts.get(number, 0),
            read,
            index.probes(number),
            mine,
            index.arrivals(number),
        )

    def _blocks(self, number: int, spec: StreamSpec) -> Iterator[Block]:
        return (block for _, block in blocks(self.index.file, {number: spec}))

    def _note_damage(self) -> None:
        if self.flaw:
            self._damaged("", 0, f"{self.path.name} is compressed, and {self.flaw}")
        for row in self.index.damage:
            name = self.names.get(int(row["stream"]), "")
            size, at = int(row["length"]), int(row["offset"])
            if row["state"] == MOVED:
                size, how = int(row["samples"]), "missing from" if row["start"] else "too many in"
                message = f"{size} bytes are {how} {self.path.name} before byte {at}: it was changed"
                self._damaged("", size, message, at)
                continue
            whose = f"a chunk of {name}" if name else "a piece of the file"
            how = _xdf.STATES[int(row["state"])]
            message = f"{whose} is {how}: {size} bytes at byte {at} of {self.path.name} are left out"
            self._damaged(name, size, message, at)
        for found in self.index.kinds.found(self.index.streams.numbers):
            name = self.names.get(found.stream, "")
            message = found.message(self.path.name, name)
            if found.harmless:
                self.ledger.append(self._row("", "unknown", "warning", found.count, message))
            else:
                self._damaged(name, found.count, message, found.first)
        if self.index.ours and self.index.unsummed:
            count = self.index.unsummed
            what = f"{count} pieces of {self.path.name} are held against no sum: the record with theirs is garbled"
            self._damaged("", count, what)

    def _note_unreadable(self) -> None:
        """Name the streams of which nothing says how to read their samples, and recordings beside the first."""
        index = self.index
        for number in sorted({*index.streams.numbers, *index.headerless} - index.streams.known.keys()):
            name, samples = self.names[number], index.headerless.get(number, 0)
            why = index.streams.why(number)
            left = f"its {samples} samples are left out (stream {number} of {self.path.name})"
            self._damaged(name, samples, f"{name} cannot be read: {why}; {left}")
        if len(index.recordings) > 1:
            ids = " and ".join(index.recordings)
            self._damaged("", 0, f"{self.path.name} holds more than one recording: {ids}; it is read as the first")

    @property
    def _origin(self) -> float:
        return float(self.about.get("clock_origin", math.nan))

    def _or_origin(self, time: float) -> float:
        return time if math.isfinite(time) else self._origin

    def _damaged(self, stream: str, count: int, message: str, at: int | None = None) -> None:
        """Say what is lost; `at`, the byte of the file where it lay, tells when that was written."""
        row = self._row(stream, "damaged", "fault", count, message)
        if at is not None:
            row = replace(row, time=self._or_origin(self.index.written.when(at)))
        self.ledger.append(row)
        self.lost.append(row)

    def _row(self, stream: str, kind: str, severity: Severity, count: int, message: str) -> LedgerRow:
        return LedgerRow(self._origin, stream, kind, severity, count, message)

    def _subject(self) -> Subject:
        """The person: what lab.toml said, then what the streams say."""
        subject = Subject(treadmill=Treadmill(), **{key: _number(self.about.get(key)) for key in OF_THE_PERSON})
        for known in self.index.streams.known.values():
            try:
                subject = subject.over(Subject.from_xml(parse_untrusted_xml(known.header)))
            except ValueError:
                continue
        return subject


_NAMED = 20  # chunks of a stream, each with a line of its own
_CUT_OFF = (
    "{path} was not ended: its recorder was killed, or its computer or disk gave up; what came later is not recorded"
)


def _names(streams: Headers, headerless: Iterable[int]) -> dict[int, str]:
    """Number of each stream to its id: as our records or its driver say, else s01 ...; no two alike in any case."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    by_driver = {number: id_of_source(known.spec.source_id) for number, known in streams.known.items()}
    for number, name in [*streams.names.items(), *((n, id) for n, id in by_driver.items() if n not in streams.names)]:
        if not is_stream_id(name):  # it would keep all streams from being sealed
            continue
        free = next(n for k in count(1) if (n := name if k == 1 else f"{name}_{k}") not in taken)
        names[number] = free
        taken.add(free)
    for place, number in enumerate([*streams.numbers, *sorted(headerless)], 1):
        if number not in names:
            names[number] = next(name for k in count(place) if (name := f"s{k:02d}") not in taken)
            taken.add(names[number])
    return names


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def is_xdf(path: Path) -> bool:
    """Whether a file begins as XDF does, compressed or not."""
    return begin_of(path, 4) == b"XDF:"


def load_synchronised(path: Path) -> dict[str, tuple[Any, SyncedTime]]:
    """Read a whole XDF file into memory, on the lab clock.

    Returns
    -------
    dict
        Stream id to its samples, shape (N, C) or N lists of byte strings, and its `groundup.clock.SyncedTime` time.

    Raises
    ------
    JournalDamagedError
        If it is no XDF file.
    """
    source = read_journal(path).source
    streams = source.streams
    loaded = [_Whole(stream) for stream in streams]
    for index, block in source.blocks():
        loaded[index].add(block)
    clocked = [
        ClockInput(
            s.id,
            whole.stamps,
            s.spec.rate,
            s.probes,
            s.spec.latency_s,
            s.spec.hostname,
            s.arrivals,
            samples=whole.samples,
        )
        for s, whole in zip(streams, loaded, strict=True)
    ]
    clocked = with_ticks(clocked, [s.spec for s in streams], lambda place: loaded[place].samples)
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
