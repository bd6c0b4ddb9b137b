"""How far one stream is behind another, by events that both have: onsets of taps, or edges of a trigger."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from groundup.analysis.sync_events.onset import Onset, find_onset
from groundup.analysis.sync_events.transients import Transient

Pairs = Sequence[tuple[Transient, Transient]]

_ALIKE = 0.6  # share of an onset's deviation that comes from its shape, and so is the same in every tap
_MODELS = 1.2  # how much more, in variance, an onset is off than all that the models know says
_SPREAD = 3.0  # more than this much of the variance that the onsets explain, and the lag is not constant
_MOST_TAPS = 12  # so many tell as much as more do
_SURE = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Lag:
    """How much later a stream is, in seconds, with its 95 % interval, and when the events were in it."""

    lag_s: float
    low_s: float
    high_s: float
    times: tuple[float, ...]


def measure_lag(pairs: Pairs) -> Lag:
    """Lag of the second of each pair behind the first.

    Parameters
    ----------
    pairs : sequence of (Transient, Transient)
        At least one.
    """
    return (_by_switching(pairs) if all(a.switched and b.switched for a, b in pairs) else None) or _by_onset(pairs)


def _by_switching(pairs: Pairs) -> Lag | None:
    """From edges of a trigger: each lies between two samples of either stream, and one lag must suit them all.

    This is no estimate: the lag cannot lie elsewhere, but for the jitter of the time stamps. None if nothing suits.
    """
    low = max(b.rise.before - a.rise.time for a, b in pairs)
    high = min(b.rise.time - a.rise.before for a, b in pairs)
    jitter = max(low - high, 0.0)
    if jitter > min(min(a.rise.interval, b.rise.interval) for a, b in pairs):
        return None
    return Lag((low + high) / 2, min(low, high) - jitter, max(low, high) + jitter, tuple(b.time for _, b in pairs))


def _by_onset(pairs: Pairs) -> Lag:
    some = np.unique(np.linspace(0, len(pairs) - 1, _MOST_TAPS).round().astype(int)).tolist()
    first, second = [[find_onset(pairs[i][which].rise) for i in some] for which in (0, 1)]
    times = {pairs[i][1].time: onset.time for i, onset in zip(some, second, strict=True)}
    lags = np.array([b.time - a.time for a, b in zip(first, second, strict=True)])
    known = _MODELS * (_variance(first) + _variance(second))
    spread = float(lags.var(ddof=1)) if len(lags) > 1 else 0.0
    if spread > _SPREAD * known:  # the lag is not constant, or a tap is no tap
        lag, half = float(np.median(lags)), float(stats.t.ppf(0.975, len(lags) - 1) * np.sqrt(spread / len(lags)))
        half = float(np.hypot(half, _SURE * _ALIKE * np.sqrt(known)))
    else:
        lag = float(lags.mean())
        half = _SURE * float(np.sqrt(known * (_ALIKE**2 + (1 - _ALIKE**2) / len(lags))))
    return Lag(lag, lag - half, lag + half, tuple(times.get(b.time, b.time) for _, b in pairs))


def _variance(onsets: Sequence[Onset]) -> float:
    return float(np.mean([onset.sigma**2 for onset in onsets]))
