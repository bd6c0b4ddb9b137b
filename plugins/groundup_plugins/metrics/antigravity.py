"""What holding the body up costs: how gluteal activity goes with load, and how much all muscles do for a metre."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from groundup.plugin import (
    DISTANCE,
    GLUTEAL,
    SUBJECT,
    Floats,
    Metric,
    NotComputableError,
    SitToStand,
    Stride,
    Subject,
    Trace,
    emg,
    grf,
    hookimpl,
    metric,
)
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.glutes import activities
from groundup_plugins.metrics.ground_reaction import GRAVITY, body_weight
from groundup_plugins.metrics.together import values_at

LEAST_RANGE_BW = 0.1
EARLIEST_S, LATEST_S = -0.1, 0.3
"""By how much load may follow activity. Muscles are active 50 to 100 ms before they pull, and before the foot lands."""
_GRID_S = 0.005
# Three metrics of one line.
_of_the_line = partial(
    metric,
    of=(Stride, SitToStand),
    needs=(emg(GLUTEAL, before_s=LATEST_S, after_s=-EARLIEST_S, normalise_by="peak"), grf("v"), SUBJECT),
    axis="anti-gravity effort",
    reference="groundup's own: anti-gravity muscles answer to load",
    parameters={
        "gravity_m_s2": GRAVITY,
        "least_range_bw": LEAST_RANGE_BW,
        "earliest_lag_s": EARLIEST_S,
        "latest_lag_s": LATEST_S,
        "normalisation": "each muscle over its own peak",
    },
)


@dataclass(frozen=True)
class Fit:
    """The line of activity on the load that follows it, at the lag where the two are most alike.

    Attributes
    ----------
    lag : float
        How much later than activity the load comes, s; NaN where likeness grows up to the edge of the search.
    slope : float
        Activity for a body weight.
    r : float
        Pearson's correlation at that lag.
    """

    lag: float
    slope: float
    r: float


@_of_the_line("antigravity_coupling", unit="1/BW")
def antigravity_coupling(
    stretch: Stride | SitToStand, glutes: Mapping[str, Trace], vertical: Trace, subject: Subject
) -> float:
    """Slope of the line of gluteal activity on vertical force at their best lag: share of its peak for a body weight.

    Least squares over a stride (the force under the same foot, zero in swing) or over a rise from a chair (the force
    under both feet), with the activity that came `antigravity_lag` before. Of several gluteal muscles the mean. What is
    early or late moves the lag, not the slope; how close the two are says `antigravity_r2`.
    """
    return fit(glutes, vertical, subject).slope


@_of_the_line("antigravity_lag", unit="s")
def antigravity_lag(
    stretch: Stride | SitToStand, glutes: Mapping[str, Trace], vertical: Trace, subject: Subject
) -> float:
    """How much later than gluteal activity the vertical force comes that is most like it; positive: muscle first.

    The lag of the greatest correlation between 0.1 s before and 0.3 s after. The delay of an envelope that is filtered
    as live is taken off it. Not computable where no lag in between is best, or where activity falls as load grows.
    """
    found = fit(glutes, vertical, subject)
    if math.isnan(found.lag):
        raise NotComputableError(
            f"activity and load grow more alike up to the edge of {EARLIEST_S:g} to {LATEST_S:g} s: no lag is theirs"
        )
    if not found.r > 0:
        raise NotComputableError("the glutes are less active the greater the load, at every lag")
    return found.lag


@_of_the_line("antigravity_r2", unit="1")
def antigravity_r2(
    stretch: Stride | SitToStand, glutes: Mapping[str, Trace], vertical: Trace, subject: Subject
) -> float:
    """Share of gluteal activity's variance that the line on vertical force explains at their best lag (R2, centred).

    0: the glutes do not follow load, and the slope says nothing; 1: they follow nothing else.
    """
    return max(fit(glutes, vertical, subject).r, 0.0) ** 2


@found_once
def fit(glutes: Mapping[str, Trace], vertical: Trace, subject: Subject) -> Fit:
    """The line of gluteal activity on vertical force, at the lag of their greatest correlation.

    Parameters
    ----------
    glutes : mapping of site to Trace
        Envelopes over the stretch, `LATEST_S` before and ``-EARLIEST_S`` after it.
    vertical : Trace
        N, over the stretch.
    subject : Subject

    Raises
    ------
    NotComputableError
        Where load or activity hardly changes.
    """
    load = vertical.values / body_weight(subject)
    if float(np.ptp(load)) < LEAST_RANGE_BW:
        raise NotComputableError("the load hardly changes")
    traces = [trace for _, trace in sorted(glutes.items())]
    times = traces[0].time
    activity = np.mean(values_at(times, traces), axis=0)

    def at(lag: Floats | float, time: Floats) -> Floats:
        return np.interp(time - lag, times, activity)

    begin, end = float(vertical.time[0]), float(vertical.time[-1])
    time = np.linspace(begin, end, max(2, round((end - begin) / _GRID_S)))
    lags: Floats = _GRID_S * np.arange(round(EARLIEST_S / _GRID_S), round(LATEST_S / _GRID_S) + 1, dtype=np.float64)
    coarse = np.interp(time, vertical.time, load)
    alike = _line(coarse, at(lags[:, None], time))[1]
    best = int(np.argmax(alike))
    inside = 0 < best < len(lags) - 1
    lag = lags[best] + (_GRID_S * _vertex(*alike[best - 1 : best + 2]) if inside else 0.0)
    slope, r = (float(found) for found in _line(load, at(lag, vertical.time)))
    return Fit(float(lag) if inside else math.nan, slope, r)


def _line(load: Floats, activity: Floats) -> tuple[Floats, Floats]:
    """Slope of activity on load, and their correlation; of activity of shape (..., n) one for each row."""
    x, y = load - load.mean(), activity - activity.mean(axis=-1, keepdims=True)
    spread = np.einsum("...n,...n->...", y, y)
    if not (spread > 0).all():
        raise NotComputableError("gluteal activity does not change")
    both = y @ x
    return both / (x @ x), both / np.sqrt((x @ x) * spread)


def _vertex(before: float, at: float, after: float) -> float:
    """Where a parabola through three neighbours is greatest, in steps from the middle one."""
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


@metric(
    "activation_cost",
    title="Muscle activity per metre",
    of=Stride,
    unit="s/m",
    needs=(emg(normalise_by="peak"), DISTANCE),
    axis="anti-gravity effort",
    reference="groundup's own: economy",
    parameters={"normalisation": "each muscle over its own peak"},
)
def activation_cost(stride: Stride, muscles: Mapping[str, Trace], distance: float) -> float:
    """Activity of all recorded muscles of a leg, added up, for a metre walked: how economical the gait is.

    Integrals of the normalised envelopes over the stride, over the distance its foot travels. Comparable only for the
    same muscles. Not computable on a treadmill whose speed nobody recorded.
    """
    return sum(activities(stride, muscles).values()) / distance


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of anti-gravity effort."""
    return [antigravity_coupling, antigravity_lag, antigravity_r2, activation_cost]
