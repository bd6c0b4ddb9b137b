"""The footholds processor: where a foot stands, from the IMU on it, which is still in every stance."""

from collections.abc import Iterable

import numpy as np
from scipy.integrate import cumulative_trapezoid

from groundup.plugin import Channel, Floats, Processor, Product, Signal, SignalForm, hookimpl
from groundup_plugins.processors.foot_contacts import Swing, find_swings
from groundup_plugins.processors.orientation import vqf_library
from groundup_plugins.processors.worn_contacts import LEAST_RATE
from groundup_plugins.processors.worn_imus import whole_runs, worn

_LEAST_S = 2.0


class Footholds(Processor):
    """Position (m, z up) of each foot sensor in the stance that is nearest, from the middle of swing to the next one.

    Acceleration, turned upright by VQF (Laidig & Seel 2023), is integrated twice from rest to rest. In both rests the
    foot stands still (a zero-velocity update: Skog et al. 2010, IEEE Trans Biomed Eng 57:2657), so whatever speed is
    left at the second is drift, and is taken off evenly. The heading is free: only distances mean something. On a
    treadmill it is the way over the belt. NaN where the foot does not walk.
    """

    name = "footholds"
    accepts = "imu"

    def whole(self, signal: Signal) -> Product:
        """The footholds of a whole recording; nothing where no foot walks.

        Raises
        ------
        NotComputableError
            If the foot sensor lacks a gyroscope, a unit, or 50 Hz, or vqf is not installed.
        """
        imus = worn(SignalForm.of(signal), "foot", least_rate=LEAST_RATE)
        if not imus:
            return Product()
        library = vqf_library()
        samples = np.full((len(signal.time), 3 * len(imus)), np.nan)
        for number, imu in enumerate(imus):
            for time, acceleration, turning in whole_runs(signal, imu, _LEAST_S):
                swings = find_swings(acceleration, turning, signal.rate)
                if not swings:
                    continue
                found = library.offlineVQF(
                    np.ascontiguousarray(turning), np.ascontiguousarray(acceleration), None, 1.0 / signal.rate
                )
                first = int(np.searchsorted(signal.time, time[0]))
                upright = turned(found["quat6D"], acceleration)
                where = stand(upright, swings, signal.rate)
                samples[first : first + len(time), 3 * number : 3 * number + 3] = where
        if not np.isfinite(samples).any():
            return Product()
        channels = tuple(Channel(f"{imu.source[4:]}_{axis}", "m", imu.site, imu.side) for imu in imus for axis in "xyz")
        made = Signal(
            f"{signal.id}.foothold", "foothold", signal.time, samples, channels, signal.rate, inputs=(signal.id,),
            attrs={"orientation": "VQF, 6D", "drift": "speed is zero in each rest, linear between"},
        )  # fmt: skip
        return Product(signals=(made,))


def turned(quaternions: Floats, vectors: Floats) -> Floats:
    """Vectors of the sensor in the frame whose z is up.

    Parameters
    ----------
    quaternions : ndarray, shape (n, 4)
        w, x, y, z.
    vectors : ndarray, shape (n, 3)
    """
    w, axis = quaternions[:, :1], quaternions[:, 1:]
    cross = 2.0 * np.cross(axis, vectors)
    result: Floats = vectors + w * cross + np.cross(axis, cross)
    return result


def stand(acceleration: Floats, swings: list[Swing], rate: float) -> Floats:
    """Where the foot stands, by acceleration in the upright frame (gravity in it), swing after swing.

    Returns
    -------
    ndarray, shape (n, 3)
        m; it changes in the middle of each swing. NaN where swings do not follow on each other.
    """
    where = np.full(acceleration.shape, np.nan)
    place = np.zeros(3)
    for before, swing in zip([None, *swings], swings, strict=False):
        middle = (swing.off + swing.contact) // 2
        if before is None or before.rest + 1 != swing.rest:
            where[swing.begins : middle] = place
        else:
            where[(before.off + before.contact) // 2 : middle] = place
        place = place + travelled(acceleration[swing.begins : swing.ends + 1], rate)
        where[middle : swing.ends + 1] = place
    return where


def travelled(acceleration: Floats, rate: float) -> Floats:
    """How far something goes between two moments at which it is still (m), by its acceleration and a constant one."""
    speed = cumulative_trapezoid(acceleration, dx=1.0 / rate, axis=0, initial=0.0)
    # Gravity is the steadiest part of the drift, and goes with it.
    speed -= speed[-1] * np.linspace(0.0, 1.0, len(speed))[:, None]
    distance: Floats = np.trapezoid(speed, dx=1.0 / rate, axis=0)
    return distance


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The footholds processor."""
    return [Footholds]
