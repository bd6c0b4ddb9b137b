"""What a lab.toml asks of live: which metrics, which processed signals, and the analysis that makes them."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from groundup.analysis.wiring import steps_of
from groundup.lab.errors import nearest
from groundup.lab.tables import Lab, LabError, LabLive
from groundup.live.engine.engine import LiveAnalysis
from groundup.model.streams import StreamSpec
from groundup.plugin.chosen import flaws, metric_with
from groundup.plugin.manager import plugins
from groundup.plugin.metric import Metric
from groundup.plugin.stage import SignalForm


def live_metrics(lab: Lab, names: Iterable[str] = ()) -> list[Metric]:
    """The metrics that lab.toml wants live, or those that are named.

    Raises
    ------
    LabError
        If one is not installed, or what ``[metrics.NAME]`` chooses is none of it.
    """
    installed = plugins().metrics
    chosen = list(names) or lab.live.metrics
    for name in chosen:
        if name not in installed:
            hint = nearest(name, sorted(installed)) or "; groundup metrics lists those that are installed"
            raise LabError(f'{lab.where}: [live] metrics names "{name}", which no installed plugin measures{hint}')
    wrong = next(flaws("metrics", lab.metrics, (loaded.item for loaded in installed.values()), lab.where), None)
    if wrong:
        raise LabError(wrong)
    return [metric_with(installed[name].item, lab.metrics, lab.where) for name in dict.fromkeys(chosen)]


def with_usual(lab: Lab) -> Lab:
    """The lab with the usual metrics where it lists none live: those that say themselves to be usual."""
    if lab.has_live:
        return lab
    usual = tuple(sorted(name for name, loaded in plugins().metrics.items() if loaded.item.usual))
    return msgspec.structs.replace(lab, live=LabLive(metrics=usual))


def live_analysis(
    streams: Mapping[str, StreamSpec], metrics: Sequence[Metric], lab: Lab | None, wait_s: float = math.inf
) -> LiveAnalysis:
    """The analysis of these streams with what is installed."""
    installed = plugins()
    return LiveAnalysis(
        streams,
        [loaded.item for loaded in installed.processors.values()],
        metrics,
        steps_of(lab.process if lab else ()),
        wait_s=wait_s,
        installed=[loaded.item for loaded in installed.metrics.values()],
    )


def published(lab: Lab, analysis: LiveAnalysis, strict: bool) -> dict[str, SignalForm]:
    """The processed signals that ``[live] publish`` lists.

    Raises
    ------
    LabError
        If no processor makes one of them (`strict`); but it is no mistake where its stream of lab.toml has not come.
    """
    made = {name: form for graph in analysis.graphs for name, form in graph.forms.items()}
    away = tuple(f"{stream}." for stream in lab.streams if stream not in analysis.streams)
    for name in lab.live.publish:
        if name not in made and strict and not name.startswith(away):
            hint = nearest(name, sorted(made)) or f"; there are: {', '.join(sorted(made)) or 'none'}"
            raise LabError(f'{lab.where}: [live] publish names "{name}", a signal that no processor makes{hint}')
    return {name: made[name] for name in lab.live.publish if name in made}


def greeting(found: Iterable[str], metrics: Sequence[Metric], forms: Iterable[str]) -> str:
    """One line for the person at the screen: what is listened to, and what comes of it."""
    what = (
        f"live: {', '.join(found)}; metrics: {', '.join(m.name for m in metrics) or 'none ([live] metrics lists none)'}"
    )
    signals = ", ".join(forms)
    return what + (f"; publishing {signals}" if signals else "")
