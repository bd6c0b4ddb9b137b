"""The EMG-quality processor: where a channel is dead, clipped, mostly mains hum, or moved about."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.signal.windows import hann

from groundup.plugin import Channel, Floats, NotComputable, Processor, Product, Settings, Signal, hookimpl

Positive = Annotated[float, msgspec.Meta(gt=0)]
Bools = NDArray[np.bool_]

BLOCK_S = 0.25
WINDOW_BLOCKS = 4  # in one spectrum
DEAD, CLIPPED, MAINS, MOVED = 1.0, 2.0, 3.0, 4.0
FLAWS: dict[str, float | str] = {
    "flaw_1": "is dead (it does not change)",
    "flaw_2": "is clipped",
    "flaw_3": "is mostly mains hum",
    "flaw_4": "has a motion artefact",
}
_LEAST_RATE = 200.0
_BAND_HZ = (20.0, 450.0)
_LOW_HZ = (1.0, 15.0)
_MAINS_HZ = (50.0, 60.0)
_CLIPPED_SAMPLES = 3
_STEPS_TO_A_RAIL = 20.0  # a signal of a few steps of the converter is often at its greatest value, and not clipped


class EmgQualitySettings(Settings, frozen=True):
    """Settings of the EMG quality.

    Attributes
    ----------
    mains_share : float
        Mains hum (50 or 60 Hz and harmonics) is flagged when it is more than this share of the power from 20 to 450 Hz
        of a second ...
    mains_of_active : float
        ... and more than this share of that power when the muscle is active.
    motion_ratio : float
        A motion artefact is more power from 1 to 15 Hz than so many times that from 20 to 450 Hz, of that second and of
        seconds in which the muscle is active.
    """

    mains_share: Positive = 0.5
    mains_of_active: Positive = 0.05
    motion_ratio: Positive = 10.0


class EmgQuality(Processor):
    """Judges every EMG channel in blocks of a quarter of a second: 0 is good, else the number of the worst flaw.

    1: dead, it does not change at all. 2: clipped, three or more samples in a row at its greatest or least value. 3:
    mostly mains hum. 4: a motion artefact. What needs a flawed channel is not computable there.
    """

    name = "emg_quality"
    accepts = "emg"
    settings_type = EmgQualitySettings
    settings: EmgQualitySettings

    def whole(self, signal: Signal) -> Product:
        """Judge a whole recording."""
        if signal.rate < _LEAST_RATE:
            raise NotComputable(f"{signal.id} is sampled at {signal.rate:.0f} Hz, which shows no flaw of an EMG")
        block = max(2, round(BLOCK_S * signal.rate))
        runs = [(run, np.arange(run.start, run.stop, block)) for run in signal.segments()]
        starts = np.concatenate([s for _, s in runs]) if runs else np.empty(0, int)
        judged = np.zeros((len(starts), len(signal.channels)))
        for column in range(len(signal.channels)):
            judged[:, column] = self._judge(np.ascontiguousarray(signal.samples[:, column]), runs, signal.rate, block)
        channels = tuple(Channel(c.label, "1", c.site, c.side) for c in signal.channels)
        made = Signal(
            f"{signal.id}.quality",
            "quality",
            signal.time[starts],
            judged,
            channels,
            1.0 / BLOCK_S,
            inputs=(signal.id,),
            attrs=dict(FLAWS),
        )
        return Product(signals=(made,))

    def _judge(self, values: Floats, runs: list[tuple[slice, NDArray[np.int64]]], rate: float, block: int) -> Floats:
        finite = np.isfinite(values)
        if not finite.any():
            return np.zeros(sum(len(starts) for _, starts in runs))
        values = values if finite.all() else np.where(finite, values, np.nanmedian(values))
        clipped = _clipped(values)
        # Where the converter has few steps, a muscle at rest does not reach the next for a while.
        coarse = float(np.ptp(values)) < 2 * _STEPS_TO_A_RAIL * _step(values)
        powers = [_powers(values[run], rate, block, len(starts)) for run, starts in runs]
        active = float(np.percentile(np.concatenate([band for band, _, _ in powers]), 90))
        s = self.settings
        parts = []
        for (run, starts), (band, mains, low) in zip(runs, powers, strict=True):
            inner = starts - run.start
            flaws = np.zeros(len(starts))
            flaws[(low > s.motion_ratio * band) & (low > s.motion_ratio * active)] = MOVED
            flaws[(mains > s.mains_share * band) & (mains > s.mains_of_active * active)] = MAINS
            flaws[np.logical_or.reduceat(clipped[run], inner)] = CLIPPED
            part = values[run]
            flat = np.maximum.reduceat(part, inner) == np.minimum.reduceat(part, inner)
            # A last block of a sample or two says nothing.
            flat &= np.diff(np.append(inner, len(part))) > 2
            flaws[_lasting(flat, WINDOW_BLOCKS) if coarse else flat] = DEAD
            parts.append(flaws)
        return np.concatenate(parts)


def _lasting(flat: Bools, least: int) -> Bools:
    """Blocks in runs of at least so many."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False]))))
    lasting = np.zeros(len(flat), bool)
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        lasting[a:b] = b - a >= least
    return lasting


def _clipped(values: Floats) -> Bools:
    """Samples in runs at the greatest or least value."""
    found = np.zeros(len(values), bool)
    middle = float(np.median(values[:: max(1, len(values) // 10_000)]))
    for rail in (float(values.max()), float(values.min())):
        at = np.flatnonzero(values == rail)
        if len(at) < _CLIPPED_SAMPLES:
            continue
        runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        long = [run for run in runs if len(run) >= _CLIPPED_SAMPLES]
        if long and abs(rail - middle) > _STEPS_TO_A_RAIL * _step(values):
            found[np.concatenate(long)] = True
    return found


def _step(values: Floats) -> float:
    """Least difference between two neighbours that differ: a step of the converter, or what stands for it."""
    change = np.abs(np.diff(values[:100_000]))
    change = change[change > 0]
    return float(change.min()) if len(change) else 0.0


def _powers(values: Floats, rate: float, block: int, blocks: int) -> tuple[Floats, Floats, Floats]:
    """Power in the EMG's band, in the mains lines and at low frequencies, for each block of a run without a gap.

    Spectra are of a second each; the last one ends with the run. A run shorter than that has none, and zeros.
    """
    length = WINDOW_BLOCKS * block
    count = len(values) // length
    if count == 0:
        return np.zeros(blocks), np.zeros(blocks), np.zeros(blocks)
    pieces = values[: count * length].reshape(count, length)
    if len(values) > count * length:
        pieces = np.vstack([pieces, values[-length:]])
    frequency: Floats = np.fft.rfftfreq(length, 1 / rate).astype(np.float64)
    weight = hann(length, sym=False)
    found = np.empty((len(pieces), 3))
    # Some at a time: the spectra of an hour would fill the memory.
    for first in range(0, len(pieces), 256):
        some = pieces[first : first + 256]
        power = np.abs(np.fft.rfft((some - some.mean(axis=1, keepdims=True)) * weight, axis=1)) ** 2
        found[first : first + 256] = np.column_stack(
            [_between(power, frequency, *_BAND_HZ), _lines(power, frequency), _between(power, frequency, *_LOW_HZ)]
        )
    of_block = np.minimum(np.arange(blocks) // WINDOW_BLOCKS, len(found) - 1)
    band, mains, low = found[of_block].T
    return band, mains, low


def _between(power: Floats, frequency: Floats, low: float, high: float) -> Floats:
    total: Floats = power[:, (frequency >= low) & (frequency <= high)].sum(axis=1)
    return total


def _lines(power: Floats, frequency: Floats) -> Floats:
    """Power of the mains and its harmonics that stands out of its neighbourhood; of 50 or 60 Hz the stronger."""
    found = []
    for mains in _MAINS_HZ:
        total = np.zeros(len(power))
        for line in np.arange(mains, min(_BAND_HZ[1], 0.95 * frequency[-1]), mains):
            away = np.abs(frequency - line)
            at, beside = away <= 2.0, (away > 2.0) & (away <= 8.0)
            total += np.maximum(power[:, at].sum(axis=1) - at.sum() * power[:, beside].mean(axis=1), 0.0)
        found.append(total)
    return np.maximum(*found)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the EMG quality."""
    return [EmgQuality]
