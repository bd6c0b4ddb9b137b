"""Three plain sentences for the person, each made from numbers of the file; where there is none, it says so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundup.analysis.profile.differences import Difference
from groundup.analysis.profile.spread import LEAST_VALUES
from groundup.report.comparison import seen
from groundup.report.numbers import Number
from groundup.report.page_one import first_valued, page_one, shown
from groundup.report.wording import Words


@dataclass(frozen=True)
class Sentence:
    """What is said, and the metrics it is made from: none where nothing can be said."""

    text: str
    metrics: tuple[str, ...] = ()


def sentences(numbers: Mapping[str, Number], words: Words) -> list[Sentence]:
    """Pace, left and right, and strategy, of one recording.

    Parameters
    ----------
    numbers : mapping of metric name to Number
    words : Words
    """
    return [_pace(numbers, words), _sides(numbers, words), _strategy(numbers, words)]


def changes(differences: Sequence[Difference], every: Sequence[dict[str, Number]], words: Words) -> list[Sentence]:
    """The same three of a comparison: what changed.

    Parameters
    ----------
    differences : sequence of Difference
    every : sequence of dict
        The numbers of both recordings.
    words : Words
    """
    about = page_one().sentences
    by_name = {one.metric: one for one in differences}
    found = []
    for key, names in (("pace", about.pace), ("sides", (about.sides,)), ("strategy", about.strategy)):
        name = first_valued(names, every)
        if not all(name in numbers and numbers[name].count for numbers in every) or name not in by_name:
            found.append(Sentence(words(f"summary.change.{key}")))
            continue
        found.append(Sentence(_change(by_name[name], words), (name,)))
    return found


def _pace(numbers: Mapping[str, Number], words: Words) -> Sentence:
    about = page_one().sentences
    speed, cadence = _valued(numbers, about.speed), _valued(numbers, about.cadence)
    if cadence is None:
        return Sentence(words("summary.pace.none"))
    steps = words.decimal(f"{cadence.median:.0f}")
    if speed is not None:
        text = words("summary.pace.both", speed=words.decimal(f"{speed.median:.2f}"), cadence=steps)
    else:
        text = words("summary.pace.cadence", cadence=steps)
    norm = cadence.norm
    if math.isfinite(norm.low) and math.isfinite(norm.value):
        place = "below" if norm.value < norm.low else "above" if norm.value > norm.high else "within"
        text = f"{text} {words(f'summary.pace.{place}', n=norm.n)}"
    return Sentence(text, (about.cadence,) if speed is None else (about.speed, about.cadence))


def _sides(numbers: Mapping[str, Number], words: Words) -> Sentence:
    name = page_one().sentences.sides
    number = _valued(numbers, name)
    if number is None or not all(number.sides):
        return Sentence(words("summary.sides.none"))
    found = number.spread
    if not math.isfinite(found.asymmetry_low):
        left, right = number.sides
        return Sentence(words("summary.sides.few", left=left, right=right, least=LEAST_VALUES), (name,))
    low, high = found.asymmetry_low, found.asymmetry_high
    if low <= 0.0 <= high:
        ends = {"low": words.percent(low, True), "high": words.percent(high, True)}
        return Sentence(words("summary.sides.alike", **ends), (name,))
    side = words("page.right" if low > 0 else "page.left")
    ends = {"low": words.percent(min(abs(low), abs(high))), "high": words.percent(max(abs(low), abs(high)))}
    return Sentence(
        words("summary.sides.longer", side=side, percent=words.percent(abs(found.asymmetry)), **ends), (name,)
    )


def _strategy(numbers: Mapping[str, Number], words: Words) -> Sentence:
    for name in page_one().sentences.strategy:
        number = _valued(numbers, name)
        if number is not None and f"summary.strategy.{name}" in words:
            value = shown(name, number.unit, number.median, words).removesuffix(" %")
            return Sentence(words(f"summary.strategy.{name}", value=value), (name,))
    return Sentence(words("summary.strategy.none"))


def _change(one: Difference, words: Words) -> str:
    what, key = words.metric(one.metric), seen(one)
    if not one.compared:
        key = "few" if min(one.strides_before, one.strides_after) < LEAST_VALUES else "unlike"
    before, after = (shown(one.metric, one.unit, value, words) for value in (one.before, one.after))
    return words(f"summary.change.{key}", what=what, before=before, after=after)


def _valued(numbers: Mapping[str, Number], name: str) -> Number | None:
    number = numbers.get(name)
    return number if number is not None and number.count else None
