"""Where one signal lies in another: stretches of the one are looked for in all of the other, at every lag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from groundup.analysis.joining.channel_grids import Even
from groundup.clock.joint import MOST_DRIFT_PPM
from groundup.model.signals import Floats

_STRETCH_S, _LEAST_S = 8.0, 1.0
_STRETCHES = 12
_SHARE = 6.0  # of the shorter file a stretch is
_PEAKS = 8  # of each stretch are followed
_DRIFT = 1e-6 * MOST_DRIFT_PPM
_SURE_R = 0.999
_BESIDE_S = 0.2  # less than a step takes
_MOST_OTHERS = 25
_WIDE = 5  # samples, by which stretches may lie beside a line


@dataclass(frozen=True, eq=False)
class Candidate:
    """An offset at which stretches of two signals are alike.

    Attributes
    ----------
    score : float
        Sum of the correlations of the stretches (Fisher's z), each times the root of its length.
    times, lags : ndarray, shape (n,)
        Middles of the stretches on the file's clock, and what to add to them, in s.
    sign : float
        -1 where one of the two is turned over.
    """

    score: float
    times: Floats
    lags: Floats
    sign: float


@dataclass(frozen=True, eq=False)
class _Profile:
    """Correlation of one stretch at every lag: ``first + k / rate``."""

    middle: float
    first: float
    values: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """The best offset of two signals, and what all others have.

    Attributes
    ----------
    best : Candidate
    near, far : tuple of float
        Scores of offsets beside the best, which see the same moments from the side, and of all others.
    alike : float
        The mean of the stretches at another offset, where some of them can be seen, against that at the best.
    """

    best: Candidate
    near: tuple[float, ...]
    far: tuple[float, ...]
    alike: float


def search(a: Even, b: Even) -> Found | None:
    """The offset at which two whitened signals of one rate resemble each other most; None if they are too short.

    Parameters
    ----------
    a, b : Even
        Of the reference, and of the file that is to be joined.
    """
    profiles = _profiles(a, b)
    if len(profiles) < 3:
        return None
    seeds: list[tuple[float, int, int, float]] = []
    for number, profile in enumerate(profiles):
        for sign in (1.0, -1.0):
            for place in _peaks(sign * profile.values):
                seeds.append((float(sign * profile.values[place]), number, place, sign))
    every = [one for one in (_followed(profiles, a.rate, *seed[1:]) for seed in seeds) if one is not None]
    if not every:
        return None
    best = max(every, key=lambda one: one.score)
    followed = [(one.score, _apart(best, one)) for one in every if _apart(best, one) > 1.5 / a.rate]
    # Seeds are few, and of a signal that repeats there may be more offsets than that: so all are looked at.
    shifted, alike = _elsewhere(profiles, best, a.rate)
    others = [*_one_each(followed, 1.5 / a.rate), *shifted]
    near = tuple(score for score, away in others if away <= _BESIDE_S)
    return Found(best, near, tuple(score for score, away in others if away > _BESIDE_S), alike)


def _one_each(scored: list[tuple[float, float]], apart: float) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    for one in sorted(scored, reverse=True):
        if all(abs(one[1] - other[1]) > apart for other in kept):
            kept.append(one)
        if len(kept) > _MOST_OTHERS:
            break
    return kept


def _elsewhere(profiles: Sequence[_Profile], best: Candidate, rate: float) -> tuple[list[tuple[float, float]], float]:
    """Scores at all other offsets with the drift of the best, how far they are from it, in s, and the most alike."""
    slope, _ = np.polyfit(best.times, best.lags, 1) if len(best.times) > 2 else (0.0, 0.0)
    slope = float(np.clip(slope, -_DRIFT, _DRIFT))
    pivot, offset = float(best.times.mean()), float(best.lags.mean())
    begins = [round((p.first - slope * (p.middle - pivot) - offset) * rate) for p in profiles]
    low = min(begins)
    size = max(begins) - low + len(profiles[0].values)
    found: list[tuple[float, float]] = []
    usual, alike = best.score / len(best.times), 0.0
    for sign in (1.0, -1.0):
        total, count = np.zeros(size), np.zeros(size)
        for begin, profile in zip(begins, profiles, strict=True):
            part = slice(begin - low, begin - low + len(profile.values))
            total[part] += maximum_filter1d(sign * profile.values, _WIDE)
            count[part] += 1.0
        away = np.abs(np.arange(size) + low) / rate
        beyond = away > (1.5 + _WIDE) / rate
        top = np.flatnonzero(beyond & (total == maximum_filter1d(total, 2 * _WIDE + 1)) & (total > 0.0))
        top = top[np.argsort(-total[top])[:_MOST_OTHERS]]
        found += [(float(total[i]), float(away[i])) for i in top]
        seen = (away > _BESIDE_S) & (count >= max(3.0, len(best.times) / 4.0))
        if seen.any():
            alike = max(alike, float((total[seen] / count[seen]).max()) / max(usual, 1e-300))
    return found, alike


def _profiles(a: Even, b: Even) -> list[_Profile]:
    shorter = min(len(a.values), len(b.values)) / a.rate
    length = int(a.rate * min(max(shorter / _SHARE, _LEAST_S), _STRETCH_S))
    if length > min(len(a.values), len(b.values)):
        return []
    starts = np.unique(np.linspace(0, len(b.values) - length, _STRETCHES).astype(int))
    padded = 1 << int(np.ceil(np.log2(len(a.values) + length)))
    whole = np.fft.rfft(a.values, padded)
    energy = np.concatenate([[0.0], np.cumsum(a.values**2)])
    under = energy[length:] - energy[:-length]
    usual = float(under.mean())
    every = []
    for start in starts.tolist():
        part = b.values[start : start + length]
        own = float(part @ part)
        if own <= 0.0 or b.known[start : start + length].mean() < 0.9:
            continue
        product = np.fft.irfft(whole * np.conj(np.fft.rfft(part, padded)), padded)[: len(under)]
        # Where the other is hardly there, nothing can be alike.
        r = product / np.sqrt(own * np.maximum(under, 0.05 * usual))
        z = np.arctanh(np.clip(r, -_SURE_R, _SURE_R)) * np.sqrt(length)
        begin = b.begin + start / b.rate
        every.append(_Profile(begin + (length - 1) / 2.0 / b.rate, a.begin - begin, z))
    return every


def _peaks(values: Floats) -> list[int]:
    top = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
    top = top[values[top] > 0.0]
    return [int(place) for place in top[np.argsort(-values[top])[:_PEAKS]]]


def _followed(profiles: Sequence[_Profile], rate: float, number: int, place: int, sign: float) -> Candidate | None:
    """From one stretch on to all others, where two clocks may have got to by then."""
    seed = profiles[number]
    times, lags = [seed.middle], [seed.first + place / rate]
    total = float(sign * seed.values[place])
    drift, others = 0.0, (p for i, p in enumerate(profiles) if i != number)
    steps = sorted(others, key=lambda p: abs(p.middle - seed.middle))
    for profile in steps:
        away = profile.middle - seed.middle
        # The drift is known the better the further it has been followed.
        far = max(abs(t - seed.middle) for t in times)
        open_s = min(_DRIFT * abs(away), 1.5 / rate * (1.0 + abs(away) / far) if far > 0.0 else np.inf) + 1.0 / rate
        expected = (lags[0] + drift * away - profile.first) * rate
        low, high = int(np.floor(expected - open_s * rate)), int(np.ceil(expected + open_s * rate)) + 1
        low, high = max(low, 0), min(high, len(profile.values))
        if low >= high:
            continue
        best = low + int(np.argmax(sign * profile.values[low:high]))
        total += float(sign * profile.values[best])
        times.append(profile.middle)
        lags.append(profile.first + best / rate)
        if abs(away) > far:
            apart = np.array(times) - seed.middle
            slope = float(apart @ (np.array(lags) - lags[0])) / float(apart @ apart)
            drift = float(np.clip(slope, -_DRIFT, _DRIFT))
    if len(times) < 2:
        return None
    order = np.argsort(times)
    return Candidate(total, np.array(times)[order], np.array(lags)[order], sign)


def _apart(a: Candidate, b: Candidate) -> float:
    """How far two offsets are apart, in s: the median over the stretches that both have."""
    shared, mine, theirs = np.intersect1d(a.times, b.times, return_indices=True)
    if not len(shared):
        return float(abs(a.lags.mean() - b.lags.mean()))
    return float(np.median(np.abs(a.lags[mine] - b.lags[theirs])))
