"""Finds the impact in an acceleration: when it arrives, to less than a sample, and its energy from 10 to 20 Hz.

A window of 100 ms is too short to tell 10 Hz from gravity and sway by its Fourier transform alone. So in every window
the best parabola is taken off first, and the window is laid to a fraction of a sample around the arrival itself: of a
delayed, scaled copy of a shock it then gives the delay and the scale, whatever the sampling's phase.
"""

import weakref
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from groundup.plugin import Floats, NotComputableError, Trace

BAND_HZ = np.arange(10.0, 21.0, 2.0)
"""Finer than this a window of 100 ms cannot tell frequencies apart."""
SEARCH_BEFORE_S = 0.02
"""How long before the contact an arrival is looked for: contacts are found late or early by that much."""
SEARCH_AFTER_S = 0.125
"""And how long after: the wave is at the head within 100 ms, and peaks a little later."""
TIMING_HALF_S = 0.05
"""Half length of the Hann window that times the arrival: 100 ms in all."""
ENERGY_HALF_S = 0.1
"""Half length of the Hann window that the energy is taken in, 100 ms wide at half its height: a shorter one would
measure 15-27 Hz instead."""
FIRST_PEAK = 0.5
"""The arrival is the first peak of energy of at least this share of the greatest."""
STANDS_OUT = 6.0
"""How many times the median energy around the contact an impact must have."""
AROUND_BEFORE_S, AROUND_AFTER_S = 0.1, 0.4
_COARSE_S, _FINE_S = 0.004, 0.0005
_PHASES = 512  # of a sampling interval: finer than any arrival is known
_STEADY = 0.02


@dataclass(frozen=True)
class Shock:
    """An impact at one segment.

    Attributes
    ----------
    arrival : float
        When its energy peaks, s on the lab clock.
    energy : float
        Energy in 10-20 Hz, all three axes together, so that it does not depend on how the sensor is mounted.
    interval : float
        Sampling interval of the sensor, s.
    """

    arrival: float
    energy: float
    interval: float


def shock_of(trace: Trace, contact: float) -> Shock | None:
    """The shock in a trace, as `find_shock`; found once for all metrics that look at the same trace."""
    key = id(trace)
    known = _known.get(key)
    if known is None or known[0]() is not trace or known[1] != contact:
        known = (
            weakref.ref(trace, lambda _: _forget(key)),
            contact,
            find_shock(trace, contact),
        )
        _known[key] = known
    return known[2]


def _forget(key: int) -> None:
    _known.pop(key, None)


_known: dict[int, tuple[weakref.ref[Trace], float, Shock | None]] = {}


def find_shock(trace: Trace, contact: float) -> Shock | None:
    """The first impact after a contact, or None where none stands out.

    Parameters
    ----------
    trace : Trace
        Acceleration, values of shape (n, 3), from 0.15 s before the contact to 0.25 s after it or more.
    contact : float
        The impact is looked for near it, and has to stand out from what is around.

    Raises
    ------
    NotComputableError
        If the trace does not reach far enough around the contact.
    """
    reach = SEARCH_BEFORE_S + ENERGY_HALF_S
    if trace.time[0] > contact - reach + 2 / trace.rate or trace.time[-1] < contact + SEARCH_AFTER_S + ENERGY_HALF_S:
        raise NotComputableError(f"the {trace.site} sensor was not recorded for all of the impact", contact)
    grid = np.arange(contact - SEARCH_BEFORE_S, contact + SEARCH_AFTER_S + _COARSE_S, _COARSE_S)
    energy = band_energy(trace, grid, TIMING_HALF_S)
    peaks = np.flatnonzero((energy[1:-1] >= energy[:-2]) & (energy[1:-1] > energy[2:])) + 1
    peaks = peaks[energy[peaks] >= FIRST_PEAK * energy.max()]
    if len(peaks) == 0:
        return None
    around = np.arange(contact - AROUND_BEFORE_S, contact + AROUND_AFTER_S, TIMING_HALF_S)
    around = around[around <= trace.time[-1] - TIMING_HALF_S]
    usual = band_energy(trace, around, TIMING_HALF_S)
    if not energy[peaks[0]] > STANDS_OUT * float(np.median(usual)):
        return None
    arrival = _refine(trace, float(grid[peaks[0]]))
    at = float(band_energy(trace, np.array([arrival]), ENERGY_HALF_S)[0])
    return Shock(arrival, at, 1.0 / trace.rate)


def band_energy(trace: Trace, centres: Floats, half: float) -> Floats:
    """Energy in 10-20 Hz around each of some moments.

    Parameters
    ----------
    trace : Trace
        Values of shape (n, axes).
    centres : ndarray, shape (m,)
        Where the windows lie, s; they need not fall on samples.
    half : float
        Half length of the Hann window, s.

    Returns
    -------
    ndarray, shape (m,)
        Mean over the band of the squared Fourier transform, summed over the axes.
    """
    # A measured rate is a few parts per million beside the nominal one, and each would need operators of its own.
    rate = round(trace.rate, 2)
    width = _width(rate, half)
    first = np.clip(np.searchsorted(trace.time, centres - half), 0, max(len(trace.time) - width, 0))
    index = first[:, None] + np.arange(min(width, len(trace.time)))
    values = trace.values[index]
    phase = (trace.time[first] - (centres - half)) * rate
    steady = float(np.abs(np.diff(trace.time) * rate - 1.0).max(initial=0.0)) < _STEADY
    if steady and index.shape[1] == width and phase.min() >= 0.0 and phase.max() < 1.0:
        operators = _prepared(rate, half)[np.rint(phase * _PHASES).astype(int)]
    else:
        operators = _operators((trace.time[index] - centres[:, None]) / half, half)
    waves = operators @ values
    # The real and the imaginary part of each frequency are rows of their own.
    energy: Floats = np.einsum("mfa,mfa->m", waves, waves) / (len(BAND_HZ) * trace.rate**2)
    return energy


def _width(rate: float, half: float) -> int:
    """How many samples a window may touch."""
    return int(np.ceil(2 * half * rate)) + 2


def _operators(away: Floats, half: float) -> Floats:
    """What turns the samples of windows into their waves, without the parabola that fits best under each.

    The parabola carries gravity, tilt and sway.

    Parameters
    ----------
    away : ndarray, shape (m, n)
        How far each sample of a window is from its middle, in half lengths.
    half : float
        s.

    Returns
    -------
    ndarray, shape (m, 2 frequencies, n)
        Real parts, then imaginary ones: the samples are real, and half of a complex product would be for nothing.
    """
    weight = np.where(np.abs(away) < 1.0, np.cos(np.pi / 2 * away) ** 2, 0.0)
    waves = np.exp(-2j * np.pi * half * BAND_HZ[:, None] * away[:, None, :]) * weight[:, None, :]
    powers = away[:, :, None] ** np.arange(3)
    weighted = np.swapaxes(powers * weight[:, :, None], 1, 2)
    slow = np.linalg.solve(weighted @ powers, weighted)
    operators = waves - (waves @ powers) @ slow
    return np.concatenate([operators.real, operators.imag], axis=1)


@lru_cache(maxsize=64)
def _prepared(rate: float, half: float) -> Floats:
    """Operators of a steadily sampled window, for each way in which it can lie between two samples."""
    samples = np.arange(_width(rate, half))
    phases = np.arange(_PHASES + 1) / _PHASES
    return _operators(((samples + phases[:, None]) / rate - half) / half, half)


def _refine(trace: Trace, coarse: float) -> float:
    """The moment of greatest energy near a coarse one: a finer grid, and a parabola through its highest three."""
    grid = coarse + np.arange(-_COARSE_S, _COARSE_S + 1.5 * _FINE_S, _FINE_S)
    energy = band_energy(trace, grid, TIMING_HALF_S)
    top = int(np.clip(np.argmax(energy), 1, len(grid) - 2))
    before, at, after = energy[top - 1 : top + 2]
    bend = before - 2 * at + after
    return float(grid[top] + (0.5 * _FINE_S * (before - after) / bend if bend < 0 else 0.0))
