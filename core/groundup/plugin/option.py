"""What can be changed of a device while it runs: a key of its settings, and a method of its driver with `option`.

A stream is in the unit that it announces, whatever the option: the driver scales. So no reader has to know the option,
and what is lost of its record bends no value. See ``docs/decisions/options-of-devices.md``.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, overload

import msgspec

from groundup.lab.errors import settings_from, type_words
from groundup.lab.settings import Settings
from groundup.model.option_changes import OptionChange, OptionChanges, value_words

_MARK = "__groundup_option__"
Method = TypeVar("Method", bound=Callable[..., Any])


class Adjustable(Protocol):
    """A device that has options, as far as these need it."""

    settings: Settings
    option_changes: OptionChanges

    def set_up_anew(self, why: str) -> bool:
        """Let go of the hardware, and connect again; whether it will."""


class CommandError(RuntimeError):
    """What a device could not do, or will not: a sentence for whoever asked for it."""


class OptionInDoubtError(CommandError):
    """It is not known whether the device has taken over a new value: until it is set up anew, nothing of it counts."""


@dataclass(frozen=True)
class Option:
    """One option of a driver.

    Attributes
    ----------
    name : str
        Of the method, and of the key of the driver's settings.
    summary : str
        First line of the method's docstring.
    kind : type
        Of the key.
    unit : str
        Of its values; empty for none.
    of : str
        Key of the stream that it changes; empty: all of the device's.
    alters : str
        How values before and after a change differ; empty: they can be compared.
    mends : str
        What of the morning's check it may mend; empty: nothing.
    """

    name: str
    summary: str
    kind: Any
    unit: str = ""
    of: str = ""
    alters: str = ""
    mends: str = ""

    @property
    def expects(self) -> str:
        """What values it takes, in words."""
        return type_words(self.kind) + (f", in {self.unit}" if self.unit else "")


@overload
def option(method: Method, /) -> Method: ...
@overload
def option(*, unit: str = "", of: str = "", alters: str = "", mends: str = "") -> Callable[[Method], Method]: ...
def option(
    method: Method | None = None, /, *, unit: str = "", of: str = "", alters: str = "", mends: str = ""
) -> Method | Callable[[Method], Method]:
    """Make a key of a driver's settings one that can change while it runs: ``groundup tell DEVICE set KEY=VALUE``.

    The method has the name of the key, and is given the new value, checked as the key is. When it returns, the device
    has taken it over: what is handed over until then is of the old value, what comes after it of the new one.
    ``self.settings`` has the old value until it has returned, and then the new one; `Device.open` and
    `PolledDevice.connect` set up the device as they say. What it returns is the answer; None says what it was, and is.

    A `CommandError` says that nothing was changed. After any other error nobody knows: the device is set up anew, and
    what it sends meanwhile is left out.

    Parameters
    ----------
    unit : str
        Of its values.
    of : str
        Key of the stream that it changes; left out: all of them.
    alters : str
        Where values before and after it cannot be compared, how they differ ("slow movement of the skin is taken
        off"). Left out: a sample is the same quantity in the same unit, whatever the option, as of a gain or a range.
    mends : str
        What of a `Finding` it may mend (its ``what``): ``groundup check`` offers it there.
    """
    marked = (unit, of, alters, mends)

    def mark(method: Method) -> Method:
        setattr(method, _MARK, marked)
        return method

    return mark if method is None else mark(method)


def options_of(device: object) -> dict[str, Option]:
    """The options of a driver, by name: of a class all, of one that is made those that it has by its settings.

    Raises
    ------
    TypeError
        If one is no key of its settings.
    """
    found = {}
    kind = device if isinstance(device, type) else type(device)
    offers = getattr(device, "offers", None) if kind is not device else None
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if hasattr(method, _MARK) and (offers is None or offers(name)):
            settings: type[Settings] = getattr(kind, "settings_type", Settings)
            keys = {field.name: field.type for field in msgspec.structs.fields(settings)}
            if name not in keys:
                raise TypeError(f"the option {name} is no key of its settings, {settings.__name__}")
            summary = (inspect.getdoc(method) or "").partition("\n")[0]
            found[name] = Option(name, summary, keys[name], *getattr(method, _MARK))
    return found


def initial(device: Adjustable) -> list[OptionChange]:
    """The values that a driver begins with, as changes from nothing."""
    return [
        OptionChange(one.name, value_words(getattr(device.settings, one.name)), "", one.unit, one.of)
        for one in options_of(device).values()
    ]


async def set_options(device: Adjustable, given: Mapping[str, Any]) -> str:
    """Change options, one after the other, in the thread that may touch the hardware; the answer.

    Raises
    ------
    CommandError
        If one was not changed: those before it are.
    """
    answers: list[str] = []
    known = options_of(device)
    for name, value in given.items():
        try:
            answers.append(await _set(device, known[name], value))
        except CommandError as error:
            error.args = ("; ".join([*answers, str(error)]),)
            raise
    return "; ".join(answers)


async def _set(device: Adjustable, one: Option, value: Any) -> str:
    unit, before = f" {one.unit}" if one.unit else "", getattr(device.settings, one.name)
    if value == before:
        return f"{one.name} is {value_words(before)}{unit} already"
    try:  # what one key may be can depend on the others
        table = {**msgspec.to_builtins(device.settings), one.name: msgspec.to_builtins(value)}
        settings = settings_from(table, type(device.settings), "set")
    except ValueError as error:
        raise CommandError(str(error)) from error
    try:
        told = getattr(device, one.name)(value)
        if inspect.isawaitable(told):
            told = await told
    except (CommandError, asyncio.CancelledError):
        raise
    except BaseException as error:
        why = f"whether {one.name} was changed is not known ({_words(error)})"
        anew = device.set_up_anew(why)
        if not anew:
            device.option_changes.doubt = why
        raise OptionInDoubtError(f"{why}: the device is set up anew, with {value_words(before)}{unit}") from error
    device.settings = settings
    change = OptionChange(one.name, value_words(value), value_words(before), one.unit, one.of, one.alters)
    device.option_changes.add(change)
    return str(told) if told is not None else f"{one.name} is {value_words(value)}{unit}, and was {change.before}"


def differing(made: Iterable[OptionChange]) -> str:
    """The options that are not as lab.toml has them, in words."""
    began: dict[str, str] = {}
    now: dict[str, str] = {}
    for change in made:
        began.setdefault(change.option, change.value)
        now[change.option] = change.value
    return ", ".join(f"{name} {began[name]}, not {now[name]}" for name in now if now[name] != began[name])


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, OSError) and str(error) else f"{type(error).__name__}: {error}"
