"""At what rate a stream really samples, told from late stamps: the nominal rate only says where to begin."""

import numpy as np

from groundup.clock.delay_model import few
from groundup.clock.smoother import Floats
from groundup.clock.stamps import PIECE, Stamps
from groundup_ext import _median

_RATE_BLOCK_S = 2.0
_SCATTER_SAMPLES = 32
_STANDS_STILL = 0.02  # of an interval: the smallest that is believed of one
RATE_CHANGE = 0.02
"""A smaller change is none: crystals differ by far less."""
_RATE_RANGE = 10.0  # a larger change is a sender that was held up and then sends all at once
_FIRST_LAG_S, _LAST_LAG_S = 0.06, 4.0
_RUNS = 8  # of a stream too long to be held, so many runs tell its interval ...
_RUN_S = 36.0  # ... each at least this long, for the longest lag


class IrregularTimestampsError(ValueError):
    """Stamps that are not those of a regular stream: they stand still, run backwards, or come at random."""


def sampling_interval(stamps: Stamps, rate: float) -> tuple[float, float]:
    """Sampling interval, as most of the stamps tell it, and how much their lateness differs.

    From short stretches to long ones: few short stretches hold a loss, and long ones are precise; of these, the ones
    count that do not contradict what the shorter ones said.
    """
    runs = _runs(stamps, rate)
    length = len(runs[0])
    differences = np.concatenate([np.diff(run[: 2 * PIECE if len(runs) == 1 else PIECE // _RUNS]) for run in runs])
    # Where all samples of a packet bear one stamp, a stretch is of several packets.
    packet = 1.0 / max(float(np.mean(differences > 0.5 * np.mean(differences))), 1e-3)
    lag, jitter = min(length - 1, max(8, round(_FIRST_LAG_S * rate), round(8 * packet))), np.inf
    interval = 0.0
    while True:
        # Twenty thousand stretches are enough to take a median.
        every = max(1, len(runs) * (length - lag) // 20_000)
        long = np.concatenate([_apart(run, lag, every) for run in runs])
        if not np.isfinite(jitter):
            interval = _median.median(long) / lag
            spread = 1.48 * _median.median(np.abs(long - lag * interval))
            if spread < 0.25 * lag * interval:
                jitter = spread
        else:
            better = _centre(long - lag * interval, 2.5 * jitter + 1e-4 * lag * interval)
            if better is None:
                break
            interval += better / lag
        if lag * interval > _LAST_LAG_S or 4 * lag > length // 2 or lag * 4 > _LAST_LAG_S * max(rate, 1.0) * 4:
            break
        lag *= 4
    typical = _median.median(differences)
    if typical > 0.0 and not 0.99 < interval / typical < 1.01:
        # So many are lost that most stretches are short of some; what lies between samples is then whole intervals.
        whole = differences / typical
        single = differences[np.round(whole) == 1.0]
        if len(single) and float(np.mean(np.abs(whole - np.round(whole)) < 0.2)) > 0.9:
            interval = _median.median(single)
    if not (np.isfinite(interval) and 0.02 < interval * rate < 50.0):
        raise IrregularTimestampsError(f"its stamps advance by {interval:g} s a sample, and it says {rate:g} Hz")
    return interval, jitter if np.isfinite(jitter) else 0.0


def scatter(stamps: Stamps, rate: float) -> float:
    """How far stamps that nobody could straighten lie off even sampling, in s: the 95th percentile.

    They are held against a straight line through every second or two, whatever its slope: what was lost there bends it.
    Where most stand still, or they do not go forward, each may be anywhere in the time that all of them take.
    """
    size = max(_SCATTER_SAMPLES, round(_RATE_BLOCK_S * rate))
    usual = float(np.median(few(np.diff(stamps[: 2 * PIECE]))))
    if usual < _STANDS_STILL / rate or stamps.at(-1) <= stamps.at(0):
        return (len(stamps) - 1) / rate
    off = []
    for _, values in stamps.pieces():
        rows = values[: len(values) // size * size].reshape(-1, size) if len(values) > size else values[None]
        place = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2.0
        rest = rows - rows.mean(axis=1, keepdims=True)
        slope = (rest * place).sum(axis=1, keepdims=True) / max(float(np.square(place).sum()), 1.0)
        rest -= slope * place
        rest -= _median.medians(rest)[:, None]
        off.append(few(np.abs(rest).ravel()))
    return float(np.percentile(np.concatenate(off), 95))


def _runs(stamps: Stamps, rate: float) -> list[Stamps]:
    """What is looked at: all of it, or runs spread evenly, all of one length."""
    length = max(PIECE // _RUNS, round(_RUN_S * rate))
    if len(stamps) <= max(2 * PIECE, 2 * length):
        return [stamps]
    count = min(_RUNS, len(stamps) // length)
    begins = np.linspace(0, len(stamps) - length, count).astype(int).tolist()
    return [stamps.part(begin, begin + length) for begin in begins]


def _apart(run: Stamps, lag: int, every: int) -> Floats:
    """How far stamps that lie `lag` samples apart differ."""
    values = run[:]
    return np.asarray(values[lag::every] - values[:-lag:every])


def _centre(values: Floats, width: float) -> float | None:
    """Middle of the values around zero, found by moving there; None where too few of them are."""
    middle = 0.0
    for _ in range(3):
        near = values[np.abs(values - middle) < width]
        if len(near) < max(50, 0.3 * len(values)):
            return None
        middle = _median.median(near)
    return middle


def rate_changes(stamps: Stamps, rate: float) -> list[int]:
    """Where the sampling rate changes for good."""
    size = max(16, round(_RATE_BLOCK_S * rate))
    count = len(stamps) // size
    if count < 6:
        return []
    half = size // 2
    # A few lags of each block are as good as all, and cheaper.
    every = max(1, half // 32)
    some = max(1, PIECE // size)
    interval = np.empty(count)
    for begin in range(0, count, some):
        end = min(begin + some, count)
        blocks = stamps[begin * size : end * size].reshape(end - begin, size)
        interval[begin:end] = _median.medians(blocks[:, half::every] - blocks[:, : size - half : every]) / half
    usual = np.median([np.append(interval[0], interval[:-1]), interval, np.append(interval[1:], interval[-1])], axis=0)
    if np.ptp(usual) < RATE_CHANGE * usual.min():
        return []
    changes: list[int] = []
    for j in range(3, count - 2):
        before, after = usual[max(j - 3, 0) : j], usual[j : j + 3]
        steady = np.ptp(before) < 0.005 * before[0] and np.ptp(after) < 0.005 * after[0]
        ratio = after[0] / before[0] if before[0] > 0 else 0.0
        if steady and abs(ratio - 1.0) > RATE_CHANGE and 1.0 / _RATE_RANGE < ratio < _RATE_RANGE:
            changes.append(_bend(stamps, (j - 2) * size, (j + 2) * size, before[0], after[0]))
    return [c for c, previous in zip(changes, [-4 * size, *changes], strict=False) if c - previous > 2 * size]


def _bend(stamps: Stamps, a: int, b: int, before: float, after: float) -> int:
    """The sample between `a` and `b` at which the interval changes: where two straight lines meet."""
    k = np.arange(b - a)
    near = stamps[a:b]
    late = near - near[0] - k * (before + after) / 2.0
    return a + int(np.argmax(late) if before > after else np.argmin(late))
