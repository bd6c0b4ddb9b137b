"""Flaws of EMG channels while they are recorded: each eighth of a second judged by what has come so far."""

import math
from collections import deque
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Floats, Made, SignalForm, Stage
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

BLOCK_S = 0.125
_BLOCKS_IN_WINDOW = 8  # a second
_BLOCKS_A_LOOK = 4
_FLAT_BLOCKS, _FLAT_BLOCKS_IF_COARSE = 2, 8
_STEPS_FROM = 100_000  # samples: later ones say no more of the converter's step
_WINDOWS_KEPT = 600


class EmgQualityStage(Stage):
    """Causal form of `EmgQuality`.

    A flaw is told an eighth of a second after it shows, so it is known of a stride before the stride is measured. What
    the whole recording knows better is taken from what has come so far: the rails, and how much power the muscle has
    when it is active. Hum and motion are looked for twice a second, in the last second.
    """

    gap = "bridge"

    def __init__(self, taken: SignalForm, settings: EmgQualitySettings) -> None:
        self._settings = settings
        self._block = max(CLIPPED_SAMPLES, round(BLOCK_S * taken.rate))
        self.ratio = Fraction(1, self._block)
        self.latency_s = self._block / taken.rate
        channels = tuple(Channel(c.label, "1", c.site, c.side) for c in taken.channels)
        self.form = replace(
            taken, id=f"{taken.id}.quality", kind="quality", channels=channels, rate=taken.rate / self._block,
            inputs=(taken.id,), attrs=dict(FLAWS),
        )  # fmt: skip
        self._longest_step = 1.5 / taken.rate
        self._spectra = Spectra(_BLOCKS_IN_WINDOW * self._block, taken.rate, single=True)
        self.reset()

    def reset(self) -> None:
        """Know nothing of the channels."""
        assert self.form is not None
        width = len(self.form.channels)
        self._window: deque[Floats] = deque(maxlen=_BLOCKS_IN_WINDOW)
        self._part = np.empty((self._block, width))
        self._filled = self._blocks = self._whole_since = 0
        self._last_time = np.nan
        self._greatest, self._least = np.full(width, -np.inf), np.full(width, np.inf)
        self._sum, self._step = np.zeros(width), np.full(width, np.inf)
        self._flat = np.zeros(width, int)
        self._before = np.full((CLIPPED_SAMPLES - 1, width), np.nan)
        self._bands: deque[Floats] = deque(maxlen=_WINDOWS_KEPT)
        self._active = np.zeros(width)
        self._spectral = np.zeros(width)
        self._judged = np.zeros(width)

    def process(self, time: Floats, samples: Floats) -> Made:
        """A judgement of the block before, with the first sample of each."""
        made: list[Floats] = []
        at = 0
        while at < len(time):
            if self._filled == 0:
                made.append(self._judged)
            stop = min(len(time), at + self._block - self._filled)
            gaps = np.diff(time[at:stop], prepend=self._last_time) > self._longest_step
            if gaps.any():
                self._whole_since = self._blocks + 1
            self._part[self._filled : self._filled + stop - at] = samples[at:stop]
            self._filled += stop - at
            self._last_time = time[stop - 1]
            at = stop
            if self._filled == self._block:
                self._judged = self._judge()
                self._filled = 0
        return Made(np.array(made).reshape(len(made), len(self._flat)))

    def _judge(self) -> Floats:
        """The worst flaw of each channel in the block that has been filled."""
        part = self._part
        if not math.isfinite(part.sum()):
            middle = self._sum / max(self._blocks * self._block, 1)
            part = np.where(np.isfinite(part), part, middle)
        greatest, least = part.max(axis=0), part.min(axis=0)
        self._learn(part, greatest, least)
        flaws = self._hum_and_motion(part)
        # A converter of few steps does not reach the next for a while, and is often at its greatest value.
        coarse = self._greatest - self._least < 2 * STEPS_TO_A_RAIL * self._step
        at_rail = np.flatnonzero((greatest == self._greatest) | (least == self._least))
        if len(at_rail):
            flaws[at_rail[self._clipped(part, at_rail)]] = CLIPPED
        self._flat = np.where(greatest == least, self._flat + 1, 0)
        flaws[self._flat >= np.where(coarse, _FLAT_BLOCKS_IF_COARSE, _FLAT_BLOCKS)] = DEAD
        self._before = part[1 - CLIPPED_SAMPLES :].copy()
        return flaws

    def _learn(self, part: Floats, greatest: Floats, least: Floats) -> None:
        """How far the channel goes so far, and in what steps."""
        np.maximum(self._greatest, greatest, out=self._greatest)
        np.minimum(self._least, least, out=self._least)
        self._sum += part.sum(axis=0)
        self._blocks += 1
        if self._blocks * self._block <= _STEPS_FROM:
            change = np.abs(np.diff(part, axis=0))
            change[change == 0] = np.inf
            np.minimum(self._step, change.min(axis=0), out=self._step)

    def _clipped(self, part: Floats, columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of some channels stay at a rail for three samples, the last two of the block before among them."""
        both = np.vstack([self._before[:, columns], part[:, columns]])
        middle, far = self._sum / (self._blocks * self._block), STEPS_TO_A_RAIL * self._step
        found = np.zeros(len(columns), bool)
        for rail in (self._greatest, self._least):
            there = both == rail[columns]
            run = there[:-2] & there[1:-1] & there[2:]
            found |= run.any(axis=0) & (np.abs(rail - middle) > far)[columns]
        return found

    def _hum_and_motion(self, part: Floats) -> Floats:
        """What the spectrum of the last second says; as long as there is none, nothing."""
        self._window.append(part.T.copy())
        if self._blocks - self._whole_since < _BLOCKS_IN_WINDOW:
            self._spectral = np.zeros(part.shape[1])
        elif self._blocks % _BLOCKS_A_LOOK == 0:
            band, mains, low = self._spectra.powers(np.concatenate(self._window, axis=1)).T
            if self._blocks % _BLOCKS_IN_WINDOW == 0 or not self._bands:
                # Of a value that is no EMG the power is no number, and would be kept for ten minutes.
                self._bands.append(np.where(np.isfinite(band), band, self._active))
                self._active = np.percentile(self._bands, 90, axis=0)
            s = self._settings
            self._spectral = np.zeros(len(band))
            self._spectral[(low > s.motion_ratio * band) & (low > s.motion_ratio * self._active)] = MOVED
            self._spectral[(mains > s.mains_share * band) & (mains > s.mains_of_active * self._active)] = MAINS
        return self._spectral.copy()
