"""Jumps from standing and from a drop: how high, by flight and by impulse, and how quick."""

import math
from collections.abc import Iterable

import numpy as np

from groundup.plugin import LOAD, Metric, NotComputableError, Trace, Trial, hookimpl, metric
from groundup_plugins.metrics.ground_reaction import GRAVITY
from groundup_plugins.metrics.jump_phases import (
    LEAST_FLIGHT_S,
    MOST_APART,
    MOST_FLIGHT_S,
    OFF_N,
    QUIET_S,
    Jump,
    jumps,
)

MOST_CONTACT_S = 1.0
LEAST_FALL_M_S = 0.5
_HEIGHT = "Linthorne 2001, Am J Phys 69:1198"
_PARAMETERS: dict[str, float | str] = {
    "off_n": OFF_N,
    "least_flight_s": LEAST_FLIGHT_S,
    "most_flight_s": MOST_FLIGHT_S,
    "quiet_s": QUIET_S,
    "most_apart": MOST_APART,
    "of": "median of the jumps of the trial",
}


@metric("jump_height_flight", of=Trial, unit="m", needs=(LOAD,), reference=_HEIGHT, parameters=_PARAMETERS)
def jump_height_flight(trial: Trial, load: Trace) -> float:
    """Height of a jump by its flight time, g t^2 / 8; of several in a trial the median.

    It is too great where the body lands lower than it took off, with bent legs. Not computable where nobody stands
    still on the plates for 1 s within 8 s of the jump, or the impulse of the force explains another velocity at
    take-off (by more than 10 %): who steps off the plates and on again has not jumped.
    """
    return _median([_by_flight(one) for one in jumps(load)])


@metric("jump_height_impulse", of=Trial, unit="m", needs=(LOAD,), reference=_HEIGHT, parameters=_PARAMETERS)
def jump_height_impulse(trial: Trial, load: Trace) -> float:
    """Height of a jump above take-off by impulse: v^2 / 2g, v the velocity that the force gave the body.

    From quiet standing before, or, after a drop, back from quiet standing after. See `jump_height_flight`.
    """
    return _median([one.velocity**2 / (2 * GRAVITY) for one in jumps(load)])


@metric(
    "reactive_strength_index",
    of=Trial,
    unit="m/s",
    needs=(LOAD,),
    reference="Flanagan & Comyns 2008, Strength Cond J 30:32",
    parameters=_PARAMETERS | {"most_contact_s": MOST_CONTACT_S, "least_fall_m_s": LEAST_FALL_M_S},
)
def reactive_strength_index(trial: Trial, load: Trace) -> float:
    """Height of a jump by its flight over how long the feet were on the ground before, after a fall on them.

    Of a drop from a box beside the plates, and of jumps one after the other. Not computable where the jump began in
    standing, the contact lasts longer than 1 s, or the body came down slower than 0.5 m/s. See `jump_height_flight`.
    """
    found = [one for one in jumps(load) if not math.isnan(one.contact)]
    if not found:
        raise NotComputableError("the jump began in standing, and not with a fall onto the plates")
    for one in found:
        if one.contact > MOST_CONTACT_S:
            raise NotComputableError(f"the feet are on the ground for {one.contact:.1f} s before the jump")
        if one.fall < LEAST_FALL_M_S:
            raise NotComputableError(f"the body comes down at {one.fall:.2f} m/s only, as in a step onto the plates")
    return _median([_by_flight(one) / one.contact for one in found])


@metric(
    "reactive_strength_index_modified",
    of=Trial,
    unit="m/s",
    needs=(LOAD,),
    reference="Ebben & Petushek 2010, J Strength Cond Res 24:1983; "
    "onset by Owen et al. 2014, J Strength Cond Res 28:1552",
    parameters=_PARAMETERS,
)
def reactive_strength_index_modified(trial: Trial, load: Trace) -> float:
    """Height of a jump from standing, by its flight, over the time from the first movement to take-off.

    The movement begins 30 ms before the force leaves five SD of a quiet second. See `jump_height_flight`.
    """
    found = [one for one in jumps(load) if not math.isnan(one.push)]
    if not found:
        raise NotComputableError("the jump did not begin in quiet standing")
    return _median([_by_flight(one) / one.push for one in found])


def _by_flight(jump: Jump) -> float:
    return GRAVITY * jump.flight**2 / 8


def _median(values: list[float]) -> float:
    return float(np.median(values))


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of jumps."""
    return [jump_height_flight, jump_height_impulse, reactive_strength_index, reactive_strength_index_modified]
