"""Analysis of a sealed recording with the plugins that are installed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from groundup.analysis.metrics.declared_speed import declared_speed
from groundup.analysis.metrics.input_signals import input_signals
from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import AnalysisResult
from groundup.analysis.profile.circumstances import SPEED, circumstances_of
from groundup.analysis.profile.conditions import Conditions, conditions_of
from groundup.analysis.profile.detectable import Detectable, detectable_from
from groundup.analysis.profile.method_spread import MethodSpread, method_spread_from
from groundup.analysis.profile.norms import (
    Compared,
    anywhere,
    as_measured,
    compared_from,
    compared_with,
    methods_of,
    to_store,
)
from groundup.analysis.profile.strategy_profile import Profile, strategy_profile
from groundup.analysis.wiring import steps_of
from groundup.lab.errors import nearest
from groundup.lab.tables import Lab, LabError
from groundup.live.causal import run_causal_pipeline
from groundup.lsl.versions import software
from groundup.model.signals import known_of
from groundup.model.subject import Subject
from groundup.plugin.chosen import flaws, metric_with
from groundup.plugin.manager import Loaded, Plugins, plugins
from groundup.plugin.metric import Metric
from groundup.plugin.norm import Norm
from groundup.plugin.published_choices import installed_choices
from groundup.plugin.stage import SignalForm
from groundup.recording import Recording
from groundup.recording.results import MetricOrigin, Provenance, SignalOrigin, write_results
from groundup.recording.tables import METRICS
from groundup.sources.open_source import source_of_recording
from groundup.workflows.analysis_settings import AnalysisSettings, chosen_settings, lab_of, of_recording, stored
from groundup.workflows.computing import Computing
from groundup.workflows.held_against import HeldAgainst, held_against, told_apart
from groundup.workflows.method_spread import spread_of_methods

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Analysis:
    """What an analysis found, the strategy profile made of it, when the recording began (s on the lab clock).

    `spreads` is by metric how far it depends on published choices of method; empty where that was not asked for.
    """

    result: AnalysisResult
    profile: Profile
    origin: float
    spreads: Mapping[str, MethodSpread] = field(default_factory=dict)


Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""

_COMPUTED = 0.8  # of the work, when only the writing is left


class UnknownMetricError(ValueError):
    """A metric that no installed plugin offers."""


def analyze(
    path: Path,
    metrics: Sequence[str] = (),
    sync_event: bool = False,
    progress: Progress = lambda share: None,
    causal: bool = False,
    lab: Lab | None = None,
    options: Sequence[str] = (),
    norms: Sequence[Path] = (),
    reliability: Path | None = None,
    by_methods: bool = False,
) -> Analysis:
    """Analyse a recording and write the results into it.

    Parameters
    ----------
    path : Path
    metrics : sequence of str
        Names of the metrics to compute; empty means all that are installed.
    sync_event : bool
        Look for an event that the sensors share, and store the lags it shows; nothing is corrected.
    progress : callable
    causal : bool
        As ``groundup live`` does: every signal, event and value by what had come before it.
    lab : Lab, optional
        Its ``[[process]]`` and ``[metrics.NAME]`` in place of those of the recording's lab.toml.
    options : sequence of str
        ``NAME.KEY=VALUE`` each, over ``[metrics.NAME]``.
    norms : sequence of Path
        Files of ``groundup norms build``, before all other norms.
    reliability : Path, optional
        A file of ``groundup reliability``, in place of that of lab.toml.
    by_methods : bool
        Compute each metric by every published choice of method, too, and store how far it depends on these.

    Raises
    ------
    LabError
        If `lab` or `options` tell what no installed plugin knows.
    UnknownMetricError
        If one of the names is not installed.
    RecordingError
        If `path` is no recording.
    """
    installed = plugins()
    find_metrics(installed, metrics)  # a name that is misspelt is said before any file is opened
    with Recording(path) as recording:
        against = held_against(recording, installed, lab, norms, reliability)
        chosen = find_metrics(installed, metrics, against.norms)
        other = chosen_settings(recording, lab, options)
        settings = other or of_recording(recording)
        chosen, wrong = configured(installed, chosen, settings)
        if other is not None and wrong:
            raise LabError(wrong[0])
        computing = None if causal else Computing(recording, installed, remember=by_methods)
        share_of_one = _COMPUTED / 4 if by_methods else _COMPUTED
        items = [loaded.item for loaded in chosen]

        def tell(share: float) -> None:
            progress(share_of_one * share)

        if computing is None:
            result = _compute_causally(recording, installed, chosen, settings, tell)
        else:
            result = computing.run(items, steps_of(settings.process), tell, sync_event, curves=True)
        origin, subject = recording.clock_origin, recording.participant
        raw = raw_forms(recording)
        result = replace(result, notes=(*result.notes, *wrong, *against.notes))
        provenance = _provenance(installed, chosen, result, subject, raw, against)
        compared = {name: compared_from(origin.norm) for name, origin in provenance.metrics.items()}
        spreads: dict[str, MethodSpread] = {}
        if by_methods and computing is not None:
            spreads = spread_of_methods(
                computing.run, result, computing.signals, items, steps_of(settings.process), installed_choices(),
                installed, compared, lambda share: progress(share_of_one + (_COMPUTED - share_of_one) * share),
            )  # fmt: skip
            provenance = _with_spreads(provenance, spreads)
    if other is not None:
        provenance = replace(provenance, lab=msgspec.to_builtins(other))
    write_results(path, result, provenance)
    progress(1.0)
    apart = {name: one for name, of in provenance.metrics.items() if (one := detectable_from(of.reliability))}
    profile = strategy_profile(result.rows, items, compared, origin, apart, spreads)
    return Analysis(result, profile, origin, spreads)


def _with_spreads(provenance: Provenance, spreads: Mapping[str, MethodSpread]) -> Provenance:
    """The same, with how far each metric depends on published choices of method."""
    metrics = {
        name: replace(origin, method_spread=spreads[name].stored()) if name in spreads else origin
        for name, origin in provenance.metrics.items()
    }
    return replace(provenance, metrics=metrics)


def store(path: Path, result: AnalysisResult, metrics: Sequence[str]) -> Provenance:
    """Write a result into a recording, with where everything in it is from, and what it is compared with."""
    installed = plugins()
    with Recording(path) as recording:
        subject, raw = recording.participant, raw_forms(recording)
        against = held_against(recording, installed)
    chosen = [installed.metrics[name] for name in metrics]
    provenance = _provenance(installed, chosen, result, subject, raw, against)
    write_results(path, result, provenance)
    return provenance


def recompute(recording: Recording, progress: Progress = lambda share: None) -> AnalysisResult:
    """Compute again what a recording holds, from its raw data; those of its metrics that are installed.

    Parameters
    ----------
    recording : Recording
    progress : callable
    """
    installed = plugins()
    chosen = [loaded for name, loaded in installed.metrics.items() if name in recording.metrics]
    settings = stored(recording)
    chosen, _ = configured(installed, chosen, settings)
    if recording.causal:
        return _compute_causally(recording, installed, chosen, settings, progress)
    return compute(recording, installed, chosen, settings, progress, len(recording.sync_events) > 0)


def configured(
    installed: Plugins, chosen: Sequence[Loaded[Metric]], settings: AnalysisSettings
) -> tuple[list[Loaded[Metric]], list[str]]:
    """Metrics with what was chosen for them; those it does not fit keep their defaults, and a sentence says so."""
    every = [loaded.item for loaded in installed.metrics.values()]
    wrong = list(flaws("metrics", settings.metrics, every, settings.where, settings.options))
    found = []
    for loaded in chosen:
        with suppress(LabError):
            loaded = replace(loaded, item=metric_with(loaded.item, settings.metrics, settings.where))
        found.append(loaded)
    return found, wrong


def _compute_causally(
    recording: Recording,
    installed: Plugins,
    chosen: Sequence[Loaded[Metric]],
    settings: AnalysisSettings,
    progress: Progress,
) -> AnalysisResult:
    source = source_of_recording(recording)
    lab = msgspec.structs.replace(lab_of(recording) or Lab(text=""), process=settings.process)
    return run_causal_pipeline(source, lab, [loaded.item for loaded in chosen], progress, apart=True)


def compute(
    recording: Recording,
    installed: Plugins,
    chosen: Sequence[Loaded[Metric]],
    settings: AnalysisSettings,
    progress: Progress = lambda share: None,
    sync_event: bool = False,
    scratch: Path | None = None,
) -> AnalysisResult:
    """What an analysis by these settings gives; nothing is written but long signals, into `scratch`, for its time.

    Where that is not told, it is the folder of the recording.
    """
    return Computing(recording, installed, scratch=scratch).run(
        [loaded.item for loaded in chosen], steps_of(settings.process), progress, sync_event, curves=True
    )


def stored_profile(recording: Recording) -> Profile:
    """The strategy profile of the metric values that a recording holds."""
    norms = {name: compared_from(table.attrs.get("norm")) for name, table in recording.metrics.items()}
    metrics = [loaded.item for loaded in plugins().metrics.values()]
    spreads = {name: method_spread_from(table.attrs.get("method_spread")) for name, table in recording.metrics.items()}
    return strategy_profile(
        stored_rows(recording),
        metrics,
        norms,
        recording.clock_origin,
        stored_detectable(recording),
        {name: one for name, one in spreads.items() if one is not None},
    )


def stored_detectable(recording: Recording) -> dict[str, Detectable]:
    """By metric, which change between two sessions its lab can tell apart, as a recording holds it."""
    found = {name: detectable_from(table.attrs.get("reliability")) for name, table in recording.metrics.items()}
    return {name: one for name, one in found.items() if one is not None}


def stored_rows(recording: Recording) -> list[MetricRow]:
    """The metric values that a recording holds."""
    return [row for name, table in recording.metrics.items() for row in rows_of(name, table)]


def rows_of(name: str, table: "pd.DataFrame") -> list[MetricRow]:
    """The values of one metric; columns that are not known here are left out."""
    return [MetricRow(name, **{str(k): v for k, v in row.items()}) for row in table[[*METRICS]].to_dict("records")]


def what_live_is_compared_with(metrics: Sequence[Metric]) -> dict[str, Compared]:
    """Norms of metrics for values that come live: those that depend on nothing but the metric's own parameters."""
    installed = plugins()
    norms = as_measured(installed.norms.values(), installed.metrics)
    conditions = conditions_of(metrics, (), {}, {}, causal=True)
    return {metric.name: anywhere(metric.name, norms, conditions[metric.name]) for metric in metrics}


def find_metrics(installed: Plugins, names: Sequence[str], norms: Sequence[Loaded[Norm]] = ()) -> list[Loaded[Metric]]:
    """Installed metrics by name, with those that their norms need; all of them where none is named.

    Raises
    ------
    UnknownMetricError
    """
    unknown = [name for name in names if name not in installed.metrics]
    if unknown:
        instead = nearest(unknown[0], installed.metrics)
        raise UnknownMetricError(f"no installed plugin measures {unknown[0]!r}{instead} See: groundup metrics")
    needed = _with_what_norms_need(norms or list(installed.norms.values()), names)
    return [loaded for name, loaded in installed.metrics.items() if not names or name in needed]


def _with_what_norms_need(known: Sequence[Loaded[Norm]], names: Sequence[str]) -> set[str]:
    """These metrics, those by which the people of their norms were measured, and the speed where a norm is by it."""
    norms = [loaded.item for loaded in known]
    by_speed = any(norm.by_speed and norm.metric in names for norm in norms)
    return {*names, *methods_of(names, norms), *([SPEED] if by_speed else [])}


def raw_forms(recording: Recording) -> list[SignalForm]:
    """The raw streams, without their samples."""
    specs = {stream.id: stream.spec for stream in recording.streams.values() if stream.spec.raw}
    return [SignalForm(id_, spec.kind, spec.channels, spec.rate, attrs=known_of(spec)) for id_, spec in specs.items()]


def plugin_of(loaded: Loaded[Metric]) -> str:
    """Which plugin a metric is of, as it is stored: distribution and entry point."""
    return f"{loaded.origin.distribution}:{loaded.origin.entry_point}"


def parameters_of(
    metric: Metric, result: AnalysisResult, subject: Subject, raw: Sequence[SignalForm]
) -> dict[str, float | str]:
    """By what a metric's values in a result were computed: its own parameters, and what of the recording they ask for.

    Parameters
    ----------
    metric : Metric
    result : AnalysisResult
    subject : Subject
    raw : sequence of SignalForm
        As `raw_forms` gives them.
    """
    return metric.parameters | _normalisation(metric, result) | declared_speed(metric, subject.treadmill, raw)


def _normalisation(metric: Metric, result: AnalysisResult) -> dict[str, float | str]:
    """Which of the ways to normalise EMG this recording had."""
    normalisation = result.normalisations.get(metric.name)
    return {"normalisation": normalisation} if normalisation else {}


def _compared(
    installed: Plugins,
    metrics: Sequence[Metric],
    conditions: Mapping[str, Conditions],
    result: AnalysisResult,
    subject: Subject,
    against: HeldAgainst,
) -> dict[str, tuple[Compared, ...]]:
    """What each metric is compared with, in each kind of trial."""
    norms = as_measured(against.norms, installed.metrics)
    rows: dict[str, list[MetricRow]] = {}
    for row in result.rows:
        rows.setdefault(row.name, []).append(row)
    known = circumstances_of(result.trials, result.strides, result.stances, rows.get(SPEED, ()), subject, against.sex)
    return {metric.name: compared_with(metric, norms, conditions, rows, known) for metric in metrics}


def _provenance(
    installed: Plugins,
    chosen: Sequence[Loaded[Metric]],
    result: AnalysisResult,
    subject: Subject,
    raw: Sequence[SignalForm],
    against: HeldAgainst,
) -> Provenance:
    items = [loaded.item for loaded in chosen]
    conditions = conditions_of(items, result.signals, result.makers, result.normalisations, result.causal)
    compared = _compared(installed, items, conditions, result, subject, against)
    apart = told_apart(against.detectable, result.rows, result.trials, {item.name: item.unit for item in items})
    metrics = {
        loaded.item.name: MetricOrigin(
            method=loaded.item.definition,
            plugin=plugin_of(loaded),
            version=loaded.origin.version,
            parameters=parameters_of(loaded.item, result, subject, raw),
            inputs=tuple(str(need) for need in loaded.item.needs),
            signals=input_signals(loaded.item, [*raw, *result.signals]),
            source=loaded.item.reference,
            conditions=conditions[loaded.item.name],
            norm=to_store(compared[loaded.item.name]),
            circular=loaded.item.circular,
            reliability=apart[loaded.item.name].stored() if loaded.item.name in apart else None,
        )
        for loaded in chosen
    }
    signals = {}
    for name, processor in result.makers.items():
        origin = installed.processors[processor.name].origin
        parameters: dict[str, Any] = msgspec.to_builtins(processor.settings)
        plugin = f"{origin.distribution}:{origin.entry_point}"
        signals[name] = SignalOrigin(plugin, origin.version, parameters)
    return Provenance(metrics, signals, software())
