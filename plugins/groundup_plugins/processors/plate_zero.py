"""What a plate shows when nobody stands on it: its offset and its slow drift, found where it is unloaded."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter, minimum_filter1d, uniform_filter1d

from groundup.plugin import Floats

_SMOOTH_S = 0.02
_WINDOW_S = 0.05
_PIECE_S = 1.0
_MIN_FLAT_N = 5.0
_FLAT_SHARE = 0.02
_NEVER_LOADED_N = 50.0
_MIN_RUNS_FOR_DRIFT = 5
_STANDS_OUT_N = 15.0


@dataclass(frozen=True)
class Zero:
    """Offset of a plate.

    Attributes
    ----------
    offset : ndarray, shape (N, 6)
        What to take off the wrench.
    unloaded_s : float
        How much unloaded time it was found in; 0 when there was none and nothing is taken off.
    drifts : bool
        Whether the offset changes with time.
    """

    offset: Floats
    unloaded_s: float
    drifts: bool


def find_zero(
    wrench: Floats, vertical: Floats, rate: float, *, most_n: float, share: float, least_n: float, drift: bool
) -> Zero:
    """Find the unloaded offset of a plate from its own recording.

    Unloaded is where the vertical force is flat (50 ms within 2 % of the greatest load) at a low level: at most
    `share` of the greatest load and at most `most_n`. A person who stands, or sits with the feet on the plate, is flat
    too but not low, and is never taken for an offset. With five or more unloaded moments whose level moves by more
    than 5 N, the offset is drawn through them (the swing phases of a treadmill); otherwise it is their median.

    Parameters
    ----------
    wrench : ndarray, shape (N, 6)
    vertical : ndarray, shape (N,)
        Vertical force (N), up or down, with its offset still in it; load positive.
    rate : float
        Hz.
    least_n : float
        An offset force (N) smaller than this is left alone: taking it off would put noise into the load.
    drift : bool
        Whether the offset may change with time.
    """
    none = Zero(np.zeros_like(wrench), 0.0, False)
    finite = np.isfinite(vertical) & np.isfinite(wrench).all(axis=1)
    if finite.sum() < 2:
        return none
    force = vertical
    if not finite.all():
        force = np.interp(np.arange(len(vertical)), np.flatnonzero(finite), vertical[finite])
    runs = _unloaded(force, finite, rate, most_n, share)
    if not runs:
        return none
    levels = np.array([np.median(wrench[run], axis=0) for run in runs])
    heights = np.array([np.median(force[run]) for run in runs])
    unloaded_s = float(sum(run.stop - run.start for run in runs)) / rate
    spread = float(np.ptp(np.percentile(heights, [5, 95])))
    if drift and len(runs) >= _MIN_RUNS_FOR_DRIFT and spread > max(_MIN_FLAT_N, 3 * _unrest(force, runs)):
        middles = np.array([(run.start + run.stop - 1) / 2 for run in runs])
        middles, levels = _to_the_edges(middles, levels, len(vertical))
        where, offset = np.arange(len(vertical)), np.empty(wrench.shape)
        for column, level in enumerate(levels.T):
            offset[:, column] = np.interp(where, middles, level)
        return Zero(offset, unloaded_s, True)
    constant = np.median(np.concatenate([wrench[run] for run in runs]), axis=0)
    if float(np.linalg.norm(constant[:3])) < least_n:
        constant = np.zeros(6)
    return Zero(np.broadcast_to(constant, wrench.shape), unloaded_s, False)


def _to_the_edges(middles: Floats, levels: Floats, count: int) -> tuple[Floats, Floats]:
    """Carry the drift on to the ends of the data, by its slope there, over at most two of its own steps."""
    reach = 2 * float(np.median(np.diff(middles)))
    for edge, ends in ((0.0, slice(None, 3)), (count - 1.0, slice(-3, None))):
        slope = np.polyfit(middles[ends], levels[ends], 1)[0]
        near = 0 if edge == 0.0 else len(middles) - 1
        away = float(np.clip(edge - middles[near], -reach, reach))
        if away:
            middles = np.insert(middles, 0 if edge == 0.0 else len(middles), middles[near] + away)
            levels = np.insert(levels, 0 if edge == 0.0 else len(levels), levels[near] + slope * away, axis=0)
    return middles, levels


def _unrest(force: Floats, runs: list[slice]) -> float:
    """How much the level moves within a run (N): ringing after foot off, which is no drift."""
    halves = [np.array_split(force[run], 2) for run in runs]
    return float(np.median([abs(np.median(a) - np.median(b)) for a, b in halves]))


def _unloaded(force: Floats, finite: NDArray[np.bool_], rate: float, most_n: float, share: float) -> list[slice]:
    """Runs of unloaded samples, cut into pieces of at most a second so that a drift can be followed through them."""
    smooth = uniform_filter1d(force, _odd(_SMOOTH_S * rate))
    peak = float(smooth.max())
    # Under this nobody stood on it at all, and whatever it shows is its offset.
    limit = np.inf if max(peak, -float(smooth.min())) < _NEVER_LOADED_N else min(share * peak, most_n)
    window = max(3, _odd(_WINDOW_S * rate))
    extent = maximum_filter1d(smooth, window) - minimum_filter1d(smooth, window)
    flat = extent <= max(_MIN_FLAT_N, _FLAT_SHARE * peak)
    low = finite & (smooth <= limit)
    least = max(2, int(_SMOOTH_S * rate))
    runs: list[slice] = []
    for phase in _stretches(low):
        # A plate rings after foot off: one phase between two loads is one run, from its first flat moment to its last.
        within = [slice(phase.start + s.start, phase.start + s.stop) for s in _stretches(flat[phase])]
        within = [run for run in within if run.stop - run.start >= least]
        if within:
            start, stop = within[0].start, within[-1].stop
            cuts = np.linspace(start, stop, max(1, int((stop - start) / (_PIECE_S * rate))) + 1).astype(int).tolist()
            runs += [slice(a, b) for a, b in pairwise(cuts)]
    return _without_crossed(runs, smooth)


def _stretches(mask: NDArray[np.bool_]) -> list[slice]:
    """Where a mask is true, run by run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [slice(a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _without_crossed(runs: list[slice], smooth: Floats) -> list[slice]:
    """Drop runs that stand out above their neighbours: there the other foot still touches the plate."""
    if len(runs) < 3:
        return runs
    heights = np.array([np.median(smooth[run]) for run in runs])
    return [
        run
        for run, here, usual in zip(runs, heights, median_filter(heights, 9, mode="nearest"), strict=True)
        if here <= usual + _STANDS_OUT_N
    ]


def _odd(count: float) -> int:
    return max(1, round(count)) | 1
