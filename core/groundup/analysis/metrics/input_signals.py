"""Which signals the values of a metric stand on, as the file tells it."""

from collections.abc import Sequence

from groundup.analysis.metrics.joint_outputs import is_sagittal
from groundup.analysis.replacement import in_force
from groundup.model.signals import Signal
from groundup.plugin.metric import Metric
from groundup.plugin.need import Need
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.need_match import asks_for
from groundup.plugin.stage import SignalForm

Known = Signal | SignalForm


def input_signals(metric: Metric, signals: Sequence[Known]) -> tuple[str, ...]:
    """Ids of the signals that what a metric needs can be cut from, without channels that others stand in place of."""
    every = in_force(one if isinstance(one, SignalForm) else SignalForm.of(one) for one in signals)
    return tuple(dict.fromkeys(one.id for need in metric.needs for one in _of(need, every)))


def _of(need: Need, signals: Sequence[SignalForm]) -> list[SignalForm]:
    named = [one for one in signals if asks_for(need, one)]
    if named:
        return named
    kind = NEED_KINDS[need.what]
    for name in kind.of or kind.kept:
        found = [one for one in signals if one.kind == name and _has(one, need)]
        if found and need.what == "joint":  # what lab.toml asks to be computed comes before what was recorded
            found = [one for one in found if not is_sagittal(one)] or found
            return [one for one in found if one.inputs] or found
        if found:
            return found
    return []


def _has(signal: SignalForm, need: Need) -> bool:
    return not need.sites or bool(need.name) or any(channel.site in need.sites for channel in signal.channels)
