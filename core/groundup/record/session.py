"""A recording session from start to finish: devices, recorder, seal, analysis, and what came of it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from groundup.inlets.stream_request import TRIAL_CONTROL, stream_requests
from groundup.lab.participants import person_json
from groundup.lab.tables import Lab
from groundup.lsl.control_messages import TRIAL_STOP
from groundup.lsl.stream_names import LIVE, id_of_source, journal_path
from groundup.lsl.versions import software
from groundup.model.ledger import LedgerRow, Severity
from groundup.model.messages import Say, say_nothing
from groundup.record.drivers import Drivers, Note
from groundup.record.journal_file import JournalError
from groundup.record.journal_records import RecordingInfo
from groundup.record.missing_streams import MISSING_AFTER_S
from groundup.record.other_recorders import OtherRecorders
from groundup.record.recorder import POLL_S, Recorder
from groundup.record.subprocesses import SealFailedError, analyze_in_subprocess, check_in_subprocess, seal_in_subprocess
from groundup.system.disk_errors import is_disk
from groundup.system.driver_notices import Notice
from groundup.system.driver_reports import Report
from groundup.system.processes import Child

WELL, NOTHING, FAULT, NO_DISK, NOT_SEALED = 0, 1, 3, 4, 5
"""Exit status of `groundup record`."""

_SAY_WAITS_S = 3.0  # that the seconds do not run yet
_PATIENCE_S = 5.0  # for streams of programs that run already
_WEIGHTS: dict[str, Severity] = {
    "said": "info",
    "command": "info",
    "command_failed": "warning",
    "option_lost": "warning",
    "left_out": "warning",
    "health": "warning",
    "trigger": "info",
    "trigger_failed": "warning",
    "health_well": "info",
}
"""How much reports weigh that do not say that a device has failed."""


@dataclass(frozen=True)
class Outcome:
    """What came of a session.

    Attributes
    ----------
    status : int
        Exit status.
    message : str
        What to tell the person at the screen.
    recording, journal : Path or None
        What is on disk.
    samples : dict
        Stream id to number of samples recorded.
    ledger : list of LedgerRow
    """

    status: int
    message: str
    recording: Path | None = None
    journal: Path | None = None
    samples: dict[str, int] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)


def run_session(
    output: Path,
    stop: threading.Event,
    *,
    lab: Lab | None = None,
    lab_path: Path | None = None,
    predicates: Sequence[str] = (),
    seconds: float | None = None,
    analysis: bool = True,
    say: Say = say_nothing,
    row: Callable[[LedgerRow], None] = lambda row: None,
    look: Callable[[Recorder], None] | None = None,
    phase: Callable[[str], None] = lambda words: None,
) -> Outcome:
    """Record until `stop` is set or `seconds` have passed since every required stream joined.

    Raises
    ------
    FileExistsError
        If the recording or its journal exists.
    LabError
        If a device of the lab cannot be started as lab.toml has it.
    """
    journal = _new_journal(output)
    check_in_subprocess(lab, lab_path, say)
    about = (
        RecordingInfo(lab.text, lab.subject, lab.participant.id, software())
        if lab
        else RecordingInfo(software=software())
    )
    recorder = Recorder(journal, [TRIAL_CONTROL, *stream_requests(lab, predicates)], about, row, lab)
    recorder.start()
    others = OtherRecorders(lab, lab_path)
    drivers = start_devices(lab, lab_path)
    drivers.tell(Notice("recording_started", {"name": output.stem}))

    def looked(recorder: Recorder) -> None:
        others.look(recorder)
        if look is not None:
            look(recorder)

    try:
        say(f"recording into {journal} (Ctrl-C stops)")
        others.begin(recorder)
        try:
            watch(recorder, drivers, seconds, stop, lab, looked)
        except JournalError:
            raise
        except Exception as error:  # a fault of ours: what was recorded by then is sealed
            why = f"{type(error).__name__}: {error}"
            recorder.note("recorder", "fault", f"the recorder failed and ended the recording ({why})")
        phase("stopping the devices ...")
        drivers.tell(Notice("recording_stopping"))
        drivers.ask_to_stop(LIVE)
        driver_note = noting(recorder, lab)
        recorder.stop(lambda: drivers.wait(LIVE, driver_note), lambda: drivers.finish(driver_note))
    except JournalError as error:
        recorder.close()
        return unsealed(recorder, error.strerror or str(error), disk=is_disk(error))
    finally:
        recorder.close()
        drivers.stop()
        others.close()
    return finish(output, recorder, analysis, say, phase)


def _new_journal(output: Path) -> Path:
    """Where the journal of a recording goes, if neither is there already."""
    journal = journal_path(output)
    if output.exists():
        raise FileExistsError(17, "exists", str(output))
    if journal.exists():
        raise FileExistsError(
            f"{journal} exists: another recorder is writing it, or one that was killed has left it, which"
            f" `groundup recover {journal}` makes a recording of; or choose another name with -o"
        )
    return journal


def start_devices(lab: Lab | None, lab_path: Path | None, live: bool = True) -> Drivers:
    """Start the driver of each device of the lab, and its live analysis where it wants one and `live` says so."""
    if lab is None or lab_path is None:
        return Drivers({})
    start = {name: partial(Child, ["drive", name, "--lab", str(lab_path), "--report"]) for name in lab.devices}
    if lab.has_live and live:
        start[LIVE] = partial(Child, ["live", str(lab_path), "--quiet", "--person", person_json(lab)])
    return Drivers(start, {LIVE: "the live analysis"})


def noting(recorder: Recorder, lab: Lab | None) -> Note:
    """What enters into the ledger what happens to drivers, each as its device matters."""

    def note(name: str, report: Report) -> None:
        needed = name != LIVE and (lab is None or lab.requires(name, id_of_source(report.source)))
        if report.kind == "announced":
            recorder.expect(name, report.source, needed)
            return
        if report.kind == "levels":
            recorder.show_health(name, report.source, report.message)
            return
        if report.kind == "away":
            recorder.away(report.source, report.message, needed)
            return
        streams = recorder.streams if report.source else []
        stream = next((id for id, spec in streams if spec.source_id == report.source), "")
        weight: Severity = _WEIGHTS.get(report.kind, "fault" if needed else "warning")
        recorder.note(report.kind, weight, report.message, stream, report.count, report.time)

    return note


def watch(
    recorder: Recorder,
    drivers: Drivers,
    seconds: float | None,
    stop: threading.Event,
    lab: Lab | None = None,
    look: Callable[[Recorder], None] | None = None,
) -> None:
    """Poll until it is time to stop; the seconds count from when every stream that is expected has joined."""
    until, told = None, False
    patience = MISSING_AFTER_S if lab is not None and lab.devices else _PATIENCE_S

    driver_note = noting(recorder, lab)
    while not stop.wait(POLL_S):
        recorder.poll()
        drivers.poll(driver_note)
        for message in recorder.trial_messages():
            drivers.tell(trial_notice(message))
        if look is not None:
            look(recorder)
        if seconds is None:
            continue
        if until is None and (recorder.complete() or recorder.elapsed() > patience):
            until = recorder.elapsed() + seconds
        if until is None and not told and recorder.elapsed() > _SAY_WAITS_S:
            told = True
            what = f"the {seconds:g} s begin when all that is expected has joined, or after {patience:g} s"
            recorder.note("waiting", "info", what)
        if until is not None and recorder.elapsed() >= until:
            return


def trial_notice(message: Mapping[str, Any]) -> Notice:
    """What devices are told of what a control stream says of a trial."""
    if message["event"] == TRIAL_STOP:
        return Notice("trial_stopped")
    return Notice("trial_started", {key: str(message.get(key) or "") for key in ("name", "condition")})


def counted(number: int, what: str) -> str:
    """One stream, two streams."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def unsealed(recorder: Recorder, why: str, *, disk: bool) -> Outcome:
    """What there is when only the journal could be kept: because of the disk, or for another reason."""
    journal = recorder.journal
    if not journal.exists():
        return Outcome(NOTHING, f"{why}\nThe journal is gone, too.", None, None, recorder.counts(), recorder.ledger)
    then = (
        f"Free some space (or fix the disk), then: groundup recover {journal}"
        if disk
        else f"groundup recover {journal}"
    )
    message = f"{why}\nThe journal is kept. {then}"
    return Outcome(NO_DISK if disk else NOT_SEALED, message, None, journal, recorder.counts(), recorder.ledger)


def finish(
    output: Path, recorder: Recorder, analysis: bool, say: Say, phase: Callable[[str], None] = lambda words: None
) -> Outcome:
    """Seal and analyse the journal of a recorder that has stopped."""
    journal, counts = recorder.journal, recorder.counts()
    if not any(counts.values()):
        with suppress(OSError):  # a disk that will not have it keeps a journal with nothing in it
            journal.unlink()
        why = f"no sample came from {', '.join(counts)}" if counts else "no stream was found"
        if not counts and any(row.kind == "unopened" for row in recorder.ledger):
            why = "what was found could not be opened"
        return Outcome(NOTHING, f"nothing was recorded: {why}", ledger=recorder.ledger)
    say(f"sealing {output}")
    phase("sealing ...")
    try:
        sealed = seal_in_subprocess(journal, output, recorder.account())
    except SealFailedError as error:
        return unsealed(recorder, f"{output} could not be sealed: {error}", disk=error.disk)
    known = {(r.stream, r.kind, r.message) for r in recorder.ledger}
    for new in sealed.ledger:
        if new.severity == "fault" and (new.stream, new.kind, new.message) not in known:
            say(new.message, "fault")
            known.add((new.stream, new.kind, new.message))
    for differs in sealed.differs:
        if not any(differs == message for _, _, message in known):
            say(differs, "fault")
    if analysis:
        phase("sealed, analysing ...")
        analyze_in_subprocess(output, say)
    faults = [r for r in sealed.ledger if r.severity == "fault"]
    message = f"{output}: {counted(sum(counts.values()), 'sample')} of {counted(len(counts), 'stream')}"
    if faults:
        message += f"; {counted(len(faults), 'fault')} in the ledger (groundup info {output})"
    if sealed.differs:
        message += f"\nNot everything that was recorded is in it: the journal is kept ({journal})"
    if sealed.left:
        message += f"\n ! {sealed.left}"
    left = journal if sealed.journal_kept else None
    return Outcome(FAULT if faults or sealed.differs else WELL, message, output, left, counts, sealed.ledger)
