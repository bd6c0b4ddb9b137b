"""What a page may ask of a control room, and what every page is told: one place that knows how the session stands."""

import asyncio
import json
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundup.inlets.workers import Workers
from groundup.lab.errors import LabError
from groundup.lab.participants import (
    check_id,
    known_person,
    participants_text,
    people_of,
    with_participant,
    write_participants,
)
from groundup.lab.tables import Lab
from groundup.lsl.stream_names import journal_path
from groundup.web.room.forms import done_of, finite, next_id, number_of, text_of, time_of_day
from groundup.web.room.jobs import Job, Jobs
from groundup.web.room.library import Library, LibraryError
from groundup.web.room.live import LiveChild
from groundup.web.room.memory import Memory
from groundup.web.room.needed import needed
from groundup.web.room.recorder import RecorderError, RecorderLink
from groundup.web.room.recordings import RecordingDesk
from groundup.web.room.set_up import SetUp
from groundup.web.streams import Feeds

TEMPLATE = "%p_%b_%n"
"""Of the names of recordings: person, what is done, a number."""

CONDITIONS = (
    ("walk", "walking as usual"),
    ("run", "running"),
    ("rise", "rising from a chair"),
    ("stand", "standing still"),
    ("jump", "jumping"),
    ("rest", "lying or sitting, muscles at rest: EMG is told from its noise by it"),
    ("mvic", "greatest effort against resistance, 3 s: EMG is told in % of it"),
    ("reference", "walking as usual: EMG is told in % of it, where there is no greatest effort"),
)
"""Conditions to choose from, with what they are for; any other text may be written."""

_KEPT = 200  # lines of what was done
_LONGEST = 200
_AT_ONCE = 8
Answer = dict[str, Any]


class Room:
    """A session over one folder.

    Parameters
    ----------
    folder : Path
        Where recordings lie.
    lab : Path
        The lab.toml, which may not be there yet.
    memory : Memory
    feeds : Feeds
        What is on the network.
    """

    def __init__(self, folder: Path, lab: Path, memory: Memory, feeds: Feeds) -> None:
        self.folder, self._memory, self._feeds = folder, memory, feeds
        self.set_up = SetUp(lab)
        self.library = Library(folder, memory)
        self._jobs = Jobs(folder)
        self._recorder = RecorderLink(folder, lab, memory)
        self._live = LiveChild(lab)
        self._workers = Workers(_AT_ONCE, "groundup-room")
        self._log: deque[dict[str, Any]] = deque(memory.get("log", [])[-_KEPT:], maxlen=_KEPT)
        self._lab: tuple[str, Lab | None, str] = ("-", None, "")
        self._disk: tuple[float, int, str] = (0.0, 0, "")
        self._check: dict[str, Any] | None = None
        desk = RecordingDesk(folder, self.library, self._jobs, self._recorder)
        self._actions: dict[str, Callable[[Answer], Answer]] = {
            "set_up": lambda given: self.set_up.shown(self._feeds.specs()),
            "scan": self._scan,
            "preview": lambda given: self.set_up.preview(given.get("changes")),
            "write": self._write,
            "people": self._people,
            "person": self._person,
            "choose": self._choose,
            "check": self._do_check,
            "connect": self._connect,
            "start": self._start,
            "stop": self._stop,
            "trial_start": self._trial_start,
            "trial_stop": self._trial_stop,
            "marker": self._marker,
            "seen": self._seen,
            "recordings": lambda given: {"recordings": self.library.rows()},
            "report": desk.report,
            "analyze": desk.analyze,
            "export": desk.export,
            "recover": desk.recover,
            "delete": desk.delete,
            "bring_back": desk.bring_back,
            "cancel": lambda given: {"said": self._jobs.cancel(given.get("number"))},
        }
        self._recorder.want()

    # What every page is told.

    def state(self) -> dict[str, Any]:
        """How the session stands, for the browser."""
        lab, wrong = self._known_lab()
        status = self._recorder.status
        recording = self._recorder.recording
        wants = needed(lab, self._feeds) if lab is not None else []
        return {
            "folder": str(self.folder),
            "lab": {
                "path": str(self.set_up.path), "there": lab is not None or bool(wrong), "wrong": wrong,
                "live": bool(lab is not None and lab.has_live),
            },
            "participant": self._memory.get("participant", ""),
            "name": self._memory.get("task", "walk"),
            "conditions": [{"name": name, "what": what} for name, what in CONDITIONS],
            "recorder": {
                "state": status.get("state", "off"), "why": self._recorder.why, "crashed": self._recorder.crashed,
                "file": Path(str(status.get("file") or "")).name, "elapsed_s": status.get("elapsed_s", 0.0),
                "trial": status.get("trial", ""), "condition": status.get("condition", ""),
                "trial_s": status.get("trial_s", 0.0), "sealing": [Path(one).name for one in status.get("sealing", [])],
                "faults": [row.get("message", "") for row in status.get("faults", [])][-8:] if recording else [],
                "done": [done_of(one, self.folder) for one in status.get("done", [])][-3:],
                "samples": sum(one.get("samples", 0) for one in status.get("streams", [])) if recording else 0,
                "streams": len(status.get("streams", [])),
            },
            "needed": wants,
            "disk": self._free(),
            "jobs": self._jobs.shown(),
            "log": list(self._log)[-60:],
            "check": self._check,
            "live": self._live.shown(),
        }  # fmt: skip

    async def keep(self) -> None:
        """Keep what hangs on the session as it has to be; from time to time."""
        try:
            await asyncio.wrap_future(self._workers.submit(self._step))
        except Exception as error:  # of a process that cannot be started, say: the session goes on
            print(f"! the control room: {type(error).__name__}: {error}", file=sys.stderr, flush=True)

    def _step(self) -> None:
        lab, _ = self._known_lab()
        if lab is None or not self._recorder.status:
            self._live.stop()
            return
        try:
            who = known_person(self._memory.get("participant", ""), self.folder, lab)
        except LabError:
            who = lab
        self._live.keep(lab, who)

    async def do(self, given: Any) -> Answer:
        """Carry out what a page asks for, in a thread; ``said`` or ``wrong`` is a sentence."""
        action = self._actions.get(str(given.get("do"))) if isinstance(given, dict) else None
        if action is None:
            return {"wrong": "the control room does not know this command"}
        try:
            return await asyncio.wrap_future(self._workers.submit(action, given))
        except (RecorderError, LabError, LibraryError, ValueError) as error:
            return {"wrong": str(error)}
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return {"wrong": f"{where}{error.strerror or error}"}
        except Exception as error:  # what no page of ours asks for, or a fault of ours: the session goes on
            print(f"! the control room: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            return {"wrong": f"that could not be done ({type(error).__name__})"}

    def close(self) -> bool:
        """End what hangs on this room; whether a recording goes on without it."""
        self._workers.shutdown()
        self._live.stop()
        self._jobs.close()
        self._recorder.close()
        return self._recorder.recording

    # Set up, person, check.

    def _known_lab(self) -> tuple[Lab | None, str]:
        try:
            text = self.set_up.text()
            if text != self._lab[0]:
                self._lab = (text, None, "")
                self._lab = (text, self.set_up.lab(), "")
        except LabError as error:
            self._lab = (self._lab[0], None, str(error))
        return self._lab[1], self._lab[2]

    def _scan(self, given: Answer) -> Answer:
        where = self._memory.log.with_suffix(".scan.toml")
        where.unlink(missing_ok=True)
        job = self._jobs.start("Look for devices", ["init", str(where), "--scan", "--json", "--wait", "1"])
        job.done.wait()
        where.unlink(missing_ok=True)
        if job.state != "done" or not isinstance(job.result, dict):
            raise RecorderError(f"the scan failed: {job.said}")
        return {"devices": job.result.get("devices", {})}

    def _write(self, given: Answer) -> Answer:
        if self._recorder.recording:
            raise RecorderError("a recording runs: lab.toml is changed when it has ended")
        said = self.set_up.write(given.get("changes"), str(given.get("base")))
        self._recorder.end()  # it reads lab.toml when it starts
        self._recorder.want()
        return {"said": said}

    def _people(self, given: Answer) -> Answer:
        people = people_of(participants_text(self.folder))
        return {
            "people": [
                {
                    "id": name,
                    **{key: finite(getattr(one, key)) for key in ("mass_kg", "height_m", "leg_length_m")},
                    "birth_year": one.birth_year, "note": one.note,
                }
                for name, one in people.items()
            ],
            "chosen": self._memory.get("participant", ""),
            "next": next_id(people),
        }  # fmt: skip

    def _person(self, given: Answer) -> Answer:
        who = text_of(given, "id")
        keys = ("mass_kg", "height_m", "leg_length_m", "birth_year")
        numbers: dict[str, Any] = {key: number_of(given.get(key)) for key in keys}
        numbers["note"] = text_of(given, "note") or None
        if given.get("new") and who in people_of(participants_text(self.folder)):
            raise LabError(f"there is a participant {who} already: choose them, or another id")
        write_participants(self.folder, with_participant(participants_text(self.folder), who, numbers))
        return self._choose({"id": who}) | {"said": f"{who} is saved"}

    def _choose(self, given: Answer) -> Answer:
        who = text_of(given, "id")
        check_id(who, "participant")
        if self._recorder.recording:
            raise RecorderError("a recording runs: choose the person of the next one when it has ended")
        if who != self._memory.get("participant", ""):
            self._feeds.forget()
        self._memory.put(participant=who)
        return {"said": f"{who} is in the lab"}

    def _do_check(self, given: Answer) -> Answer:
        if self._recorder.recording:
            raise RecorderError("a recording runs: check when it has ended")
        lab, wrong = self._known_lab()
        if wrong:
            raise LabError(wrong)
        arguments = ["check", *([str(self.set_up.path)] if lab else []), "--json", "--seconds", "4"]
        if lab is not None and self._recorder.status:
            arguments.append("--running")
        job = self._jobs.start("Check", arguments, accept=(0, 3), then=self._checked)
        return {"said": "", "number": job.number}

    def _checked(self, job: Job) -> None:
        if isinstance(job.result, dict):
            self._check = {**job.result, "at": time_of_day()}
            job.said = {"green": "fit to record", "amber": "fit to record; something is worth a look"}.get(
                str(job.result.get("level")), "not fit to record"
            )

    def _connect(self, given: Answer) -> Answer:
        self._recorder.end()
        self._recorder.want()
        return {"said": "the devices are started anew"}

    # Record.

    def _start(self, given: Answer) -> Answer:
        task = "".join(c if c.isalnum() or c in "-_" else "-" for c in text_of(given, "name").strip()) or "walk"
        who = self._memory.get("participant", "")
        template = TEMPLATE if who else TEMPLATE.removeprefix("%p_")
        name = f"{{template:{template}}} {{participant:{who}}} {{task:{task}}} {{run:1}} {{root:}}"
        self._recorder.ask(f"filename {name}")
        self._memory.put(task=task)
        self._recorder.ask("start")
        status = self._look()
        self._note("start", f"recording into {Path(str(status.get('file'))).name}", 0.0)
        return {"said": "recording"}

    def _stop(self, given: Answer) -> Answer:
        at = self._look().get("elapsed_s", 0.0)
        self._recorder.ask("stop")
        self._note("stop", "stopped; it is being sealed", at)
        return {"said": "stopped; it is being sealed"}

    def _trial_start(self, given: Answer) -> Answer:
        name = text_of(given, "name").replace('"', "'").strip()
        if not name:
            raise RecorderError("a trial needs a name")
        condition = text_of(given, "condition").strip()
        status = self._look()
        if status.get("trial"):
            self._recorder.ask("trial stop")
        self._recorder.ask(f'trial start "{name}" {condition}')
        return self._note("trial", f"trial {name} ({condition})" if condition else f"trial {name}", self._elapsed())

    def _trial_stop(self, given: Answer) -> Answer:
        name, long = self._look().get("trial", ""), self._recorder.status.get("trial_s", 0.0)
        self._recorder.ask("trial stop")
        return self._note("trial", f"trial {name} ended after {long:.1f} s", self._elapsed())

    def _marker(self, given: Answer) -> Answer:
        text = text_of(given, "text").strip()
        if not text:
            raise RecorderError("a marker needs a text")
        self._recorder.ask(f"marker {text}")
        return self._note("marker", f"marked “{text}”", self._elapsed())

    def _seen(self, given: Answer) -> Answer:
        self._recorder.forget()
        return {"said": ""}

    def _look(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self._recorder.ask("status"))
        self._recorder.status = status
        return status

    def _elapsed(self) -> float:
        return float(self._look().get("elapsed_s", 0.0))

    def _note(self, kind: str, text: str, at_s: float) -> Answer:
        clock = f"{int(at_s // 60)}:{at_s % 60:04.1f}"
        line = {"at": time_of_day(), "kind": kind, "text": text, "clock": clock}
        self._log.append(line)
        self._memory.put(log=list(self._log))
        return {"said": f"{text} at {clock}"}

    def _free(self) -> dict[str, Any]:
        """What is left of the disk, and for how long at the rate of the recording that runs."""
        now = time.monotonic()
        if now - self._disk[0] > 2.0:
            try:
                self._disk = now, shutil.disk_usage(self.folder).free, ""
            except OSError as error:
                self._disk = now, 0, f"the disk cannot be asked: {error.strerror}"
        return {"free_bytes": self._disk[1], "wrong": self._disk[2], "hours": self._hours()}

    def _hours(self) -> float | None:
        status = self._recorder.status
        elapsed = status.get("elapsed_s", 0.0)
        if not self._recorder.recording or elapsed < 5.0:
            return None
        try:
            written = journal_path(Path(str(status["file"]))).stat().st_size
        except OSError:
            return None
        # Sealing needs room for the recording beside its journal: about as much again.
        return self._disk[1] / (2.0 * written / elapsed) / 3600.0 if written else None
