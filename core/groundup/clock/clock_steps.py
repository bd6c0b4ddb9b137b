"""Between which measurements a clock stepped: what drift, noise and slow setting do not explain."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.probes import HARDLY_ANY, PROBE_NOISE, Probes
from groundup.clock.smoother import Floats

_STEP_FLOOR = 5e-4  # s; a smaller step is drift to anybody who looks every two seconds
_FASTEST = 5e-3  # s/s; no clock is worse
_FIRST_DRIFT = 1e-3  # s/s that a clock may be off by when nothing is known of it
_FAST_CHANGE = 2e-4  # s/s by which a clock may leave its own usual drift
_ONE_PACE = 0.3  # of it: system clocks are set slowly at one pace, mostly 5e-4 s/s
_NEAR_SLEW = 2  # probes


def level_runs(probes: Probes) -> list[slice]:
    """Runs of probes without a jump between neighbours."""
    if len(probes.time) == 0:
        return []
    drift, noise = usual_drift(probes)
    elapsed = np.diff(probes.lab)
    change = np.diff(probes.offset) - drift * elapsed
    allowed = _allowed(elapsed, probes.trip[1:] + probes.trip[:-1], noise)
    steps = np.abs(change) > allowed
    steps &= ~_slewed(change, np.maximum(elapsed, 1e-6), allowed)
    edges = [0, *(np.flatnonzero(steps) + 1).tolist(), len(probes.time)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _slewed(change: Floats, elapsed: Floats, allowed: Floats) -> NDArray[np.bool_]:
    """Changes that go on at one pace from probe to probe: a clock that is set slowly, and does not step."""
    pace, steps = change / elapsed, np.abs(change) > allowed
    size, slewed = np.abs(pace), np.zeros(len(pace), bool)
    together = steps[1:] & steps[:-1] & (pace[1:] * pace[:-1] > 0.0) & (size[1:] + size[:-1] < 2.0 * _FASTEST)
    alike = together & (np.abs(size[1:] - size[:-1]) < _ONE_PACE * np.maximum(size[1:], size[:-1]))
    for first in np.flatnonzero(alike).tolist():
        # It begins and ends between two probes, and a late probe in it is no step either.
        near = slice(max(first - _NEAR_SLEW, 0), first + 2 + _NEAR_SLEW)
        most = float(pace[first : first + 2].mean()) * elapsed[near]
        low, high = np.minimum(most, 0.0) - allowed[near], np.maximum(most, 0.0) + allowed[near]
        slewed[near] |= (change[near] > low) & (change[near] < high)
    return slewed


def jumps(probes: Probes, a: int, b: int) -> bool:
    """Whether a clock stepped between two of its measurements."""
    drift, noise = usual_drift(probes)
    elapsed = probes.lab[b] - probes.lab[a]
    change = abs(probes.offset[b] - probes.offset[a] - drift * elapsed)
    return bool(change > _allowed(elapsed, probes.trip[a] + probes.trip[b], noise))


def _allowed(elapsed: Floats, trips: Floats, noise: float) -> Floats:
    """By how much two probes may differ on a clock that did not step."""
    return np.asarray(_STEP_FLOOR + _FAST_CHANGE * elapsed + trips / 2.0 + 12.0 * noise)


def usual_drift(probes: Probes) -> tuple[float, float]:
    """Usual drift, and noise from probe to probe."""
    if len(probes.time) < 3:
        # Two probes alone cannot tell a step from a drift: only what no clock drifts by is one.
        slope = np.diff(probes.offset) / np.maximum(np.diff(probes.lab), 1e-6)
        return float(slope[0]) if len(slope) and abs(float(slope[0])) < _FIRST_DRIFT else 0.0, PROBE_NOISE
    # Over ten seconds: streams that share a clock ask at nearly the same moment, and then noise looks like drift.
    span = float(probes.lab[-1] - probes.lab[0])
    lag = min(len(probes.time) // 2, max(1, round(10.0 * len(probes.time) / max(span, 1e-6))))
    drift = 0.0
    for apart in (lag, 1):
        far = np.maximum(probes.lab[apart:] - probes.lab[:-apart], 1e-6)
        slopes = (probes.offset[apart:] - probes.offset[:-apart]) / far
        possible = slopes[np.abs(slopes) < _FASTEST]  # the others are steps
        if 3 * len(possible) >= len(slopes):
            drift = float(np.median(possible))
            break
    if len(probes.time) <= HARDLY_ANY:
        # One that is off would be all the noise there is: how far each is from the one that is nearest.
        level = probes.offset - drift * (probes.lab - probes.lab[0])
        apart = np.abs(level[:, None] - level) + np.diag(np.full(len(level), np.inf))
        return drift, max(float(np.median(apart.min(axis=1))), PROBE_NOISE)
    elapsed, change = np.diff(probes.lab), np.diff(probes.offset)
    return drift, 1.48 * float(np.median(np.abs(change - drift * elapsed))) / np.sqrt(2.0)
