"""Commands to devices that run: found on this computer, asked, answered; the driver's end of it, and who asks."""

import getpass
import threading
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import msgspec

from groundup import lsl
from groundup.lab.errors import nearest, type_words
from groundup.plugin.command import SET, Command, commands_of
from groundup.plugin.device import Device
from groundup.plugin.failure import fault_of
from groundup.plugin.option import CommandError, Option, OptionInDoubtError, differing, options_of
from groundup.system.driver_reports import Report
from groundup.system.local_service import FoundService, LocalService, ServiceError, services

_SERVICE = "device"
_VALUES_S = 2.0
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
    options : dict
        What can be changed: name to ``summary``, ``unit``, ``choices`` (empty where there are others) and ``alters``.
    """

    name: str
    lab: str
    commands: Mapping[str, Mapping[str, Any]]
    options: Mapping[str, Mapping[str, Any]]
    service: FoundService

    def tell(self, command: str, arguments: Mapping[str, Any], who: str = "") -> str:
        """Have it do something; its answer. Who asks is, where nothing is said, the user of this computer.

        Raises
        ------
        CommandError
            If it has no such command, could not do it, or does not answer.
        """
        if command not in self.commands:
            known = f"; it has {', '.join(self.commands)}" if self.commands else ""
            raise CommandError(f"{self.name} has no command {command!r}{nearest(command, self.commands) or known}")
        try:
            question = {"command": command, "arguments": dict(arguments), "who": who or user_name()}
            reply = self.service.ask(question, _PATIENCE_S)
        except ServiceError as error:
            raise CommandError(f"{self.name}: {error}") from error
        if not reply.get("ok"):
            raise CommandError(f"{self.name}: {reply.get('answer')}")
        return str(reply.get("answer"))

    def values(self) -> dict[str, Any]:
        """The values of its options as they are now; none where it does not say."""
        if not self.options:
            return {}
        try:
            return dict(self.service.ask({"values": True}, _VALUES_S))
        except ServiceError:
            return {}


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
        RunningDevice(str(s.about["name"]), str(s.about["lab"]), dict(s.about["commands"]), dict(s.about["options"]), s)
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
    fail : callable
        Told why the driver has to be started again.
    """

    def __init__(
        self,
        name: str,
        lab: str,
        device: Device,
        report: Callable[[Report], None],
        happened: Callable[[str, str, float], None] = lambda kind, text, time: None,
        fail: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self._device, self._report, self._happened, self._fail = device, report, happened, fail
        self._one = threading.Lock()
        self._options: tuple[str, ...] = ()
        self._service: LocalService | None = None
        try:
            commands = {key: _about(command) for key, command in commands_of(device).items()}
            options = {key: _about_option(option) for key, option in options_of(device).items()}
            about = {"service": _SERVICE, "name": name, "lab": lab, "commands": commands, "options": options}
            self._options = tuple(options)
            self._service = LocalService(about, self._answer) if commands else None
        except Exception as error:  # which costs no recording
            report(Report("said", "", 0, f"it takes no commands: {type(error).__name__}: {error}"))

    def close(self) -> None:
        """Take no more commands."""
        if self._service is not None:
            self._service.close()

    def _answer(self, question: dict[str, Any], waits: Callable[[], bool]) -> dict[str, Any]:
        if question.get("values"):
            settings = self._device.settings
            return {name: msgspec.to_builtins(getattr(settings, name)) for name in self._options}
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
                if isinstance(error, OptionInDoubtError) and self._device.option_changes.doubt:
                    self._fail(self._device.option_changes.doubt)
            except BaseException as error:  # a plugin's own fault stays its own, sys.exit too
                ok, answer = False, fault_of(error)[:_LONGEST_ANSWER]
            begun.cancel()
            kind, done = ("command", answer) if ok else ("command_failed", f"not done: {answer}")
            self._report(Report(kind, "", 0, f"{words}: {done}", time))
            self._happened("command", f"{words}: {done}", time)
            if command == SET:
                changes = self._device.option_changes
                self._report(Report("options", "", 0, differing(changes.between(0, len(changes))), time))
        return {"ok": ok, "answer": answer}


def _about(command: Command) -> dict[str, Any]:
    hints = command.arguments.__annotations__
    return {
        "summary": command.summary,
        "confirm": command.confirm,
        "mends": command.mends,
        "arguments": {key: type_words(hints[key]) for key in command.arguments.__struct_fields__},
    }


def _about_option(option: Option) -> dict[str, Any]:
    return {
        "summary": option.summary,
        "unit": option.unit,
        "choices": list(get_args(option.kind)) if get_origin(option.kind) is Literal else [],
        "alters": option.alters,
    }


def user_name() -> str:
    """Who tells, as this computer knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
