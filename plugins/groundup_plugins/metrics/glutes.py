"""What the gluteal muscles do in a stride: how large their part is, and how much of it slows progression."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from groundup.plugin import GLUTEAL, Floats, Metric, Norm, NotComputableError, Stride, Trace, emg, grf, hookimpl, metric
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.norms.santuz2020 import method_of, norm_of

_BRAKING_REFERENCE = (
    "groundup's own: activity while progression is slowed; Ellis, Sumner & Kram 2014, on what it does not say"
)


@metric(
    "glute_share_ratio",
    title="Gluteal share of muscle activity",
    of=Stride,
    unit="1",
    needs=(emg(normalise_by="peak"),),
    axis="gluteal demand",
    reference="Santuz et al. 2020 (data)",
    parameters={"normalisation": "each muscle over its own peak: the median over the recording's strides of that side"},
)
def glute_share_ratio(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """Gluteal share of all normalised EMG activity of the leg, over the glutes' share of the muscles recorded: a shape.

    1: the glutes are active for as much of the cycle as the average muscle recorded. Not how loud they are: each muscle
    is over its own peak, so glutes that are louder in every stride change nothing (`glute_demand` says that), and tone
    raises it. Comparable only for the same muscles, filter and
    normalisation.
    """
    return _share(activities(stride, muscles))


def share_of_cycle(sites: Sequence[str], cycle: Floats) -> float:
    """The same of a mean cycle, shape (muscles, points)."""
    return _share(dict(zip(sites, cycle.sum(axis=1).tolist(), strict=True)))


def _share(amount: Mapping[str, float]) -> float:
    gluteal = [site for site in amount if site in GLUTEAL]
    if not gluteal:
        raise NotComputableError("no gluteal muscle of that side was recorded")
    if len(gluteal) == len(amount):
        raise NotComputableError("only gluteal muscles of that side were recorded, and nothing to compare them with")
    total = sum(amount.values())
    if not total > 0:
        raise NotComputableError("all muscles are silent in this stride")
    return sum(amount[site] for site in gluteal) / total / (len(gluteal) / len(amount))


@metric(
    "glute_braking_share",
    usual=True,
    title="Gluteal activity while braking",
    of=Stride,
    unit="1",
    needs=(emg(GLUTEAL), grf("ap")),
    axis="gluteal role",
    reference=_BRAKING_REFERENCE,
)
def glute_braking_share(stride: Stride, glutes: Mapping[str, Trace], ap: Trace) -> float:
    """Share of the cycle's gluteal EMG activity that falls while the ground slows the foot: timing, not function.

    What a muscle does to the body is another question: pulled forwards and backwards, walkers' gluteus maximus worked
    as a propulsive muscle, and the vasti braked (Ellis, Sumner & Kram 2014). Slowed is progression, by the force under
    the same foot. Activity is the integral of the envelope. Of several gluteal muscles the mean of their shares is
    given: volts under two electrodes cannot be added.
    """
    return _braking_share(stride, glutes, _braking_times(ap))


@metric(
    "glute_braking_enrichment",
    title="Gluteal timing towards braking",
    of=Stride,
    unit="1",
    needs=(emg(GLUTEAL), grf("ap")),
    axis="gluteal role",
    reference=_BRAKING_REFERENCE,
)
def glute_braking_enrichment(stride: Stride, glutes: Mapping[str, Trace], ap: Trace) -> float:
    """Share of gluteal activity in braking, over the share of the cycle that is braking: timing, not function.

    1: the glutes are no more active in braking than at any other time.
    """
    times = _braking_times(ap)
    if len(times) == 0:
        raise NotComputableError("nothing slows progression in this stride: there is no braking phase")
    share_of_time = float(np.diff(times, axis=1).sum()) / (stride.t1 - stride.t0)
    return _braking_share(stride, glutes, times) / share_of_time


@found_once
def _braking_share(stride: Stride, glutes: Mapping[str, Trace], times: Floats) -> float:
    shares = []
    for site, trace in glutes.items():
        total = activity(trace, stride.t0, stride.t1)
        if not total > 0:
            raise NotComputableError(f"{site} is silent in this stride")
        shares.append(sum(activity(trace, a, b) for a, b in times) / total)
    return float(np.mean(shares))


@found_once
def activities(stride: Stride, muscles: Mapping[str, Trace]) -> dict[str, float]:
    """The `activity` of each muscle in a stride."""
    return {site: activity(trace, stride.t0, stride.t1) for site, trace in muscles.items()}


def activity(trace: Trace, t0: float, t1: float) -> float:
    """Integral of an envelope from t0 to t1, trapezoids with the ends interpolated (unit of the trace x s)."""
    inside = slice(int(np.searchsorted(trace.time, t0, "right")), int(np.searchsorted(trace.time, t1, "left")))
    time = np.concatenate(([t0], trace.time[inside], [t1]))
    values = np.concatenate(([0.0], trace.values[inside], [0.0]))
    values[0], values[-1] = np.interp([t0, t1], trace.time, trace.values)
    return float((np.diff(time) * (values[1:] + values[:-1]) / 2.0).sum())


def braking_times(ap: Trace) -> Floats:
    """Stretches of time in which the AP force is negative, its zero crossings interpolated.

    Parameters
    ----------
    ap : Trace
        AP ground reaction force, N, forward positive.

    Returns
    -------
    ndarray, shape (n, 2)
        Start and end of each stretch, s.
    """
    time, force = ap.time, ap.values
    negative = force < 0.0
    edges = np.flatnonzero(negative[1:] != negative[:-1])
    # Between two samples of unlike sign the force passes zero where a straight line does.
    crossings = time[edges] + (time[edges + 1] - time[edges]) * force[edges] / (force[edges] - force[edges + 1])
    bounds = [time[0], *crossings] if negative[0] else list(crossings)
    if negative[-1]:
        bounds.append(time[-1])
    return np.asarray(bounds, dtype=np.float64).reshape(-1, 2)


_braking_times = found_once(braking_times)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """The gluteal metrics."""
    as_published = method_of(glute_share_ratio, share_of_cycle)
    return [glute_share_ratio, glute_braking_enrichment, glute_braking_share, as_published]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norm of the gluteal share."""
    return [norm_of(glute_share_ratio, share_of_cycle)]
