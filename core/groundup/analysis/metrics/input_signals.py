"""Which signals the values of a metric stand on, as the file tells it."""

from collections.abc import Sequence

from groundup.analysis.wiring import REPLACES
from groundup.model.signals import Signal
from groundup.plugin.metric import Metric
from groundup.plugin.need import Need
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.need_match import asks_for
from groundup.plugin.stage import SignalForm

Known = Signal | SignalForm


def input_signals(metric: Metric, signals: Sequence[Known]) -> tuple[str, ...]:
    """Ids of the signals that what a metric needs can be cut from, without those that another stands in place of."""
    replaced = {one.attrs.get(REPLACES) for one in signals}
    every = [one for one in signals if one.id not in replaced]
    return tuple(dict.fromkeys(one.id for need in metric.needs for one in _of(need, every)))


def _of(need: Need, signals: Sequence[Known]) -> list[Known]:
    named = [one for one in signals if asks_for(need, one)]
    if named:
        return named
    kind = NEED_KINDS[need.what]
    for name in kind.of or kind.kept:
        found = [one for one in signals if one.kind == name and _has(one, need)]
        if found:
            return found
    return []


def _has(signal: Known, need: Need) -> bool:
    return not need.sites or bool(need.name) or any(channel.site in need.sites for channel in signal.channels)
