"""The 16 EMG channels: eight muscles a side, noise that follows a known activation."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, StreamSpec
from groundup_plugins.devices.virtual_lab.amplifier import Gain, counts, volts
from groundup_plugins.devices.virtual_lab.noise import Noise
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES, Drive, StrategyName
from groundup_plugins.devices.virtual_lab.trials import EFFORT, effort
from groundup_plugins.devices.virtual_lab.walker import Floats, Foot, Walker

RATE = 2000.0
MUSCLES: dict[str, str] = {
    "tibialis_anterior": "TA",
    "soleus": "SOL",
    "gastrocnemius_medialis": "GM",
    "vastus_lateralis": "VL",
    "rectus_femoris": "RF",
    "biceps_femoris": "BF",
    "gluteus_medius": "GMED",
    "gluteus_maximus": "GMAX",
}
"""Muscles recorded on each side, with the short names of this lab's channel labels."""
SIDES: tuple[Foot, Foot] = ("L", "R")

_BAND = (20.0, 450.0)
_BASELINE_V = 1.5e-6
_HUM_V, _HUM_HZ = 1.5e-6, 50.0
_CABLE = np.cos(1.7 * np.arange(2 * len(MUSCLES)))  # how much of a tap each cable picks up, and which way
_TABLE = 4096  # points a stride


def activation(walker: Walker, muscle: str, side: Foot, time: Floats) -> Floats:
    """How strongly a muscle is driven at these times: the RMS of its EMG in V, without what the amplifier adds."""
    return _read(_table(walker.strategy), walker.phase(time, side))[:, list(MUSCLES).index(muscle)]


def activations(walker: Walker, side: Foot, time: Floats) -> Floats:
    """`activation` of all `MUSCLES` of one side, shape (n, 8)."""
    return _read(_table(walker.strategy), walker.phase(time, side))


@lru_cache(maxsize=4)
def _table(strategy: StrategyName) -> Floats:
    """Activation over the stride, shape (points + 1, muscles); the last row is the first again."""
    phase = np.arange(_TABLE + 1) / _TABLE
    return np.stack([_driven(STRATEGIES[strategy].drives[muscle], phase) for muscle in MUSCLES], axis=1)


def _driven(drive: Drive, phase: Floats) -> Floats:
    level = np.full(len(phase), drive.tone)
    for burst in drive.bursts:
        # A burst that begins before contact ends after it: the stride is a circle.
        away = (phase - burst.at + 0.5) % 1.0 - 0.5
        level += burst.height * np.exp(-0.5 * (away / burst.width) ** 2)
    result: Floats = drive.volts * level
    return result


def _read(table: Floats, phase: Floats) -> Floats:
    place = phase * _TABLE
    i = place.astype(np.int64)
    part = (place - i)[:, None]
    result: Floats = table[i] * (1.0 - part) + table[i + 1] * part
    return result


@lru_cache(maxsize=4)
def _greatest(strategy: StrategyName) -> Floats:
    """RMS of each muscle's EMG in its greatest effort, V."""
    return EFFORT * np.array([STRATEGIES[strategy].drives[muscle].volts for muscle in MUSCLES])


class Emg:
    """One amplifier for all 16 channels: the left side's eight, then the right's."""

    rate = RATE

    def __init__(self, walker: Walker, gain: Gain = 100) -> None:
        self._walker = walker
        self.gain = gain
        count = 2 * len(MUSCLES)
        self._carrier = Noise(walker.seed, "emg carrier", count, _BAND, RATE)
        self._baseline = Noise(walker.seed, "emg baseline", count)
        self._hum_phase = np.arange(count) * 0.4
        channels = tuple(
            Channel(f"{side}_{short}", "V", muscle, side) for side in SIDES for muscle, short in MUSCLES.items()
        )
        self.streams = {"": StreamSpec("VirtualEMG", "EMG", RATE, "float32", channels)}

    def read(self, index: NDArray[np.int64], time: Floats) -> dict[str, NDArray[np.float32]]:
        """Samples with these numbers and times."""
        taps = self._walker.taps
        driven = np.concatenate([activations(self._walker, side, time) for side in SIDES], axis=1)
        driven *= taps.walking(time)[:, None]
        driven += effort(taps.trials_every_s, time)[:, None] * np.tile(_greatest(self._walker.strategy), len(SIDES))
        cycle = (2.0 * np.pi) * (time * _HUM_HZ % 1.0)
        hum = _HUM_V * np.sin(cycle[:, None] + self._hum_phase)
        signal = driven * self._carrier.read(index) + _BASELINE_V * self._baseline.read(index) + hum
        signal += taps.spike(time)[:, None] * _CABLE
        return {"": volts(counts(signal, self.gain), self.gain).astype(np.float32)}
