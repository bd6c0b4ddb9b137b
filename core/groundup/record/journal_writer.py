"""What a journal says of its recording and its streams: written as they begin, again and again, and at the end."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from groundup import lsl
from groundup.inlets.discovery import DrainedStream
from groundup.record import journal_records
from groundup.record.journal_records import RecordingInfo
from groundup_ext._recorder import Engine

_HEADER, _STREAM_HEADER, _FOOTER = 1, 2, 6
_AGAIN_AFTER_S, _AGAIN_EVERY_S = 5.0, 60.0  # after the last stream joined, and from then on
_REPEATED_BYTES = 1 << 18  # a longer header is written twice when its stream joins, and no more


class JournalWriter:
    """Writes all of a journal that is no sample, probe or ledger row; the recording begins now.

    Attributes
    ----------
    recording_id : str
    started : float
        Lab time.
    """

    def __init__(self, engine: Engine, info: RecordingInfo) -> None:
        self.recording_id = str(uuid.uuid4())
        self.started, self._utc = lsl.clock(), datetime.now(UTC)
        self._engine, self._info = engine, info
        self._streams: list[DrainedStream] = []
        self._numbers = 0
        self._again = 0.0
        engine.chunk(_HEADER, 0, journal_records.header(self._utc))
        self._write_facts()

    def begin(self, opened: lsl.OpenStream) -> int:
        """Begin to drain a stream into the journal, behind its header; its index."""
        self._numbers += 1  # also of one for which there is no memory: its header is written by then
        number, spec = self._numbers, opened.spec
        self._engine.chunk(_STREAM_HEADER, number, journal_records.stream_header(number, opened.header, spec))
        return self._engine.add(number, opened.handle, spec.format, len(spec.channels), lsl.pull_samples(spec, 0.1))

    def describe(self, streams: Sequence[DrainedStream], now: float) -> None:
        """Write what streams that have joined are."""
        self._write_headers(streams)
        self._streams += streams
        if streams:
            self._again = now + _AGAIN_AFTER_S

    def write_again(self, now: float, at_once: bool) -> None:
        """Write what all are once more when it is time: one damaged piece of the journal loses none."""
        if self._streams and (at_once or now >= self._again):
            self._again = now + _AGAIN_EVERY_S
            self._write_facts()
            self._write_headers([stream for stream in self._streams if len(stream.header) <= _REPEATED_BYTES])

    def end(self) -> None:
        """Write the footers."""
        for status in self._engine.status()["streams"]:
            self._engine.chunk(_FOOTER, status.number, journal_records.footer(status))

    def _write_facts(self) -> None:
        self._engine.record("M", journal_records.facts(self._info, self.recording_id, self._utc, self.started))

    def _write_headers(self, streams: Sequence[DrainedStream]) -> None:
        """Into our own records, where no other reader takes it for another stream."""
        status = self._engine.status()["streams"]
        for stream in streams:
            number = status[stream.index].number
            self._engine.record("H", number.to_bytes(4, "little") + stream.header)
            self._engine.record("M", journal_records.announcement(number, stream.id, stream.open.spec))
