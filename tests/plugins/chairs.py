"""Made rises with known truth: a body that is lifted and let down, and the share of it that the feet carry."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.signal import lfilter

from groundup.plugin import Channel, Side, Signal
from groundup.testing.people import plate

GRAVITY = 9.80665


@dataclass(frozen=True)
class Chair:
    """Vertical forces (N) under the feet and the seat, and when each rise begins, leaves the seat and is up (s).

    And how high the body is (m), and the share of its weight that is on the feet.
    """

    rate: float
    feet: np.ndarray
    seat: np.ndarray
    rises: np.ndarray
    height: np.ndarray
    share: np.ndarray


def chair(
    count: int = 5, cycle_s: float = 2.4, mass_kg: float = 75.0, seated: float = 0.2, fallen_back: float = 0.05,
    rate: float = 500.0, noise_n: float = 0.5, sways_n: float = 1.0, lead_s: float = 2.0, seed: int = 0,
) -> Chair:  # fmt: skip
    """Somebody who rises `count` times and sits in the end.

    Parameters
    ----------
    cycle_s : float
        From rise to rise; the body is lifted by 0.33 m at most, along a minimum-jerk path.
    seated, fallen_back : float
        Shares of the weight on the feet: while the person sits, and right after falling back on the chair.
    sways_n : float
        How much a living body's load moves by itself; 0: constant, as no body's is.
    """
    random = np.random.default_rng(seed)
    flexes, lifts, lowers = min(0.6, 0.22 * cycle_s), min(1.2, 0.42 * cycle_s), min(1.3, 0.38 * cycle_s)
    rest, height = cycle_s - 0.5 * flexes - lifts - lowers, min(0.33, 0.23 * cycle_s**0.6)
    knots, paths, rises, begins, before = [(0.0, seated)], [], [], lead_s, seated
    for n in range(count):
        up = begins + 0.5 * flexes + lifts
        down = up + 0.4 * rest
        sits = down + lowers
        rises.append((begins, begins + flexes, up))
        knots += [(begins, before), (begins + flexes, 1.0), (down + 0.82 * lowers, 1.0), (sits + 0.05, fallen_back)]
        paths += [(begins + 0.5 * flexes, up, height), (down, sits, -height)]
        before, begins = fallen_back, sits + 0.05 + 0.6 * rest
        if n == count - 1 or 0.6 * rest > 0.7:
            knots.append((sits + 0.45, seated))
            before, begins = seated, max(begins, sits + 0.5)
    time = np.arange(round((begins + 2.5) * rate)) / rate
    place = sum(h * _minimum_jerk((time - a) / (b - a)) for a, b, h in paths)
    total = mass_kg * (GRAVITY + np.gradient(np.gradient(place, time), time))
    share = PchipInterpolator(*zip(*knots, (time[-1] + 1, seated), strict=True))(time)
    slow = lfilter([1.0], [1.0, -np.exp(-1 / (0.15 * rate))], random.normal(size=len(time)))
    feet = np.maximum(total * share, 0.0)
    seat = np.where(share < 0.9999, total - feet, 0.0)
    feet += sways_n * slow / slow.std()
    return Chair(
        rate,
        feet + random.normal(0, noise_n, len(time)),
        seat + random.normal(0, noise_n, len(time)),
        np.array(rises),
        place,
        share,
    )


def _minimum_jerk(share: np.ndarray) -> np.ndarray:
    x = np.clip(share, 0.0, 1.0)
    return 10 * x**3 - 15 * x**4 + 6 * x**5


def back(made: Chair, bends_deg: float, noise: float, seed: int = 0) -> Signal:
    """An accelerometer on the pelvis, which bends forward as the weight goes from the seat to the feet, and back."""
    time = np.arange(len(made.height)) / made.rate
    felt = GRAVITY + np.gradient(np.gradient(made.height, time), time)
    bend = np.deg2rad(bends_deg) * 4 * made.share * (1 - made.share)
    samples = np.column_stack([felt * np.sin(bend), 0 * felt, felt * np.cos(bend)])
    samples += np.random.default_rng(seed).normal(0, noise, samples.shape)
    channels = tuple(Channel(f"acc {axis}", "m/s^2", "pelvis") for axis in "xyz")
    return Signal("back", "imu", time, samples, channels, made.rate)


def numbered(force: np.ndarray, rate: float, number: int, side: Side = "") -> Signal:
    """The plate ``plate:number`` that carries this."""
    signal = plate(f"plate {number}", force, rate)
    return replace(signal, channels=tuple(replace(c, site=f"plate:{number}", side=side) for c in signal.channels))
