"""``analyze --spread``: each metric by every published choice of method, one changed at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundup.analysis.metrics.input_signals import input_signals
from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import AnalysisResult, ProcessStep
from groundup.analysis.profile import circular
from groundup.analysis.profile.method_spread import ByMethod, MethodSpread, method_spread
from groundup.analysis.profile.norms import Compared
from groundup.analysis.profile.spread import spread
from groundup.model.signals import Signal
from groundup.model.status import OK
from groundup.plugin.manager import Plugins
from groundup.plugin.metric import Metric
from groundup.plugin.need import Normalisation
from groundup.plugin.published_choices import PublishedChoice, PublishedValue

Run = Callable[[Sequence[Metric], Sequence[ProcessStep]], AnalysisResult]
"""An analysis of the recording: these metrics, by these steps."""


@dataclass(frozen=True)
class Variant:
    """One choice: the steps and the metrics with it."""

    name: str
    source: str
    steps: tuple[ProcessStep, ...]
    metrics: tuple[Metric, ...]
    reprocess: bool


def spread_of_methods(
    run: Run,
    base: AnalysisResult,
    signals: Sequence[Signal],
    metrics: Sequence[Metric],
    steps: Sequence[ProcessStep],
    choices: Sequence[PublishedChoice],
    installed: Plugins,
    compared: Mapping[str, Sequence[Compared]],
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, MethodSpread]:
    """The median of each metric under each choice that changes it.

    Of a choice only those metrics are computed that stand on a signal or an event which it changes.

    Parameters
    ----------
    run : callable
    base : AnalysisResult
        By the lab's own choices.
    signals : sequence of Signal
        The raw ones.
    metrics : sequence of Metric
    steps : sequence of ProcessStep
        The lab's own.
    choices : sequence of PublishedChoice
    installed : Plugins
    compared : mapping of metric name to sequence of Compared
        What the values by the lab's own choices are held against.
    progress : callable
    """
    own = _medians(base.rows, metrics)
    found: dict[str, list[ByMethod]] = {}
    variants = list(_variants(metrics, steps, choices, installed))
    for number, variant in enumerate(variants):
        affected = variant.metrics
        if variant.reprocess:
            made = run((), variant.steps)
            affected = tuple(metric for metric in variant.metrics if _stands_on(metric, base, made, signals))
        if affected:
            changed = _medians(run(affected, variant.steps).rows, affected)
            for metric in affected:
                median, values = changed[metric.name]
                if values and (median, values) != own[metric.name]:
                    found.setdefault(metric.name, []).append(ByMethod(variant.name, variant.source, median, values))
        progress((number + 1) / len(variants))
    rows = _by_name(base.rows)
    return {
        metric.name: method_spread(
            metric.name, metric.unit, own[metric.name][0], found[metric.name],
            spread(rows[metric.name], metric.circular), compared.get(metric.name, ()), metric.circular,
        )
        for metric in metrics
        if metric.name in found and own[metric.name][1]
    }  # fmt: skip


def _variants(
    metrics: Sequence[Metric], steps: Sequence[ProcessStep], choices: Sequence[PublishedChoice], installed: Plugins
) -> Iterator[Variant]:
    for choice in choices:
        for value in choice.values:
            name = f"{choice.name} {value.value:g} {choice.unit}" if choice.unit else f"{choice.name} {value.value}"
            if choice.normalisation:
                mine = tuple(_normalised(metric, value) for metric in metrics if _compares_shapes(metric))
                yield Variant(name, value.source, tuple(steps), mine, False)
            elif choice.processor in installed.processors:
                accepts = installed.processors[choice.processor].item.accepts
                yield Variant(name, value.source, _with(steps, choice, value, accepts), tuple(metrics), True)


def _with(
    steps: Sequence[ProcessStep], choice: PublishedChoice, value: PublishedValue, accepts: str
) -> tuple[ProcessStep, ...]:
    """The lab's steps with one key changed; a processor that has none runs on all that it accepts, as by default."""
    if all(step.processor != choice.processor for step in steps):
        return (*steps, ProcessStep(choice.processor, accepts, parameters={choice.key: value.value}))
    return tuple(
        replace(step, parameters={**step.parameters, choice.key: value.value})
        if step.processor == choice.processor
        else step
        for step in steps
    )


def _compares_shapes(metric: Metric) -> bool:
    """Whether it is of envelopes over each muscle's own peak: of others another normalisation is another quantity."""
    return any(need.normalise_by == "peak" for need in metric.needs)


def _normalised(metric: Metric, value: PublishedValue) -> Metric:
    by: Normalisation = "mvic" if value.value == "mvic" else "peak"
    needs = (replace(need, normalise_by=by) if need.normalise_by else need for need in metric.needs)
    return replace(metric, needs=tuple(needs))


def _stands_on(metric: Metric, base: AnalysisResult, made: AnalysisResult, raw: Sequence[Signal]) -> bool:
    """Whether a metric stands on anything that two analyses do not share."""
    if (base.stances, base.rises) != (made.stances, made.rises) or repr(base.strides) != repr(made.strides):
        return True
    if metric.needs and any(need.what == "events" for need in metric.needs) and base.events != made.events:
        return True
    before = {signal.id: id(signal.samples) for signal in base.signals}
    after = {signal.id: id(signal.samples) for signal in made.signals}
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return bool(changed.intersection(input_signals(metric, [*raw, *base.signals])))


def _by_name(rows: Sequence[MetricRow]) -> dict[str, list[MetricRow]]:
    found: dict[str, list[MetricRow]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row)
    return found


def _medians(rows: Sequence[MetricRow], metrics: Sequence[Metric]) -> dict[str, tuple[float, int]]:
    """Median and number of the values of each metric."""
    by_name = _by_name([row for row in rows if row.status == OK])
    found = {}
    for metric in metrics:
        values = [row.value for row in by_name.get(metric.name, ())]
        found[metric.name] = (float(circular.median(values, metric.circular)) if values else np.nan, len(values))
    return found
