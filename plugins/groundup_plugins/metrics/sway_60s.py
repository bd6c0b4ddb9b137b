"""Sway as the people of its norm were measured: the first 60 s of a trial, by their filter, at their rate."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from groundup.plugin import Metric, Norm, NotComputableError, Trace, Trial
from groundup_plugins.metrics.filters import zero_lag
from groundup_plugins.norms.tables import norms_of_intervals

LASTS_S, LEAST_S = 60.0, 59.0
CORNER_HZ, ORDER = 10.0, 4
RATE, LEAST_RATE = 100.0, 50.0


def in_60_s(metric: Metric) -> Metric:
    """A sway metric of the same name with ``_60s``: of what `standard_trial` leaves of the centre of pressure."""
    own: Callable[..., float] = metric.function

    def measured(trial: Trial, centre: Trace) -> float:
        return own(trial, standard_trial(centre))

    measured.__doc__ = (
        f"As `{metric.name}`, as the people of its norm were measured: of the first 60 s of the trial, low-pass "
        "filtered at 10 Hz (Butterworth, 4th order, both ways), at 100 samples a second. Not computable under 59 s."
    )
    how: dict[str, float | str] = {
        "filter": "low-pass 10 Hz, 4th order, forwards and backwards",
        "lasts_s": LASTS_S,
        "least_s": LEAST_S,
        "rate_hz": RATE,
    }
    title = f"{metric.title}, first 60 s"
    constants = {**metric.constants, **how}
    return replace(metric, name=f"{metric.name}_60s", title=title, function=measured, constants=constants)


def standard_trial(centre: Trace) -> Trace:
    """The first 60 s of a centre of pressure with its load, filtered and at 100 Hz.

    Raises
    ------
    NotComputableError
        Where it is shorter, or was sampled too slowly.
    """
    lasts = len(centre.time) / centre.rate
    if lasts < LEAST_S:
        raise NotComputableError(f"it lasts {lasts:.1f} s, and the people of the norm stood for {LASTS_S:.0f} s")
    if centre.rate < LEAST_RATE:
        raise NotComputableError(f"the plate is sampled at {centre.rate:.0f} Hz, and {LEAST_RATE:.0f} Hz are the least")
    smooth = zero_lag(np.ascontiguousarray(centre.values.T), ORDER, CORNER_HZ, "lowpass", centre.rate)
    count = round(min(lasts, LASTS_S) * RATE)
    time = centre.time[0] + np.arange(count) / RATE
    return replace(
        centre, time=time, values=np.column_stack([np.interp(time, centre.time, one) for one in smooth]), rate=RATE
    )


def norms() -> list[Norm]:
    """Of each sway metric, by age, eyes and surface."""
    return norms_of_intervals("santos2016_sway.csv")
