"""Force plates before a recording: zero while nobody stands on them, noise, and a known weight."""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.ndimage import uniform_filter1d

from groundup.plugin import Check, Finding, Signal, graded, hookimpl
from groundup_plugins.processors.plate_wrench import plate_frame, wrench

_ZERO_GREEN_N, _ZERO_AMBER_N = 5.0, 20.0
_NOISE_GREEN_N, _NOISE_AMBER_N = 2.0, 6.0


class PlateCheck(Check):
    """Judges a force plate that nobody stands on."""

    name = "plate"
    accepts = "plate"

    def judge(self, signal: Signal) -> Iterator[Finding]:
        """Zero and noise of the vertical force, as the plate's own channels give it."""
        load = _vertical(signal)
        zero, noise = float(np.median(load)), float(np.std(load - _smooth(load, signal.rate)))
        level = graded(abs(zero), _ZERO_GREEN_N, _ZERO_AMBER_N)
        remedy = "" if level == "green" else "zero the amplifier while nothing touches the plate"
        yield Finding(level, "zero", f"{zero:+.1f} N", remedy)
        level = graded(noise, _NOISE_GREEN_N, _NOISE_AMBER_N)
        remedy = "" if level == "green" else "does the floor shake, or a cable hum? check its shield and its range"
        yield Finding(level, "noise", f"{noise:.2f} N RMS", remedy)

    def weigh(self, signal: Signal) -> float:
        """Vertical load, its sign as the plate gives it taken off."""
        return abs(float(np.median(_vertical(signal))))


def _vertical(signal: Signal) -> np.ndarray:
    frame = plate_frame(signal.plate) if signal.plate is not None else None
    if frame is None:
        return np.zeros(0)
    load = wrench(signal, frame)[:, :3] @ frame.axes[2]
    return np.asarray(load[np.isfinite(load)])


def _smooth(values: np.ndarray, rate: float) -> np.ndarray:
    return np.asarray(uniform_filter1d(values, max(1, round(0.5 * rate)), mode="nearest"))


@hookimpl
def groundup_checks() -> Iterable[type[Check]]:
    """Return the check of force plates."""
    return [PlateCheck]
