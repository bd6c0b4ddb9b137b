"""The recorder: finds the streams, hands their inlets to the engine, and keeps the ledger.

The engine (`groundup_ext._recorder`) moves the samples without the interpreter; what stands here decides which streams,
notices what goes wrong, and ends the recording so that nothing is lost.
"""

import json
import math
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from groundup import lsl
from groundup.model.account import Account, Counted, header_sum
from groundup.model.ledger import LedgerRow, Severity
from groundup.model.streams import StreamSpec
from groundup.record import journal_records
from groundup.record.discovery import TICKS_WANTED, Joined, Recorded, StreamDiscovery, StreamRequest, not_opened, why
from groundup.record.end_announcements import Senders
from groundup.record.journal_file import JournalFile
from groundup.record.journal_records import RecordingInfo
from groundup.record.stream_monitor import StreamMonitor, counters, passed
from groundup.record.workers import Workers
from groundup_ext._recorder import Engine

if TYPE_CHECKING:
    from groundup_ext._recorder import Status
    from groundup_ext.status import StreamStatus

CYCLE_S = 0.05
"""How often what has arrived is taken and written."""
SYNC_S = 1.0
"""How often the journal is synced to disk: a power cut costs so much, a kill only a cycle."""
POLL_S = 0.2
"""How often the control plane looks; the samples do not wait for it."""
_LOOK_EVERY_S = 0.6  # while every stream flows, its counters alone are read in between
_FLOWING_S = 0.3  # a regular stream heard within this time flows
_WAITING_AFTER_S = 5.0
MISSING_AFTER_S = 60.0
"""A required stream that has not joined by then is missing: drivers take their time to find their hardware."""
_DRAIN_AT_LEAST_S = 0.1  # a marker sent just before the end is on its way
_DRAIN_AT_MOST_S = 1.0
_DRAIN_POLL_S = 0.01
_LEAVE_S = 5.0
_LET_GO_AT_ONCE = 256  # those that never come back keep no other waiting
_SPARE_FILES = 16  # kept open, so that sealing can be started when streams have taken all others
_HEADER, _STREAM_HEADER, _FOOTER = 1, 2, 6
_AGAIN_AFTER_S, _AGAIN_EVERY_S = 5.0, 60.0  # after the last stream joined, and from then on
_REPEATED_BYTES = 1 << 18  # a longer header is written twice when its stream joins, and no more


class JournalError(OSError):
    """The journal cannot be written (any more); what was written before is kept."""


class Recorder:
    """Records streams into a journal.

    Parameters
    ----------
    journal : Path
        Created; an existing file is never overwritten.
    wanted : sequence of StreamRequest
        Streams that match any of them are recorded, also those that appear later; of two entries the first that
        matches names the stream.
    about : RecordingInfo
    say : callable
        Called with each new row of the ledger, at once.
    """

    def __init__(
        self,
        journal: Path,
        wanted: Sequence[StreamRequest],
        about: RecordingInfo | None = None,
        say: Callable[[LedgerRow], None] = lambda row: None,
    ) -> None:
        self.journal = journal
        self.ledger: list[LedgerRow] = []
        self._wanted = list(wanted)
        self._about = about or RecordingInfo()
        self._say = say
        self._streams: list[Recorded] = []
        self._met: set[StreamRequest] = set()
        self._recording_id = str(uuid.uuid4())
        self._utc = datetime.now(UTC)
        self._again = 0.0
        self._numbers = 0
        self._spare: list[int] = []
        self._given_back = False
        self._started = self._looked = 0.0
        self._waiting_said = self._missing_said = False

    def start(self) -> None:
        """Create the journal and begin.

        Raises
        ------
        FileExistsError
            If the journal is there already.
        JournalError
            If it cannot be created.
        """
        lsl.load()
        try:
            self._file = JournalFile(self.journal)
        except FileExistsError:
            raise
        except OSError as error:
            raise JournalError(error.errno, f"cannot write {self.journal}: {error.strerror}") from error
        self._engine = Engine(self._file.descriptor, self._file.BEGUN, CYCLE_S, SYNC_S)
        self._started, self._utc = lsl.clock(), datetime.now(UTC)
        self._engine.chunk(_HEADER, 0, journal_records.header(self._utc))
        self._write_about()
        self._engine.start()
        self._spare = [os.open(os.devnull, os.O_RDONLY) for _ in range(_SPARE_FILES)]
        self._joining = StreamDiscovery(self._wanted, self._leave)
        self._senders = Senders(self._joining.pool)

    @property
    def streams(self) -> list[tuple[str, StreamSpec]]:
        """Id and description of each stream that has joined."""
        return [(r.id, r.open.spec) for r in self._streams]

    def counts(self) -> dict[str, int]:
        """Samples recorded of each stream; ticks of drivers are no samples to a person."""
        status = self._engine.status()["streams"]
        return {r.id: status[r.index].samples for r in self._streams if r.wanted is not TICKS_WANTED}

    def statuses(self) -> list[tuple[str, StreamSpec, "StreamStatus"]]:
        """Id, description and the engine's counters of each stream that has joined."""
        streams = list(self._streams)
        status = self._engine.status()["streams"]
        return [(r.id, r.open.spec, status[r.index]) for r in streams]

    def out_of_sync(self) -> set[str]:
        """Ids of the streams whose stamps are of another clock than the measured one, or of none."""
        return {r.id for r in list(self._streams) if not r.flow.in_sync}

    def watched(self) -> dict[str, tuple[float, float, float]]:
        """Least and largest value since the last call, and the best round trip so far (s), of each stream.

        Values are kept from the first call on; what is not known is NaN.
        """
        self._engine.watch()
        return {r.id: self._engine.look(r.index) for r in list(self._streams)}

    def written(self) -> int:
        """Bytes of the journal so far."""
        return self._engine.status()["written"]

    def opening(self) -> bool:
        """Whether a stream that was found is still being opened."""
        return self._joining.busy

    def complete(self) -> bool:
        """Whether every stream that is expected has joined."""
        return not self._absent()

    def elapsed(self) -> float:
        """Seconds since the recording began."""
        return lsl.clock() - self._started

    def poll(self) -> None:
        """Look once: new streams, streams gone, faults. To be called every `POLL_S`.

        While all is well, the network and the streams are looked at less often: a recorder shares its machine.

        Raises
        ------
        JournalError
            If the journal can no longer be written.
        """
        now = lsl.clock()
        status = self._engine.status()
        if now - self._looked < _LOOK_EVERY_S and self._all_flow(status):
            self._check(status["error"])
            return
        self._looked = now
        self._look_after(status["written"], now)
        for stream in self._streams:
            stream.heard = max(stream.heard, status["streams"][stream.index].arrived)
        found = self._joining.look(self._streams, now)
        self._collect(now)
        self._listen(found)
        status = self._engine.status()
        uids = {f.uid for f in found}
        for stream in self._streams:
            if not stream.ended:
                # As of the engine's last cycle: when it was held up, that is not the senders' fault.
                self._watch(stream, status["streams"][stream.index], status["last_cycle"], uids)
        if not self._waiting_said and now - self._started > _WAITING_AFTER_S:
            self._waiting_said = True
            self._say_waiting(now)
        if not self._missing_said and now - self._started > MISSING_AFTER_S:
            self._missing_said = True
            self._say_missing(now)
        self._check(status["error"])

    def stop(
        self, last_words: Callable[[], object] | None = None, last_deeds: Callable[[], object] | None = None
    ) -> None:
        """End the recording: drain what is on its way, write the footers, sync, close. Nothing is lost.

        Parameters
        ----------
        last_words : callable, optional
            Waits, within bounds, until live has said what came of the end; that is recorded, and no raw data any more.
        last_deeds : callable, optional
            Called when no samples are taken any more, and the ledger can still be written: stops the drivers.

        Raises
        ------
        JournalError
            If the end could not be written.
        """
        until = lsl.clock()
        self._collect(until)
        for row in self._joining.unfinished(until):
            self._enter(row)
        self._drain(until)
        if last_words is not None:
            self._hear(last_words)
        if last_deeds is not None:
            for stream in self._streams:
                self._engine.release(stream.index)
            last_deeds()
        if not self._missing_said:
            self._missing_said = True
            self._say_missing(until)
        for stream, status in zip(self._streams, self._engine.status()["streams"], strict=True):
            self._engine.chunk(_FOOTER, stream.number, journal_records.footer(status))
        self._look_after(self._engine.status()["written"], math.inf)  # once more, whatever happened
        self._engine.stop()
        if (harm := self._file.harm(self._engine.status()["written"])) is not None:
            self.note("journal", "fault", harm)
        try:
            self.journal = self._file.rescued()
        except OSError as error:
            raise JournalError(error.errno, f"cannot write {self.journal} again: {error.strerror}") from error
        finally:
            self.close()
        self._check(self._engine.status()["error"])

    def close(self) -> None:
        """Let go of everything; for the end and after a failure. Safe to call twice."""
        self._engine.stop()
        self._joining.close()
        self._let_go()
        self._file.close()
        while self._spare:
            os.close(self._spare.pop())

    def _let_go(self) -> None:
        """Give all inlets back at once; one that liblsl does not let go of in time is left to the process's end."""
        if self._given_back:
            return
        self._given_back = True
        pool = Workers(_LET_GO_AT_ONCE, "groundup-close")
        streams = {pool.submit(stream.open.destroy): stream.id for stream in self._streams}
        readers = [pool.submit(reader.destroy) for reader in self._senders.opened()]
        _, stuck = wait([*streams, *readers], _LEAVE_S)
        for name in (name for asked, name in streams.items() if asked in stuck):
            message = f"{name}: LSL did not close its connection within {_LEAVE_S:g} s; it ends with the program"
            self.note("unclosed", "warning", message, name)

    def account(self) -> Account:
        """What has been written, by the engine's own counters; for the end."""
        status = self._engine.status()
        streams = (
            Counted(stream.number, stream.id, row[1], header_sum(stream.header))
            for stream, row in zip(self._streams, status["streams"], strict=True)
        )
        return Account(self._recording_id, status["written"], tuple(streams), tuple(self.ledger))

    def note(self, kind: str, severity: Severity, message: str, stream: str = "", count: int = 0) -> None:
        """Enter something into the ledger now."""
        self._enter(LedgerRow(lsl.clock(), stream, kind, severity, count, message))

    def _write_about(self) -> None:
        self._engine.record("M", journal_records.facts(self._about, self._recording_id, self._utc, self._started))

    def _write_header(self, stream: Recorded) -> None:
        """Write what a stream is into our own records, where no other reader takes it for another stream."""
        self._engine.record("H", stream.number.to_bytes(4, "little") + stream.header)
        self._engine.record("M", journal_records.announcement(stream.number, stream.id, stream.open.spec))

    def _write_again(self, now: float) -> None:
        """Write once more what the recording and its streams are: one damaged piece of the journal loses none."""
        self._again = now + _AGAIN_EVERY_S
        self._write_about()
        for stream in self._streams:
            if len(stream.header) <= _REPEATED_BYTES:
                self._write_header(stream)

    def _look_after(self, written: int, now: float) -> None:
        """Say it when somebody else changes the journal, and write again what may have been lost with it."""
        if (harm := self._file.harm(written)) is not None:
            self.note("journal", "fault", harm)
            self._again = now
        if self._streams and now >= self._again:
            self._write_again(now)

    def _listen(self, found: Sequence[lsl.Found]) -> None:
        """Hear what senders say: a stream whose sender is done is no fault when it stops."""
        for source in self._senders.done(found):
            for stream in self._streams:
                if stream.open.spec.source_id == source and not stream.ended:
                    stream.ended = True
                    self.note("ended", "info", f"the sender of {stream.id} says that it is done", stream.id)

    def _collect(self, now: float) -> None:
        """Record the streams whose inlets have opened, new ones and those that have come back."""
        joined, rows = self._joining.joined(now)
        for one in joined:
            if one.returns is not None:
                self._resume(one.returns, one.open, now)
                continue
            try:
                self._add(one, now)
            except (MemoryError, OverflowError) as error:
                rows.append(not_opened(one.open.found, one.wanted, why(error), now))
                self._joining.pool.submit(one.open.destroy)
        for row in rows:
            self._enter(row)

    def _add(self, joined: Joined, now: float) -> None:
        opened, wanted, spec = joined.open, joined.wanted, joined.open.spec
        self._numbers += 1  # also of one for which there is no memory: its header is written by then
        number = self._numbers
        taken = {r.id for r in self._streams}
        name = wanted.id if wanted.id and wanted.id not in taken else _next_id(taken, wanted.id)
        self._engine.chunk(_STREAM_HEADER, number, journal_records.stream_header(number, opened.header, spec))
        index = self._engine.add(number, opened.handle, spec.format, len(spec.channels), lsl.pull_samples(spec, 0.1))
        flow = StreamMonitor(name, spec.rate, wanted.matters(spec.rate), now, wanted.optional)
        self._streams.append(Recorded(name, number, index, wanted, opened, flow, now, opened.header))
        self._write_header(self._streams[-1])
        self._again = now + _AGAIN_AFTER_S
        self._joining.accompany(spec)
        if wanted is not TICKS_WANTED:  # the first that matches names a stream, and it is what the others want, too
            self._met |= {w for w in self._wanted if w is wanted or opened.found.matches(w.predicate)}
        called = lsl.shown(spec.name)
        self._enter(LedgerRow(now, name, "joined", "info", 0, f"{name}: {called} ({_words(spec)}) joined"))
        for refused in opened.refused:
            self._enter(LedgerRow(now, name, "header", "fault", 0, f"{name}: {refused}"))
        if (before := joined.changed) is not None:
            for row in before.flow.left(now):
                self._enter(row)
            message = f"{before.id} came back as {_words(spec)} instead of {_words(before.open.spec)}; it is now {name}"
            self._enter(LedgerRow(now, before.id, "changed", "warning", 0, message))

    def _resume(self, stream: Recorded, opened: lsl.OpenStream, now: float) -> None:
        self._engine.resume(stream.index, opened.handle)
        stream.open, stream.lost, stream.ended = opened, False, False
        self._joining.accompany(opened.spec)
        self._flowed(stream, stream.flow.returned(now))

    def _leave(self, stream: Recorded) -> None:
        """Drain a stream's inlet a last time; called from another thread.

        Raises
        ------
        OSError
            If the engine does not let go of it, because it has stopped.
        """
        waiting = threading.Event()
        self._engine.release(stream.index)
        until = lsl.clock() + _LEAVE_S
        while not self._engine.status()["streams"][stream.index].gone:
            if lsl.clock() > until:
                raise OSError(f"{stream.id} is still being drained")
            waiting.wait(_DRAIN_POLL_S)

    def _watch(self, stream: Recorded, status: "StreamStatus", now: float, uids: set[str]) -> None:
        stream.lost = stream.lost or status.lost
        present = self._joining.present(stream, uids, now)
        self._flowed(stream, stream.flow.look(now, counters(status, present)))

    def _flowed(self, stream: Recorded, rows: Sequence[LedgerRow]) -> None:
        """Enter how a stream flows; ticks come and go with the streams of their driver, which say it."""
        for row in rows if stream.wanted is not TICKS_WANTED else ():
            self._enter(row)

    def _all_flow(self, status: "Status") -> bool:
        """Whether nothing is expected, opening, or away: the newest sample of each regular stream is new."""
        if self._joining.busy or not self._streams or not self.complete():
            return False
        latest = status["last_cycle"] - _FLOWING_S
        return all(r.flow.rate <= 0 or r.ended or status["streams"][r.index].arrived > latest for r in self._streams)

    def _say_waiting(self, now: float) -> None:
        """One line for all: devices that take their time are no faults."""
        if absent := self._absent():
            names = list(dict.fromkeys(wanted.id or wanted.predicate for wanted in absent))  # devices name their stream
            said = f"still waiting for {', '.join(names)}"
            self._enter(LedgerRow(now, "", "waiting", "warning", len(names), said))

    def _say_missing(self, now: float) -> None:
        for wanted in self._absent():
            name = f"{wanted.id} ({wanted.predicate})" if wanted.id else wanted.predicate
            self._enter(LedgerRow(now, wanted.id, "missing", "fault", 0, f"wanted, but not on the network: {name}"))

    def _absent(self) -> list[StreamRequest]:
        return [wanted for wanted in self._wanted if wanted.expected and wanted not in self._met]

    def _hear(self, last_words: Callable[[], object]) -> None:
        """Record what live says of the end, when all that it is made of has been recorded."""
        raw = [stream for stream in self._streams if stream.open.spec.role != "live"]
        if len(raw) == len(self._streams) or self._engine.status()["error"]:
            return
        for stream in raw:
            self._engine.release(stream.index)
        last_words()
        self._drain(lsl.clock())

    def _drain(self, until: float) -> None:
        """Wait until every raw stream has passed the moment of stopping, or has nothing more to say."""
        waiting = threading.Event()
        regular = [r for r in self._streams if r.flow.rate > 0 and not r.ended and r.open.spec.role != "live"]
        while (now := lsl.clock()) < until + _DRAIN_AT_MOST_S:
            status = self._engine.status()
            done = all(passed(status["streams"][r.index], until, r.flow.rate, now) for r in regular)
            if status["error"] or (done and now > until + _DRAIN_AT_LEAST_S):
                break
            waiting.wait(_DRAIN_POLL_S)

    def _enter(self, row: LedgerRow) -> None:
        self.ledger.append(row)
        self._engine.record("L", json.dumps(asdict(row)).encode())
        self._say(row)

    def _check(self, error: int) -> None:
        if error == 0:
            return
        reason = "out of memory" if error < 0 else os.strerror(error)
        size = self._engine.status()["written"]
        message = f"cannot write {self.journal} any more: {reason}; the {size / 1e6:.1f} MB before are kept"
        row = LedgerRow(lsl.clock(), "", "disk", "fault", 0, message)
        if not any(r.kind == "disk" for r in self.ledger):
            self.ledger.append(row)
            self._say(row)
        raise JournalError(error, message)


def _next_id(taken: set[str], stem: str) -> str:
    """The next free id: s01, s02 ...; or emg_2, emg_3 ... for another stream of the same entry."""
    number = 2 if stem else len(taken) + 1
    while True:
        name = f"{stem}_{number}" if stem else f"s{number:02d}"
        if name not in taken:
            return name
        number += 1


def _words(spec: StreamSpec) -> str:
    rate = f"{spec.rate:g} Hz" if spec.rate > 0 else "irregular"
    return f"{len(spec.channels)} channel{'' if len(spec.channels) == 1 else 's'}, {spec.format}, {rate}"
