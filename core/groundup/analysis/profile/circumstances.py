"""What a trial was, as far as norms ask: what its name says, whether somebody walked or ran, and how fast."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.metrics.trial_words import called, plain_words, value_in_name
from groundup.model.events import Stance, Stride, Trial
from groundup.model.status import OK
from groundup.model.subject import Subject
from groundup.plugin.norm import Norm

SPEED = "walking_speed"
"""The metric that knows how fast somebody walks."""
_AGREE = 0.9
_ASKED = {
    "age_years": "whose age is known, and this one's is not: give participant.age_years in lab.toml",
    "speed": "whose speed is known, and nothing tells how fast this was",
}
_SEX = {"F": "women", "M": "men"}
_EXAMPLE = {"eyes": "eyes open", "surface": "firm"}


@dataclass(frozen=True)
class Circumstances:
    """What is known of trials that were the same.

    Attributes
    ----------
    called : str
        Name and condition, numbers aside; empty of the time outside all trials.
    spans : tuple of (float, float)
        The trials, seconds on the lab clock; none: whatever lies in no trial.
    subject : Subject
    gait : str
        ``walking``, ``running``, or why neither can be said, after "it".
    speed : float
        Median speed of the strides, m/s; NaN where nothing tells it.
    sex : str
        Of the person, ``F`` or ``M``; empty where it is not told.
    """

    called: str = ""
    spans: tuple[tuple[float, float], ...] = ()
    subject: Subject = field(default_factory=Subject)
    gait: str = "is not known"
    speed: float = math.nan
    sex: str = ""

    def differences(self, norm: Norm) -> Iterator[str]:
        """One after the other what has to be as with the people of a norm: empty where it is, else how it differs."""
        yield self._age(norm)
        yield self._gait(norm)
        yield from (self._named(key, of_norm) for key, of_norm in norm.trial.items())
        yield self._speed(norm)
        yield self._sex(norm)
        yield self._condition(norm)
        yield from (self._outside(key, *ends) for key, ends in norm.people_from_to.items())

    def known(self, key: str) -> float:
        """The age (``age_years``) or the speed (``speed``); NaN where it is not known."""
        return self.speed if key == "speed" else self.subject.age_years

    def _outside(self, key: str, low: float, high: float) -> str:
        """Whether the person is outside what the people of a norm were: nothing is said of whom nobody measured."""
        value, unit = self.known(key), "m/s" if key == "speed" else "years"
        if math.isnan(value):
            return f"is of people {_ASKED[key]}"
        if low <= value <= high:
            return ""
        shown = f"{value:.2f} m/s" if key == "speed" else f"{value:g}"
        return f"says nothing here: {low:g} to {high:g} {unit} are its people, and this one, {shown}, is outside"

    def _sex(self, norm: Norm) -> str:
        if not norm.sex or norm.sex == self.sex:
            return ""
        if not self.sex:
            return "is by sex, which is not known: give participant.sex in lab.toml"
        return f"is of {_SEX[norm.sex]}, and this is one of the {_SEX[self.sex]}"

    def _condition(self, norm: Norm) -> str:
        wanted = plain_words(norm.condition)
        if not wanted or wanted in self.called.split(", "):
            return ""
        return f"is of trials in the condition {wanted!r}, and this is {self.called or 'in none'!r}"

    def _age(self, norm: Norm) -> str:
        if norm.age is None:
            return ""
        age, (low, high) = self.subject.age_years, norm.age
        if math.isnan(age):
            return "is by age, which is not known: give participant.age_years in lab.toml"
        return "" if low <= age < high else f"is of people from {low:g} to {high:g} years, and this one is {age:g}"

    def _named(self, key: str, of_norm: str) -> str:
        value = value_in_name(key, of_norm, self.called)
        if not value:
            example = _EXAMPLE.get(key, of_norm)
            return f'is by {key}, and the trial does not tell: say it in its condition, such as "{example}"'
        return "" if value == of_norm else f"is of {key} {of_norm}, and this is {key} {value}"

    def _gait(self, norm: Norm) -> str:
        if not norm.gait or norm.gait == self.gait:
            return ""
        if self.gait in ("walking", "running"):
            return f"is of {norm.gait}, and this is {self.gait}"
        return f"is of {norm.gait}, and whether this is {norm.gait} {self.gait}"

    def _speed(self, norm: Norm) -> str:
        if not norm.at_speed:
            return ""
        if math.isnan(self.speed):
            return "is by speed, and nothing tells how fast this was"
        slow, fast = norm.at_speed[0].speed, norm.at_speed[-1].speed
        if slow <= self.speed <= fast:
            return ""
        return f"is of {slow:g} to {fast:g} m/s, and this is {self.speed:.2f} m/s"


def circumstances_of(
    trials: Sequence[Trial],
    strides: Sequence[Stride],
    stances: Sequence[Stance],
    rows: Iterable[MetricRow],
    subject: Subject,
    sex: str = "",
) -> list[Circumstances]:
    """Trials that are called the same, numbers in their names aside, together; and what lies in no trial.

    Parameters
    ----------
    trials, strides, stances : sequences
    rows : iterable of MetricRow
        Among them the speed of each stride, if it was measured.
    subject : Subject
    sex : str
        Of the person.
    """
    spans: dict[str, list[tuple[float, float]]] = {"": []}
    for trial in trials:
        spans.setdefault(called(trial), []).append((trial.t0, trial.t1))
    every = [Circumstances(name, tuple(mine), subject, sex=sex) for name, mine in spans.items() if mine or name == ""]
    speeds = [row for row in rows if row.name == SPEED and row.status == OK]
    found = []
    for one in every:
        inside = belongs(one, every)
        mine = [s for s in strides if inside(s)]
        speed = [row.value for row in speeds if inside(row)]
        gait = _gait_of(mine, [s for s in stances if inside(s)])
        found.append(replace(one, gait=gait, speed=float(np.median(speed)) if speed else math.nan))
    return found


def belongs(one: Circumstances, every: Sequence[Circumstances]) -> Callable[[Stance | Stride | MetricRow], bool]:
    """Whether something lies in these trials; for what lies in none: whether it lies in no other."""

    def inside(item: Stance | Stride | MetricRow) -> bool:
        middle = (item.t0 + item.t1) / 2
        if one.spans:
            return any(a <= middle <= b for a, b in one.spans)
        return not any(a <= middle <= b for other in every for a, b in other.spans)

    return inside


def _gait_of(strides: Sequence[Stride], stances: Sequence[Stance]) -> str:
    """Walking has a foot on the ground for more than half of a stride, and both at once; running has neither."""
    duty = np.array([(s.foot_off - s.t0) / (s.t1 - s.t0) for s in strides if not math.isnan(s.foot_off)])
    if len(duty):
        walked = float(np.mean(duty > 0.5))
        if walked >= _AGREE:
            return "walking"
        return "running" if walked <= 1 - _AGREE else "cannot be said: some strides are walked and some are run"
    order = sorted(stances, key=lambda s: s.t0)
    if any(b.t0 < a.t1 and a.side != b.side for a, b in pairwise(order)):
        return "walking"
    return "is not known: nothing saw when a foot left the ground"
