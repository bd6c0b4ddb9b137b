"""The EMG-quality processor: where a channel is dead, clipped, mostly mains hum, or moved about."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Floats, NotComputableError, Processor, Product, Signal, SignalForm, Stage, hookimpl
from groundup_plugins.processors.emg_quality_flaws import (
    CLIPPED,
    CLIPPED_SAMPLES,
    DEAD,
    FLAWS,
    MAINS,
    MOVED,
    STEPS_TO_A_RAIL,
    EmgQualitySettings,
    Spectra,
)
from groundup_plugins.processors.emg_quality_live import EmgQualityStage

Bools = NDArray[np.bool_]

BLOCK_S = 0.25
WINDOW_BLOCKS = 4  # in one spectrum
_LEAST_RATE = 200.0


class EmgQuality(Processor):
    """Judges every EMG channel in blocks of a quarter of a second: 0 is good, else the number of the worst flaw.

    1: dead, it does not change at all. 2: clipped, three or more samples in a row at its greatest or least value. 3:
    mostly mains hum. 4: a motion artefact. What needs a flawed channel is not computable there.
    """

    name = "emg_quality"
    accepts = "emg"
    settings_type = EmgQualitySettings
    settings: EmgQualitySettings

    def causal(self, form: SignalForm) -> Stage:
        """Judge while it comes in, by what has come so far."""
        self._check(form)
        return EmgQualityStage(form, self.settings)

    def whole(self, signal: Signal) -> Product:
        """Judge a whole recording."""
        self._check(SignalForm.of(signal))
        block = max(2, round(BLOCK_S * signal.rate))
        runs = [(run, np.arange(run.start, run.stop, block)) for run in signal.segments()]
        starts = np.concatenate([s for _, s in runs]) if runs else np.empty(0, int)
        judged = np.zeros((len(starts), len(signal.channels)))
        for column in range(len(signal.channels)):
            judged[:, column] = self._judge(signal.read_channel(column), runs, signal.rate, block)
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

    @staticmethod
    def _check(form: SignalForm) -> None:
        if form.rate < _LEAST_RATE:
            raise NotComputableError(f"{form.id} is sampled at {form.rate:.0f} Hz, which shows no flaw of an EMG")

    def _judge(self, values: Floats, runs: list[tuple[slice, NDArray[np.int64]]], rate: float, block: int) -> Floats:
        finite = np.isfinite(values)
        if not finite.any():
            return np.zeros(sum(len(starts) for _, starts in runs))
        values = values if finite.all() else np.where(finite, values, np.nanmedian(values))
        clipped = _clipped(values)
        # Where the converter has few steps, a muscle at rest does not reach the next for a while.
        coarse = float(np.ptp(values)) < 2 * STEPS_TO_A_RAIL * _step(values)
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
        if len(at) < CLIPPED_SAMPLES:
            continue
        runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        long = [run for run in runs if len(run) >= CLIPPED_SAMPLES]
        if long and abs(rail - middle) > STEPS_TO_A_RAIL * _step(values):
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
    spectra = Spectra(length, rate)
    # Some at a time: the spectra of an hour would fill the memory.
    found = np.concatenate([spectra.powers(pieces[first : first + 256]) for first in range(0, len(pieces), 256)])
    of_block = np.minimum(np.arange(blocks) // WINDOW_BLOCKS, len(found) - 1)
    band, mains, low = found[of_block].T
    return band, mains, low


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the EMG quality."""
    return [EmgQuality]
