"""Which numbers stand on the first page: data beside this file, as the framework knows no metric by name."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from groundup.report.numbers import Number
from groundup.report.wording import Words


class Scale(msgspec.Struct, frozen=True):
    """From where to where a line of the picture goes at least, in the metric's unit."""

    low: float
    high: float


class Line(msgspec.Struct, frozen=True):
    """One line of the picture, and the metrics that may stand on it, the first choice first."""

    key: str
    metrics: tuple[str, ...]


class Sentences(msgspec.Struct, frozen=True):
    """The metrics that the three sentences are made from."""

    speed: str
    cadence: str
    sides: str
    strategy: tuple[str, ...]
    pace: tuple[str, ...]


class PageOne(msgspec.Struct, frozen=True):
    """The first page: its table, the lines of its picture with their scales, its sentences."""

    steps: tuple[str, ...]
    shares: tuple[str, ...]
    sentences: Sentences
    lines: tuple[Line, ...]
    scales: dict[str, Scale]


@cache
def page_one() -> PageOne:
    """As ``page_one.toml`` has it."""
    text = (files("groundup.report") / "page_one.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), PageOne)


def first_valued(names: Sequence[str], every: Sequence[dict[str, Number]]) -> str:
    """The first metric of which each recording has a value; else of which any has one; else empty."""
    for enough in (all, any):
        for name in names:
            if enough(name in numbers and numbers[name].count for numbers in every):
                return name
    return ""


def is_share(metric: str, unit: str) -> bool:
    """Whether a pure number is a part of a whole, and is shown in percent."""
    scale = page_one().scales.get(metric)
    return unit == "1" and (metric in page_one().shares or (scale is not None and scale.high <= 1.0))


def shown(metric: str, unit: str, value: float, words: Words) -> str:
    """A value with its unit, as a person reads it: shares in percent."""
    if is_share(metric, unit):
        return f"{words.percent(100.0 * value)} %"
    return f"{words.number(value)} {words.unit(unit)}".rstrip()
