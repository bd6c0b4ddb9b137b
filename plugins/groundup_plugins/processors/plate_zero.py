"""What a plate shows when nobody stands on it: its offset and its slow drift, found where it is unloaded."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter, minimum_filter1d, uniform_filter1d

from groundup.plugin import Floats
from groundup_plugins.processors.runs import first_reaching

_SMOOTH_S = 0.02
_WINDOW_S = 0.05
_PIECE_S = 1.0
_MIN_FLAT_N = 5.0
_FLAT_SHARE = 0.02
_NEVER_LOADED_N = 50.0
_MIN_RUNS_FOR_DRIFT = 5
_STANDS_OUT_N = 15.0
LANDING_N = (10.0, 50.0)
"""A foot that lands takes the load through these (N above the unloaded plate) ..."""
LANDS_PER_S = 4.0
"""... faster than this share of the load a second; who rises from a chair loads the feet at 3 a second at most."""
REST_S, REST_SHARE = 0.5, 0.05
"""What rests so long, at less than this share of the load, is no foot: the lower legs alone weigh 12 % of a body."""
_NOISE_SD, _LEAST_NOISE_N = 2.0, 0.5


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
    left_n : float
        Force (N) that the unloaded plate reads and that was left alone; NaN where it was taken off.
    """

    offset: Floats
    unloaded_s: float
    drifts: bool
    left_n: float = np.nan


def find_zero(wrench: Floats, vertical: Floats, rate: float, *, most_n: float, least_n: float, drift: bool) -> Zero:
    """Find the unloaded offset of a plate from its own recording.

    Unloaded is where the vertical force is flat (50 ms within 2 % of the greatest load) at a low level, at most
    `most_n`, and what follows or how it rests says that nobody was there: a foot lands from it (`LANDS_PER_S`), or
    nothing but the plate's own noise is seen for `REST_S` at a level that is too low for legs (`REST_SHARE`). The feet
    of a person who sits rest on a plate with a tenth to a third of the body's weight, and with a few newtons as the
    person falls back on the chair: such a load is flat and low too, but it grows slowly into the next rise, and is
    never taken for an offset. With five or more unloaded moments whose level moves by more
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
    runs = _unloaded(force, finite, rate, most_n)
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
    reads = float(np.linalg.norm(constant[:3]))
    if reads < least_n:
        return Zero(np.zeros_like(wrench), unloaded_s, False, reads)
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


def _unloaded(force: Floats, finite: NDArray[np.bool_], rate: float, most_n: float) -> list[slice]:
    """Runs of unloaded samples, cut into pieces of at most a second so that a drift can be followed through them."""
    smooth = uniform_filter1d(force, _odd(_SMOOTH_S * rate))
    peak = float(smooth.max())
    window = max(3, _odd(_WINDOW_S * rate))
    extent = maximum_filter1d(smooth, window) - minimum_filter1d(smooth, window)
    flat = extent <= max(_MIN_FLAT_N, _FLAT_SHARE * peak)
    # Under this nobody stood on it at all, and whatever it shows is its offset.
    if max(peak, -float(smooth.min())) < _NEVER_LOADED_N:
        return [piece for phase in _stretches(finite) for piece in _pieces(phase, flat, rate)]
    load = float(np.median(smooth[smooth > peak / 2])) if peak > 0 else 0.0
    phases = _stretches(finite & (smooth <= most_n))
    landed = [run for phase in phases for run in _before_a_landing(smooth, phase, flat, rate, load)]
    rested = [run for phase in phases for run in _at_rest(force, smooth, phase, flat, rate, load)]
    known = [float(np.median(smooth[run])) for run in landed or rested]
    if not known:
        return []
    # A phase before which or after which the recording ends is known by the level of the others.
    like = float(np.median(known))
    alike = [
        piece
        for phase in phases
        for piece in _pieces(phase, flat, rate)
        if abs(float(np.median(smooth[piece])) - like) <= _MIN_FLAT_N
    ]
    runs = sorted({(run.start, run.stop) for run in (*landed, *rested, *alike)})
    return _without_crossed([slice(a, b) for a, b in runs], smooth)


def _pieces(phase: slice, flat: NDArray[np.bool_], rate: float) -> list[slice]:
    """A phase from its first flat moment to its last: a plate rings after foot off, and is at rest all the same."""
    least = max(2, int(_SMOOTH_S * rate))
    within = [slice(phase.start + s.start, phase.start + s.stop) for s in _stretches(flat[phase])]
    within = [run for run in within if run.stop - run.start >= least]
    if not within:
        return []
    start, stop = within[0].start, within[-1].stop
    cuts = np.linspace(start, stop, max(1, int((stop - start) / (_PIECE_S * rate))) + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(cuts)]


def _before_a_landing(smooth: Floats, phase: slice, flat: NDArray[np.bool_], rate: float, load: float) -> list[slice]:
    """The pieces of a phase that a landing foot ends, at the level from which it lands."""
    pieces = _pieces(phase, flat, rate)
    if not pieces:
        return []
    level = float(np.median(smooth[pieces[-1]]))
    end = first_reaching(smooth, np.nextafter(level + LANDING_N[1], np.inf), pieces[-1].start)
    if end is None:
        return []
    under = np.flatnonzero(smooth[pieces[-1].start : end] <= level + LANDING_N[0])
    begin = pieces[-1].start + int(under[-1]) if len(under) else end
    # The mean over 20 ms stretches a step by as much.
    takes_s = (end - begin) / rate - _SMOOTH_S / 2
    if takes_s * LANDS_PER_S * load > LANDING_N[1] - LANDING_N[0]:
        return []
    return [piece for piece in pieces if abs(float(np.median(smooth[piece])) - level) <= _STANDS_OUT_N]


def _at_rest(
    force: Floats, smooth: Floats, phase: slice, flat: NDArray[np.bool_], rate: float, load: float
) -> list[slice]:
    """The pieces of a phase in which nothing but noise is seen, lower than legs that rest on the ground."""
    found = []
    for piece in _pieces(phase, flat, rate):
        values = smooth[piece]
        if len(values) < REST_S * rate or float(np.median(values)) > REST_SHARE * load:
            continue
        # Noise of single samples, by second differences, which no movement of a body shows in.
        noise = 1.4826 * float(np.median(np.abs(np.diff(force[piece], 2)))) / np.sqrt(6.0 * _odd(_SMOOTH_S * rate))
        if float(values.std()) <= _NOISE_SD * noise + _LEAST_NOISE_N:
            found.append(piece)
    return found


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
