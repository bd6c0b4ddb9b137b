"""What a metric is compared with: a norm where all that must be the same is, and else none, with the reason."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import numpy as np

from groundup.analysis.signals import Signal
from groundup.body import Side
from groundup.plugin.metric import Metric
from groundup.plugin.norm import Condition, Norm
from groundup.plugin.processor import Processor

NO_NORM = "no norm"
_MADE = {"emg": "envelope", "raw_emg": "envelope", "grf": "grf", "cop": "grf", "step": "grf"}
_SIDES: dict[Side, str] = {"L": "muscles_left", "R": "muscles_right"}
_BLOCK = 100_000

Conditions = dict[str, Condition]
"""How the values of a metric were made in one recording: parameters, filters, normalisation, muscles of each leg."""


@dataclass(frozen=True)
class Compared:
    """What a metric is compared with in one recording.

    Attributes
    ----------
    name : str
        The people of the norm, or ``no norm``.
    low, high : float
        The norm's interval; NaN without one.
    n : int
        How many people it is of.
    source : str
    why : str
        Why there is none; empty when nobody knows a norm of this metric at all.
    """

    name: str = NO_NORM
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    source: str = ""
    why: str = ""

    def stored(self) -> dict[str, Any]:
        """As attribute of ``/metrics/<name>``: what is not known is left out."""
        return {k: v for k, v in asdict(self).items() if v != "" and v != 0 and v == v}


def compared_from(stored: Any) -> Compared:
    """What `Compared.stored` had written; nothing where nothing is known."""
    known = stored if isinstance(stored, dict) else {}
    return Compared(**{key: value for key, value in known.items() if key in Compared.__dataclass_fields__})


def compared_with(metric: str, norms: Iterable[Norm], conditions: Mapping[str, Condition]) -> Compared:
    """The first norm of a metric that may be held against values made under these conditions.

    Parameters
    ----------
    metric : str
    norms : iterable of Norm
        All that are installed.
    conditions : mapping
        As `conditions_of` gives them.
    """
    why = []
    for norm in norms:
        if norm.metric == metric:
            differs = difference(norm, conditions)
            if not differs:
                return Compared(f"{norm.people}, n = {norm.n}", norm.low, norm.high, norm.n, norm.source)
            why.append(f"that of {norm.people} (n = {norm.n}) {differs}")
    return Compared(why="; ".join(why))


def difference(norm: Norm, conditions: Mapping[str, Condition]) -> str:
    """What is not the same, as the end of a sentence; empty when all is."""
    for key, wanted in norm.conditions.items():
        if key not in conditions:
            return f"was made with {_said(key, wanted)}, which is not known here"
        if not _same(conditions[key], wanted):
            return f"was made with {_said(key, wanted)}, this with {_said(key, conditions[key])}"
    if not norm.muscles:
        return ""
    sides = [str(conditions[key]).split(", ") for key in _SIDES.values() if conditions.get(key)]
    if not sides:
        return "is of EMG, and no muscle is known here"
    for mine in sides:
        other = sorted(norm.muscles.symmetric_difference(mine))
        if other:
            more = f" and {len(other) - 3} more" if len(other) > 3 else ""
            return f"is of {len(norm.muscles)} muscles a leg, and others were recorded ({', '.join(other[:3])}{more})"
    return ""


def conditions_of(
    metrics: Sequence[Metric],
    signals: Sequence[Signal],
    makers: Mapping[str, Processor],
    normalisations: Mapping[str, str],
    causal: bool,
) -> dict[str, Conditions]:
    """Under what conditions each metric was measured in one recording.

    Parameters
    ----------
    metrics : sequence of Metric
    signals : sequence of Signal
        Processed ones.
    makers : mapping of signal id to Processor
    normalisations : mapping of metric name to str
        What its EMG was given over.
    causal : bool
        Whether it was computed as live does.

    Returns
    -------
    dict
        Name of the metric to `Conditions`.
    """
    sites = _recorded(signals)
    filters = {kind: _filters(kind, signals, makers) for kind in set(_MADE.values())}
    found = {}
    for metric in metrics:
        mine: Conditions = dict(metric.parameters)
        if metric.name in normalisations:
            mine["normalisation"] = normalisations[metric.name]
        for kind in sorted({_MADE[need.what] for need in metric.needs if need.what in _MADE}):
            mine |= filters[kind]
        asked = [need.sites for need in metric.needs if need.what in ("emg", "raw_emg")]
        if asked:
            mine["lag"] = "causal" if causal else "zero"
            for side, key in _SIDES.items():
                there = {site for wanted in asked for site in sites[side] if not wanted or site in wanted}
                if there:
                    mine[key] = ", ".join(sorted(there))
        found[metric.name] = mine
    return found


def _recorded(signals: Sequence[Signal]) -> dict[Side, set[str]]:
    """Muscles of each leg with an envelope that has any value."""
    found: dict[Side, set[str]] = {side: set() for side in _SIDES}
    for signal in signals:
        if signal.kind == "envelope":
            for index, channel in enumerate(signal.channels):
                if channel.site and channel.side in found and _any_value(signal, index):
                    found[channel.side].add(channel.site)
    return found


def _any_value(signal: Signal, column: int) -> bool:
    """Block by block: the first tells, and an hour need not be read."""
    blocks = range(0, len(signal.time), _BLOCK)
    return any(bool(np.isfinite(signal.samples[i : i + _BLOCK, column]).any()) for i in blocks)


def _filters(kind: str, signals: Sequence[Signal], makers: Mapping[str, Processor]) -> Conditions:
    """Parameters of the processors that made the signals of a kind."""
    found: Conditions = {}
    for signal in signals:
        maker = makers.get(signal.id)
        if signal.kind != kind or maker is None:
            continue
        for key, value in msgspec.to_builtins(maker.settings).items():
            name = f"{maker.name}.{key}"
            plain = value if isinstance(value, int | float | str) or value is None else str(value)
            found[name] = plain if name not in found or found[name] == plain else "not the same in all signals"
    return found


def _same(one: Condition, other: Condition) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


def _said(key: str, value: Condition) -> str:
    number = f"{value:g}" if isinstance(value, int | float) else "none" if value is None else f"{value!r}"
    return f"{key} {number}"
