"""Commands to devices that run: found on this computer, asked, answered; the driver's end of it, and who asks."""

import getpass
import threading
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundup import lsl
from groundup.lab.errors import nearest, type_words
from groundup.plugin.command import Command, CommandError, commands_of
from groundup.plugin.device import Device
from groundup.plugin.failure import fault_of
from groundup.system.driver_reports import Report
from groundup.system.local_service import FoundService, LocalService, ServiceError, services

_SERVICE = "device"
_PATIENCE_S = 60.0  # a device may go to its place before it answers
_LONG_S = 1.0
_LONGEST_ANSWER = 8000  # characters


@dataclass(frozen=True)
class RunningDevice:
    """A device whose driver runs on this computer, and what it can be told.

    Attributes
    ----------
    name : str
        Key of ``[devices.NAME]``.
    lab : str
        The lab.toml.
    commands : dict
        Name to ``summary``, ``confirm`` and ``arguments`` (name to what is expected).
    """

    name: str
    lab: str
    commands: Mapping[str, Mapping[str, Any]]
    service: FoundService

    def tell(self, command: str, arguments: Mapping[str, Any]) -> str:
        """Have it do something; its answer.

        Raises
        ------
        CommandError
            If it has no such command, could not do it, or does not answer.
        """
        if command not in self.commands:
            known = f"; it has {', '.join(self.commands)}" if self.commands else ""
            raise CommandError(f"{self.name} has no command {command!r}{nearest(command, self.commands) or known}")
        try:
            reply = self.service.ask({"command": command, "arguments": dict(arguments), "who": _who()}, _PATIENCE_S)
        except ServiceError as error:
            raise CommandError(f"{self.name}: {error}") from error
        if not reply.get("ok"):
            raise CommandError(f"{self.name}: {reply.get('answer')}")
        return str(reply.get("answer"))


def argument(text: str) -> tuple[str, Any]:
    """``name=value`` of a command line: the value as lab.toml would have it, or else as text.

    Raises
    ------
    ValueError
        If there is no name or no equals sign.
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not name:
        raise ValueError(f"{text!r} is not ARGUMENT=VALUE")
    try:
        read = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return name, value
    return name, read["value"] if len(read) == 1 else value


def arguments_of(texts: Iterable[str]) -> dict[str, Any]:
    """``name=value`` words as the arguments of a command.

    Raises
    ------
    ValueError
        If one is none, or a name stands twice.
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, value = argument(text)
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = value
    return found


def running_devices() -> list[RunningDevice]:
    """Devices that have commands, and whose driver runs on this computer."""
    return [
        RunningDevice(str(s.about["name"]), str(s.about["lab"]), dict(s.about["commands"]), s)
        for s in services()
        if s.about.get("service") == _SERVICE
    ]


def running_device(name: str) -> RunningDevice:
    """The device of that name.

    Raises
    ------
    CommandError
        If no driver of it runs here, it takes no commands, or two of the name run.
    """
    running = running_devices()
    found = [device for device in running if device.name == name]
    if not found:
        names = ", ".join(dict.fromkeys(device.name for device in running)) or "none"
        raise CommandError(f"no device {name!r} that takes commands runs on this computer; there is: {names}")
    if len(found) > 1:
        raise CommandError(f"two devices {name!r} run, of {' and of '.join(device.lab for device in found)}: stop one")
    return found[0]


class CommandListener:
    """The driver's end: offers the commands of a device while its driver runs, one at a time.

    Parameters
    ----------
    name : str
        Key of ``[devices.NAME]``.
    lab : str
    device : Device
    report : callable
        Told what was done, for the ledger of who records.
    happened : callable
        Told kind, words and time of it, for whoever listens.
    """

    def __init__(
        self,
        name: str,
        lab: str,
        device: Device,
        report: Callable[[Report], None],
        happened: Callable[[str, str, float], None] = lambda kind, text, time: None,
    ) -> None:
        self._device, self._report, self._happened = device, report, happened
        self._one = threading.Lock()
        self._service: LocalService | None = None
        try:
            commands = {key: _about(command) for key, command in commands_of(device).items()}
            about = {"service": _SERVICE, "name": name, "lab": lab, "commands": commands}
            self._service = LocalService(about, self._answer) if commands else None
        except Exception as error:  # which costs no recording
            report(Report("said", "", 0, f"it takes no commands: {type(error).__name__}: {error}"))

    def close(self) -> None:
        """Take no more commands."""
        if self._service is not None:
            self._service.close()

    def _answer(self, question: dict[str, Any], waits: Callable[[], bool]) -> dict[str, Any]:
        command, arguments = str(question.get("command")), dict(question.get("arguments") or {})
        given = ", ".join(f"{key}={value}" for key, value in arguments.items())
        words = f"{question.get('who')} told it {command}({given})"
        with self._one:
            time, ok = lsl.clock(), True
            # Of one that does not come to its end, the ledger has this.
            begun = threading.Timer(_LONG_S, self._report, [Report("command", "", 0, f"{words}: it has begun", time)])
            begun.daemon = True
            begun.start()
            try:
                answer = self._device.run_command(command, arguments, waits)[:_LONGEST_ANSWER]
            except CommandError as error:
                ok, answer = False, str(error)[:_LONGEST_ANSWER]
            except BaseException as error:  # a plugin's own fault stays its own, sys.exit too
                ok, answer = False, fault_of(error)[:_LONGEST_ANSWER]
            begun.cancel()
            kind, done = ("command", answer) if ok else ("command_failed", f"not done: {answer}")
            self._report(Report(kind, "", 0, f"{words}: {done}", time))
            self._happened("command", f"{words}: {done}", time)
        return {"ok": ok, "answer": answer}


def _about(command: Command) -> dict[str, Any]:
    hints = command.arguments.__annotations__
    return {
        "summary": command.summary,
        "confirm": command.confirm,
        "arguments": {key: type_words(hints[key]) for key in command.arguments.__struct_fields__},
    }


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
