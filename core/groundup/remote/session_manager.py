"""The recordings that a remote control starts and stops; each is sealed while the next one runs."""

import math
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundup import lsl
from groundup.inlets.stream_request import TRIAL_CONTROL, StreamRequest, stream_requests
from groundup.lab.participants import known_person
from groundup.lab.tables import Lab
from groundup.lsl.companion_streams import is_companion
from groundup.lsl.control import control_spec
from groundup.lsl.outlet import Outlet
from groundup.lsl.stream_names import journal_path
from groundup.lsl.versions import software
from groundup.model.ledger import LedgerRow
from groundup.model.messages import Say, say_nothing
from groundup.record.counters import counters
from groundup.record.journal_file import JournalError
from groundup.record.journal_records import RecordingInfo
from groundup.record.other_recorders import OtherRecorders, being_sealed
from groundup.record.recorder import Recorder
from groundup.record.session import NOT_SEALED, Outcome, finish, start_devices, unsealed, watch
from groundup.remote.protocol import RemoteError
from groundup.system.disk_errors import is_disk
from groundup.system.driver_notices import Notice

_CONTROL = "control"
_LOOK_S = 0.05
_LOOK_FOR_S = 1.0  # a stream on the network has answered by then; LabRecorder looks as long
_OTHERS_S = 4.0  # how long a start waits for streams that are on the network or required
_CONTROL_S = 10.0
_LIVE_SAYS_S = 0.5
_MOST_DONE = 20  # so many recordings that are done are in the status


class SessionManager:
    """Records what it is told to, and keeps its devices running in between.

    Parameters
    ----------
    lab, lab_path, predicates
        What to record, as for `session.run_session`.
    analysis : bool
        Whether a recording is analysed after sealing.
    say, row : callable
        Told what goes on, and each row of a ledger.
    people : Path
        Folder of ``participants.toml``.
    live : bool
        Whether the live analysis that the lab wants is started here; it may run elsewhere.
    """

    def __init__(
        self,
        lab: Lab | None = None,
        lab_path: Path | None = None,
        predicates: Sequence[str] = (),
        *,
        analysis: bool = True,
        say: Say = say_nothing,
        row: Callable[[LedgerRow], None] = lambda row: None,
        people: Path = Path(),
        live: bool = True,
    ) -> None:
        self._folder = people
        self.done: list[Outcome] = []
        self._lab = lab
        self._scope = stream_requests(lab, predicates)
        self._analysis = analysis
        self._say = say
        self._row = row
        self._take: _Take | None = None
        self._takes: list[_Take] = []
        self._one_seal = threading.Lock()
        self._other_recorders = OtherRecorders(lab, lab_path)
        self._drivers = start_devices(lab, lab_path, live)
        source = f"groundup/remote/{uuid.uuid4()}"
        self._control = StreamRequest(_CONTROL, f"source_id='{source}'")
        self._outlet = Outlet(control_spec(), source)
        self._watcher = lsl.Watcher()

    @property
    def recording(self) -> bool:
        """Whether a recording runs."""
        return self._take is not None and not self._take.ended.is_set()

    def start(self, path: Path, selection: Sequence[str] | None, participant: str) -> None:
        """Begin a recording; returns when the streams that are there are being recorded.

        Raises
        ------
        FileExistsError, JournalError
            If the journal cannot be made.
        RemoteError
            If the recording ended at once.
        """
        requests = [self._control, TRIAL_CONTROL, *_narrowed(self._scope, selection)]
        recorder = Recorder(journal_path(path), requests, self._about(participant, self._folder), self._row, self._lab)
        recorder.start()
        self._say(f"recording into {journal_path(path)}")
        take = self._take = _Take(recorder, path, lambda: self._run(take))
        self._takes = [t for t in self._takes if t.thread.is_alive()]
        self._takes.append(take)
        take.thread.start()
        if self._everything_joins(take, requests):
            return
        raise RemoteError(f"the recording ended at once: {take.failure or 'it was stopped while it began'}")

    def _everything_joins(self, take: "_Take", requests: Sequence[StreamRequest]) -> bool:
        """Wait until what is there is being recorded, within reason; False when the recording ended instead."""
        recorder = take.recorder
        while not take.ended.wait(_LOOK_S):
            waited = recorder.elapsed()
            if waited < _LOOK_FOR_S:
                continue
            present = sum(any(f.matches(r.predicate) for r in requests) for f in self._network())
            joined = len(recorder.streams) >= present and recorder.complete() and not recorder.opening()
            if _has_control(recorder) and (joined or waited > _OTHERS_S):
                return True
            if waited > _CONTROL_S:
                return True
        return False

    def stop(self) -> None:
        """End the recording that runs, drained and complete; sealing goes on behind.

        Raises
        ------
        RemoteError
            If none runs, or it could not be ended well.
        """
        take = self._take
        if take is None:
            raise RemoteError("nothing is being recorded")
        if take.ended.is_set():
            self._take = None
            raise RemoteError(f"nothing is being recorded: {take.failure or 'the recording has ended'}")
        take.stop.set()
        take.ended.wait()
        self._take = None
        if take.failure:
            raise RemoteError(take.failure)

    def mark(self, time: float, text: str) -> None:
        """Say something in the control stream.

        Raises
        ------
        RemoteError
            If the recording does not hear it.
        """
        take = self._take
        if take is None or not _has_control(take.recorder):
            raise RemoteError("the recording does not hear the control stream yet; send it again")
        self._outlet.push([[text]], [time])

    def refresh(self) -> None:
        """Look for streams for as long as an answer takes; looking never stops in between."""
        threading.Event().wait(1.0)

    def status(self) -> dict[str, Any]:
        """How it stands, ready for JSON."""
        take = self._take
        runs = take is not None and not take.ended.is_set()
        recorder = take.recorder if take is not None and runs else None
        return {
            "state": ("stopping" if take is not None and take.stop.is_set() else "recording") if runs else "idle",
            "file": str(take.path) if take is not None and runs else "",
            "elapsed_s": round(recorder.elapsed(), 3) if recorder else 0.0,
            "streams": _streams(recorder) if recorder else [],
            "faults": [vars(r) for r in list(recorder.ledger) if r.severity != "info"] if recorder else [],
            "sealing": [str(t.path) for t in list(self._takes) if t.ended.is_set() and t.thread.is_alive()],
            "done": [_outcome(o) for o in self.done[-_MOST_DONE:]],
            "network": [{"name": f.spec.name, "type": f.spec.type} for f in self._network()],
            "clock": lsl.clock(),
        }

    def _network(self) -> list[lsl.Found]:
        """What is on the network for a person."""
        return [found for found in self._watcher.streams() if not is_companion(found.spec)]

    def close(self) -> None:
        """Wait until everything is sealed, then let the devices go."""
        if self.recording:
            self.stop()
        for take in self._takes:
            take.thread.join()
        self._drivers.stop()
        self._other_recorders.close()

    def _run(self, take: "_Take") -> None:
        """Record, then seal: what a take's thread does."""
        outcome = self._record(take)
        take.failure = outcome.message if outcome else ""
        with being_sealed(take.recorder.journal):  # the next recording may begin before it is
            take.ended.set()
            if outcome is None:
                with self._one_seal:
                    outcome = self._finish(take)
        self.done.append(outcome)
        self._say(outcome.message)

    def _record(self, take: "_Take") -> Outcome | None:
        """What came of it if it cannot be sealed."""
        recorder = take.recorder
        try:
            self._other_recorders.begin(recorder)
            self._drivers.tell(Notice("recording_started", {"name": take.path.stem}))
            watch(recorder, self._drivers, None, take.stop, look=self._other_recorders.look)
            if set(recorder.counts()) <= {_CONTROL, TRIAL_CONTROL.id} and not recorder.opening():
                recorder.note("missing", "fault", "no stream was found: there is nothing but the control stream")
            self._drivers.tell(Notice("recording_stopping"))
            # Live goes on; what it has yet to say of the end comes within this time.
            recorder.stop(lambda: threading.Event().wait(_LIVE_SAYS_S))
        except JournalError as error:
            return unsealed(recorder, error.strerror or str(error), disk=is_disk(error))
        except Exception as error:  # a fault of ours must not hang the client that waits for the end
            return unsealed(recorder, f"the recording of {take.path} failed: {error}", disk=False)
        finally:
            recorder.close()
        return None

    def _finish(self, take: "_Take") -> Outcome:
        try:
            return finish(take.path, take.recorder, self._analysis, self._say)
        except Exception as error:  # said in the status; the next recording may run already
            message = f"{take.path}: {error}; what is there is kept (groundup recover {journal_path(take.path)})"
            return Outcome(NOT_SEALED, message, None, journal_path(take.path))

    def _about(self, participant: str, folder: Path) -> RecordingInfo:
        lab = known_person(participant, folder, self._lab)
        return RecordingInfo(lab.text, lab.subject, lab.participant.id, software())


class _Take:
    """One recording."""

    def __init__(self, recorder: Recorder, path: Path, run: Callable[[], None]) -> None:
        self.recorder = recorder
        self.path = path
        self.stop = threading.Event()
        self.ended = threading.Event()
        self.failure = ""
        self.thread = threading.Thread(target=run, name=f"groundup-take-{path.name}")


def _narrowed(scope: Sequence[StreamRequest], selection: Sequence[str] | None) -> list[StreamRequest]:
    """What of the scope is selected; none of it is required, for the selection may leave it out."""
    if selection is None:
        return list(scope)
    any_of = " or ".join(f"({predicate})" for predicate in selection)
    both = [(r, f"({r.predicate}) and ({any_of})" if r.predicate else any_of) for r in scope]
    return [replace(r, predicate=predicate, required=None if r.required else r.required) for r, predicate in both]


def _has_control(recorder: Recorder) -> bool:
    return any(id_ == _CONTROL for id_, _ in recorder.streams)


def _streams(recorder: Recorder) -> list[dict[str, Any]]:
    return [
        {
            "id": c.id, "name": c.name, "type": c.type, "channels": c.channels, "samples": c.samples,
            "nominal_hz": c.nominal_hz, "measured_hz": _known(c.measured_hz), "missing_at_nominal": c.missing,
            "silent_s": _known(round(c.silent_s, 3)), "lost": c.lost, "in_sync": c.in_sync,
        }
        for c in counters(recorder)
    ]  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "file": str(outcome.recording or ""),
        "journal": str(outcome.journal or ""),
        "status": outcome.status,
        "message": outcome.message,
        "samples": outcome.samples,
        "faults": [row.message for row in outcome.ledger if row.severity == "fault"],
    }
