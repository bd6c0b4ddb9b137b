"""The smallest change that a lab can tell apart from its own error of measurement, by its reliability study."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

TOLD_APART, ABOUT, SMALLER = "larger", "about as large", "smaller"


@dataclass(frozen=True)
class Detectable:
    """Of one metric, of left and right together.

    Attributes
    ----------
    metric, unit, condition : str
    mdc95, low, high : float
        Two sessions of a person who has not changed differ by less in 95 of 100, in `unit`; with its 95 % interval.
    sem : float
        Standard error of measurement.
    participants, sessions : int
        What it stands on.
    """

    metric: str
    unit: str
    condition: str = ""
    mdc95: float = math.nan
    low: float = math.nan
    high: float = math.nan
    sem: float = math.nan
    participants: int = 0
    sessions: int = 0

    def held_against(self, change: float) -> str:
        """Whether a change between two sessions is ``larger``, ``about as large`` or ``smaller``.

        About as large: what is not smaller than `mdc95`, and lies within the interval of it.
        """
        size = abs(change)
        return SMALLER if size < self.mdc95 else ABOUT if size < self.high else TOLD_APART

    def words(self, number: Any) -> str:
        """What it is and stands on: "MDC95 0.05 m, 95 % 0.04 to 0.09, of 12 people in 2 sessions"."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        of = f" in the condition {self.condition!r}" if self.condition else ""
        return (
            f"MDC95 {number(self.mdc95)}{unit}, 95 % {number(self.low)} to {number(self.high)}, of {self.participants} "
            f"people in {self.sessions} sessions{of}"
        )

    def stored(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def detectable_from(stored: Any) -> Detectable | None:
    """What `Detectable.stored` gave; None of nothing, or of what is none."""
    if not isinstance(stored, Mapping) or "mdc95" not in stored:
        return None
    return Detectable(**{key: value for key, value in stored.items() if key in Detectable.__dataclass_fields__})


def chosen(known: Iterable[Detectable], metric: str, unit: str, condition: str = "") -> Detectable | None:
    """What is known of a metric in this condition; where no condition is told, what is known if it is one only."""
    mine = [one for one in known if one.metric == metric and one.unit == unit]
    same = [one for one in mine if one.condition == condition]
    if same:
        return same[0]
    return mine[0] if not condition and len(mine) == 1 else None
