"""A norm: what named people show of a metric, and what must be the same before a value is held against it.

::

    @hookimpl
    def groundup_norms():
        peaks = [1.02, 1.06, 1.18]
        return [Norm.of_people("grf_peak_1", peaks, people="our lab's staff", reference="unpublished, 2026")]
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from groundup.plugin.norm_regression import COVERAGE, Regression

Condition = float | str | None


@dataclass(frozen=True)
class AtSpeed:
    """The interval of a norm at one speed (m/s), and of how many people it is."""

    speed: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Norm:
    """The interval in which a metric lies in most of some people.

    What depends on the person or the trial is held against it only where that is known: a `Norm` for each age, and for
    each way to stand. Everything that must be the same and is not, or is not known, is said in place of the norm.

    Attributes
    ----------
    metric : str
        Name of the metric, of this plugin or of any other.
    low, high : float
        The interval, in the metric's unit; NaN where only the mean of these people was published.
    n : int
        Number of people behind it.
    people : str
        Who they are and what they did, in a few words: what is shown beside the interval.
    reference : str
        Where the data are from.
    licence : str
        Of the data.
    muscles : frozenset of str
        The muscles that were recorded of a leg; empty where the metric needs no EMG, or takes what it needs itself.
    conditions : mapping
        What must be the same: the metric's own parameters by their names, those of processors as
        ``"emg_envelope.envelope_hz"``, the ``"normalisation"``, and ``"lag"`` (``"zero"``: filtered forwards and
        backwards; ``"causal"``: as live).
    method : str
        How these people were measured, where that is not the metric itself: the name of an installed metric of the same
        unit. It is computed whenever `metric` is, stored beside it, and is what the interval is held against.
    age : (float, float), optional
        From and below which age (years) they are.
    gait : {"", "walking", "running"}
        What they did; it is told from the strides of the trial whether it is the same.
    trial : mapping of str to str
        What the name or the condition of the trial has to say: ``{"eyes": "closed", "surface": "foam"}``; see
        `groundup.analysis.profile.circumstances`.
    at_speed : tuple of AtSpeed
        The interval by speed, in its order; between two it goes along a straight line. `low`, `high` and `n` are then
        the widest and the fewest.
    of_muscles : callable, optional
        One value of each person for the muscles that a leg was recorded of, if they are all among `muscles`: what there
        is in common is enough then. Raises `NotComputableError` where the metric has none for them.
    mean : float
        Of these people, where nobody published how much they differ: it is said, and there is no interval.
    curve : tuple of (float, float)
        Of a mean curve in place of a metric, at 0, 1 ... 100 % of what it is of: the interval there. `metric` is then
        ``grf_vertical`` or ``grf_forward``, in body weights; `low` and `high` are its least and its greatest.
    simultaneous : bool
        Of a curve: whether 95 % of people lie in the band with their whole curve; else percent by percent.
    regression : Regression, optional
        The interval by age and speed; `low` and `high` are then the widest.
    people_from_to : mapping of str to (float, float)
        Within which ages (``age_years``) and speeds (``speed``, m/s) these people are, ends included: who is outside is
        none of them, and nothing is extrapolated.
    sex : {"", "F", "M"}
        Of the people, where all are of one.
    condition : str
        What the condition of the trial has to be, if not empty.
    unit : str
        In which `low` and `high` are; empty: the metric's own, whichever that is.
    remark : str
        What has to be said beside it: its coverage, and where it is not to be trusted; a sentence.
    """

    metric: str
    low: float
    high: float
    n: int
    people: str
    reference: str
    muscles: frozenset[str] = frozenset()
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    licence: str = ""
    method: str = ""
    age: tuple[float, float] | None = None
    gait: Literal["", "walking", "running"] = ""
    trial: Mapping[str, str] = field(default_factory=dict)
    at_speed: tuple[AtSpeed, ...] = ()
    of_muscles: Callable[[Sequence[str]], Sequence[float]] | None = None
    mean: float = math.nan
    curve: tuple[tuple[float, float], ...] = ()
    simultaneous: bool = False
    regression: Regression | None = None
    people_from_to: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    sex: Literal["", "F", "M"] = ""
    condition: str = ""
    unit: str = ""
    remark: str = ""

    def __post_init__(self) -> None:
        if not self.low < self.high and not (math.isnan(self.low) and math.isfinite(self.mean)):
            raise ValueError(f"the norm of {self.metric} is {self.low:g} to {self.high:g}: low must be below high")
        if self.n < 2:
            raise ValueError(f"the norm of {self.metric} stands on {self.n} people: what one person shows is no norm")
        if list(self.at_speed) != sorted(self.at_speed, key=lambda one: one.speed):
            raise ValueError(f"the norm of {self.metric} is not in the order of speeds")
        if self.regression and (missing := set(self.regression.terms) - self.people_from_to.keys()):
            raise ValueError(
                f"the norm of {self.metric} does not tell from which {min(missing)} to which its people are"
            )

    @property
    def name(self) -> str:
        """By which it is known: no two of one metric may be of the same people, of one age, who did the same."""
        age = f", {self.age[0]:g} to {self.age[1]:g} years" if self.age else ""
        which = [self.sex, self.condition, *(f"{k} {v}" for k, v in self.trial.items())]
        return f"{self.metric}: {self.people}{age}" + "".join(f", {one}" for one in which if one)

    @property
    def by_speed(self) -> bool:
        """Whether the speed of the trial has to be known."""
        return bool(self.at_speed) or "speed" in self.people_from_to

    @classmethod
    def of_people(
        cls,
        metric: str,
        values: Sequence[float],
        *,
        people: str,
        reference: str,
        muscles: Iterable[str] = (),
        conditions: Mapping[str, Condition] | None = None,
    ) -> "Norm":
        """A norm from one value of each person: the interval in which one more person lies with 95 %, by t.

        mean ± t(0.975, n - 1) SD sqrt(1 + 1/n): with few people it is wide, as it should be. It takes values to be
        about normally distributed.

        Parameters
        ----------
        metric : str
        values : sequence of float
            One for each person.
        people, reference, muscles, conditions
            As in `Norm`.
        """
        low, high = interval_of_people(values)
        return cls(metric, low, high, len(values), people, reference, frozenset(muscles), dict(conditions or {}))


def interval_of_people(values: Sequence[float]) -> tuple[float, float]:
    """Where one more person lies with 95 %, by t: mean ± t(0.975, n - 1) SD sqrt(1 + 1/n).

    Parameters
    ----------
    values : sequence of float
        One of each person.

    Raises
    ------
    ValueError
        If there are not two people.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"a norm of {n} people: what one person shows is no norm")
    from scipy.special import stdtrit  # Student's t; every driver's process loads this module, and none needs it

    half = float(stdtrit(n - 1, 0.5 + COVERAGE / 2) * np.std(values, ddof=1) * np.sqrt(1 + 1 / n))
    middle = float(np.mean(values))
    return middle - half, middle + half
