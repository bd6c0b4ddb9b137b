"""Finds the impact in an acceleration: when it arrives, to less than a sample, and its energy from 10 to 20 Hz.

A window of 100 ms is too short to tell 10 Hz from gravity and sway by its Fourier transform alone. So in every window
the best parabola is taken off first, and the window is laid to a fraction of a sample around the arrival itself: of a
delayed, scaled copy of a shock it then gives the delay and the scale, whatever the sampling's phase.
"""

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

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
    """The shock in a trace, as `find_shocks`; found once for all metrics that look at the same trace."""
    known = _known.get(id(trace))
    if known is None or known[0]() is not trace or known[1] != contact:
        _remember(trace, contact, find_shocks([trace], contact)[0])
    return _known[id(trace)][2]


def look_for_shocks(traces: Iterable[Trace], contact: float) -> None:
    """Find the shocks of several traces, those of sensors alike in one go, for `shock_of` to tell."""
    alike: dict[tuple[int, float, int], list[Trace]] = {}
    for trace in traces:
        known = _known.get(id(trace))
        if (known is None or known[0]() is not trace or known[1] != contact) and _reaches(trace, contact):
            key = (len(trace.time), _nominal(trace.rate), len(_around(trace, contact)))
            alike.setdefault(key, []).append(trace)
    for together in alike.values():
        for trace, shock in zip(together, find_shocks(together, contact), strict=True):
            _remember(trace, contact, shock)


def _remember(trace: Trace, contact: float, shock: Shock | None) -> None:
    key = id(trace)
    _known[key] = (weakref.ref(trace, lambda _: _forget(key)), contact, shock)


def _forget(key: int) -> None:
    _known.pop(key, None)


_known: dict[int, tuple[weakref.ref[Trace], float, Shock | None]] = {}


def _reaches(trace: Trace, contact: float) -> bool:
    """Whether a trace reaches far enough around a contact."""
    begin, end = contact - SEARCH_BEFORE_S - ENERGY_HALF_S, contact + SEARCH_AFTER_S + ENERGY_HALF_S
    return bool(trace.time[0] <= begin + 2 / trace.rate and trace.time[-1] >= end)


def _around(trace: Trace, contact: float) -> Floats:
    """The middles of the windows that show what is usual around a contact."""
    every: Floats = np.arange(contact - AROUND_BEFORE_S, contact + AROUND_AFTER_S, TIMING_HALF_S)
    return np.compress(every <= trace.time[-1] - TIMING_HALF_S, every)


def find_shocks(traces: Sequence[Trace], contact: float) -> list[Shock | None]:
    """Of each trace the first impact after a contact, or None where none stands out.

    Parameters
    ----------
    traces : sequence of Trace
        Accelerations of the same length and nominal rate that end alike, values of shape (n, 3), from 0.15 s before the
        contact to 0.25 s after it or more.
    contact : float
        The impact is looked for near it, and has to stand out from what is around.

    Raises
    ------
    NotComputableError
        If the traces do not reach far enough around the contact.
    """
    for trace in traces:
        if not _reaches(trace, contact):
            raise NotComputableError(f"the {trace.site} sensor was not recorded for all of the impact", contact)
    sensors = _Sensors.of(traces)
    grid = np.arange(contact - SEARCH_BEFORE_S, contact + SEARCH_AFTER_S + _COARSE_S, _COARSE_S)
    energy = band_energy(sensors, grid, TIMING_HALF_S)
    here, before, after = energy[:, 1:-1], energy[:, :-2], energy[:, 2:]
    peaks = (here >= before) & (here > after) & (here >= FIRST_PEAK * energy.max(axis=1, keepdims=True))
    first = 1 + np.argmax(peaks, axis=1)
    usual = np.median(band_energy(sensors, _around(traces[0], contact), TIMING_HALF_S), axis=1)
    there = peaks.any(axis=1) & (energy[np.arange(len(traces)), first] > STANDS_OUT * usual)
    impacts = sensors.only(there)
    arrivals = _refine(impacts, grid[first[there]])
    at = band_energy(impacts, arrivals[:, None], ENERGY_HALF_S)[:, 0]
    found = iter(zip(arrivals.tolist(), at.tolist(), strict=True))
    return [
        Shock(*next(found), 1.0 / trace.rate) if stands_out else None
        for trace, stands_out in zip(traces, there, strict=True)
    ]


@dataclass(frozen=True)
class _Sensors:
    """Traces of sensors that are sampled alike.

    Attributes
    ----------
    time : ndarray, shape (sensors, n)
        s.
    values : ndarray, shape (sensors, n, axes)
    rate : ndarray, shape (sensors, 1)
        As measured, Hz.
    nominal : float
        Hz.
    """

    time: Floats
    values: Floats
    rate: Floats
    nominal: float

    @classmethod
    def of(cls, traces: Sequence[Trace]) -> "_Sensors":
        time, values = (np.stack(of) for of in zip(*((t.time, t.values) for t in traces), strict=True))
        return cls(time, values, np.array([[t.rate] for t in traces]), _nominal(traces[0].rate))

    def only(self, these: NDArray[np.bool_]) -> "_Sensors":
        return _Sensors(self.time[these], self.values[these], self.rate[these], self.nominal)


def _nominal(rate: float) -> float:
    """A measured rate is a few parts per million beside the nominal one, and each would need operators of its own."""
    return round(rate, 2)


def band_energy(sensors: _Sensors, centres: Floats, half: float) -> Floats:
    """Energy in 10-20 Hz of each sensor, around each of some moments.

    Parameters
    ----------
    sensors : _Sensors
    centres : ndarray, shape (m,) or (sensors, m)
        Where the windows lie, s: for all sensors, or for each; they need not fall on samples.
    half : float
        Half length of the Hann window, s.

    Returns
    -------
    ndarray, shape (sensors, m)
        Mean over the band of the squared Fourier transform, summed over the axes.
    """
    time, nominal, count = sensors.time, sensors.nominal, sensors.time.shape[1]
    centres = np.broadcast_to(centres, (len(time), centres.shape[-1]))
    width = _width(nominal, half)
    first = np.array([t.searchsorted(at - half) for t, at in zip(time, centres, strict=True)], np.intp)
    first = np.clip(first.reshape(centres.shape), 0, max(count - width, 0))
    index = first[..., None] + np.arange(min(width, count))
    sensor = np.arange(len(time))[:, None]
    phase = (time[sensor, first] - (centres - half)) * nominal
    steady = np.abs(np.diff(time) * nominal - 1.0).max(axis=1, initial=0.0) < _STEADY
    prepared = steady & (phase >= 0.0).all(axis=1) & (phase < 1.0).all(axis=1) & (count >= width)
    operators = np.empty((*index.shape[:2], 2 * len(BAND_HZ), index.shape[2]))
    if prepared.any():
        operators[prepared] = _prepared(nominal, half)[np.rint(phase[prepared] * _PHASES).astype(int)]
    if not prepared.all():
        away = (time[sensor[..., None], index] - centres[..., None])[~prepared] / half
        operators[~prepared] = _operators(away, half)
    waves = operators @ sensors.values[sensor[..., None], index]
    # The real and the imaginary part of each frequency are rows of their own.
    energy: Floats = np.einsum("smfa,smfa->sm", waves, waves) / (len(BAND_HZ) * sensors.rate**2)
    return energy


def _width(rate: float, half: float) -> int:
    """How many samples a window may touch."""
    return int(np.ceil(2 * half * rate)) + 2


def _operators(away: Floats, half: float) -> Floats:
    """What turns the samples of windows into their waves, without the parabola that fits best under each.

    The parabola carries gravity, tilt and sway.

    Parameters
    ----------
    away : ndarray, shape (..., n)
        How far each sample of a window is from its middle, in half lengths.
    half : float
        s.

    Returns
    -------
    ndarray, shape (..., 2 frequencies, n)
        Real parts, then imaginary ones: the samples are real, and half of a complex product would be for nothing.
    """
    weight = np.where(np.abs(away) < 1.0, np.cos(np.pi / 2 * away) ** 2, 0.0)
    waves = np.exp(-2j * np.pi * half * BAND_HZ[:, None] * away[..., None, :]) * weight[..., None, :]
    powers = away[..., None] ** np.arange(3)
    weighted = np.swapaxes(powers * weight[..., None], -2, -1)
    slow = np.linalg.solve(weighted @ powers, weighted)
    operators = waves - (waves @ powers) @ slow
    return np.concatenate([operators.real, operators.imag], axis=-2)


@lru_cache(maxsize=64)
def _prepared(rate: float, half: float) -> Floats:
    """Operators of a steadily sampled window, for each way in which it can lie between two samples."""
    samples = np.arange(_width(rate, half))
    phases = np.arange(_PHASES + 1) / _PHASES
    return _operators(((samples + phases[:, None]) / rate - half) / half, half)


def _refine(sensors: _Sensors, coarse: Floats) -> Floats:
    """Each sensor's moment of greatest energy near a coarse one: a finer grid, a parabola through its highest three.

    Of shape (sensors,), as `coarse`.
    """
    grid = coarse[:, None] + np.arange(-_COARSE_S, _COARSE_S + 1.5 * _FINE_S, _FINE_S)
    energy = band_energy(sensors, grid, TIMING_HALF_S)
    every = np.arange(len(grid))
    top = np.clip(np.argmax(energy, axis=1), 1, grid.shape[1] - 2)
    before, at, after = (energy[every, top + step] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    away = np.divide(0.5 * _FINE_S * (before - after), bend, out=np.zeros(len(grid)), where=bend < 0)
    refined: Floats = grid[every, top] + away
    return refined
