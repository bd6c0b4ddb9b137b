"""What one pass over an XDF file tells of it: everything but the samples, of which it counts the whole ones."""

import json
import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.header import Header, read_header
from groundup.journal.samples import Mapped, forget, of_each, whole_samples
from groundup.ledger import LedgerRow
from groundup.source import PROBE
from groundup.streams import StreamSpec
from groundup.untrusted_xml import parse_untrusted_xml
from groundup_ext import _xdf

_HEADER, _STREAM_HEADER, _OFFSET, _BOUNDARY, _FOOTER = 1, 2, 4, 5, 6
_OUR_PROBE = np.dtype(
    [("stream", "<u4"), ("time", "<f8"), ("offset", "<f8"), ("round_trip", "<f8"), ("collected", "<f8")]
)
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
    names : dict
        Number of a stream in the file to its id.
    ledger : list of LedgerRow
    headers : dict
        Number of a stream to its header; a second header of the same number is ignored.
    specs : dict
        Number of a stream to what it is, or to why that cannot be read.
    read : dict
        Number of a stream to what its header says and what is doubtful in it.
    counts : dict
        Number of a stream to its whole samples.
    short : list of (int, int, int)
        Chunks that are cut short: number of the stream, byte, samples lost.
    footers : set of int
    file_headers : list of bytes
    damage : structured ndarray of `groundup_ext._xdf.CHUNK_FORMAT`

    Raises
    ------
    ValueError
        If it is no XDF file.
    """

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.about: dict[str, Any] = {}
        self.names: dict[int, str] = {}
        self.ledger: list[LedgerRow] = []
        self.headers: dict[int, bytes] = {}
        self.specs: dict[int, StreamSpec | ValueError] = {}
        self.read: dict[int, Header] = {}
        self.counts: dict[int, int] = {}
        self.short: list[tuple[int, int, int]] = []
        self.footers: set[int] = set()
        self.file_headers: list[bytes] = []
        self._early: dict[int, list[NDArray[np.void]]] = {}
        self._probes = bytearray()
        self._offsets: dict[int, bytearray] = {}
        scanner = _xdf.Scanner(data)
        damage, done = [], 0
        while scanner.settled < len(data):
            chunks, lost = (np.frombuffer(raw, _xdf.CHUNK_FORMAT) for raw in scanner.batch(_STRETCH_BYTES))
            damage.append(lost)
            self._take(chunks)
            forget(data, done, scanner.settled)
            done = scanner.settled
        self.ours = scanner.ours > 0
        self.damage = np.sort(np.concatenate(damage), order="offset") if damage else np.empty(0, _xdf.CHUNK_FORMAT)

    @property
    def file(self) -> Mapped:
        """The file and where not to read it."""
        return Mapped(self.data, self.damage["offset"].copy(), self.damage["offset"] + self.damage["length"])

    def _take(self, chunks: NDArray[np.void]) -> None:
        tags = chunks["tag"]
        for row in chunks[(tags == _BOUNDARY) & (chunks["samples"] > 0)]:
            self._records(self._content(row))
        self.file_headers += [self._content(row) for row in chunks[tags == _HEADER]]
        for row in chunks[tags == _STREAM_HEADER]:
            self._header(int(row["stream"]), self._content(row)[4:])
        for row in chunks[(tags == _OFFSET) & (chunks["length"] >= 20)]:
            self._offsets.setdefault(int(row["stream"]), bytearray()).extend(self._content(row)[4:20])
        self.footers.update(chunks["stream"][tags == _FOOTER].tolist())
        for number, rows in of_each(chunks):
            self._count(number, rows)

    def _content(self, row: np.void) -> bytes:
        start = int(row["offset"])
        return bytes(self.data[start : start + int(row["length"])])

    def _header(self, number: int, header: bytes) -> None:
        if number in self.headers:
            return
        self.headers[number] = header
        try:
            self.read[number] = read_header(header)
            self.specs[number] = self.read[number].spec
        except ValueError as error:
            self.specs[number] = error
        for rows in self._early.pop(number, []):
            self._count(number, rows)

    def _count(self, number: int, rows: NDArray[np.void]) -> None:
        spec = self.specs.get(number)
        if spec is None:  # its header may yet come
            self._early.setdefault(number, []).append(rows)
        if not isinstance(spec, StreamSpec):
            return
        whole = whole_samples(self.data, rows, spec)
        self.counts[number] = self.counts.get(number, 0) + int(whole.sum(dtype=np.int64))
        for index in np.flatnonzero(whole != rows["samples"]).tolist():
            lost = max(int(rows["samples"][index]) - int(whole[index]), 0)
            self.short.append((number, int(rows["offset"][index]), lost))

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
                self._probes += body
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

    def probes(self, number: int) -> NDArray[np.void]:
        """Measurements of a stream's clock, as `groundup.source.PROBE`: ours, or else the file's clock offsets."""
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
