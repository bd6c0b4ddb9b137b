"""The delay between two recordings of one signal, stretch by stretch, and whether it is one signal at all.

Weighted by the coherence of each frequency as Hannan and Thomson (1973) show to be best: what only one of the two has
says nothing of the delay.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup.analysis.joining.channel_grids import ChannelSeries, Even, on_even
from groundup.analysis.joining.line_fit import ClockLine, fit_line
from groundup.clock.joint import MOST_DRIFT_PPM
from groundup.model.signals import Floats

Spectrum = NDArray[np.complex128]

MOST_HZ = 1000.0
_FINER = 4  # the first correlation is looked at in steps of so small a part of a sample
_ROUNDS = 6
_SMOOTH_HZ, _SMOOTH = 3.0, 7  # over so much is averaged, and over as many frequencies at least
_NONE = 0.05  # less coherence is none
_BY_CHANCE = 2.0  # over the number of stretches: so coherent are even strangers somewhere
_LOWEST_HZ = 0.2
_STRETCHES = (8, 160)
_STRETCH_S = 2.0
_SAME = 0.7  # coherence, of the frequencies that hold the signal, of what is one signal
_WIDER = 1.4  # the weights are of the same stretches as the lags: set by simulation, docs/decisions/joining.md
_RESAMPLED = 0.025  # of a sample: what interpolation moves, all alike
_REACH_S = 0.008  # to either side of where the search found it
_BANDS = 2.5  # standard errors: by more the halves of the band disagree


@dataclass(frozen=True, eq=False)
class ChannelDelay:
    """One signal in two files.

    Attributes
    ----------
    line : ClockLine
    coherence : float
        Mean over the frequencies, by what power they have.
    stretches : int
    first, last : float
        The overlap, on the file's clock, in s.
    bands_s : float
        By how much the lower and the upper half of the band disagree, in s; 0 where they do not.
    """

    line: ClockLine
    coherence: float
    stretches: int
    first: float
    last: float
    bands_s: float


def measure_delay(a: ChannelSeries, b: ChannelSeries, rough: ClockLine) -> ChannelDelay | str:
    """Delay of two channels that resemble each other at a line that is known to about a sample of the search.

    Returns
    -------
    ChannelDelay or str
        Why it is not one signal.
    """
    rate = min(a.rate, b.rate, MOST_HZ)
    first, second = on_even(a, rate), _moved(b, rate, rough)
    pair = _overlap(first, second)
    if pair is None:
        return "they overlap by less than two seconds"
    x, y, begin = pair
    length = int(np.clip(len(x) // _STRETCHES[0], rate * 0.5, rate * _STRETCH_S))
    starts = np.arange(0, len(x) - length + 1, length)
    if len(starts) > _STRETCHES[1]:
        starts = starts[np.unique(np.linspace(0, len(starts) - 1, _STRETCHES[1]).astype(int))]
    if len(starts) < 4:
        return "they overlap by less than two seconds"
    stretched = [_spectra(x[s : s + length], y[s : s + length]) for s in starts.tolist()]
    cross, left, right = (np.array([one[k] for one in stretched]) for k in range(3))
    hertz: Floats = np.asarray(np.fft.rfftfreq(2 * length, 1.0 / rate), np.float64)
    middles: Floats = np.asarray(begin + (starts + (length - 1) / 2.0) / rate, np.float64)
    lags: Floats = np.zeros(len(cross))
    sizes: Floats = np.ones(len(cross))
    coherence: Floats = np.zeros(len(hertz))
    weight: Floats = np.zeros(len(hertz))
    for number in range(_ROUNDS):  # first the coherence is blurred by what the stretches are off
        turned = cross * np.exp(2j * np.pi * hertz * lags[:, None])
        coherence, weight = _weights(turned, left, right, hertz, rate)
        if number == 0:
            lags = lags + _peak(turned.sum(axis=0) * weight, length, rate)
            continue
        lags, sizes = _steps(cross, np.sqrt(left * right), weight, hertz, lags)
        if not sizes.max() > 0.0:
            return "they are alike, but do not say when"
        line = fit_line(middles, lags, sizes**-0.5)
        lags = line.at(middles) if number < _ROUNDS - 1 else lags
    power = np.sqrt(left.mean(axis=0) * right.mean(axis=0))
    inside = (hertz > _LOWEST_HZ) & (hertz < 0.4 * rate)
    share = float((coherence * power)[inside].sum() / max(power[inside].sum(), 1e-300))
    if share < _SAME:
        return f"they resemble each other, but are not one signal: coherence {share:.2f}, and {_SAME:g} is asked for"
    bands = _disagreement(cross, np.sqrt(left * right), weight, hertz, middles, line)
    own = _own_line(line, rough, math.hypot(bands, _RESAMPLED / rate))
    there = np.array([begin, begin + len(x) / rate])
    on_file = there - rough.at(there)
    return ChannelDelay(own, share, len(starts), float(on_file[0]), float(on_file[1]), bands)


def _moved(b: ChannelSeries, rate: float, rough: ClockLine) -> Even:
    """The file's channel on the reference's clock, as far as the rough line knows it."""
    known = np.isfinite(b.time)
    time = (b.time + rough.at(b.time))[known]
    return on_even(replace(b, time=time, values=b.values[known]), rate)


def _overlap(a: Even, b: Even) -> tuple[Floats, Floats, float] | None:
    """Both on the samples of the first; the second is brought there by its phase, which changes no frequency."""
    shift = (b.begin - a.begin) * a.rate
    whole = int(np.ceil(shift))
    part = whole - shift  # of a sample
    size = len(b.values)
    padded = 1 << int(np.ceil(np.log2(size + 64)))
    spectrum = np.fft.rfft(b.values, padded)
    there = np.fft.irfft(spectrum * np.exp(2j * np.pi * np.fft.rfftfreq(padded) * part), padded)[:size]
    low, high = max(0, whole), min(len(a.values), whole + size)
    if high - low < 2.0 * a.rate:
        return None
    return a.values[low:high], there[low - whole : high - whole], a.begin + low / a.rate


def _spectra(x: Floats, y: Floats) -> tuple[Spectrum, Floats, Floats]:
    window = np.hanning(len(x))
    one, two = (np.fft.rfft((v - v.mean()) * window, 2 * len(x)) for v in (x, y))
    return one * np.conj(two), np.abs(one) ** 2, np.abs(two) ** 2


def _weights(cross: Spectrum, left: Floats, right: Floats, hertz: Floats, rate: float) -> tuple[Floats, Floats]:
    """Squared coherence over all stretches, less what so few show by chance; and what each frequency is worth."""
    mean = cross.mean(axis=0)
    squared = np.abs(mean) ** 2 / np.maximum(left.mean(axis=0) * right.mean(axis=0), 1e-300)
    count = len(cross)
    fair = np.clip((count * squared - 1.0) / (count - 1.0), 0.0, 0.9999)
    wide = max(_SMOOTH, round(_SMOOTH_HZ / float(hertz[1])))
    average = np.ones(wide) / wide
    coherence = np.convolve(fair, average, mode="same")
    sure = np.where(coherence > _NONE + _BY_CHANCE / count, coherence / (1.0 - np.minimum(coherence, 0.999)), 0.0)
    sure[(hertz < _LOWEST_HZ) | (hertz > 0.4 * rate)] = 0.0
    size = np.convolve(np.abs(mean), average, mode="same")
    return coherence, sure / np.maximum(size, 1e-300)


def _peak(total: Spectrum, length: int, rate: float) -> float:
    """Where all stretches together are most alike, in s, near to where the search found it."""
    wave = np.fft.irfft(total, 2 * length * _FINER)
    reach = max(2, int(_REACH_S * rate)) * _FINER
    near = np.concatenate([wave[-reach:], wave[: reach + 1]])
    return (int(np.argmax(near)) - reach) / _FINER / rate


def _steps(cross: Spectrum, power: Floats, weight: Floats, hertz: Floats, lags: Floats) -> tuple[Floats, Floats]:
    """By how much each stretch is to be moved, in s (a Newton step from where it is), and how sharply it says so.

    How sharp a stretch is goes by its power, not by its own correlation, which noise makes large where it is wrong.
    """
    turned = cross * np.exp(2j * np.pi * hertz * lags[:, None])
    circle = 2.0 * np.pi * hertz
    slope = -(weight * circle * turned.imag).sum(axis=1)
    bend = (weight * circle**2 * turned.real).sum(axis=1)
    sharp = (weight * circle**2 * power).sum(axis=1)
    if not bend.sum() > 0.0 or not sharp.sum() > 0.0:
        return lags, np.zeros(len(lags))
    sharp = np.maximum(sharp * (bend.sum() / sharp.sum()), 1e-9 * bend.sum())
    return lags + slope / sharp, sharp


def _disagreement(
    cross: Spectrum, power: Floats, weight: Floats, hertz: Floats, middles: Floats, line: ClockLine
) -> float:
    """How far the lower and the upper half of the band are apart, where that is no chance: a filter does that."""
    told = np.cumsum(weight * power.mean(axis=0) * hertz**2)
    if told[-1] <= 0.0:
        return 0.0
    split = hertz[int(np.searchsorted(told, 0.5 * told[-1]))]
    found = []
    for part in (hertz <= split, hertz > split):
        lags, sizes = _steps(cross, power, np.where(part, weight, 0.0), hertz, line.at(middles))
        if not sizes.max() > 0.0:
            return 0.0
        found.append(fit_line(middles, lags, sizes**-0.5))
    apart = abs(float(found[0].at(np.array([line.pivot]))[0] - found[1].at(np.array([line.pivot]))[0]))
    sd = float(np.hypot(found[0].offset_half, found[1].offset_half)) / 2.0
    return apart if apart > _BANDS * sd else 0.0


def _own_line(line: ClockLine, rough: ClockLine, common: float) -> ClockLine:
    """The line by the file's own clock: what is left beside the rough line, and that."""
    # The reference's pivot, taken back by the rough line.
    there = line.pivot
    own = (there - rough.offset + rough.drift * rough.pivot) / (1.0 + rough.drift)
    offset = there - own + line.offset
    drift = (1.0 + rough.drift) * (1.0 + line.drift) - 1.0
    half = float(np.hypot(_WIDER * line.offset_half, common))
    drift_half = min(_WIDER * line.drift_half, 1e-6 * MOST_DRIFT_PPM)
    return ClockLine(own, offset, half, drift, drift_half, line.spread)
