"""What a device can be told while it runs: a method of its driver with `command`, whose arguments are checked first."""

import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_type_hints, overload

import msgspec

from groundup.lab.errors import nearest, settings_from
from groundup.lab.settings import Settings
from groundup.plugin.option import CommandError, Option, options_of, set_options

SET = "set"
"""The command that changes options."""

_MARK = "__groundup_command__"
_DONE = "done"
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Command:
    """One command of a driver.

    Attributes
    ----------
    name : str
        The method's name.
    summary : str
        First line of the method's docstring.
    confirm : str
        What a person is asked before it is done; empty: it is done at once.
    arguments : type of Settings
        What it takes, typed, with defaults.
    mends : str
        What of the morning's check it may mend; empty: nothing.
    """

    name: str
    summary: str
    confirm: str
    arguments: type[Settings]
    mends: str = ""


@overload
def command(method: Method, /) -> Method: ...
@overload
def command(*, confirm: str = "", mends: str = "") -> Callable[[Method], Method]: ...
def command(
    method: Method | None = None, /, *, confirm: str = "", mends: str = ""
) -> Method | Callable[[Method], Method]:
    """Make a method of a driver a command: ``groundup tell DEVICE METHOD argument=value``.

    Its arguments are annotated, as keys of settings are; they are checked before it is called. What it returns is
    the answer, in words; None is "done". It may raise `CommandError`, or an `OSError`: then that is the answer.

    Parameters
    ----------
    confirm : str
        A question that a person has to answer with yes before it is done ("Does nobody stand on the plates?").
    mends : str
        What of a `Finding` it may mend (its ``what``: "zero"): ``groundup check`` offers it there.
    """
    if method is None:
        return lambda method: _marked(method, confirm, mends)
    return _marked(method, confirm, mends)


def commands_of(device: object) -> dict[str, Command]:
    """The commands of a driver, by name: of a class all, of one that is made those that it has by its settings.

    Raises
    ------
    TypeError
        If an argument of one has no annotation, or it takes any number of them; if an option is no key of its settings.
    """
    found = {}
    kind = device if isinstance(device, type) else type(device)
    offers = getattr(device, "offers", None) if kind is not device else None
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if hasattr(method, _MARK) and (offers is None or offers(name)):
            summary = (inspect.getdoc(method) or "").partition("\n")[0]
            confirm, mends = getattr(method, _MARK)
            found[name] = Command(name, summary, confirm, _arguments(name, method), mends)
    if options := options_of(device):
        if SET in found:
            raise TypeError(f"the command {SET} changes the options of a device: call your own command otherwise")
        found[SET] = Command(SET, "Change an option.", "", _optional(options))
    return found


def run_command(
    device: object, name: str, arguments: Mapping[str, Any], waits: Callable[[], bool] = lambda: True
) -> str:
    """Check the arguments, call the command in this thread, and give its answer.

    Raises
    ------
    CommandError
        If there is no such command, the arguments are not its, or it could not be done.
    """
    with as_answer():
        answer = begin_command(device, name, arguments, waits)
        return answer_of(_at_once(answer, name) if inspect.iscoroutine(answer) else answer)


def begin_command(
    device: object, name: str, arguments: Mapping[str, Any], waits: Callable[[], bool] = lambda: True
) -> Any:
    """Check the arguments and call the command; what it gives, which an ``async`` one has yet to be awaited for.

    Raises
    ------
    CommandError
        If there is no such command, the arguments are not its, or nobody waits for it any more.
    """
    known = commands_of(device)
    if name not in known:
        raise CommandError(f"it has no command {name!r}{nearest(name, known) or _listed(known)}")
    try:
        checked = settings_from(dict(arguments), known[name].arguments, name)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if not waits():
        raise CommandError("whoever asked for it had gone before it was begun")
    given = {field: getattr(checked, field) for field in checked.__struct_fields__}
    if name == SET:
        wanted = {key: given[key] for key in arguments}  # in the order in which they were given
        if not wanted:
            raise CommandError(f"say which option, and its value: {', '.join(f'{key}=...' for key in given)}")
        return set_options(cast(Any, device), wanted)
    return getattr(device, name)(**given)


def answer_of(given: object) -> str:
    """What a command gave, as its answer."""
    return _DONE if given is None else str(given)


@contextmanager
def as_answer() -> Iterator[None]:
    """Make the answer of an `OSError` that a command raises."""
    try:
        yield
    except OSError as error:
        raise CommandError(error.strerror or str(error) or type(error).__name__) from error


def _marked(method: Method, confirm: str, mends: str) -> Method:
    setattr(method, _MARK, (confirm, mends))
    return method


def _arguments(name: str, method: Callable[..., Any]) -> type[Settings]:
    types = get_type_hints(method, include_extras=True)
    fields: list[Any] = []
    for key, parameter in list(inspect.signature(method).parameters.items())[1:]:
        if key not in types or parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"the argument {key} of the command {name} needs a name and a type of its own")
        empty = parameter.default is parameter.empty
        fields.append((key, types[key]) if empty else (key, types[key], parameter.default))
    made = msgspec.defstruct(name, fields, bases=(Settings,), frozen=True, kw_only=True, forbid_unknown_fields=True)
    return cast(type[Settings], made)


def _optional(options: Mapping[str, Option]) -> type[Settings]:
    """Options as arguments of which each may be left out."""
    fields: list[Any] = [(one.name, one.kind | msgspec.UnsetType, msgspec.UNSET) for one in options.values()]
    made = msgspec.defstruct(SET, fields, bases=(Settings,), frozen=True, kw_only=True, forbid_unknown_fields=True)
    return cast(type[Settings], made)


def _at_once(doing: Coroutine[Any, Any, Any], name: str) -> Any:
    """What comes of something that could wait, and does not."""
    try:
        doing.send(None)
    except StopIteration as done:
        return done.value
    doing.close()
    raise CommandError(f"the command {name} is async, and its driver is no AsyncDevice")


def _listed(known: Mapping[str, Command]) -> str:
    return f"; it has {', '.join(known)}" if known else "; its driver has none at all"
