"""When things could arrive at the earliest: the level under arrivals, some seconds at a time.

Nothing arrives before its time, and much arrives late: of each stretch the most punctual tell. A stretch in which
everything was held up lies above a line through its neighbours by more than a crystal can bend between them, and is
left out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats

_KNOT_S = 2.0
_PER_KNOT = 4  # arrivals, where they are rare
_FEWEST_KNOTS, _MOST_KNOTS = 6, 1800
_PUNCTUAL = 0.1  # of the arrivals of a stretch, whose mean is its level
_BEND = 1e-6  # s/s²: a crystal that warms up by 60 ppm within a minute bends by this
_NEIGHBOURS = (1, 2, 3, 5, 8, 13, 21, 34)  # stretches before and after that are looked at
_LATE = 6.0  # spreads
_EARLY, _EARLY_S, _EARLY_SIDE = 12.0, 1e-3, 5
_ALONE = 2.0
_SIGMA_FLOOR = 1e-8
_LEAST_SIDE = 3  # stretches on each side of a step
_STEP, _STEP_S = 10.0, 5e-4  # spreads, and s: a smaller step is not told from a bend
_STEP_SD = 3.0  # of two medians (1.8), and of a slope that is carried on from their middles to the border (2.4)


@dataclass(frozen=True)
class Level:
    """Where arrivals would be without lateness, but for a constant.

    Attributes
    ----------
    time, value, sigma : ndarray, shape (K,)
        Of each stretch: its middle, the level there less the time, and its standard deviation, in s.
    """

    time: Floats
    value: Floats
    sigma: Floats


def level(time: Floats, arrival: Floats) -> Level:
    """Find it.

    Parameters
    ----------
    time, arrival : ndarray, shape (N,)
        N >= 12; sampling times by a crystal, increasing, and when they were there, in s. Their origins do not matter.
    """
    rest, edges, drift = arrival - time, _edges(time), _drift(time, arrival - time)
    rest = rest - drift * time
    at, value = _kept(*_punctual(time, rest, edges))
    # Once more: within a stretch, those that are early only because the crystal drifts are not the most punctual.
    trend = np.interp(time, at, _smoothed(value))
    at, value = _punctual(time, rest - trend, edges)
    alone = _halves_apart(time, rest - trend, edges)
    at, value = _kept(at, value + np.interp(at, time, trend))
    return Level(at, value + drift * at, np.full(len(at), max(_noise(value), alone, _SIGMA_FLOOR)))


def earliest(before: Floats) -> float:
    """By how much the earliest come before their times, in s; one that comes twice as early as any other is wrong."""
    second, first = np.sort(before)[[-2, -1]].tolist() if len(before) > 1 else (0.0, 0.0)
    return max(0.0, first if first <= _ALONE * second else second)


@dataclass(frozen=True)
class Step:
    """Arrivals that are later, or earlier, by so much from some on, for good.

    Attributes
    ----------
    place : int
        The first of them.
    size, sd : float
        By how much, and how well that is known, in s.
    """

    place: int
    size: float
    sd: float


def step(time: Floats, arrival: Floats, side: int) -> Step | None:
    """The largest step, or None.

    Parameters
    ----------
    time, arrival : ndarray, shape (N,)
        As for `level`.
    side : int
        Stretches before and after that are looked at.
    """
    rest, edges = arrival - time, _edges(time)
    rest = rest - _drift(time, rest) * time
    at, value = _punctual(time, rest, edges)
    side = min(side, len(at) // 3)
    if side < _LEAST_SIDE:
        return None
    x, y = (np.lib.stride_tricks.sliding_window_view(some, side) for some in (at, value))
    a, b = np.triu_indices(side, 1)
    slopes = (y[:, b] - y[:, a]) / (x[:, b] - x[:, a])
    slope = np.median(np.column_stack([slopes[:-side], slopes[side:]]), axis=1)
    border = (at[side - 1 : len(at) - side] + at[side : len(at) - side + 1]) / 2.0
    before = np.median(y[:-side] - slope[:, None] * (x[:-side] - border[:, None]), axis=1)
    after = np.median(y[side:] - slope[:, None] * (x[side:] - border[:, None]), axis=1)
    size = after - before
    noise = max(_quietest(value), _halves_apart(time, rest, edges), _SIGMA_FLOOR)
    k = int(np.argmax(np.abs(size)))
    bends = _BEND / 60.0 / 6.0 * float(at[k + side] - at[k]) ** 3 / 8.0
    if abs(float(size[k])) < max(_STEP * noise, _STEP_S) + bends:
        return None
    # The step lies where the last arrival is that the one level allows and the other does not.
    ends = np.searchsorted(time, [at[k], at[k + 2 * side - 1]])
    near = slice(int(ends[0]), int(ends[1]))
    higher = np.maximum(before[k], after[k]) + slope[k] * (time[near] - border[k])
    low = np.flatnonzero(rest[near] < higher - abs(size[k]) / 2.0)
    if len(low) == 0:
        return None
    place = near.start + (int(low[-1]) + 1 if size[k] > 0 else int(low[0]))
    return Step(place, float(size[k]), _STEP_SD * noise / float(np.sqrt(side))) if 0 < place < len(time) else None


def _kept(at: Floats, value: Floats) -> tuple[Floats, Floats]:
    for is_outlier in (_early, _held_up, _held_up):
        keep = ~is_outlier(at, value)
        at, value = at[keep], value[keep]
    return at, value


def _drift(time: Floats, rest: Floats) -> float:
    """Usual slope, over half of it all."""
    half = len(time) // 2
    return float(np.median((rest[half:] - rest[:-half]) / (time[half:] - time[:-half])))


def _edges(time: Floats) -> NDArray[np.int64]:
    """First arrival of each stretch, and one past the last."""
    span = float(time[-1] - time[0])
    length = max(_KNOT_S, span / _MOST_KNOTS, _PER_KNOT * span / len(time))
    count = max(_FEWEST_KNOTS, round(span / length))
    edges = np.searchsorted(time, np.linspace(time[0], time[-1], count + 1)[1:-1])
    return np.unique(np.concatenate([[0], edges, [len(time)]]))


def _punctual(time: Floats, rest: Floats, edges: NDArray[np.int64]) -> tuple[Floats, Floats]:
    at, value = [], []
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        some = max(1, int(_PUNCTUAL * (b - a)))
        at.append(float(time[a:b].mean()))
        value.append(float(np.partition(rest[a:b], some - 1)[:some].mean()))
    return np.array(at), np.array(value)


def _smoothed(value: Floats) -> Floats:
    if len(value) < 3:
        return value
    longer = np.concatenate([[2.0 * value[0] - value[1]], value, [2.0 * value[-1] - value[-2]]])
    return np.asarray((longer[:-2] + 2.0 * longer[1:-1] + longer[2:]) / 4.0)


def _noise(value: Floats) -> float:
    """Of a stretch: as they scatter about their neighbours."""
    bends = value[2:] - 2.0 * value[1:-1] + value[:-2]
    return 1.48 / float(np.sqrt(6.0)) * float(np.median(np.abs(bends))) if len(bends) else 0.0


def _halves_apart(time: Floats, rest: Floats, edges: NDArray[np.int64]) -> float:
    """The same by its own arrivals: as the levels under every other one and under those between differ.

    A few stretches may lie straight by chance, and then their scatter says nothing of what each is worth.
    """
    edges = edges[np.append(np.diff(edges) > 1, True)]
    if len(edges) < 2:
        return 0.0
    halves = [_punctual(time[first::2], rest[first::2], (edges + 1 - first) // 2)[1] for first in (0, 1)]
    return 1.48 * float(np.median(np.abs(halves[1] - halves[0]))) / 2.0


def _quietest(value: Floats) -> float:
    """The same by the quietest fifth: however much was held up, it does not count."""
    bends = np.abs(value[2:] - 2.0 * value[1:-1] + value[:-2])
    return float(np.quantile(bends, 0.2)) / (0.2533 * float(np.sqrt(6.0))) if len(bends) else 0.0


def _early(at: Floats, value: Floats) -> NDArray[np.bool_]:
    """Stretches earlier than those before and those after by what cannot be: ticks that were read wrongly."""
    early = np.zeros(len(value), bool)
    side = min(_EARLY_SIDE, (len(value) - 1) // 2)
    if side >= 1:
        usual = np.median(np.lib.stride_tricks.sliding_window_view(value, side), axis=1)
        lower = np.minimum(usual[: -side - 1], usual[side + 1 :])
        bends = _BEND / 2.0 * (at[2 * side :] - at[: -2 * side]) ** 2
        early[side:-side] = value[side:-side] < lower - max(_EARLY * _quietest(value), _EARLY_S) - bends
    return early


def _held_up(at: Floats, value: Floats) -> NDArray[np.bool_]:
    """Stretches that lie above a line through neighbours on both sides by more than a crystal bends."""
    highest = np.full(len(at), np.inf)
    for before in _NEIGHBOURS:
        for behind in _NEIGHBOURS:
            if before + behind >= len(at):
                continue
            a, b = at[: -before - behind], at[before + behind :]
            x = at[before : len(at) - behind]
            low, high = value[: -before - behind], value[before + behind :]
            line = low + (high - low) * (x - a) / (b - a)
            inner = highest[before : len(at) - behind]
            np.minimum(inner, line + _BEND / 2.0 * (x - a) * (b - x), out=inner)
    return np.asarray(value > highest + _LATE * max(_quietest(value), _SIGMA_FLOOR))
