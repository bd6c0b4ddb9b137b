"""Romberg's ratio: how much more a person sways with the eyes closed, of two trials that differ in nothing else."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from groundup.plugin import Metric, NotComputableError, Trace, Trial, cop, hookimpl, metric
from groundup_plugins.metrics.sway import sway_area, sway_velocity

_NEEDS = (cop(eyes="open"), cop())
_REFERENCE = "the quotient of eyes closed and open that is usual in posturography; sway as in `{}`"


@metric("romberg_ratio_velocity", of=Trial, unit="1", needs=_NEEDS, reference=_REFERENCE.format("sway_velocity"))
def romberg_ratio_velocity(trial: Trial, opened: Sequence[Trace], closed: Trace) -> float:
    """Sway velocity of a trial with the eyes closed over that with the eyes open: 1 where seeing changes nothing.

    The eyes are told from the name or the condition of the trials ("eyes closed", "EC"); all else that is said there,
    numbers aside, has to be the same. Of several trials with the eyes open it is their median. See `sway_path`.
    """
    return _ratio(sway_velocity, trial, opened, closed)


@metric("romberg_ratio_area", of=Trial, unit="1", needs=_NEEDS, reference=_REFERENCE.format("sway_area"))
def romberg_ratio_area(trial: Trial, opened: Sequence[Trace], closed: Trace) -> float:
    """Sway area of a trial with the eyes closed over that with the eyes open; see `romberg_ratio_velocity`.

    The area differs from trial to trial of one person by half and more: the ratio of the velocities is the surer one.
    """
    return _ratio(sway_area, trial, opened, closed)


def _ratio(sway: Callable[[Trial, Trace], float], trial: Trial, opened: Sequence[Trace], closed: Trace) -> float:
    with_open = median(sway(trial, one) for one in opened)
    if not with_open > 0:
        raise NotComputableError("the centre of pressure does not move at all with the eyes open")
    return sway(trial, closed) / with_open


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return Romberg's ratios."""
    return [romberg_ratio_velocity, romberg_ratio_area]
