"""One job of measuring: what has just been completed, with all that its metrics may need.

A job stands by itself, so that it can be sent to another process, and to the next one if that process dies. What is
remembered from job to job is how large each muscle's EMG has been (`groundup.live.metrics.live_emg_normalisation`).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundup.analysis.gait.walking_bouts import WalkingBout
from groundup.analysis.metrics.measure import MetricRow, by_scope, cases, refused, row_of
from groundup.analysis.metrics.needs import Resolver, Stretch
from groundup.analysis.metrics.unreliable_streams import UnreliableStreams
from groundup.analysis.plausibility import implausible_steps
from groundup.live.metrics.live_emg_normalisation import LiveNormaliser
from groundup.model.anatomy import Side
from groundup.model.events import Event, SitToStand, Stance, Stride, Trial
from groundup.model.signals import Signal
from groundup.model.subject import Subject
from groundup.plugin.failure import fault_of
from groundup.plugin.gait_processor import Gait, GaitProcessor
from groundup.plugin.metric import Metric
from groundup.plugin.need import Need
from groundup.plugin.not_computable import NotComputableError

_LATE = "a rise is told seconds after it ended, and the last may come after the trial; groundup analyze has them all"
_TWO = "it compares two trials, and the first is not kept until the second is over; groundup analyze has both"
_LOST = "the trial lasts longer than strides are kept live; groundup analyze has them all"


@dataclass(frozen=True)
class Job:
    """Stretches of time to measure.

    Attributes
    ----------
    stretches : tuple
        Strides, stances, rises and trials that have been completed.
    signals : tuple of Signal
        Raw and processed, cut to what the stretches need.
    stances : tuple of Stance
        Of all feet, for the forces under each.
    strides : tuple of Stride
        Of the stretches' time, for what is said of a trial by its strides.
    walks : tuple of WalkingBout
    since : float
        What was before is not kept any more.
    refused : tuple of (Stance, str)
        Contacts in doubt, and why no metric of a stance uses them.
    events : tuple of Event
        Of the stretches' time, where a metric asks for any.
    known_events : frozenset of str
        Kinds that were found until now.
    later : tuple of (GaitProcessor, str)
        Processors that wait for the contacts, and the id of the signal that each takes.
    """

    stretches: tuple[Stretch, ...]
    signals: tuple[Signal, ...] = ()
    stances: tuple[Stance, ...] = ()
    strides: tuple[Stride, ...] = ()
    walks: tuple[WalkingBout, ...] = ()
    since: float = -math.inf
    refused: tuple[tuple[Stance, str], ...] = ()
    events: tuple[Event, ...] = ()
    known_events: frozenset[str] = frozenset()
    later: tuple[tuple[GaitProcessor, str], ...] = ()

    def with_steps(self, subject: Subject) -> tuple[tuple[Signal, ...], dict[str, str]]:
        """Its signals with those that are made of the steps; and of a kind that could not be made, why."""
        gait = Gait(self.signals, self.stances, self.strides, subject)
        made, missing = list(self.signals), dict[str, str]()
        for processor, taken in self.later:
            for signal in self.signals:
                if signal.id == taken and len(signal.time):
                    try:
                        made += processor.with_steps(signal, gait).signals
                    except NotComputableError as reason:
                        missing.setdefault(processor.makes, str(reason))
                    except Exception as error:  # a plugin's own fault stays its own
                        missing.setdefault(processor.makes, f"{processor.name} failed: {fault_of(error)}")
        return tuple(made), missing


def places(metrics: Sequence[Metric], job: Job) -> list[tuple[Stretch, Metric, Side]]:
    """The values of a job, in the order in which they are computed."""
    of = by_scope(metrics)
    every = [*job.stretches, *(stance for stance, _ in job.refused)]
    return [(stretch, metric, side) for stretch in every for metric, side in cases(of, stretch)]


def _not_live(metric: Metric, stretch: Stretch, since: float) -> str:
    """Why live cannot say a metric of a trial that `groundup analyze` can; empty when it can."""
    if any(need.what == "rises" for need in metric.needs):
        return _LATE
    if any(need.eyes for need in metric.needs):
        return _TWO
    kept = any(need.each or need.what == "events" for need in metric.needs)
    lost = kept and isinstance(stretch, Trial) and stretch.t0 < since
    return _LOST if lost else ""


@dataclass
class Measurer:
    """Measures one job after the other.

    Attributes
    ----------
    metrics : sequence of Metric
    subject : Subject
    """

    metrics: Sequence[Metric]
    subject: Subject
    _normaliser: LiveNormaliser = field(default_factory=LiveNormaliser)

    def __post_init__(self) -> None:
        self._normalises = any(need.normalise_by for metric in self.metrics for need in metric.needs)

    def rows(self, job: Job, skip: int = 0) -> Iterator[MetricRow]:
        """Values of a job, each computed when it is asked for; the first `skip` of them are not computed."""
        normaliser = self._taken(job) if self._normalises else None
        rises = [stretch for stretch in job.stretches if isinstance(stretch, SitToStand)]
        signals, missing = job.with_steps(self.subject)
        resolver = Resolver(
            signals, job.stances, job.strides, job.walks, self.subject, rises, normaliser=normaliser,
            events=job.events, known_events=job.known_events, missing=missing,
        )  # fmt: skip
        # By the steps of this job alone, so that it does not matter which process measured those before.
        wrong = implausible_steps(job.signals, job.stances, job.strides, self.subject)
        unreliable = UnreliableStreams((), signals, (), wrong)
        uncertain = {id(stance): why for stance, why in job.refused}
        cut: dict[tuple[Need, Side], Any] = {}
        last: Stretch | None = None
        for place, (stretch, metric, side) in enumerate(places(self.metrics, job)):
            if stretch is not last:
                cut, last = {}, stretch
            if place >= skip:
                why = uncertain.get(id(stretch)) or _not_live(metric, stretch, job.since)
                why = why or unreliable.about(metric, stretch, side)
                yield refused(metric, stretch, side, why) if why else row_of(metric, resolver, stretch, side, cut)

    def _taken(self, job: Job) -> LiveNormaliser:
        strides = [stretch for stretch in job.stretches if isinstance(stretch, Stride)]
        rises = [stretch for stretch in job.stretches if isinstance(stretch, SitToStand)]
        self._normaliser.take(job.signals, strides, rises)
        for stretch in job.stretches:
            if isinstance(stretch, Trial):
                self._normaliser.take_trial(job.signals, stretch)
        return self._normaliser
