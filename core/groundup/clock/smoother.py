"""A smooth curve through noisy measurements, with everything that is not known about it.

The state is a value and its slope; the slope wanders (an integrated random walk: a clock warms up, the room cools). The
estimate is that of a Rauch-Tung-Striebel smoother, computed as one banded system, which is the same and needs no loop.
How much the slope wanders and how noisy the measurements are is learnt from the measurements: every stiffness of a grid
counts by its likelihood. What remains unknown is kept as draws from the posterior, so that any statement about the
curve (at a time, over a stretch, beyond its ends) can be read off them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup_ext import _banded, _median

Floats = NDArray[np.float64]

DRAWS = 128
_STIFFNESS_STEP = 1.8
_PRIOR_COUNT = 3.0  # measurements that the stated noise is worth against the noise seen
_OUTLIER = 4.0
_ROUNDS = 3
_MINUTE_S = 60.0
_WARM_S = (60.0, 200.0)  # in which electronics warm up
_STRAIGHTEST, _SURELY, _NEAR = 2, 0.8, 4
_SETTLED = 1e-3  # of what the slope wanders at first (a variance)
_LASTS = 4  # times for which noise may last
_UNSOLVED = 1e6  # a logarithm by which a fit that failed is less likely than any other
_TELLING = 12  # measurements that tell more than a stiffness
_FLEXIBLE_KNOTS = 8.0  # time constant, in knots, at which outliers are looked for, at most
_CRYSTAL = 1e-11  # 1/s; variance by which its slope may wander in a second: 30 ppm within 100 s, as it warms up
_LEAST_KNOTS = 1.0  # ... but a curve that goes through every measurement shows none that is off


@dataclass(frozen=True)
class Curve:
    """A value that changes smoothly with time.

    Attributes
    ----------
    time : ndarray, shape (K,)
        Knots, increasing.
    value, slope : ndarray, shape (K,)
        The estimate.
    values, slopes : ndarray, shape (DRAWS, K)
        Draws from what it may be instead.
    beyond : ndarray, shape (DRAWS,)
        How a draw goes on outside the knots, times the distance to the power 1.5.
    """

    time: Floats
    value: Floats
    slope: Floats
    values: Floats
    slopes: Floats
    beyond: Floats

    def at(self, time: Floats) -> Floats:
        """Value at any time: smooth between the knots, straight on beyond the ends."""
        return _hermite(self.time, self.value, self.slope, time)

    def errors_at(self, time: Floats) -> Floats:
        """Draws of what `at` may be off by, shape (DRAWS, len(time))."""
        outside = np.maximum(self.time[0] - time, 0.0) + np.maximum(time - self.time[-1], 0.0)
        drawn = _hermite(self.time, self.values, self.slopes, time)
        return np.asarray(drawn - self.at(time) + self.beyond[:, None] * outside**1.5)


def smooth(
    time: Floats,
    value: Floats,
    sigma: Floats,
    *,
    slope: float | None = None,
    slope_sd: float = 1e-3,
    straight: float = 2.0,
    lasting: bool = False,
    seed: int = 0,
    draws: bool = True,
    outliers: bool = True,
    sharpest: float = 2.0,
) -> Curve:
    """Fit a `Curve`.

    Parameters
    ----------
    time, value : ndarray, shape (K,)
        K >= 1 measurements, time strictly increasing.
    sigma : ndarray, shape (K,)
        Standard deviation of each: right relative to each other, roughly right in size.
    slope, slope_sd : float
        What is known of the slope beforehand; None for nothing but its size.
    straight : float
        Power of its time constant by which a straighter curve is likelier beforehand.
    lasting : bool
        Whether what puts one measurement off may put the next off too.
    seed : int
        Of the draws; curves whose errors are added need different ones.
    draws : bool
        Whether there are any; without, only the estimate is known.
    outliers : bool
        Whether there may be any. Where there are none, a bend that is sharp for its knots is not taken for some.
    sharpest : float
        Time constant of the sharpest bends that there may be, in knots.

    Returns
    -------
    Curve
        With a knot at each measurement.
    """
    random = np.random.default_rng(seed)
    mean_slope = _typical_slope(time, value) if slope is None else slope
    line = value[len(value) // 2] + mean_slope * (time - time[len(time) // 2])
    if len(time) == 1:
        values = value[0] + sigma[0] * random.standard_normal((DRAWS, 1))
        slopes = mean_slope + slope_sd * random.standard_normal((DRAWS, 1))
        return Curve(time, value.copy(), np.full(1, mean_slope), values, slopes, np.zeros(DRAWS))
    fits = _Fits(
        time, value - line, sigma, slope_sd, straight, sharpest, lasting=lasting, varied=draws, outliers=outliers
    )
    mean, drawn, beyond = fits.averaged(random, DRAWS if draws else 0)
    return Curve(
        time, line + mean[0::2], mean_slope + mean[1::2], line + drawn[:, 0::2], mean_slope + drawn[:, 1::2], beyond
    )


@dataclass(frozen=True)
class _Model:
    """How a clock may wander, and its measurements be noisy.

    Attributes
    ----------
    constant : float
        Time constant of its bends, in s: the larger, the stiffer.
    warm : float
        Time constant in s in which it warms up and wanders less and less; infinite for one that has.
    lasts : float
        For how long the noise lasts, in s; 0 where each measurement has its own.
    """

    constant: float
    warm: float
    lasts: float


_Fit = tuple[Floats, Floats, float, float]
"""Mean, Cholesky factor, misfit and log determinant."""


class _Fits:
    """The same measurements fitted with every model."""

    def __init__(
        self,
        time: Floats,
        value: Floats,
        sigma: Floats,
        slope_sd: float,
        straight: float,
        sharpest: float,
        *,
        lasting: bool,
        varied: bool,
        outliers: bool,
    ) -> None:
        self.value, self.slope_sd, self.straight, self.lasting = value, slope_sd, straight, lasting
        self.varied = varied
        self.step, self.since = np.diff(time), time[1:] - time[0]
        self.spacing = _median.median(self.step)
        # A bend mostly lasts at least two knots; one that takes the whole time is lost in the noise of a straight line.
        longest = max(4.0 * self.spacing, float(time[-1] - time[0]))
        shortest = sharpest * self.spacing
        count = 2 + int(np.log(longest / shortest) / np.log(_STIFFNESS_STEP))
        self.constants = np.geomspace(shortest, longest, count)
        self.size = _median.median(sigma)
        self.sigma = self._without_outliers(sigma) if outliers else sigma

    def _without_outliers(self, sigma: Floats) -> Floats:
        """Make what lies off by much more than its like count little."""
        if len(sigma) < 5:
            return sigma
        heavier = sigma
        # As stiff as leaves a crystal its bends: the first minute of one that warms up is no row of outliers.
        bends = (self.size**2 * self.spacing / _CRYSTAL) ** 0.25 / self.spacing
        flexible = float(np.clip(bends, _LEAST_KNOTS, _FLEXIBLE_KNOTS)) * self.spacing
        for _ in range(_ROUNDS):
            rest = self.value - self._solve(heavier, _Model(flexible, np.inf, 0.0))[0][0::2]
            distance = np.abs(rest) / sigma
            scale = max(1.48 * _median.median(distance), 1e-3)
            heavier = sigma * (1.0 + (distance / (_OUTLIER * scale)) ** 4)
        return heavier

    def _solve(self, sigma: Floats, model: _Model) -> _Fit:
        """Mean, Cholesky factor, misfit and log determinant."""
        factor, mean = np.empty((4, 2 * len(self.value))), np.empty(2 * len(self.value))
        walk = self.size**2 * self.spacing / model.constant**4 * self.warmth(model.warm)
        alike = np.exp(-self.step / model.lasts) if model.lasts > 0.0 else np.zeros(len(self.step))
        try:
            misfit, log_det = _banded.fit(
                self.step, self.value, 1.0 / sigma**2, walk, alike, self.slope_sd, factor, mean
            )  # fmt: skip
        except (
            ValueError
        ):  # knots so unevenly apart are beyond the precision of a float: the line, if nothing is better
            factor[:] = 0.0
            factor[0] = 1.0 / self.size
            return np.zeros(2 * len(self.value)), factor, float(np.square(self.value / sigma).sum()), _UNSOLVED
        return mean, factor, misfit, log_det

    def warmth(self, warm: float) -> Floats:
        """How much more than in the end the slope wanders in each step."""
        if not np.isfinite(warm):
            return np.ones(len(self.step))
        return np.asarray(_SETTLED + (1.0 - _SETTLED) * np.exp(-2.0 * self.since / warm))

    def models(self) -> list[tuple[_Model, _Fit]]:
        """What may be, as far as the measurements leave a choice: fitted."""
        plain = [(model, self._solve(self.sigma, model)) for model in (_Model(c, np.inf, 0.0) for c in self.constants)]
        if len(self.value) < _TELLING or not self.varied:
            return plain
        share = self._shares(plain)
        at = int(np.argmax(share))
        more: list[_Model] = []
        if float(share[-_STRAIGHTEST:].sum()) < _SURELY:  # it bends: perhaps because it warms up
            span = float(self.since[-1])
            near = self.constants[max(0, at - _NEAR) : at + 1]
            more += [_Model(c, w, 0.0) for w in _WARM_S if w < 2.0 * span for c in near]
        if self.lasting and self._alike(plain[at][1][0][0::2]):
            lasts = np.geomspace(self.spacing, float(self.since[-1]) / 3.0, _LASTS)
            more += [_Model(c, np.inf, n) for n in lasts for c in self.constants[::2] if c > n]
        return plain + [(model, self._solve(self.sigma, model)) for model in more]

    def _alike(self, curve: Floats) -> bool:
        """Whether neighbours are off together, or the curve bends as no crystal does to follow them."""
        rest = (self.value - curve) / self.sigma
        limit = 3.0 * _median.median(np.abs(rest))
        rest = np.clip(rest, -limit, limit)
        power = float(np.square(rest).sum())
        together = float((rest[1:] * rest[:-1]).sum()) / power if power > 0.0 else 0.0
        return bool(together > 2.0 / np.sqrt(len(rest)))

    def _shares(self, fits: Sequence[tuple[_Model, _Fit]]) -> Floats:
        """How likely each is."""
        freedom = _PRIOR_COUNT + len(self.value) - 2.0
        # Beyond a minute, a straighter clock is the likelier one; of a clock that settles, its mean counts.
        constant = [m.constant * float(np.mean(self.warmth(m.warm))) ** -0.25 for m, _ in fits]
        log = self.straight * np.log(np.maximum(constant, _MINUTE_S))
        log += [-0.5 * log_det - 0.5 * freedom * np.log(_PRIOR_COUNT + misfit) for _, (*_, misfit, log_det) in fits]
        share = np.exp(log - log.max())
        return np.asarray(share / share.sum())

    def averaged(self, random: np.random.Generator, number: int) -> tuple[Floats, Floats, Floats]:
        """Mean, draws (number, 2K) and their going on beyond the ends, over all models by their likelihood."""
        freedom = _PRIOR_COUNT + len(self.value) - 2.0
        fits = self.models()
        share = self._shares(fits)
        mean = np.sum([s * fit[0] for s, (_, fit) in zip(share, fits, strict=True)], axis=0)
        # As many draws of each as its share, to the nearest whole number; together exactly that number.
        counts = np.diff(np.round(np.append(0.0, np.cumsum(share)) * number).astype(int))
        draws, beyond = [np.empty((0, len(mean)))], [np.empty(0)]
        for count, (model, (centre, factor, misfit, _)) in zip(counts, fits, strict=True):
            if count:
                scale = np.sqrt((_PRIOR_COUNT + misfit) / random.chisquare(freedom, count))
                drawn = random.standard_normal((len(centre), count))
                _banded.solve_upper(factor, drawn)
                draws.append(centre + (drawn * scale).T)
                walk = self.size * np.sqrt(self.spacing) / model.constant**2
                beyond.append(scale * walk / np.sqrt(3.0) * random.standard_normal(count))
        return mean, np.concatenate(draws), np.concatenate(beyond)


def _typical_slope(time: Floats, value: Floats) -> float:
    """Median slope over half the whole time: one outlier does not tilt it."""
    half = max(1, len(time) // 2)
    return _median.median((value[half:] - value[:-half]) / (time[half:] - time[:-half])) if len(time) > 1 else 0.0


def _hermite(knots: Floats, value: Floats, slope: Floats, time: Floats) -> Floats:
    """Smooth through values and slopes, shape (..., K) to (..., len(time)); straight lines outside the knots."""
    if len(knots) == 1:
        return np.asarray(value + slope * (time - knots[0]))
    i = np.clip(np.searchsorted(knots, time) - 1, 0, len(knots) - 2)
    before, after = time - knots[i], time - knots[i + 1]
    # The straight lines of both knots, blended so that each has its way at its own knot.
    part = np.clip(before / (knots[i + 1] - knots[i]), 0.0, 1.0)
    blend = part * part * (3.0 - 2.0 * part)
    left = value[..., i] + slope[..., i] * before
    right = value[..., i + 1] + slope[..., i + 1] * after
    return np.asarray(left + (right - left) * blend)
