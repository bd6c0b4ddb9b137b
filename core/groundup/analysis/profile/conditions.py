"""How the values of each metric were made in one recording: what must be the same before two are compared."""

import re
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from groundup.analysis.replacement import REPLACES
from groundup.model.anatomy import Side
from groundup.model.signals import Signal
from groundup.plugin.metric import Metric
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.need_match import asks_for
from groundup.plugin.norm import Condition
from groundup.plugin.processor import Processor

MUSCLES: dict[Side, str] = {"L": "muscles_left", "R": "muscles_right"}
"""Under which condition the muscles of each leg are."""
_BLOCK = 100_000
_CLEANED = {what for what, kind in NEED_KINDS.items() if kind.of or kind.kept or what in ("signal", "stream")}

Conditions = dict[str, Condition]
"""How the values of a metric were made in one recording: parameters, filters, normalisation, muscles of each leg."""


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
    filters = {
        kind: _filters([s for s in signals if s.kind == kind], makers)
        for kind in {kind.made_by for kind in NEED_KINDS.values()} - {""}
    }
    found = {}
    for metric in metrics:
        mine: Conditions = dict(metric.parameters)
        if metric.name in normalisations:
            mine["normalisation"] = normalisations[metric.name]
        for kind in sorted({NEED_KINDS[need.what].made_by for need in metric.needs} - {""}):
            mine |= filters[kind]
        for need in metric.needs:
            if need.what == "signal":
                mine |= _filters([s for s in signals if asks_for(need, s)], makers)
        if any(need.what in _CLEANED for need in metric.needs):
            mine |= _filters([s for s in signals if REPLACES in s.attrs], makers)
        requested = [need.sites for need in metric.needs if need.what in ("emg", "raw_emg")]
        if requested:
            mine["lag"] = "causal" if causal else "zero"
            for side, key in MUSCLES.items():
                there = {
                    site
                    for sites_of_need in requested
                    for site in sites[side]
                    if not sites_of_need or site in sites_of_need
                }
                if there:
                    mine[key] = ", ".join(sorted(there))
        found[metric.name] = mine
    return found


def plain_condition(value: Condition) -> str:
    """A condition without the names of trials, which differ from day to day."""
    return re.sub(r" in '.*'$| of '.*'$", "", str(value)) if value is not None else "none"


def _recorded(signals: Sequence[Signal]) -> dict[Side, set[str]]:
    """Muscles of each leg with an envelope that has any value."""
    found: dict[Side, set[str]] = {side: set() for side in MUSCLES}
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


def _filters(signals: Sequence[Signal], makers: Mapping[str, Processor]) -> Conditions:
    """Parameters of the processors that made some signals."""
    found: Conditions = {}
    for signal in signals:
        maker = makers.get(signal.id)
        if maker is None:
            continue
        for key, value in msgspec.to_builtins(maker.settings).items():
            name = f"{maker.name}.{key}"
            plain = value if isinstance(value, int | float | str) or value is None else str(value)
            found[name] = plain if name not in found or found[name] == plain else "not the same in all signals"
    return found
