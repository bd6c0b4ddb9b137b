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
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from groundup import lsl
from groundup.control import CONTROL, ENDED
from groundup.flow import Flow
from groundup.ledger import LedgerRow, Severity
from groundup.streams import StreamSpec
from groundup.subject import Subject
from groundup_ext._recorder import Engine

if TYPE_CHECKING:
    from groundup_ext._recorder import StreamStatus

POLL_S = 0.2
"""How often the control plane looks; the samples do not wait for it."""
_BUFFER_S = 120  # what liblsl queues in front of a stalled disk
_WAITING_AFTER_S = 5.0
MISSING_AFTER_S = 15.0
"""A required stream that has not joined by then is missing: a driver may take its time to find its hardware."""
_DRAIN_AT_LEAST_S = 0.1  # a marker sent just before the end is on its way
_DRAIN_AT_MOST_S = 1.0
_SILENT_AT_END_S = 0.3
_DRAIN_POLL_S = 0.01
_HEADER, _STREAM_HEADER, _FOOTER = 1, 2, 6


class JournalError(OSError):
    """The journal cannot be written (any more); what was written before is kept."""


@dataclass(frozen=True)
class Wanted:
    """A stream to record.

    Attributes
    ----------
    id : str
        Key in the recording; empty for "number them as they join".
    predicate : str
        LSL (XPath) predicate; empty matches every stream.
    required : bool
    """

    id: str = ""
    predicate: str = ""
    required: bool = False


@dataclass(frozen=True)
class About:
    """Facts about the recording that the journal keeps with it."""

    lab_toml: str = ""
    subject: Subject = field(default_factory=Subject)
    participant_id: str = ""
    software: dict[str, str] = field(default_factory=dict)


@dataclass
class _Recorded:
    """A stream that is being recorded."""

    id: str
    number: int
    index: int
    wanted: Wanted
    open: lsl.OpenStream
    flow: Flow
    uids: set[str]


class Recorder:
    """Records streams into a journal.

    Parameters
    ----------
    journal : Path
        Created; an existing file is never overwritten.
    wanted : sequence of Wanted
        Streams that match any of them are recorded, also those that appear later; of two entries the first that
        matches names the stream.
    about : About
    say : callable
        Called with each new row of the ledger, at once.
    """

    def __init__(
        self,
        journal: Path,
        wanted: Sequence[Wanted],
        about: About | None = None,
        say: Callable[[LedgerRow], None] = lambda row: None,
    ) -> None:
        self.journal = journal
        self.ledger: list[LedgerRow] = []
        self._wanted = list(wanted)
        self._about = about or About()
        self._say = say
        self._streams: list[_Recorded] = []
        self._opening: dict[str, Future[lsl.OpenStream]] = {}
        self._refused: set[str] = set()
        self._control: dict[str, Future[lsl.TextReader]] = {}
        self._started = 0.0
        self._waiting_said = self._missing_said = False
        self._ended: set[str] = set()

    def start(self) -> None:
        """Create the journal and begin.

        Raises
        ------
        FileExistsError
            If the journal is there already.
        JournalError
            If it cannot be created.
        """
        lsl.pylsl()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | os.O_APPEND
        try:
            self._fd = os.open(self.journal, flags, 0o644)
            os.write(self._fd, b"XDF:")
        except FileExistsError:
            raise
        except OSError as error:
            raise JournalError(error.errno, f"cannot write {self.journal}: {error.strerror}") from error
        self._engine = Engine(self._fd, 4)
        self._started = lsl.clock()
        self._write_about()
        self._engine.start()
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="groundup-open")
        self._watcher = lsl.Watcher()

    @property
    def streams(self) -> list[tuple[str, StreamSpec]]:
        """Id and description of each stream that has joined."""
        return [(r.id, r.open.spec) for r in self._streams]

    def counts(self) -> dict[str, int]:
        """Samples recorded of each stream."""
        status = self._engine.status()["streams"]
        return {r.id: status[r.index][1] for r in self._streams}

    def statuses(self) -> list[tuple[str, StreamSpec, "StreamStatus"]]:
        """Id, description and the engine's counters of each stream that has joined."""
        streams = list(self._streams)
        status = self._engine.status()["streams"]
        return [(r.id, r.open.spec, status[r.index]) for r in streams]

    def opening(self) -> bool:
        """Whether a stream that was found is still being opened."""
        return bool(self._opening)

    def complete(self) -> bool:
        """Whether every required stream has joined."""
        joined = {r.wanted for r in self._streams}
        return all(w in joined for w in self._wanted if w.required)

    def elapsed(self) -> float:
        """Seconds since the recording began."""
        return lsl.clock() - self._started

    def poll(self) -> None:
        """Look once: new streams, streams gone, faults. To be called every `POLL_S`.

        Raises
        ------
        JournalError
            If the journal can no longer be written.
        """
        now = lsl.clock()
        found = self._watcher.streams()
        self._join(found)
        self._collect(now)
        self._listen(found)
        present = {f.uid for f in found} | {f.spec.source_id for f in found if f.spec.source_id}
        status = self._engine.status()
        for stream in self._streams:
            if stream.id not in self._ended:
                self._watch(stream, status["streams"][stream.index], now, present)
        if not self._waiting_said and now - self._started > _WAITING_AFTER_S:
            self._waiting_said = True
            self._say_absent(now, "waiting", "warning", "still waiting for")
        if not self._missing_said and now - self._started > MISSING_AFTER_S:
            self._missing_said = True
            self._say_absent(now, "missing", "fault", "required, but not on the network:")
        self._check(status["error"])

    def stop(self) -> None:
        """End the recording: drain what is on its way, write the footers, sync, close. Nothing is lost.

        Raises
        ------
        JournalError
            If the end could not be written.
        """
        until = lsl.clock()
        self._collect(until)
        self._drain(until)
        if not self._missing_said:
            self._missing_said = True
            self._say_absent(until, "missing", "fault", "required, but not on the network:")
        for stream, status in zip(self._streams, self._engine.status()["streams"], strict=True):
            self._engine.chunk(_FOOTER, stream.number, _footer(stream.number, status))
        self.close()
        self._check(self._engine.status()["error"])

    def close(self) -> None:
        """Let go of everything; for the end and after a failure. Safe to call twice."""
        self._engine.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for stream in self._streams:
            stream.open.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def note(self, kind: str, severity: Severity, message: str, stream: str = "", count: int = 0) -> None:
        """Enter something into the ledger now."""
        self._enter(LedgerRow(lsl.clock(), stream, kind, severity, count, message))

    def _write_about(self) -> None:
        utc = datetime.now(UTC)
        xml = f'<?xml version="1.0"?><info><version>1.0</version><datetime>{utc.isoformat()}</datetime></info>'
        self._engine.chunk(_HEADER, 0, xml.encode())
        about = {
            "recording_id": str(uuid.uuid4()),
            "started_utc": utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "clock_origin": self._started,
            "lab_toml": self._about.lab_toml,
            "mass_kg": _or_none(self._about.subject.mass_kg),
            "height_m": _or_none(self._about.subject.height_m),
            "participant_id": self._about.participant_id,
            "software": self._about.software,
        }
        self._engine.record("M", json.dumps(about).encode())

    def _join(self, found: Sequence[lsl.Found]) -> None:
        """Begin to open what is wanted and not yet recorded."""
        known = {uid for r in self._streams for uid in r.uids} | self._opening.keys() | self._refused
        for stream in found:
            if stream.uid in known:
                continue
            if self._comes_back(stream):
                continue
            if self._choose(stream) is None:
                self._refused.add(stream.uid)
                continue
            self._opening[stream.uid] = self._pool.submit(lsl.OpenStream, stream, _BUFFER_S)

    def _listen(self, found: Sequence[lsl.Found]) -> None:
        """Hear what senders say in their control streams: a stream whose sender is done is no fault when it stops."""
        for stream in found:
            if stream.spec.name == CONTROL and stream.spec.format == "string" and stream.uid not in self._control:
                self._control[stream.uid] = self._pool.submit(lsl.TextReader, stream)
        for reader in self._control.values():
            if reader.done() and reader.exception() is None:
                for text in reader.result().read():
                    self._hear(text)

    def _hear(self, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:
            return
        if not isinstance(said, dict) or said.get("event") != ENDED or not isinstance(said.get("source_ids"), list):
            return
        done = [r.id for r in self._streams if r.open.spec.source_id in said["source_ids"]]
        self._ended.update(done)
        if done:
            self.note("ended", "info", f"the sender of {', '.join(done)} says that it is done")

    def _comes_back(self, found: lsl.Found) -> bool:
        """Whether this is a recorded stream under a new uid: liblsl reconnects its inlet by itself."""
        for stream in self._streams:
            spec = stream.open.spec
            same = (spec.source_id, spec.name, spec.type) == (found.spec.source_id, found.spec.name, found.spec.type)
            shape = (spec.format, len(spec.channels)) == (found.spec.format, len(found.spec.channels))
            if same and shape and spec.source_id:
                stream.uids.add(found.uid)
                return True
        return False

    def _choose(self, stream: lsl.Found) -> Wanted | None:
        return next((w for w in self._wanted if stream.matches(w.predicate)), None)

    def _collect(self, now: float) -> None:
        """Begin to record the streams whose inlets have opened."""
        for uid in [uid for uid, future in self._opening.items() if future.done()]:
            future = self._opening.pop(uid)
            error = future.exception()
            if error is None:
                self._add(future.result(), now)
            else:
                # Gone again, or not answering; the watcher will name it again if it is there.
                self.note("missing", "warning", f"a stream was seen but could not be opened: {error}")

    def _add(self, opened: lsl.OpenStream, now: float) -> None:
        number = len(self._streams) + 1
        spec = opened.spec
        found = lsl.Found(opened.uid, spec, opened.info)
        wanted = self._choose(found) or Wanted()
        taken = {r.id for r in self._streams}
        name = wanted.id if wanted.id and wanted.id not in taken else _next_id(taken, wanted.id)
        self._engine.chunk(_STREAM_HEADER, number, number.to_bytes(4, "little") + opened.header.encode())
        self._engine.record("M", json.dumps({"stream": number, "id": name}).encode())
        index = self._engine.add(number, opened.handle, spec.format, len(spec.channels), _capacity(spec))
        flow = Flow(name, spec.rate, wanted.required, now)
        self._streams.append(_Recorded(name, number, index, wanted, opened, flow, {opened.uid}))
        message = f"{name}: {spec.name} ({len(spec.channels)} channels, {spec.rate:g} Hz) joined"
        self._enter(LedgerRow(now, name, "joined", "info", 0, message))

    def _watch(self, stream: _Recorded, status: "StreamStatus", now: float, present: set[str]) -> None:
        _, samples, _, _, arrived, lost, _, _ = status
        source = stream.open.spec.source_id
        here = not lost and (bool(stream.uids & present) or (bool(source) and source in present))
        for row in stream.flow.look(now, samples, arrived, here):
            self._enter(row)

    def _say_absent(self, now: float, kind: str, severity: Severity, words: str) -> None:
        joined = {r.wanted for r in self._streams}
        for wanted in self._wanted:
            if wanted.required and wanted not in joined:
                message = f"{words} {wanted.id or wanted.predicate} ({wanted.predicate})"
                self._enter(LedgerRow(now, wanted.id, kind, severity, 0, message))

    def _drain(self, until: float) -> None:
        """Wait until every stream has passed the moment of stopping, or has nothing more to say."""
        waiting = threading.Event()
        regular = [r for r in self._streams if r.flow.rate > 0 and r.id not in self._ended]
        while (now := lsl.clock()) < until + _DRAIN_AT_MOST_S:
            status = self._engine.status()
            passed = all(_passed(status["streams"][r.index], until, r.flow.rate) for r in regular)
            if status["error"] or (passed and now > until + _DRAIN_AT_LEAST_S):
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


def _passed(status: "StreamStatus", until: float, rate: float) -> bool:
    """Whether a stream's newest sample was taken after `until`, or nothing more comes."""
    _, samples, _, last, arrived, lost, _, offset = status
    silent = lsl.clock() - max(arrived, until) > max(_SILENT_AT_END_S, 3.0 / rate)
    return lost or samples == 0 or silent or last + offset >= until


def _capacity(spec: StreamSpec) -> int:
    """Samples one pull may take: a tenth of a second, within reason."""
    wide = 4_000_000 // max(8 * len(spec.channels), 1)
    return max(16, min(max(256, int(spec.rate / 10)), wide))


def _next_id(taken: set[str], stem: str) -> str:
    """The next free id: s01, s02 ...; or emg_2, emg_3 ... for another stream of the same entry."""
    number = 2 if stem else len(taken) + 1
    while True:
        name = f"{stem}_{number}" if stem else f"s{number:02d}"
        if name not in taken:
            return name
        number += 1


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _footer(number: int, status: "StreamStatus") -> bytes:
    _, samples, first, last, _, _, _, _ = status
    xml = (
        '<?xml version="1.0"?><info>'
        f"<first_timestamp>{first!r}</first_timestamp><last_timestamp>{last!r}</last_timestamp>"
        f"<sample_count>{samples}</sample_count></info>"
    )
    return number.to_bytes(4, "little") + xml.encode()
