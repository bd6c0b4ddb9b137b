"""The whole analysis, in memory: raw signals and markers in; processed signals, events and metric values out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from groundup.analysis.gait.contact_thresholds import unfit_thresholds
from groundup.analysis.gait.segmentation import Segmentation, segment_gait
from groundup.analysis.gait.stride_period import check_stride_periods
from groundup.analysis.gait.strides import trial_at
from groundup.analysis.metrics.above_mvic import above_the_greatest
from groundup.analysis.metrics.curves import MeanCurve, mean_curves
from groundup.analysis.metrics.measure import MetricRow, measure
from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.metrics.uncertain_contacts import noted, refused_stances
from groundup.analysis.metrics.unreliable_streams import UnreliableStreams
from groundup.analysis.plausibility import implausible
from groundup.analysis.plausibility.finding import Implausible
from groundup.analysis.processing import ProcessStep, process
from groundup.analysis.product_memory import ProductMemory
from groundup.analysis.sound_events import near, span_of
from groundup.analysis.spill import Spill
from groundup.analysis.sync_events.sync_event import SyncLag, find_sync
from groundup.model.events import Event, SitToStand, Stance, Stride, Trial
from groundup.model.signals import Signal
from groundup.model.subject import Subject
from groundup.plugin.gait_processor import Gait
from groundup.plugin.metric import Metric
from groundup.plugin.processor import Processor

__all__ = ["AnalysisResult", "ProcessStep", "run_pipeline"]


@dataclass(frozen=True)
class AnalysisResult:
    """What an analysis found.

    Attributes
    ----------
    signals : tuple of Signal
        Processed signals (the raw ones are not repeated).
    events : tuple of Event
        Contacts and markers in order of time, with sides and trials filled in where they are known.
    trials : tuple of Trial
    stances, strides, rises : tuples
        What the metrics were computed of.
    rows : tuple of MetricRow
        Values of all metrics; what is not computable is NaN with the reason in `MetricRow.reason`.
    makers : mapping of signal id to Processor
        What made each processed signal.
    notes : tuple of str
        What could not be processed or measured at all, and why; and streams whose stride periods disagree.
    sync : tuple of SyncLag
        Every stream's lag from a sync event, where it was asked for.
    normalisations : mapping of metric name to str
        What the EMG behind each metric was given over.
    causal : bool
        Whether it was computed as live does, by what had come before each moment.
    curves : tuple of MeanCurve
        Mean and SD of forces over the stance and envelopes over the stride; none where it is causal.
    """

    signals: tuple[Signal, ...] = ()
    events: tuple[Event, ...] = ()
    trials: tuple[Trial, ...] = ()
    stances: tuple[Stance, ...] = ()
    strides: tuple[Stride, ...] = ()
    rows: tuple[MetricRow, ...] = ()
    makers: Mapping[str, Processor] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sync: tuple[SyncLag, ...] = ()
    rises: tuple[SitToStand, ...] = ()
    normalisations: Mapping[str, str] = field(default_factory=dict)
    causal: bool = False
    curves: tuple[MeanCurve, ...] = ()


def run_pipeline(
    signals: Sequence[Signal],
    markers: Sequence[Event],
    subject: Subject,
    processors: Sequence[type[Processor]],
    metrics: Sequence[Metric],
    steps: Sequence[ProcessStep] = (),
    trials: Sequence[Trial] = (),
    sync_event: bool = False,
    progress: Callable[[float], None] = lambda share: None,
    spill: Spill | None = None,
    curves: bool = False,
    apart: bool = False,
    memory: ProductMemory | None = None,
) -> AnalysisResult:
    """Process signals, find events, cut stances and strides, and compute metrics.

    Parameters
    ----------
    signals : sequence of Signal
        Raw signals on the lab clock.
    markers : sequence of Event
        Events that were recorded or came with the file.
    subject : Subject
    processors : sequence of Processor classes
    metrics : sequence of Metric
    steps : sequence of ProcessStep
        ``[[process]]`` of lab.toml; a processor without a step of its own runs by default.
    trials : sequence of Trial
        With none, the whole recording is what metrics of a trial describe.
    sync_event : bool
        Look for an event that the sensors share. The lags it shows are told, and nothing is corrected.
    progress : callable
        Told the share that is done, 0 to 1.
    spill : Spill, optional
        Keeps processed signals on disk, where they are long.
    curves : bool
        Whether mean curves over stances and strides are wanted, too.
    apart : bool
        Whether metrics are computed in a process of their own.
    memory : ProductMemory, optional
        What processors have made of the same signals before.

    Returns
    -------
    AnalysisResult
        Nothing that a plugin raises leaves this function: it is in the notes or in the row's reason.
    """
    release = spill.release if spill is not None else lambda: None
    processed = process(signals, processors, steps, spill, memory)
    progress(0.5)
    disagreements = check_stride_periods(signals, markers)
    sync = find_sync(signals) if sync_event else ()
    progress(0.7)
    everything = processed.in_force(signals)
    markers, far = near(markers, span_of(signals))
    events = [*processed.events, *markers]
    cuts, wrong = _segment(events, everything, trials, subject, release)
    gait = Gait(everything, cuts.stances, cuts.strides, subject)
    everything = [*everything, *processed.with_steps(gait, spill, memory)]
    resolver = Resolver(
        everything, cuts.stances, cuts.strides, cuts.walks, subject, cuts.rises, trials,
        release=release, events=cuts.events, missing=processed.missing,
    )  # fmt: skip
    unreliable = UnreliableStreams(disagreements, everything, cuts.events, wrong)
    rows, unmeasured = measure(
        metrics, resolver, trials or _whole(signals), release, unreliable.about, unreliable.unobserved, apart
    )
    rows += refused_stances(metrics, cuts.uncertain_contacts, trials)
    notes = [
        *far,
        *processed.notes,
        *noted(cuts.uncertain_contacts, cuts.events),
        *unfit_thresholds(cuts.events, everything),
    ]
    notes += [*(str(found) for found in disagreements), *(found.reason for found in wrong)]
    normalisations = {
        m.name: resolver.normalisation(need.normalise_by) for m in metrics for need in m.needs if need.normalise_by
    }
    progress(1.0)
    return AnalysisResult(
        signals=tuple(processed.signals),
        events=tuple(sorted([*cuts.events, *_sync_events(sync, trials)])),
        trials=tuple(trials),
        stances=cuts.stances,
        strides=cuts.strides,
        rows=tuple(rows),
        makers=processed.makers,
        notes=tuple(notes + unmeasured + above_the_greatest(rows, normalisations)),
        sync=sync,
        rises=cuts.rises,
        curves=tuple(mean_curves(resolver, release)) if curves else (),
        normalisations=normalisations,
    )


def _segment(
    events: Sequence[Event],
    signals: Sequence[Signal],
    trials: Sequence[Trial],
    subject: Subject,
    release: Callable[[], None],
) -> tuple[Segmentation, tuple[Implausible, ...]]:
    """Cut gait twice: by all contacts, which show a wrong unit, then by those that can be believed."""
    cuts = segment_gait(events, signals, trials)
    # By all contacts, whole or not: where all seem bad, a unit may be.
    wrong = implausible(signals, cuts.stances, cuts.strides, subject, release)
    what = {one.what for one in wrong}
    if not what & {"force", "moment"}:
        mass_kg = math.nan if "mass" in what else subject.mass_kg
        cuts = segment_gait(events, signals, trials, weighed=True, mass_kg=mass_kg)
    return cuts, wrong


def _sync_events(sync: Sequence[SyncLag], trials: Sequence[Trial]) -> list[Event]:
    """Each shared event as each stream has it."""
    return [
        Event(time, "sync", source=lag.stream, trial=trial_at(trials, time, time)) for lag in sync for time in lag.times
    ]


def _whole(signals: Sequence[Signal]) -> list[Trial]:
    """The time that all signals cover, as one trial without a name."""
    spans = [(float(s.time[0]), float(s.time[-1])) for s in signals if len(s.time)]
    if not spans:
        return []
    t0, t1 = max(a for a, _ in spans), min(b for _, b in spans)
    return [Trial(t0, t1)] if t1 > t0 else []
