"""How far a value depends on a choice of method that the field has no agreement on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from groundup.analysis.profile import circular
from groundup.analysis.profile.norms import Compared, most_compared
from groundup.analysis.profile.spread import Spread

_HARDLY = 0.01


@dataclass(frozen=True)
class ByMethod:
    """The median by one choice, such as ``contact threshold 50 N``, with its source and of how many values it is."""

    choice: str
    source: str
    median: float
    values: int


@dataclass(frozen=True)
class MethodSpread:
    """The median of one metric by the published choices that change it.

    Attributes
    ----------
    metric, unit : str
    median : float
        By the lab's own choices.
    low, high : float
        The least and the greatest, those of the lab among them; of values that go round they may lie outside of the
        period.
    by : tuple of ByMethod
        In the order of the table of choices; those by which nothing changes are left out.
    exceeds : tuple of str
        What the spread is greater than: ``right less left``, ``distance to the norm``.
    """

    metric: str
    unit: str
    median: float
    low: float
    high: float
    by: tuple[ByMethod, ...]
    exceeds: tuple[str, ...] = ()

    @property
    def matters(self) -> bool:
        """Whether it is more than an effect, or than 1 % of the median."""
        return bool(self.exceeds) or self.high - self.low > _HARDLY * abs(self.median)

    def stored(self) -> dict[str, Any]:
        """Ready for JSON; a median that is not there is left out."""
        table = asdict(self)
        table["by"] = [{key: value for key, value in one.items() if value == value} for one in table["by"]]
        return table


def method_spread_from(stored: Any) -> MethodSpread | None:
    """What `MethodSpread.stored` gave; None of nothing."""
    if not isinstance(stored, Mapping) or "by" not in stored:
        return None
    known = {key: value for key, value in stored.items() if key in MethodSpread.__dataclass_fields__}
    by = tuple(ByMethod(**{"median": math.nan, **one}) for one in stored["by"])
    return MethodSpread(**{**known, "by": by, "exceeds": tuple(stored.get("exceeds", ()))})


def method_spread(
    metric: str,
    unit: str,
    median: float,
    by: Sequence[ByMethod],
    sides: Spread,
    compared: Sequence[Compared],
    period: float | None = None,
) -> MethodSpread:
    """Hold a spread against what is to be seen by it.

    Parameters
    ----------
    metric, unit : str
    median : float
        By the lab's own choices.
    by : sequence of ByMethod
    sides : Spread
        Of the values by the lab's own choices: how much right and left differ.
    compared : sequence of Compared
        The norms that they are held against.
    period : float, optional
        Of values that go round.
    """
    away = [0.0, *(float(circular.difference(median, one.median, period)) for one in by if math.isfinite(one.median))]
    low, high = median + min(away), median + max(away)
    effects = {
        "right less left": abs(sides.difference),
        "distance to the norm": _distance(most_compared(compared), period),
    }
    exceeds = tuple(name for name, effect in effects.items() if high - low > effect)
    return MethodSpread(metric, unit, median, low, high, tuple(by), exceeds)


def _distance(norm: Compared, period: float | None) -> float:
    """How far what is held against a norm is from the nearest end of its interval; NaN where nothing is."""
    ends = np.array([norm.low, norm.high])
    if not norm.known or not np.isfinite([*ends, norm.value]).all():
        return math.nan
    return float(np.abs(circular.difference(norm.value, ends, period)).min())


def method_words(found: MethodSpread, number: Any) -> str:
    """In a line: from which to which, by what, and what that is more than."""
    unit = "" if found.unit == "1" else f" {found.unit}"
    names = ", ".join(f"{one.choice}: {number(one.median)}" for one in found.by)
    more = f"; ! that is more than {' and '.join(_WORDS[one] for one in found.exceeds)}" if found.exceeds else ""
    return f"by published choices of method {number(found.low)} to {number(found.high)}{unit} ({names}){more}"


_WORDS = {
    "right less left": "right and left differ",
    "distance to the norm": "what parts the value from the nearest end of the norm",
}
