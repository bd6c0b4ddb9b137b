"""Made people for the tests of metrics: one who walks in the virtual lab, one who rises from a chair and stands."""

from functools import cache

import numpy as np

from groundup.plugin import Signal
from groundup.testing.people import LASTS_S, MASS_KG, PEAK_BW, SEAT_OFF_S, SEATED, plate, riser, rising
from groundup_plugins.devices.virtual_lab.emg import Emg
from groundup_plugins.devices.virtual_lab.imu import Imus
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.taps import Taps
from groundup_plugins.devices.virtual_lab.walker import Walker

__all__ = [
    "LASTS_S", "MASS_KG", "PEAK_BW", "SEATED", "SEAT_OFF_S", "chair", "plate", "rising", "walking",
]  # fmt: skip


@cache
def walking(t0: float = 5000.0, seconds: float = 10.0, trials_every_s: float = 0.0) -> list[Signal]:
    """Two plates, 16 EMG and nine IMUs of a walker on a split-belt treadmill; with trials, of one who rests first."""
    who, made = Walker("ground_up", 3, MASS_KG, Taps(3, trials_every_s=trials_every_s)), []
    for instrument in (ForcePlate(who, "L"), ForcePlate(who, "R"), Emg(who), Imus(who, None)):
        index = np.arange(int(t0 * instrument.rate), int((t0 + seconds) * instrument.rate))
        time = index / instrument.rate
        for key, samples in instrument.read(index, time).items():
            spec = instrument.streams[key]
            values = np.asarray(samples, dtype=float)
            made.append(Signal(spec.name, spec.kind, time, values, spec.channels, spec.rate, spec.plate))
    return made


def chair() -> list[Signal]:
    """Two plates under the feet and both gluteus medius of somebody who sits, rises at 3 s, and stands."""
    return list(riser().signals)
