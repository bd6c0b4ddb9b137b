"""Settings from a table of lab.toml, and what is wrong with it in a sentence.

The same for the tables of lab.toml and for a plugin's own settings: msgspec checks the types, this says where and what
would do.
"""

import difflib
import tomllib
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from groundup.lab.settings import Settings

S = TypeVar("S", bound=Settings)


class LabError(ValueError):
    """Something in lab.toml that cannot be: a sentence that says where, what, and what to write instead."""


def settings_from(table: Any, settings_type: type[S], where: str) -> S:
    """Make a settings struct of a table.

    Parameters
    ----------
    table : dict
        As TOML gives it.
    settings_type : type
        A subclass of `Settings`.
    where : str
        File and table, for errors: ``"lab.toml: [devices.emg]"``.

    Raises
    ------
    LabError
        If a key is unknown or missing, or a value is of the wrong type or out of bounds.
    """
    if not isinstance(table, dict):
        raise LabError(f"{where} is {shown(table)}; a table is expected")
    fields = {field.encode_name: field for field in msgspec.structs.fields(settings_type)}
    for key in table:
        if key not in fields:
            raise LabError(f'{where} has an unknown key "{key}"{nearest(key, fields)}')
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key in table:
            values[field.name] = _value(table[key], field.type, where, key)
        elif field.required:
            raise LabError(f"{where} lacks {key}: {type_words(field.type)} is expected")
    try:
        return settings_type(**values)
    except (ValueError, TypeError) as error:
        raise LabError(f"{where}: {error}") from error


def _value(value: Any, kind: Any, where: str, key: str) -> Any:
    nested = _settings_in(kind)
    if nested is not None and isinstance(value, dict):
        return settings_from(value, nested, _sub(where, key))
    if get_origin(kind) is dict and isinstance(value, dict):
        inner = _settings_in(get_args(kind)[1])
        if inner is not None:
            return {name: settings_from(item, inner, f'{_sub(where, key)} "{name}"') for name, item in value.items()}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        place = str(error).rpartition(" - at `$")[2].rstrip("`") if " - at `$" in str(error) else ""
        raise LabError(f"{where} {key}{place} is {shown(value)}; {type_words(kind)} is expected") from error


def _settings_in(kind: Any) -> type[Settings] | None:
    options = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, Settings)), None)


def _sub(where: str, key: str) -> str:
    return f"{where[:-1]}.{key}]" if where.endswith("]") else f"{where}.{key}"


def settings_of(tables: Mapping[str, dict[str, Any]], name: str, settings_type: type[S], where: str) -> S:
    """Settings of one plugin item out of the tables of its kind (``[metrics.NAME]`` ...); its defaults without one.

    Raises
    ------
    LabError
        As `settings_from`.
    """
    return settings_from(tables.get(name, {}), settings_type, f"{where}.{name}]")


def with_options(tables: Mapping[str, dict[str, Any]], options: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Tables with what ``--set NAME.KEY=VALUE`` puts into them.

    A value is written as in lab.toml, text also without quotes.

    Raises
    ------
    LabError
        If an option is not of that form.
    """
    found = {name: dict(table) for name, table in tables.items()}
    for option in options:
        place, sign, text = option.partition("=")
        name, dot, key = place.strip().partition(".")
        if not (sign and dot and name and key):
            raise LabError(f"--set {option}: it is NAME.KEY=VALUE, such as step_width.skip_strides=5")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        found.setdefault(name, {})[key] = value
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` with the known name that looks most like `name`, or all names where they are few."""
    names = [str(k) for k in known]
    folded = {k.lower(): k for k in reversed(names)}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    if close:
        return f'; did you mean "{folded[close[0]]}"?'
    return f"; known: {', '.join(names)}" if 0 < len(names) <= 16 else ""


def shown(value: Any) -> str:
    """A value as TOML would write it, short enough to be read."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


_PLAIN = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number", dict: "a table"}
_BOUNDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


def type_words(kind: Any) -> str:
    """A type, in words."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        bounds = [
            f"{word} {getattr(meta, name):g}"
            for meta in parts[1:]
            if isinstance(meta, msgspec.Meta)
            for name, word in _BOUNDS.items()
            if getattr(meta, name) is not None
        ]
        return " ".join([type_words(parts[0]), " and ".join(bounds)]).strip()
    if origin is Literal:
        return " or ".join(shown(p) for p in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(type_words(p) for p in parts if p not in (type(None), msgspec.UnsetType))
    if origin in (tuple, list):
        return _listtype_words(parts)
    if origin is dict or (isinstance(kind, type) and issubclass(kind, Settings)):
        return "a table"
    return _PLAIN.get(kind, f"a value of type {getattr(kind, '__name__', kind)}")


def _listtype_words(parts: tuple[Any, ...]) -> str:
    many = len(parts) < 2 or parts[1] is Ellipsis
    of = type_words(parts[0]) if parts else "a value"
    each = f"in brackets, each {of}"
    return f"a list {each}" if many else f"a list of {len(parts)} {each}"
