"""Turns metrics into rows of values: one for each stance, stride, rise or trial, or why there is none."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from groundup.analysis.metrics.forked_process import PATIENCE_S, Dead, rows_in_fork
from groundup.analysis.metrics.needs import RELEASE_EVERY, Resolver, Stretch
from groundup.model.anatomy import Side
from groundup.model.events import SitToStand, Stance, Stride, Trial
from groundup.model.reasons import NOTHING, Reason
from groundup.model.status import FAILED, NOT_COMPUTABLE, OK, Status
from groundup.model.uncertain import Uncertain
from groundup.plugin.failure import fault_of
from groundup.plugin.metric import Metric, Scope
from groundup.plugin.need import Need
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.need_match import of_one_leg as named_of_one_leg
from groundup.plugin.not_computable import NotComputableError

Cut = dict[tuple[Need, Side], Any]
"""What of one stretch has been cut, or why it cannot be."""
_STRIKES = 3
_OF_A_TRIAL = 0.5
_NO_SIDE: tuple[Side, ...] = ("",)
_BOTH: tuple[Side, ...] = ("L", "R")


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One value of one metric: a row of ``/metrics/<name>``.

    Attributes
    ----------
    name : str
    t0, t1 : float
        The stretch it describes, seconds on the lab clock.
    trial : str
    stride : int
        Number of the stride (of a stance: the stride it begins), -1 for none.
    side : {"L", "R", ""}
    value : float
        NaN when not computable.
    unit : str
    status : {"ok", "not_computable", "failed"}
        ``failed``: the plugin raised.
    reason : str
        Why there is no value; empty where there is one.
    reason_t0, reason_t1 : float
        The moment or the stretch that the reason is about, s on the lab clock; NaN where it is about none.
    uncertainty : float
        Half of the 95 % interval of the value, in its unit (`groundup.plugin.Uncertain`); NaN where the metric does
        not tell.
    """

    name: str
    t0: float
    t1: float
    trial: str
    stride: int
    side: Side
    value: float
    unit: str
    status: Status = OK
    reason: str = ""
    reason_t0: float = math.nan
    reason_t1: float = math.nan
    uncertainty: float = math.nan

    @property
    def why(self) -> Reason:
        """Why there is no value, with its moment."""
        return Reason(self.reason, self.reason_t0, self.reason_t1)


def measure(
    metrics: Sequence[Metric],
    resolver: Resolver,
    trials: Sequence[Trial],
    release: Callable[[], None] = lambda: None,
    unreliable: Callable[[Metric, Stretch, Side], str] = lambda metric, stretch, side: "",
    unobserved: Callable[[Metric], str] = lambda metric: "",
    apart: bool = False,
) -> tuple[list[MetricRow], list[str]]:
    """Compute metrics.

    Parameters
    ----------
    metrics : sequence of Metric
    resolver : Resolver
        Gives each what it needs; its stances and strides are what the metrics describe.
    trials : sequence of Trial
        What metrics of a trial describe.
    release : callable
        Called from time to time: what has been read of the signals may leave the memory.
    unreliable : callable
        Says why a value cannot be stood behind, before it is computed; empty when it can.
    unobserved : callable
        Says why nothing was seen that a metric describes, where that is known: it is then a row of each trial.
    apart : bool
        Whether in a process of its own (`analysis.metrics.forked_process`), so that no metric takes others with it.

    Returns
    -------
    rows : list of MetricRow
    notes : list of str
        How many metrics have no row at all, and why: one line, since nobody rises from a chair in a walk.
    """
    of = by_scope(metrics)
    every: list[Stretch] = [*resolver.stances, *resolver.strides, *resolver.rises, *trials]
    plan = [(stretch, cases(of, stretch)) for stretch in every]
    places = [(stretch, metric) for stretch, mine in plan for metric, _ in mine]

    def compute(first: int, dead: Dead) -> Iterator[MetricRow]:
        return _from(first, dead, plan, resolver, release, unreliable)

    def patience(place: int) -> float:
        stretch, _ = places[min(place, len(places) - 1)]
        # All strides of an hour take longer than one.
        return PATIENCE_S + (_OF_A_TRIAL * (stretch.t1 - stretch.t0) if isinstance(stretch, Trial) else 0.0)

    found = rows_in_fork(len(places), compute, patience) if apart else list(compute(0, {}))
    rows: dict[str, list[MetricRow]] = {metric.name: [] for metric in metrics}
    for row in found:
        rows[row.name].append(row)
    for metric in metrics:
        if not rows[metric.name] and (why := unobserved(metric)):
            rows[metric.name] += (refused(metric, trial, "", why) for trial in trials)
    return [row for found in rows.values() for row in found], _nothing([m for m in metrics if not rows[m.name]])


def _from(
    first: int,
    dead: Dead,
    plan: Sequence[tuple[Stretch, Sequence[tuple[Metric, Side]]]],
    resolver: Resolver,
    release: Callable[[], None],
    unreliable: Callable[[Metric, Stretch, Side], str],
) -> Iterator[MetricRow]:
    """Rows from a place on. A metric that has ended three processes is not asked again."""
    strikes: Counter[str] = Counter()
    place = 0
    for number, (stretch, mine) in enumerate(plan):
        if place + len(mine) <= first and not any(place <= one < place + len(mine) for one in dead):
            place += len(mine)
            continue
        if number % RELEASE_EVERY == 0:
            release()
        # What several metrics need of one stretch is cut once.
        cut: Cut = {}
        for done, (metric, side) in enumerate(mine, 1):
            here, place = place, place + 1
            if here in dead:
                strikes[metric.name] += 1
            if here < first:
                continue
            if here in dead:
                yield without_value(metric, stretch, side, FAILED, Reason(f"it {dead[here]}"))
            elif strikes[metric.name] >= _STRIKES:
                why = Reason(f"it ended the process that measures {_STRIKES} times before")
                yield without_value(metric, stretch, side, FAILED, why)
            elif why_unreliable := unreliable(metric, stretch, side):
                yield refused(metric, stretch, side, why_unreliable)
            else:
                yield row_of(metric, resolver, stretch, side, cut)
            if isinstance(stretch, Trial):
                # All strides of an hour: what no other metric asks for goes before the next is cut.
                coming = {(need, of) for later, of in mine[done:] for need in later.needs}
                cut = {key: found for key, found in cut.items() if key in coming}
                release()


def by_scope(metrics: Sequence[Metric]) -> dict[Scope, list[Metric]]:
    """Metrics by what they describe."""
    scopes: tuple[Scope, ...] = (Stance, Stride, SitToStand, Trial)
    return {scope: [metric for metric in metrics if scope in metric.scopes] for scope in scopes}


def cases(of: Mapping[Scope, Sequence[Metric]], stretch: Stretch) -> list[tuple[Metric, Side]]:
    """Which metrics, of those `by_scope`, describe a stretch of time, and of which side each is a value."""
    mine = of[type(stretch)]
    if isinstance(stretch, Stance | Stride):
        return [(metric, stretch.side) for metric in mine]
    # A rise or a trial has no side of its own: what is measured of one leg is measured of each, one after the other.
    found = [(metric, side) for metric in mine for side in (_BOTH if _has_side(metric) else _NO_SIDE)]
    return sorted(found, key=lambda case: case[1])


def _has_side(metric: Metric) -> bool:
    """Whether a metric of a whole trial or rise is one of each leg; the load of a rise is on both feet."""
    rising = SitToStand in metric.scopes

    def of_one_leg(need: Need) -> bool:
        kind = NEED_KINDS[need.what]
        if named_of_one_leg(need):
            return True
        return (kind.in_rises if rising else kind.of_one_leg) or need.each is not None

    return any(of_one_leg(need) and not need.both for need in metric.needs)


def _nothing(metrics: Sequence[Metric]) -> list[str]:
    """One line on metrics that found nothing to describe; none where there are none."""
    words = {Stance: "stances were seen", Stride: "strides were seen", SitToStand: "rises from a chair were seen"}
    why = Counter(
        "no " + " and no ".join(words.get(scope, "trial was recorded") for scope in metric.scopes) for metric in metrics
    )
    if not why:
        return []
    what = f"{len(metrics)} metric{'s' if len(metrics) > 1 else ''} {NOTHING}"
    if len(why) == 1:
        return [f"{what}, because {next(iter(why))}"]
    return [f"{what}: " + "; ".join(f"{number}, because {reason}" for reason, number in why.items())]


def row_of(metric: Metric, resolver: Resolver, stretch: Stretch, side: Side, cut: Cut) -> MetricRow:
    """One value, or why there is none; what has been cut out of this stretch is kept in `cut` for the next metric."""
    try:
        found = metric(stretch, *(_needed(need, resolver, stretch, side, cut) for need in metric.needs))
        value = _number(found)
    except NotComputableError as error:
        return without_value(metric, stretch, side, NOT_COMPUTABLE, error.reason)
    except (Exception, SystemExit) as error:  # a plugin's own fault stays its own
        return without_value(metric, stretch, side, FAILED, Reason(fault_of(error)))
    if not math.isfinite(value):
        return without_value(metric, stretch, side, NOT_COMPUTABLE, Reason(f"the metric gave {value} and no reason"))
    row = _row(metric, stretch, side, value)
    return replace(row, uncertainty=found.uncertainty) if isinstance(found, Uncertain) else row


def _number(value: object) -> float:
    """What a metric gave, if it is a number: text and truth values are taken for a mistake, not for one."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.timedelta64) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"it gave {value!r:.80}, which is no number")
    return float(value)


def refused(metric: Metric, stretch: Stretch, side: Side, why: str) -> MetricRow:
    """A row without a value, that was not computed because of `why`."""
    return without_value(metric, stretch, side, NOT_COMPUTABLE, Reason(why))


def without_value(metric: Metric, stretch: Stretch, side: Side, status: Status, why: Reason) -> MetricRow:
    """A row that says why it has no value."""
    row = _row(metric, stretch, side, math.nan)
    return replace(row, status=status, reason=why.text, reason_t0=why.t0, reason_t1=why.t1)


def _row(metric: Metric, stretch: Stretch, side: Side, value: float) -> MetricRow:
    trial = stretch.name if isinstance(stretch, Trial) else stretch.trial
    number = stretch.number if isinstance(stretch, Stance | Stride) else -1
    return MetricRow(metric.name, stretch.t0, stretch.t1, trial, number, side, value, metric.unit)


def _needed(need: Need, resolver: Resolver, stretch: Stretch, side: Side, cut: Cut) -> Any:
    key = (need, side)
    found = cut.get(key)
    if found is None:
        try:
            found = resolver.resolve(need, stretch, side)
        except NotComputableError as error:
            found = error.reason
        cut[key] = found
    if isinstance(found, Reason):
        raise NotComputableError.of(found)
    return found
