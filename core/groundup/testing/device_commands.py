"""The laws of commands and options of a driver, and of the notices that a recording or a trial begins or ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal, get_args, get_origin

import msgspec
import numpy as np

from groundup.lab.settings import Settings
from groundup.plugin.command import SET, commands_of
from groundup.plugin.device import Device
from groundup.plugin.option import CommandError, Option, initial, options_of
from groundup.plugin.polled import PolledDevice
from groundup.plugin.streams import difference, keyed
from groundup.system.driver_notices import NOTICES
from groundup.testing.collector import Collector, driven
from groundup.testing.law import Contract, LawBrokenError, NotTried, require

WINDOW_S = 1.5
"""How much before and after a change is compared: more than a stride."""
_SAME = 1.6  # gains and ranges are further apart
_NOTICE_S = 1.0
_MOST_VALUES = 2


@dataclass
class Changed:
    """One option, changed once.

    Attributes
    ----------
    option : str
    value : object
    said : str
        The answer.
    failure : str
        Why it was not.
    levels : dict of str to list of ndarray
        How large each channel was before, after, and after the connection was lost; by stream.
    """

    option: str
    value: object
    said: str = ""
    failure: str = ""
    levels: dict[str, list[Any]] = field(default_factory=dict)


def other_values(one: Option, now: object) -> list[Any]:
    """Values that an option can be set to, without asking what they do."""
    kind, metas = one.kind, []
    if hasattr(kind, "__metadata__"):
        metas, kind = [m for m in kind.__metadata__ if isinstance(m, msgspec.Meta)], kind.__origin__
    if get_origin(kind) is Literal:
        return [value for value in get_args(kind) if value != now]
    if kind is bool:
        return [not now]
    low = next((m.ge if m.ge is not None else m.gt for m in metas if (m.ge, m.gt) != (None, None)), None)
    high = next((m.le if m.le is not None else m.lt for m in metas if (m.le, m.lt) != (None, None)), None)
    if low is not None and high is not None and kind in (int, float):
        between = [low + (high - low) * share for share in (0.25, 0.75)]
        return [value for value in map(kind, between) if value != now]
    return []


class CommandLaws(Contract):
    """Laws of commands, options and notices; `DeviceContract` has them.

    Attributes
    ----------
    option_values : mapping of str to sequence
        What to try options with that have neither choices nor both limits.
    """

    driver: ClassVar[type[Device]]
    option_values: ClassVar[Mapping[str, Sequence[Any]]] = {}

    def _hardware(self) -> AbstractContextManager[Settings]:
        raise NotImplementedError

    @classmethod
    @cache
    def changes(cls) -> list[Changed]:
        """What came of changing each option, once for all laws."""
        contract = cls()
        with contract._hardware() as settings:
            device = cls.driver(settings)
            options = options_of(device)
            if not options:
                raise NotTried("it has no options")
            device.option_changes.add(*initial(device))
            with driven(device) as (_, sink):
                return [change for one in options.values() for change in _changed(contract, device, sink, one)]

    def test_its_commands_can_be_told(self) -> None:
        """Each has a docstring, and arguments with a type that a line of text can be checked against."""
        try:
            commands = commands_of(self.driver)
        except (TypeError, NameError) as error:
            raise LawBrokenError(f"{error}: annotate it, as a key of settings is") from error
        for name, command in commands.items():
            require(command.summary, f"the command {name} needs a docstring: people read it before they use it")

    def test_its_options_are_keys_of_its_settings(self) -> None:
        """Each has a key of the same name, with its type, limits and default, and words that people read."""
        try:
            options = options_of(self.driver)
        except TypeError as error:
            raise LawBrokenError(f"{error}: give it a key of that name, or call the method otherwise") from error
        for name, one in options.items():
            require(one.summary, f"the option {name} needs a docstring: people read it before they change it")

    def test_an_option_can_be_changed_while_it_runs(self) -> None:
        """The new value is taken over and said, and the streams go on."""
        for change in self.changes():
            words = f"set {change.option}={change.value}"
            require(not change.failure, f"{words} failed: {change.failure}")

    def test_an_option_changes_no_stream(self) -> None:
        """What is announced is the same with each of its values: the rate, the channels, their units."""
        options = options_of(self.driver)
        if not options:
            raise NotTried("it has no options")
        with self._hardware() as settings:
            before = _announced(self.driver(settings))
            for name, one in options_of(self.driver(settings)).items():
                for value in self._values(one, getattr(settings, name)):
                    now = _announced(self.driver(msgspec.structs.replace(settings, **{name: value})))
                    for key in before:
                        other = difference(before[key], now[key]) if key in now else "key"
                        require(
                            other is None,
                            f"with {name}={value} its stream has another {other}: scale what is pushed to one unit; "
                            "what changes a stream is a setting, and no option",
                        )

    def test_a_sample_is_the_same_quantity_whatever_the_option(self) -> None:
        """A gain or a range changes no volt: the driver scales, from the very sample on; also after a reconnection."""
        tried = 0
        for change in self.changes():
            if options_of(self.driver)[change.option].alters:
                continue
            for key, (before, *after) in change.levels.items():
                for level, when in zip(after, ("", " and the connection was lost"), strict=False):
                    tried += 1
                    known = before > 1e-12
                    ratio = float(np.median(level[known] / before[known])) if known.any() else 1.0
                    require(
                        1 / _SAME < ratio < _SAME,
                        f"after set {change.option}={change.value}{when} the samples of {key or 'its stream'} are "
                        f"{ratio:.3g} times as large: scale by self.settings.{change.option}, which has the new value "
                        "when its method has returned; or say how they differ: @option(alters=...)",
                    )
        if not tried:
            raise NotTried("it has no option that leaves its samples as they are")

    def test_a_notice_is_taken_at_once(self) -> None:
        """That a recording or a trial begins or ends is no reason to fail, or to keep samples waiting."""
        minded = [name for name in NOTICES if getattr(self.driver, name) is not getattr(Device, name)]
        if not minded:
            raise NotTried("it does nothing when a recording or a trial begins or ends")
        with self._hardware() as settings:
            device = self.driver(settings)
            keyed(device.open())
            device.start(Collector(device.option_changes))
            hangs = ""
            try:
                for name in minded:
                    said: list[str] = []
                    call = _noticing(device, name, said)
                    thread = threading.Thread(target=call, daemon=True)
                    thread.start()
                    thread.join(_NOTICE_S)
                    hangs = name if thread.is_alive() else ""
                    require(
                        not hangs, f"{name}() takes more than {_NOTICE_S:g} s: begin it there, and see to it in read"
                    )
                    require(not said, f"{name}() raised {''.join(said)}: catch what can go wrong, and say it")
            finally:
                if not hangs:  # else its thread may be held up, and would be waited for without end
                    device.stop()
                    device.close()

    def _values(self, one: Option, now: object) -> list[Any]:
        given = [value for value in self.option_values.get(one.name, ()) if value != now]
        return (given or other_values(one, now))[:_MOST_VALUES]


def _noticing(device: Device, name: str, said: list[str]) -> Callable[[], None]:
    def call() -> None:
        try:
            device.call_in_thread(lambda: getattr(device, name)(*(f"kit {word}" for word in NOTICES[name])))
        except BaseException as error:
            said.append(f"{type(error).__name__}: {error}")

    return call


def _announced(device: Device) -> dict[str, Any]:
    try:
        return keyed(device.open())
    finally:
        device.close()


def _changed(contract: CommandLaws, device: Device, sink: Collector, one: Option) -> Iterator[Changed]:
    """Change an option to some of its values, and back to the first."""
    began = getattr(device.settings, one.name)
    values = contract._values(one, began)
    for number, value in enumerate([*values, began] if values else []):
        change = Changed(one.name, value)
        before = _levels(sink, one)
        try:
            change.said = device.run_command(SET, {one.name: msgspec.to_builtins(value)})
        except CommandError as error:
            if number < len(values):  # what it began with may be none that it can go back to
                change.failure = str(error)
                yield change
            continue
        counts = {key: sink.count(key) for key in before}
        levels = [before, _levels(sink, one, counts)]
        if isinstance(device, PolledDevice) and number == 0:
            _cut(device)
            levels.append(_levels(sink, one, {key: sink.count(key) for key in before}, connections=1))
        change.levels = {key: [level[key] for level in levels] for key in before}
        yield change


def _cut(device: PolledDevice) -> None:
    """Let it lose the connection once."""
    read = device.read

    def lost(sink: Any) -> None:
        with suppress(AttributeError):
            del device.__dict__["read"]
        raise OSError("the testing kit has cut the line")

    del read
    device.__dict__["read"] = lost


def _levels(
    sink: Collector, one: Option, behind: Mapping[str, int] | None = None, connections: int = 0
) -> dict[str, Any]:
    """How large each channel of each regular stream is, in its newest samples, or in those behind a number."""
    found = {}
    specs = {k: s for k, s in sink.specs.items() if s.rate > 0 and s.format != "string" and one.of in ("", k)}
    for key, spec in specs.items():
        count = int(WINDOW_S * spec.rate)
        skipped = int(0.2 * spec.rate) * connections  # what was still pushed when the line was cut
        begin = (behind or {}).get(key, 0) + skipped
        sink.wait_for(begin + count, key)
        samples = np.asarray(sink.stream(key)[0], np.float64)
        samples = samples[begin : begin + count] if behind is not None else samples[-count:]
        found[key] = np.nanpercentile(np.abs(samples), 95, axis=0)
    return found
