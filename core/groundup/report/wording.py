"""What a report says to the person and the clinician, from one file that a clinic may translate or change."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from groundup.analysis.profile.strategy_profile import significant
from groundup.lab.errors import nearest
from groundup.plugin.manager import plugins

DEFAULT = "en"


class WordsError(ValueError):
    """A language that nobody wrote, or a file of words that cannot be read; the text says what to do."""


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Attributes
    ----------
    tables : mapping
        As in the file, with what it leaves out taken from English.
    """

    tables: Mapping[str, Any]

    def __call__(self, key: str, **filled: object) -> str:
        """Give the words under a key such as ``summary.pace.both``, its {names} filled in.

        Raises
        ------
        WordsError
            If they hold a {name} that is not among those filled in.
        """
        text = str(self._find(key))
        try:
            return text.format(**filled) if filled else text
        except (KeyError, IndexError, ValueError) as error:
            known = ", ".join(f"{{{name}}}" for name in filled)
            raise WordsError(f"the words of {key} cannot be filled in: {text!r} may hold {known}") from error

    def __contains__(self, key: str) -> bool:
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def many(self, key: str) -> list[str]:
        """A list of words, such as the heads of a table's columns."""
        return [str(one) for one in self._find(key)]

    def metric(self, name: str) -> str:
        """The plain name of a metric: from the words, else the title that its plugin gives it."""
        if name in self.tables["metrics"]:
            return str(self.tables["metrics"][name])
        installed = plugins().metrics.get(name)
        return installed.item.title if installed is not None else name.replace("_", " ")

    def muscle(self, name: str) -> str:
        """The plain name of a muscle or a segment."""
        return str(self.tables.get("muscles", {}).get(name, name.replace("_", " ")))

    def unit(self, unit: str) -> str:
        """As it is shown; a pure number has none."""
        return "" if unit == "1" else str(self.tables["units"].get(unit, unit))

    def number(self, value: float | None, digits: int = 3) -> str:
        """Significant digits, with the language's decimal sign; a dash for what is not known."""
        return self.decimal(significant(math.nan if value is None else value, digits))

    def change(self, value: float, of: float) -> str:
        """A difference with its sign, to the digit to which what it is a difference of is shown."""
        digits = max(0, 2 - math.floor(math.log10(abs(of)))) if math.isfinite(of) and of else 2
        if not math.isfinite(value) or digits > 6:
            return self.number(value)
        text = f"{value:+.{digits}f}"
        return self.decimal(text if float(text) else f"{0:.{digits}f}")

    def percent(self, value: float, sign: bool = False) -> str:
        """One decimal below 10, none above; with a sign where it is asked for."""
        if not math.isfinite(value):
            return "-"
        digits = 1 if abs(value) < 10 else 0
        text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
        return self.decimal(text)

    def decimal(self, text: str) -> str:
        """A number as text, with the language's decimal sign, and a true minus."""
        return text.replace(".", str(self.tables["decimal"])).replace("-", "−") if text != "-" else "–"

    def date(self, utc: str) -> str:
        """A moment in the time of the place where the report is made."""
        try:
            local = datetime.fromisoformat(utc).astimezone()
        except ValueError:
            return self("date.unknown")
        month = self.many("date.months")[local.month - 1]
        return self("date.format", day=local.day, month=month, year=local.year, hour=local.hour, minute=local.minute)

    def _find(self, key: str) -> Any:
        found: Any = self.tables
        for part in key.split("."):
            found = found[part]
        return found


def languages() -> list[str]:
    """Those that ship."""
    here = files("groundup.report") / "words"
    return sorted(one.name.removesuffix(".toml") for one in here.iterdir() if one.name.endswith(".toml"))


def words_of(language: str = DEFAULT, own: Path | None = None) -> Words:
    """The words of a language; those of a clinic's own file go before.

    Parameters
    ----------
    language : str
        Such as ``en`` or ``de``.
    own : Path, optional
        A file of the same form; what it leaves out is taken from the language.

    Raises
    ------
    WordsError
        If there is no such language, or the file is no TOML or has a key that no report asks for.
    """
    if language not in languages():
        raise WordsError(
            f"there are no words in {language!r}{nearest(language, languages())} Known are {', '.join(languages())}; "
            "another language is a file of your own: --words FILE"
        )
    english = _shipped(DEFAULT)
    tables = _over(_shipped(language), english)
    if own is None:
        return Words(tables)
    try:
        mine = tomllib.loads(own.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsError(f"{own} cannot be read as words of a report: {error}") from error
    for key in _unknown(mine, english):
        raise WordsError(f"{own}: no report asks for the words of {key}; see the file {DEFAULT}.toml of groundup")
    return Words(_over(mine, tables))


@cache
def _shipped(language: str) -> dict[str, Any]:
    text = (files("groundup.report") / "words" / f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _over(mine: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What is in the one, and what only the other has."""
    both = dict(other)
    for key, value in mine.items():
        below = other.get(key)
        both[key] = _over(value, below) if isinstance(value, dict) and isinstance(below, dict) else value
    return both


_NAMES = ("metrics", "units", "muscles", "scale")  # of things that plugins bring, too


def _unknown(mine: Mapping[str, Any], known: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """Keys that English has not, or has in another form."""
    for key, value in mine.items():
        if not where and key in _NAMES and isinstance(value, dict):
            continue
        if key not in known or type(value) is not type(known[key]):
            yield f"{where}{key}"
        elif isinstance(value, dict):
            yield from _unknown(value, known[key], f"{where}{key}.")
