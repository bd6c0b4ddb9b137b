"""The language of the remote control: LabRecorder's commands, and ours; a line in, a reply out.

Nothing here knows of sockets. A reply is one line: ``OK``, behind it what a device
has answered; ``ERROR`` and a sentence; or a JSON object.
"""

import json
import math
import os
import re
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from groundup.lab.errors import nearest
from groundup.lsl.control_messages import marker_json, trial_start_json, trial_stop_json
from groundup.lsl.predicate import matches
from groundup.model.messages import Say, say_nothing
from groundup.plugin.option import CommandError
from groundup.remote.names import FileName, Places, RemoteNameError, free_path, read_options
from groundup.workflows.tell import arguments_of, running_device

OK = "OK"
_MOST_PREDICATES = 64
_LOOK_S = 0.05


class RemoteError(RuntimeError):
    """What a command could not do: a sentence for whoever sent it."""


class Sessions(Protocol):
    """What a remote control drives: one recording after the other."""

    @property
    def recording(self) -> bool:
        """Whether a recording runs."""
        ...

    def start(self, path: Path, selection: Sequence[str] | None, participant: str) -> None:
        """Begin a recording: of everything, or of the streams that match one of the predicates.

        The participant is empty when the script names none.
        """
        ...

    def stop(self) -> None:
        """End the recording that runs; sealing goes on behind."""
        ...

    def mark(self, time: float, text: str) -> None:
        """Say something in the control stream."""
        ...

    def refresh(self) -> None:
        """Look for streams now."""
        ...

    def status(self) -> dict[str, Any]:
        """How it stands."""
        ...


class Remote:
    """What all clients share: the next file name, the selection, and the trial that runs.

    Parameters
    ----------
    sessions : Sessions
    places : Places
        Where recordings may go.
    default : callable
        File name, without its ending, of a recording before any ``filename`` command.
    say : callable
        Told what the person at the screen should know.
    """

    def __init__(
        self,
        sessions: Sessions,
        places: Places,
        default: Callable[[], str] = lambda: "recording",
        say: Say = say_nothing,
    ) -> None:
        self._sessions = sessions
        self._places = places
        self._default = default
        self._say = say
        self._name: FileName | None = None
        self._selection: list[str] | None = None
        self._trial = self._condition = ""
        self._trial_since = 0.0
        self._note = ""
        self._over = False
        self._turns = _Turns(lambda: sessions.recording)
        self._commands: dict[str, Callable[[str, float], str]] = {
            "select": self._select,
            "filename": self._filename,
            "start": self._start,
            "stop": self._stop,
            "update": self._update,
            "status": self._status,
            "trial": self._run_trial,
            "marker": self._mark,
            "tell": self._tell,
            "help": self._help,
        }

    def _help(self, rest: str, time: float) -> str:
        return f"commands: {', '.join(self._commands)}"

    def answer(self, line: str, time: float) -> str:
        """Do what a line says, and say what came of it.

        Parameters
        ----------
        line : str
        time : float
            When it came, on the lab clock: the time of a trial's start and end, and of a marker.
        """
        word, _, rest = line.partition(" ")
        command = self._commands.get(word.lower())
        try:
            if command is None:
                raise RemoteError(f"there is no command {word[:40]!r}{nearest(word[:40], self._commands)}")
            if command in (self._status, self._update, self._tell, self._help):
                return command(rest, time)  # neither waits for what takes its time, nor lets others wait
            with self._turns.of(word.lower()):
                if self._over:
                    raise RemoteError("the recorder is ending")
                return command(rest.strip(), time)
        except FileExistsError as error:
            return error_line(f"{error.filename or error} exists and is not overwritten")
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return error_line(f"{where}{error.strerror or error}")
        except (RemoteError, RemoteNameError, CommandError) as error:
            return error_line(str(error))

    def end(self, time: float) -> None:
        """End the recording that runs, if one does, as ``stop`` would; nothing is done after."""
        with self._turns.of("stop"):
            self._over = True
            if self._sessions.recording:
                self._stop("", time)

    def _select(self, rest: str, time: float) -> str:
        if rest.lower() in ("all", "none"):
            self._selection = None if rest.lower() == "all" else []
            return OK
        if not rest:
            raise RemoteError("say what to select: all, none, or an LSL predicate such as type='EMG'")
        try:
            if not set(rest) & set("=<>("):
                raise ValueError("this compares nothing")
            matches(rest, "<info/>")
        except ValueError as error:
            raise RemoteError(f"select all, none, or an LSL predicate such as type='EMG': {error}") from error
        selection = [*(self._selection or []), rest]
        if len(selection) > _MOST_PREDICATES:
            raise RemoteError(f"at most {_MOST_PREDICATES} predicates are selected; send select none first")
        self._selection = list(dict.fromkeys(selection))
        return OK

    def _filename(self, rest: str, time: float) -> str:
        before = self._name or FileName()
        name, problems = read_options(rest, before)
        try:
            self._places.root(name.root)
        except RemoteNameError as error:
            problems.append(str(error))
            name = replace(name, root=before.root)
        free_path(name, self._places, lambda path: False)  # a name that cannot be is said now, not at the start
        if name != before or not problems:
            self._name = name
        if problems:
            raise RemoteError(f"{'; '.join(problems)} (the rest of the command holds)")
        return OK

    def _start(self, rest: str, time: float) -> str:
        if self._sessions.recording:
            raise RemoteError(f"a recording runs already, into {self._sessions.status()['file']}")
        if self._selection is not None and not self._selection:
            raise RemoteError("no stream is selected: send select all, or select and a predicate")
        name = self._name or FileName(template=self._default())
        path, self._note = free_path(name, self._places)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._note:
            self._say(self._note)
        self._trial = ""
        self._sessions.start(path, self._selection, name.participant)
        return OK

    def _stop(self, rest: str, time: float) -> str:
        if self._sessions.recording and self._trial:
            self._end_trial(time)
        self._sessions.stop()
        return OK

    def _update(self, rest: str, time: float) -> str:
        self._sessions.refresh()
        return OK

    def _status(self, rest: str, time: float) -> str:
        facts = self._sessions.status()
        facts["trial"] = self._trial if facts["state"] == "recording" else ""
        facts["condition"] = self._condition if facts["trial"] else ""
        facts["trial_s"] = round(time - self._trial_since, 3) if facts["trial"] else 0.0
        facts["root"], facts["pid"] = str(self._places.start.absolute()), os.getpid()
        facts["selection"] = self._selection if self._selection is not None else "all"
        facts["note"] = self._note
        return json.dumps(_plain(facts))

    def _run_trial(self, rest: str, time: float) -> str:
        word, _, what = rest.partition(" ")
        if word.lower() not in ("start", "stop"):
            raise RemoteError("write: trial start NAME [condition], or: trial stop")
        self._need_recording()
        if word.lower() == "stop":
            if not self._trial:
                raise RemoteError("no trial runs")
            self._end_trial(time)
            return OK
        name, condition = _first_word(what.strip())
        if not name:
            raise RemoteError("a trial needs a name: trial start NAME [condition]")
        if self._trial:
            raise RemoteError(f"the trial {self._trial} runs; stop it first")
        self._sessions.mark(time, trial_start_json(name, condition))
        self._trial, self._condition, self._trial_since = name, condition, time
        return OK

    def _mark(self, rest: str, time: float) -> str:
        if not rest:
            raise RemoteError("a marker needs a text: marker TEXT")
        self._need_recording()
        self._sessions.mark(time, marker_json(rest))
        return OK

    def _tell(self, rest: str, time: float) -> str:
        try:
            device, command, *texts = shlex.split(rest)
        except ValueError:
            raise RemoteError("write: tell DEVICE COMMAND [ARGUMENT=VALUE ...]") from None
        try:
            given = arguments_of(texts)
        except ValueError as error:
            raise RemoteError(str(error)) from error
        answer = running_device(device).tell(command, given)
        return f"{OK} {' '.join(answer.split())}"

    def _end_trial(self, time: float) -> None:
        self._sessions.mark(time, trial_stop_json())
        self._trial = ""

    def _need_recording(self) -> None:
        if not self._sessions.recording:
            self._trial = ""
            raise RemoteError("nothing is being recorded: send start first")


class _Turns:
    """One command at a time; ``stop`` goes before all that wait, and does not wait until a ``start`` has found all.

    Parameters
    ----------
    recording : callable
        Whether a recording runs.
    """

    def __init__(self, recording: Callable[[], bool]) -> None:
        self._recording = recording
        self._changed = threading.Condition()
        self._running: list[str] = []
        self._stops = 0

    @contextmanager
    def of(self, command: str) -> Iterator[None]:
        """Wait for a command's turn, and have it."""
        stop = command == "stop"
        with self._changed:
            self._stops += stop
            try:
                while not self._may(stop):
                    self._changed.wait(_LOOK_S)
            finally:
                self._stops -= stop
            self._running.append(command)
        try:
            yield
        finally:
            with self._changed:
                self._running.remove(command)
                self._changed.notify_all()

    def _may(self, stop: bool) -> bool:
        if not self._running:
            return stop or not self._stops
        return stop and self._running == ["start"] and self._recording()


def error_line(sentence: str) -> str:
    """The reply that says what could not be done."""
    return "ERROR " + " ".join(sentence.split())


def _first_word(text: str) -> tuple[str, str]:
    """A name, in quotes if it has spaces, and the rest."""
    quoted = re.match(r'"([^"]*)"\s*(.*)', text)
    if quoted:
        return quoted[1].strip(), quoted[2]
    word, _, rest = text.partition(" ")
    return word, rest.strip()


def _plain(value: Any) -> Any:
    """The same for JSON, which has no NaN."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
