"""Made people for the tests of metrics: one who walks in the virtual lab, one who rises from a chair and stands."""

from functools import cache

import numpy as np

from groundup.plugin import Channel, Plate, Signal
from groundup_plugins.devices.virtual_lab.emg import Emg
from groundup_plugins.devices.virtual_lab.imu import Imus
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.walker import Walker

UNITS = ("N", "N", "N", "Nm", "Nm", "Nm")
MASS_KG = 70.0


@cache
def walking(t0: float = 5000.0, seconds: float = 10.0) -> list[Signal]:
    """Two plates, 16 EMG and seven IMUs of a walker on a split-belt treadmill."""
    who, made = Walker("ground_up", 3, MASS_KG), []
    for instrument in (ForcePlate(who, "L"), ForcePlate(who, "R"), Emg(who), Imus(who, None)):
        index = np.arange(int(t0 * instrument.rate), int((t0 + seconds) * instrument.rate))
        time = index / instrument.rate
        for spec, samples in zip(instrument.specs, instrument.read(index, time), strict=True):
            values = np.asarray(samples, dtype=float)
            made.append(Signal(spec.name, spec.kind, time, values, spec.channels, spec.rate, spec.plate))
    return made


def plate(name: str, vertical: np.ndarray, rate: float, side: str = "", sway_m: np.ndarray | None = None) -> Signal:
    """A type-2 plate in the lab's own axes; `sway_m`, shape (n, 2), is where the force acts."""
    at = np.zeros((len(vertical), 2)) if sway_m is None else sway_m
    raw = np.zeros((len(vertical), 6))
    raw[:, 2], raw[:, 3], raw[:, 4] = vertical, vertical * at[:, 1], -vertical * at[:, 0]
    site = f"plate:{1 + (side == 'R')}"
    channels = tuple(Channel(f"{name}{i}", unit, site, side) for i, unit in enumerate(UNITS))
    return Signal(name, "plate", np.arange(len(vertical)) / rate, raw, channels, rate, Plate(2, ()))


SEATED = 0.25
"""Share of body weight that the feet of a sitting person carry."""
# Times from the first movement (s), and the force under the feet in body weights: it grows, overshoots as the body is
# thrown up, falls short as it is slowed down, and is the weight.
_RISE_S = (0.0, 0.3, 0.6, 0.7, 0.9, 1.1, 1.3, 1.6)
_RISE_BW = (SEATED, SEATED + 0.15, 0.9, 1.0, 1.2, 1.0, 0.85, 1.0)
SEAT_OFF_S, PEAK_BW, LASTS_S = 0.7, 1.2, 1.6


def rising(begins: list[float], sits: list[float], seconds: float, rate: float) -> np.ndarray:
    """Vertical force under both feet in body weights: rises begin at these times, sitting down ends at those."""
    time = np.arange(int(seconds * rate)) / rate
    force = np.full(len(time), SEATED)
    for begin, end in zip(begins, [*sits, np.inf][: len(begins)], strict=True):
        up = time >= begin
        force[up] = np.interp(time[up] - begin, _RISE_S, _RISE_BW)
        down = up & (time >= end - LASTS_S)
        force[down] = np.interp(end - time[down], _RISE_S, _RISE_BW)
    return force


@cache
def chair(seconds: float = 20.0, rate: float = 1000.0, mass_kg: float = MASS_KG) -> list[Signal]:
    """Two plates under the feet and both gluteus medius of somebody who sits, rises at 3 s, and stands."""
    random = np.random.default_rng(7)
    share = rising([3.0], [], seconds, rate)
    weight = mass_kg * 9.80665
    slow = np.cumsum(random.normal(0, 2e-5, (len(share), 2)), axis=0)
    noise = random.normal(0, 0.3, (2, len(share)))
    plates = [
        plate("left", 0.45 * weight * share + noise[0], rate, "L", slow + np.array([0.0, 0.1])),
        plate("right", 0.55 * weight * share + noise[1], rate, "R", slow - np.array([0.0, 0.1])),
    ]
    time = plates[0].time
    emg = random.normal(size=(len(time), 2)) * (5e-6 + 5e-5 * share[:, None])
    channels = tuple(Channel(f"GM {side}", "V", "gluteus_medius", side) for side in "LR")
    return [*plates, Signal("emg", "emg", time, emg, channels, rate)]
