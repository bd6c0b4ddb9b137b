"""What one pass over an XDF file tells of it: everything but the samples, of which it counts the whole ones."""

import json
import math
import mmap
import struct
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from groundup.headers.untrusted_xml import parse_untrusted_xml
from groundup.journal.arrivals import Arrivals, Counts, Moment
from groundup.journal.headers import Headers
from groundup.journal.kinds import Kinds
from groundup.journal.moments import Written
from groundup.journal.samples import Mapped, forget, of_each, whole_samples
from groundup.model.ledger import LedgerRow
from groundup.model.source import PROBE
from groundup.model.streams import StreamSpec
from groundup.model.subject import OF_THE_PERSON
from groundup_ext import _xdf

_HEADER, _STREAM_HEADER, _OFFSET, _BOUNDARY, _FOOTER = 1, 2, 4, 5, 6
_UNVERIFIED, GARBLED, MOVED = 0, 2, 5
_OUR_PROBE = np.dtype(
    [("stream", "<u4"), ("time", "<f8"), ("offset", "<f8"), ("round_trip", "<f8"), ("collected", "<f8")]
)
_COUNT = np.dtype([("stream", "<u4"), ("samples", "<u8")])
_CYCLE = struct.Struct("<dd")  # lab times after which and by which the samples of a cycle were read
_FACTS: dict[str, Any] = {
    "recording_id": str,
    "started_utc": str,
    "clock_origin": float,
    "lab_toml": str,
    **dict.fromkeys(OF_THE_PERSON, float | None),
    "participant_id": str,
    "software": dict[str, str],
}
"""What our record of the recording says, as `groundup.record.journal_records` writes it."""
_STRETCH_BYTES = 1 << 22


class Index:
    """What is in a file.

    Parameters
    ----------
    data : mmap
        The file.

    Attributes
    ----------
    ours : bool
        Whether groundup wrote it.
    about : dict
        What our records say of the recording.
    recordings : list of str
        Ids of the recordings that they name; more than one where files were put together.
    streams : Headers
        What each stream is.
    ledger : list of LedgerRow
    counts : dict
        Number of a stream to its whole samples.
    counted : dict
        Number of a stream to how many samples the recorder had written of it when it last said so.
    until : dict
        Number of a stream to how many of its samples lie in the file before that.
    headerless : dict
        Number of a stream of which nobody knows what it is to its samples, as its chunks claim.
    short : list of (int, int, int)
        Chunks that are cut short: number of the stream, byte, samples lost.
    long : dict
        Number of a stream to how many of its chunks have more bytes than their samples, and where the first is.
    fitting : set of int
        Streams of which any chunk is as long as its header makes it.
    kinds : Kinds
        Chunks of kinds that XDF does not know, and those that are not what their kind says.
    written : Written
        When our recorder wrote what.
    footers : set of int
    claimed : dict
        Number of a stream to how many samples its footer says were written of it.
    file_headers : list of bytes
    damage : structured ndarray of `groundup_ext._xdf.CHUNK_FORMAT`
    unsummed : int
        Chunks before the last sums of ours that none of these covers: the record with theirs was hit.

    Raises
    ------
    ValueError
        If it is no XDF file.
    """

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.about: dict[str, Any] = {}
        self.recordings: list[str] = []
        self.streams = Headers()
        self.ledger: list[LedgerRow] = []
        self.counts: dict[int, int] = {}
        self.counted: dict[int, int] = {}
        self.until: dict[int, int] = {}
        self.headerless: dict[int, int] = {}
        self.short: list[tuple[int, int, int]] = []
        self.long: dict[int, tuple[int, int]] = {}
        self.fitting: set[int] = set()
        self.kinds, self.written = Kinds(), Written()
        self.footers: set[int] = set()
        self.claimed: dict[int, int] = {}
        self.file_headers: list[bytes] = []
        self.unsummed = self._unsummed = 0
        self._counted_at = 0  # where the newest record of counts lies
        self._early: dict[int, list[NDArray[np.void]]] = {}
        self._probes = bytearray()
        self._offsets: dict[int, bytearray] = {}
        self._arrivals, self._moments, self._counts = Arrivals(), list[Moment](), Counts({})
        scanner = _xdf.Scanner(data)
        damage, done = [], 0
        doubtful: list[NDArray[np.void]] = []
        while scanner.settled < len(data):
            chunks, lost = (np.frombuffer(raw, _xdf.CHUNK_FORMAT) for raw in scanner.batch(_STRETCH_BYTES))
            damage.append(lost)
            doubtful.append(chunks[(chunks["tag"] == _BOUNDARY) & (chunks["state"] == _UNVERIFIED)])
            self._look_for_sums(chunks)
            self._take(chunks)
            forget(data, done, scanner.settled)
            done = scanner.settled
        self.ours = scanner.ours > 0
        if self.ours:  # a Boundary of ours that is none any more
            damage += [_garbled(rows) for rows in doubtful]
        self.damage = np.sort(np.concatenate(damage), order="offset") if damage else np.empty(0, _xdf.CHUNK_FORMAT)
        self._settle_all()

    @property
    def file(self) -> Mapped:
        """The file and where not to read it."""
        left_out = self.damage[self.damage["length"] > 0]
        return Mapped(self.data, left_out["offset"].copy(), left_out["offset"] + left_out["length"])

    def _look_for_sums(self, chunks: NDArray[np.void]) -> None:
        unsummed = chunks["offset"][chunks["state"] == _UNVERIFIED]
        summed = chunks["offset"][chunks["state"] != _UNVERIFIED]
        before = int(np.count_nonzero(unsummed < summed[-1])) if len(summed) else 0
        if len(summed):
            self.unsummed += self._unsummed + before
            self._unsummed = 0
        self._unsummed += len(unsummed) - before

    def _take(self, chunks: NDArray[np.void]) -> None:
        chunks = self.kinds.sound(self.data, chunks)
        tags, self._moments = chunks["tag"], []
        for row in chunks[(tags == _BOUNDARY) & (chunks["samples"] > 0)]:
            self._records(int(row["offset"]), self._content(row))
        self.file_headers += [self._content(row) for row in chunks[tags == _HEADER]]
        for row in chunks[tags == _STREAM_HEADER]:
            self.streams.chunk(int(row["stream"]), self._content(row)[4:])
        for number in list(self._early):
            if self.streams.settle(number) is not None:
                self._late(number)
        measured: list[tuple[int, float]] = []
        for row in chunks[tags == _OFFSET]:
            pair = self._content(row)[4:20]
            self._offsets.setdefault(int(row["stream"]), bytearray()).extend(pair)
            measured.append((int(row["offset"]), sum(struct.unpack("<dd", pair))))
        for row in chunks[tags == _FOOTER]:
            self.footers.add(int(row["stream"]))
            self._footer(int(row["stream"]), self._content(row)[4:])
        self.written.cycles(self._moments)
        self._counts = Counts(self.counts)
        for number, rows in of_each(chunks):
            self._count(number, rows)
        self._arrivals.cycles(self._moments, self._counts)
        self._arrivals.measurements(measured, self._counts)

    def _footer(self, number: int, content: bytes) -> None:
        try:
            text = (parse_untrusted_xml(content).findtext("sample_count") or "").strip()
        except ValueError:
            return
        if text.isascii() and text.isdigit() and len(text) < 16:
            self.claimed[number] = max(self.claimed.get(number, 0), int(text))

    def _content(self, row: np.void) -> bytes:
        start = int(row["offset"])
        return bytes(self.data[start : start + int(row["length"])])

    def _settle_all(self) -> None:
        """Make of each stream what can be made of it, now that all is seen."""
        for number in {*self.streams.numbers, *self._early}:
            known = self.streams.settle(number, last=True)
            if known is not None:
                self._late(number)
            elif number in self._early:
                self.headerless[number] = sum(int(rows["samples"].sum(dtype=np.int64)) for rows in self._early[number])

    def _late(self, number: int) -> None:
        for rows in self._early.pop(number, []):
            self._count(number, rows)

    def _count(self, number: int, rows: NDArray[np.void]) -> None:
        known = self.streams.settle(number)
        if known is None:  # its header may yet come
            self._early.setdefault(number, []).append(rows)
            return
        whole, rest = whole_samples(self.data, rows, known.spec)
        self._counts.add(number, rows["offset"], whole, self.counts.get(number, 0))
        self.counts[number] = self.counts.get(number, 0) + int(whole.sum(dtype=np.int64))
        before = whole[rows["offset"] < self._counted_at]
        self.until[number] = self.until.get(number, 0) + int(before.sum(dtype=np.int64))
        for index in np.flatnonzero(whole != rows["samples"]).tolist():
            lost = max(int(rows["samples"][index]) - int(whole[index]), 0)
            self.short.append((number, int(rows["offset"][index]), lost))
        if bool(((rest == 0) & (whole == rows["samples"]) & (whole > 0)).any()):
            self.fitting.add(number)
        over = rows["offset"][(rest > 0) & (whole == rows["samples"])]
        if len(over):
            chunks, first = self.long.get(number, (0, int(over[0])))
            self.long[number] = (chunks + len(over), first)

    def _records(self, offset: int, content: bytes) -> None:
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
                self._probes += body
            elif kind == b"H" and size >= 4:
                self.streams.copy(int.from_bytes(body[:4], "little"), body[4:])
            elif kind == b"C" and size % _COUNT.itemsize == 0:
                self._recount(offset, np.frombuffer(body, _COUNT))
            elif kind == b"T" and size == _CYCLE.size:
                self._moments.append((offset, *_CYCLE.unpack(body)))
            elif kind in (b"L", b"M"):
                self._json(kind, body)

    def _recount(self, offset: int, rows: NDArray[np.void]) -> None:
        """Take in what the recorder said it had written: all that was counted so far lies before."""
        self._counted_at = offset
        self.counted.update(zip(rows["stream"].tolist(), rows["samples"].tolist(), strict=True))
        self.until = dict(self.counts)

    def _json(self, kind: bytes, body: bytes) -> None:
        try:
            record = json.loads(body)
            if kind == b"L":
                self.ledger.append(msgspec.convert(record, LedgerRow))
            elif "stream" in record:
                self.streams.announcement(record)
            else:
                self._about(record)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            # A newer groundup's record: the samples do not depend on it.
            return

    def _about(self, record: dict[str, Any]) -> None:
        facts = {name: record[name] for name, kind in _FACTS.items() if name in record and _is(record[name], kind)}
        recording = facts.get("recording_id", "")
        if recording and recording not in self.recordings:
            self.recordings.append(recording)
        if recording in self.recordings[:1] or not recording:
            self.about.update(facts)

    def probes(self, number: int) -> NDArray[np.void]:
        """Clock offsets of a stream, as `groundup.model.source.PROBE`: those we measured, or else the file's own."""
        ours = np.frombuffer(bytes(self._probes), _OUR_PROBE)
        ours = ours[ours["stream"] == number]
        if len(ours):
            probes = np.empty(len(ours), PROBE)
            for key in PROBE.names or ():
                probes[key] = ours[key]
            return probes
        values = np.frombuffer(bytes(self._offsets.get(number, b"")), "<f8").reshape(-1, 2)
        probes = np.full(len(values), np.nan, PROBE)
        probes["time"], probes["offset"] = values[:, 0], values[:, 1]
        return probes

    def specs(self) -> dict[int, StreamSpec]:
        """Each stream that can be read, in the order of the file."""
        known = self.streams.known
        return {number: known[number].spec for number in self.streams.numbers if number in known}

    def arrivals(self, number: int) -> NDArray[np.void]:
        """When samples of a stream arrived, as `groundup.model.source.ARRIVAL`."""
        return self._arrivals.of(number, self.counts.get(number, 0))

    def datetime(self) -> str:
        """When the file says it was begun, or empty."""
        for header in self.file_headers:
            try:
                text = (parse_untrusted_xml(header).findtext("datetime") or "").strip()
            except ValueError:
                continue
            if text:
                return text
        return ""


def _garbled(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Chunks, whole with their heads, as damage."""
    damage = np.array(rows)
    damage["offset"] -= rows["start"]
    damage["length"] += rows["start"]
    damage["state"] = GARBLED
    return damage


def _is(value: object, kind: Any) -> bool:
    """Whether a record says what it should; what it says instead is not believed."""
    try:
        number = msgspec.convert(value, kind)
    except ValueError:
        return False
    return not isinstance(number, float) or math.isfinite(number)
