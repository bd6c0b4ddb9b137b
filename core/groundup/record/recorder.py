"""The recorder: hands the inlets of open streams to the engine, and keeps the ledger.

The engine (`groundup_ext._recorder`) moves the samples without the interpreter; `groundup.inlets` opens the streams
and notices what goes wrong; what stands here writes down what they are, and ends the recording so that nothing is lost.
"""

import json
import math
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup import lsl
from groundup.inlets.open_streams import OpenStreams
from groundup.inlets.stream_request import StreamRequest, announced
from groundup.lab.tables import Lab
from groundup.lsl.stream_names import id_of_source, prefix_of_source, source_prefix
from groundup.model.account import Account, Counted, header_sum
from groundup.model.ledger import LedgerRow, Severity
from groundup.model.streams import StreamSpec
from groundup.record.control_readers import ControlReaders, TrialsSaid, ended_sources
from groundup.record.draining import drain, record_last_words
from groundup.record.joined_streams import joined_rows
from groundup.record.journal_file import JournalError, JournalFile
from groundup.record.journal_records import RecordingInfo
from groundup.record.journal_writer import JournalWriter
from groundup.record.missing_streams import MissingStreams
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
_LET_GO_S = 5.0
_SPARE_FILES = 16  # kept open, so that sealing can be started when streams have taken all others


class Recorder:
    """Records streams into a journal.

    Parameters
    ----------
    journal : Path
        Created; an existing file is never overwritten.
    requests : sequence of StreamRequest
        Streams that match any of them are recorded, also those that appear later; of two that match, the first names
        the stream.
    about : RecordingInfo
    say : callable
        Called with each new row of the ledger, at once.
    lab : Lab, optional
        What it knows better than the streams themselves.
    """

    def __init__(
        self,
        journal: Path,
        requests: Sequence[StreamRequest],
        about: RecordingInfo | None = None,
        say: Callable[[LedgerRow], None] = lambda row: None,
        lab: Lab | None = None,
    ) -> None:
        self.journal = journal
        self.ledger: list[LedgerRow] = []
        self._requests = list(requests)
        self._about = about or RecordingInfo()
        self._say = say
        self._tables = lab.streams if lab is not None else {}
        self._spare: list[int] = []
        self._given_back = False
        self._looked = 0.0
        self._missing = MissingStreams()
        self._health: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self._trials: list[dict[str, Any]] = []
        self.said = TrialsSaid()

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
        self._file = JournalFile(self.journal)
        self._engine = Engine(self._file.descriptor, self._file.BEGUN, CYCLE_S, SYNC_S)
        self._writer = JournalWriter(self._engine, self._about)
        self._engine.start()
        self._spare = [os.open(os.devnull, os.O_RDONLY) for _ in range(_SPARE_FILES)]
        begin = self._writer.begin
        self._open = OpenStreams(self._requests, self._engine, lambda one, _: begin(one), self._enter, companion=True)
        self._control = ControlReaders(self._open.discovery.pool)

    @property
    def streams(self) -> list[tuple[str, StreamSpec]]:
        """Id and description of each stream that has joined."""
        return [(r.id, r.open.spec) for r in self._open.streams]

    def counts(self) -> dict[str, int]:
        """Samples recorded of each stream; what is beside them is none to a person."""
        status = self._engine.status()["streams"]
        return {r.id: status[r.index].samples for r in self._open.streams if not r.request.companion}

    def statuses(self) -> list[tuple[str, StreamSpec, "StreamStatus"]]:
        """Id, description and the engine's counters of each stream that has joined."""
        streams = list(self._open.streams)
        status = self._engine.status()["streams"]
        return [(r.id, r.open.spec, status[r.index]) for r in streams]

    def show_health(self, device: str, source: str, told: str) -> None:
        """Keep how a stream does, or all of a device, for the person at the screen; what is no such report is left."""
        with suppress(ValueError, TypeError):
            levels = tuple((str(words), str(colour)) for words, colour in json.loads(told))
            self._health[device, source] = levels

    def health(self, spec: StreamSpec) -> tuple[tuple[str, str], ...]:
        """How the stream and its device do, as words and colours; nothing where its driver does not say."""
        device = id_of_source(spec.source_id).partition(".")[0]
        if not device or prefix_of_source(spec.source_id) != source_prefix(device):  # of another computer
            return ()
        return (*self._health.get((device, spec.source_id), ()), *self._health.get((device, ""), ()))

    def out_of_sync(self) -> set[str]:
        """Ids of the streams whose stamps are of another clock than the measured one, or of none."""
        return {r.id for r in list(self._open.streams) if not r.monitor.in_sync}

    def watched(self) -> dict[str, tuple[float, float, float]]:
        """Least and largest value since the last call, and the best round trip so far (s), of each stream.

        Values are kept from the first call on; what is not known is NaN.
        """
        self._engine.watch()
        return {r.id: self._engine.look(r.index) for r in list(self._open.streams)}

    def written(self) -> int:
        """Bytes of the journal so far."""
        return self._engine.status()["written"]

    def opening(self) -> bool:
        """Whether a stream that was found is still being opened."""
        return self._open.discovery.busy

    def complete(self) -> bool:
        """Whether every stream that is required has joined."""
        return not self._open.absent()

    def elapsed(self) -> float:
        """Seconds since the recording began."""
        return lsl.clock() - self._writer.started

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
        found = self._open.look(now)
        self._collect(now)
        self._listen(found)
        self._open.watch(now, found)
        for row in self._missing.rows(self._open, self._tables, now, now - self._writer.started):
            self._enter(row)
        self._check(self._engine.status()["error"])

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
        for row in self._open.discovery.unfinished(until):
            self._enter(row)
        drain(self._engine, self._open, until)
        if last_words is not None:
            record_last_words(self._engine, self._open, last_words)
        if last_deeds is not None:
            for stream in self._open.streams:
                self._engine.release(stream.index)
            last_deeds()
        for row in self._missing.rows(self._open, self._tables, until, math.inf):
            self._enter(row)
        self._writer.end()
        self._look_after(self._engine.status()["written"], math.inf)  # once more, whatever happened
        self._engine.stop()
        if (harm := self._file.harm(self._engine.status()["written"])) is not None:
            self.note("journal", "fault", harm)
        try:
            self.journal = self._file.rescued()
        finally:
            self.close()
        self._check(self._engine.status()["error"])

    def close(self) -> None:
        """Let go of everything; for the end and after a failure. Safe to call twice."""
        self._engine.stop()
        self._open.discovery.close()
        self._let_go()
        self._file.close()
        while self._spare:
            os.close(self._spare.pop())

    def _let_go(self) -> None:
        """Give all inlets back at once; one that liblsl does not let go of in time is left to the process's end."""
        if self._given_back:
            return
        self._given_back = True
        for name in self._open.destroy(self._control.opened(), _LET_GO_S):
            message = f"{name}: LSL did not close its connection within {_LET_GO_S:g} s; it ends with the program"
            self.note("unclosed", "warning", message, name)

    def trial_messages(self) -> list[dict[str, Any]]:
        """What the recorded control streams have said of trials since the last call."""
        messages, self._trials = self._trials, []
        return messages

    def expect(self, device: str, source: str, required: bool) -> None:
        """Expect the stream of a source id, which the driver of a device has announced."""
        self._open.expect(device, announced(source, required))

    def away(self, source: str, reason: str, required: bool) -> None:
        """Enter why the stream of a source id is silent, as its driver says, instead of that it is."""
        now = lsl.clock()
        stream = next((s for s in self._open.streams if s.open.spec.source_id == source), None)
        if stream is not None:
            rows = stream.monitor.away(now, reason)
        else:  # it has not sent yet
            id = id_of_source(source)
            rows = [LedgerRow(now, id, "away", "fault" if required else "warning", 0, f"{id} is away: {reason}")]
        for row in rows:
            self._enter(row)

    def account(self) -> Account:
        """What has been written, by the engine's own counters; for the end."""
        status = self._engine.status()
        streams = (
            Counted(row.number, stream.id, row.samples, header_sum(stream.header))
            for stream, row in zip(self._open.streams, status["streams"], strict=True)
        )
        return Account(self._writer.recording_id, status["written"], tuple(streams), tuple(self.ledger))

    def note(
        self, kind: str, severity: Severity, message: str, stream: str = "", count: int = 0, time: float | None = None
    ) -> None:
        """Enter something into the ledger, as of now where no time is given."""
        self._enter(LedgerRow(lsl.clock() if time is None else time, stream, kind, severity, count, message))

    def _look_after(self, written: int, now: float) -> None:
        """Say it when somebody else changes the journal, and write again what may have been lost with it."""
        if (harm := self._file.harm(written)) is not None:
            self.note("journal", "fault", harm)
        self._writer.write_again(now, at_once=harm is not None)

    def _listen(self, found: Sequence[lsl.Found]) -> None:
        """Hear what senders say: a stream whose sender is done is no fault when it stops; trials begin and end."""
        recorded = {stream.open.found.uid for stream in self._open.streams}
        for uid, message in self._control.messages_of(found):
            if uid in recorded and self.said.hear(message):
                self._trials.append(message)
            done = ended_sources(message)
            for stream in self._open.streams:
                if stream.open.spec.source_id in done and not stream.ended:
                    stream.ended = True
                    self.note("ended", "info", f"the sender of {stream.id} says that it is done", stream.id)

    def _collect(self, now: float) -> None:
        """Record the streams whose inlets have opened, new ones and those that have come back."""
        new, _ = self._open.collect(now)
        self._writer.describe(new, now)
        for stream in new:
            for row in joined_rows(stream, self._tables.get(stream.id), now):
                self._enter(row)

    def _all_flow(self, status: "Status") -> bool:
        """Whether nothing is missing, opening, or away: the newest sample of each regular stream is new."""
        streams = self._open.streams
        if self.opening() or not streams or not self.complete():
            return False
        latest = status["last_cycle"] - _FLOWING_S
        return all(r.monitor.rate <= 0 or r.ended or status["streams"][r.index].arrived > latest for r in streams)

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
