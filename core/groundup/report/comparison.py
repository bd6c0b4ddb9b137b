"""Before and after as one table: every metric once, the largest effect first, and what of it can be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundup.analysis.profile.detectable import SMALLER
from groundup.analysis.profile.differences import HIGHER, LOWER, SAME, Difference


@dataclass(frozen=True)
class Compared:
    """What a comparison says.

    Attributes
    ----------
    rows : sequence of Difference
        Those with an interval, by the size of their effect.
    not_compared : mapping of str to list of str
        Why a metric with values is not among them, to its name.
    silent : sequence of str
        Metrics without a value both times.
    by_chance : float
        How many of the rows would differ though nothing had changed.
    """

    rows: Sequence[Difference]
    not_compared: Mapping[str, list[str]]
    silent: Sequence[str]

    @property
    def by_chance(self) -> float:
        """One in twenty."""
        return 0.05 * len(self.rows)


def sorted_by_effect(differences: Sequence[Difference]) -> Compared:
    """Every metric of a comparison in its place."""
    rows = sorted((one for one in differences if one.compared), key=lambda one: -abs(one.effect))
    reasons: dict[str, list[str]] = {}
    for one in differences:
        if one.valued and not one.compared:
            reasons.setdefault(one.verdict.removeprefix("not compared, because "), []).append(one.metric)
    return Compared(rows, reasons, [one.metric for one in differences if not one.valued])


def seen(one: Difference) -> str:
    """What of a difference is said: ``higher``, ``lower``, ``same``, ``small`` (for this lab) or ``few``."""
    if not one.compared:
        return "few"
    if one.verdict in (HIGHER, LOWER) and one.told_apart == SMALLER:
        return "small"
    return {SAME: "same", HIGHER: "higher", LOWER: "lower"}[one.verdict]
