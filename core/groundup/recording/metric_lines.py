"""What was computed, a line for each metric; what was not, a line for each reason.

A metric for each muscle, in a recording without EMG, would fill two screens with one sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundup.model.anatomy import MUSCLES

_MOST_NAMES = 6


@dataclass(frozen=True)
class MetricCount:
    """Of one metric: its values, how many are computable, and why the others are not (said most often)."""

    values: int
    computable: int
    reason: str = ""


def metric_lines(metrics: Mapping[str, MetricCount]) -> list[str]:
    """Say what was computed and what was not.

    Parameters
    ----------
    metrics : mapping of name to MetricCount
        Those without a value are left out.

    Returns
    -------
    list of str
        Not indented. A metric of which any value is computable has a line of its own.
    """
    lines = [f"{name}: {m.computable} of {_values(m.values)} computable" for name, m in metrics.items() if m.computable]
    return lines + [f"not computable: {_names(names)}: {reason}" for reason, names in _unknown(metrics).items()]


def _unknown(metrics: Mapping[str, MetricCount]) -> dict[str, list[str]]:
    """Reason to the metrics that it keeps from having any value; those of a muscle each count as one."""
    reasons: dict[str, str] = {}
    for name, metric in metrics.items():
        if metric.values and not metric.computable:
            reasons.setdefault(_family(name), metric.reason)
    names: dict[str, list[str]] = {}
    for family, reason in reasons.items():
        names.setdefault(reason, []).append(family)
    return names


def _family(name: str) -> str:
    """The name, with the muscle left open in a metric of one muscle."""
    muscle = next((muscle for muscle in MUSCLES if f"_{muscle}" in name), None)
    return name if muscle is None else name.replace(muscle, "MUSCLE")


def _names(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_MOST_NAMES])} and {more} more"


def _values(number: int) -> str:
    return f"{number} value{'' if number == 1 else 's'}"
