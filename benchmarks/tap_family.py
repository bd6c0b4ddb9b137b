"""Taps as many devices may show them: waveforms, filters, noise, drift, saturation, and the true moment."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal as filters

from groundup.model.signals import Signal
from groundup.model.streams import Channel

Floats = NDArray[np.float64]
FINE_HZ = 40_000.0
_LASTS_S = 0.25
_LEAD_S = 1.5

WAVEFORMS = (
    *(("jump and ringing", hz) for hz in (20.0, 35.0, 60.0, 95.0, 150.0, 250.0)),
    *(("swing", hz) for hz in (20.0, 35.0, 60.0, 95.0, 150.0, 250.0)),
    *(("half-sine", hz) for hz in (30.0, 60.0, 125.0, 250.0)),
    *(("two contacts", hz) for hz in (60.0, 125.0)),
    *(("step", hz) for hz in (50.0, 150.0, 500.0)),
    *(("gentle", hz) for hz in (40.0, 100.0)),
    *(("spike", hz) for hz in (80.0, 200.0)),
)
"""Kind of waveform, and how quick it is in Hz."""


@dataclass(frozen=True)
class Device:
    """What stands between a tap and the samples.

    Attributes
    ----------
    rate : float
        Hz.
    corner : float
        Of its low-pass filter, Hz; 0 without one.
    order : int
        Of that filter; negative for a Bessel filter, which rings less than Butterworth's.
    noise : float
        Standard deviation, as a share of the highest value.
    drift : float
        Slope of what it rides on, in highest values a second.
    clips : float
        It saturates at this share of the highest value.
    steps : float
        Of its analog-to-digital converter, as a share of the highest value.
    """

    rate: float
    corner: float = 0.0
    order: int = 2
    noise: float = 1 / 300
    drift: float = 0.0
    clips: float = 1.0
    steps: float = 0.0


PLATE = Device(1000.0, 500.0, 2, 1 / 500)


def waveform(kind: str, hz: float, since: Floats) -> Floats:
    """A tap over the time since it, in s, before any filter; zero before."""
    turned = 2 * np.pi * hz * np.maximum(since, 0.0)
    fades = np.exp(-np.maximum(since, 0.0) / 0.025)
    half = np.where(turned < np.pi, np.sin(turned), 0.0)
    if kind == "jump and ringing":
        shape = -np.expm1(-turned / 0.5) * np.cos(turned) * fades
    elif kind == "swing":
        shape = np.sin(turned) * fades
    elif kind == "half-sine":
        shape = half
    elif kind == "two contacts":
        shape = half + 0.7 * waveform("half-sine", hz, since - 0.8 / hz)
    elif kind == "step":
        shape = -np.expm1(-turned) * (0.6 + 0.4 * np.cos(2 * np.pi * 90 * since) * fades)
    elif kind == "gentle":
        shape = turned**2 * np.exp(-turned)
    else:
        shape = turned * np.exp(1.0 - turned) - 0.2 * turned * np.exp(1.0 - turned / 5.0)
    return np.where(since >= 0.0, shape, 0.0)


@cache
def _sections(order: int, corner: float) -> Floats:
    if order < 0:
        found = filters.bessel(-order, corner, fs=FINE_HZ, output="sos", norm="mag")
    else:
        found = filters.butter(order, corner, fs=FINE_HZ, output="sos")
    return np.asarray(found, np.float64)


def tapped(
    name: str, device: Device, shape: tuple[str, float], taps: Floats, lag: float, rng: np.random.Generator
) -> Signal:
    """A device of three channels that felt the same taps in its own way, stamped late by `lag`.

    Two axes feel the tap by different shares, the third feels a second way of ringing beside it.
    """
    shares = rng.normal(size=(3, 1)) * np.array([[1.0], [0.5], [0.2]])
    second = ("swing", float(rng.uniform(20.0, 200.0)))
    count = int((float(taps[-1]) + 1.5) * device.rate)
    time: Floats = (np.arange(count, dtype=np.float64) + rng.random()) / device.rate
    samples = np.zeros((len(time), 3))
    clean = _through(device, shape)
    other = _through(device, second) * (np.abs(clean).max() / np.abs(_through(device, second)).max())
    for moment in taps:
        i, j = np.searchsorted(time, [moment, moment + _LASTS_S])
        at = (time[i:j] - moment) * FINE_HZ
        grid = np.arange(len(clean))
        one, two = np.interp(at, grid, clean), np.interp(at, grid, other)
        strength = 1.0 + 0.2 * rng.standard_normal()
        samples[i:j] += strength * (np.outer(one, shares[:, 0]) + 0.3 * np.outer(two, [0.0, 0.1, float(shares[0, 0])]))
    top = float(np.abs(samples).max())
    samples = np.clip(samples, -device.clips * top, device.clips * top)
    samples += device.noise * top * rng.standard_normal(samples.shape)
    samples += top * (rng.normal(size=3) + device.drift * time[:, None])
    if device.steps:
        samples = np.round(samples / (device.steps * top)) * device.steps * top
    kind = "plate" if name == "plate" else "imu"
    return Signal(
        name, kind, 5000.0 + time + lag, np.asarray(samples, np.float64), tuple(Channel(c) for c in "abc"), device.rate
    )


@cache
def _clean(shape: tuple[str, float], corner: float, order: int) -> Floats:
    felt = waveform(*shape, np.arange(int(_LASTS_S * FINE_HZ)) / FINE_HZ)
    return np.asarray(filters.sosfilt(_sections(order, corner), felt), np.float64) if corner else felt


def _through(device: Device, shape: tuple[str, float]) -> Floats:
    return _clean(shape, device.corner, device.order)


def when_tapped(count: int, rng: np.random.Generator) -> Floats:
    """Moments of taps, in s."""
    found: Floats = _LEAD_S + np.cumsum(0.45 + 0.5 * rng.random(count))
    return found


def families() -> dict[str, tuple[float, list[Device]]]:
    """Devices by name of the family: their rate, and what stands for it."""
    found: dict[str, tuple[float, list[Device]]] = {}
    noises = (1 / 100, 1 / 300, 1 / 2000)
    for rate in (100.0, 200.0, 1000.0, 2000.0):
        found[f"{rate:g} Hz, no filter"] = rate, [Device(rate, noise=noise) for noise in noises]
        filtered = [Device(rate, c * rate, o, n) for c in (0.2, 0.3, 0.45) for o in (1, 2, 4, -2, -4) for n in noises]
        found[f"{rate:g} Hz, filter at 0.2 to 0.45 of the rate"] = rate, filtered
    for rate, corners in ((1000.0, (100.0, 150.0, 250.0)), (2000.0, (100.0, 250.0, 500.0))):
        slow = [Device(rate, c, o, n) for c in corners for o in (2, 4, -4) for n in (1 / 100, 1 / 1000)]
        found[f"{rate:g} Hz, filter at {corners[0]:g} to {corners[-1]:g} Hz"] = rate, slow
    for rate in (200.0, 1000.0):
        spoilt = [Device(rate, 0.3 * rate, 2, 1 / 300, 2.0, 0.5, 1 / 500)]
        spoilt.append(Device(rate, 0.4 * rate, 4, 1 / 300, -1.0, 0.4, 1 / 200))
        found[f"{rate:g} Hz, drifting, saturated, coarse"] = rate, spoilt
    return found
