"""The line from one clock to another through coincidences: offset and drift, with intervals that hold."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from groundup.clock.joint import MOST_DRIFT_PPM
from groundup.model.signals import Floats

_DRIFT_SD = 100e-6  # what clocks of crystals differ by, before anything is measured
_OUTLIER = 3.0  # robust standard deviations from the line
_LEAST_S = 5e-6  # no offset is known better: what stamps resolve
_ROUNDS = 20


@dataclass(frozen=True)
class ClockLine:
    """Offset and drift with half their 95 % intervals.

    Attributes
    ----------
    pivot : float
        On the file's clock, in s; the offset holds there.
    offset, offset_half : float
        In s.
    drift, drift_half : float
        A share: 1e-6 is a ppm.
    spread : float
        Standard deviation of the coincidences around the line, in s.
    """

    pivot: float
    offset: float
    offset_half: float
    drift: float
    drift_half: float
    spread: float

    def at(self, time: Floats) -> Floats:
        """What to add to these times of the file, shape (N,), s."""
        added: Floats = self.offset + self.drift * (time - self.pivot)
        return added


def fit_line(time: Floats, lag: Floats, sd: Floats, *, common: float = 0.0, known: bool = False) -> ClockLine:
    """The line through coincidences, with few of them that lie off left nearly out.

    Clocks are not taken to differ by anything: a drift is believed beforehand to be within 100 ppm (one standard
    deviation), so that a short overlap gives a drift near 0 with that interval, and a long one its own.

    Parameters
    ----------
    time : ndarray, shape (n,)
        When they were on the file's clock, in s.
    lag : ndarray, shape (n,)
        What to add to get the reference's time, in s.
    sd : ndarray, shape (n,)
        How well each is known, in s; only against each other where not `known`.
    common : float
        Half the 95 % interval of what they are all off by alike, in s: it does not average.
    known : bool
        Whether `sd` is not only relative: then the spread may only widen the interval.
    """
    weight, robust = sd**-2.0, np.ones(len(time))
    pivot = float(weight @ time / weight.sum())
    offset = drift = 0.0
    scale, prior = 0.0, _DRIFT_SD**-2.0  # first without what is believed, until it is known how the lags scatter
    along = time - pivot
    for number in range(_ROUNDS):
        use = weight * robust
        stiff = prior * scale + 1e-12 * weight.sum()
        normal = np.array([[use.sum(), use @ along], [use @ along, use @ along**2 + stiff]])
        offset, drift = np.linalg.solve(normal, [use @ lag, use @ (along * lag)]).tolist()
        off = (lag - offset - drift * along) / sd
        size = 1.4826 * float(np.median(np.abs(off)))
        limit = _OUTLIER * max(size, 1e-9)
        after = np.minimum(1.0, limit / np.maximum(np.abs(off), 1e-300))
        dof = max(len(time) - 2, 1)
        scale = max(float((robust * off**2).sum()) / dof, 1.0 if known else 1e-12)
        settled = bool(np.allclose(after, robust, atol=1e-4))
        robust = after
        if settled and number > 2:
            break
    use = weight * robust
    normal = np.array([[use.sum(), use @ along], [use @ along, use @ along**2]]) / scale + np.diag([0.0, prior])
    inverse = np.linalg.inv(normal)
    sure = float(stats.norm.ppf(0.975) if known and scale == 1.0 else stats.t.ppf(0.975, max(len(time) - 2, 1)))
    # The offset is told where it is known best: there the drift's error has no part in it.
    best = -inverse[0, 1] / inverse[1, 1]
    variance = float(inverse[0, 0] - inverse[0, 1] ** 2 / inverse[1, 1])
    half = float(np.hypot(sure * np.sqrt(variance), common)) + _LEAST_S
    drift_half = min(sure * float(np.sqrt(inverse[1, 1])), 1e-6 * MOST_DRIFT_PPM)
    spread = float(np.sqrt((robust * (lag - offset - drift * along) ** 2).sum() / max(robust.sum(), 1.0)))
    return ClockLine(pivot + best, offset + drift * best, half, drift, drift_half, spread)
