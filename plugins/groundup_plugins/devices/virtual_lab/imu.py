"""The nine IMUs from foot to head: sway, gravity, and the impact wave that travels up.

Foot, shank and thigh of each leg, pelvis, trunk and head: the load path can be followed segment by segment in both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import SEGMENT_RANK, Channel, Side, StreamSpec
from groundup_plugins.devices.virtual_lab.noise import Noise
from groundup_plugins.devices.virtual_lab.walker import GRAVITY, STEP_S, Floats, Walker

RATE = 200.0
LAG_S = 0.012
"""How long the wave takes from one segment to the next."""
_PULSE_S, _PULSE_HZ = 0.050, 15.0
_FOOT_IMPACT = 25.0  # m/s²
_ACC_NOISE, _GYR_NOISE = 0.03, 0.004  # m/s², rad/s


@dataclass(frozen=True)
class Sensor:
    """One IMU and how its segment sways.

    Attributes
    ----------
    segment : str
    side : {"L", "R", ""}
        Empty on the midline, where the steps of both feet arrive.
    sway : float
        Slow acceleration, m/s².
    swing : float
        How far the segment rotates about the left-right axis to either side, rad.
    tilt : float
        How the sensor is mounted, about the same axis, rad.
    ring_hz : float
        How the sensor rings when it is tapped.
    """

    segment: str
    side: Side
    sway: float
    swing: float
    tilt: float
    ring_hz: float

    @property
    def name(self) -> str:
        """``foot_L``, ``pelvis`` ..."""
        return f"{self.segment}_{self.side}" if self.side else self.segment

    @property
    def rank(self) -> int:
        """Segment rank, 0 (foot) to 5 (head)."""
        return SEGMENT_RANK[self.segment]


SENSORS: dict[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor("foot", "L", 2.5, 0.30, -0.25, 25.0),
        Sensor("foot", "R", 2.5, 0.30, -0.25, 28.0),
        Sensor("shank", "L", 2.0, 0.30, 0.05, 29.0),
        Sensor("shank", "R", 2.0, 0.30, 0.05, 31.0),
        Sensor("thigh", "L", 1.6, 0.25, -0.05, 23.0),
        Sensor("thigh", "R", 1.6, 0.25, -0.05, 22.0),
        Sensor("pelvis", "", 1.2, 0.04, 0.15, 27.0),
        Sensor("trunk", "", 1.0, 0.04, -0.10, 34.0),
        Sensor("head", "", 0.8, 0.03, 0.02, 24.0),
    )
}
"""The sensors by name, distal to proximal."""


def loss_db(walker: Walker, rank: int) -> float:
    """What the wave has lost on its way from the foot to this segment rank, in dB."""
    return sum(walker.style.loss_db[:rank])


def pulse(since: Floats) -> Floats:
    """The impact wave's shape over the time since it arrived: one smooth knock, peak 1 after 25 ms, over at 50 ms."""
    from_peak = since - _PULSE_S / 2
    inside = np.abs(from_peak) < _PULSE_S / 2
    shape = np.cos(np.pi * from_peak / _PULSE_S) ** 2 * np.cos(2.0 * np.pi * _PULSE_HZ * from_peak)
    return np.where(inside, shape, 0.0)


def wave(walker: Walker, sensor: Sensor, time: Floats) -> Floats:
    """Upward acceleration at a sensor from the impacts of the feet below it, m/s²."""
    total = np.zeros(len(time))
    if len(time) == 0:
        return total
    delay = sensor.rank * LAG_S
    strength = _FOOT_IMPACT * 10.0 ** (-loss_db(walker, sensor.rank) / 20.0)
    for step in walker.contacts(float(time[0]) - delay - _PULSE_S, float(time[-1])):
        if sensor.side in ("", step.side):
            total += strength * step.impact * pulse(time - (step.contact + delay))
    return total


def clean_channels(walker: Walker, sensor: Sensor, time: Floats) -> Floats:
    """Acceleration with gravity (m/s²) and angular rate (rad/s) in sensor axes, without noise, shape (n, 6).

    Sensor axes at zero tilt: x forward, y left, z up. The sway holds to the mean stride time, not to each step: its
    highest part is the third harmonic, below 3 Hz, and nothing of it reaches the band of the impact.
    """
    turn = (2.0 * np.pi) * ((time / (2.0 * STEP_S) + (0.5 if sensor.side == "R" else 0.0)) % 1.0)
    often = 1.0 if sensor.side else 2.0  # the midline moves twice a stride, a leg once
    walking, tapped = walker.taps.walking(time), walker.taps.ringing(time, sensor.ring_hz)
    angle = sensor.tilt + walking * sensor.swing * np.sin(often * turn)
    rate = walking * sensor.swing * np.cos(often * turn) * often * np.pi / STEP_S
    forward = walking * sensor.sway * (0.8 * np.sin(often * turn + 0.4) + 0.2 * np.sin((often + 1.0) * turn))
    left = walking * 0.3 * sensor.sway * np.sin(turn) + 0.4 * tapped
    up = GRAVITY + tapped + walking * sensor.sway * np.cos(2.0 * turn - 0.8) + wave(walker, sensor, time)
    cos, sin = np.cos(angle), np.sin(angle)
    still = np.zeros(len(time))
    return np.stack((cos * forward - sin * up, left, sin * forward + cos * up, still, rate, still), axis=1)


class Imus:
    """Nine sensors on one receiver, a stream each.

    Parameters
    ----------
    walker : Walker
    swapped : pair of sensor names, optional
        Two sensors strapped on in each other's place, as happens.
    """

    rate = RATE

    def __init__(self, walker: Walker, swapped: tuple[str, str] | None = None) -> None:
        self._walker = walker
        self._noise = [Noise(walker.seed, f"imu {name}", 6) for name in SENSORS]
        self._scale = np.array([_ACC_NOISE] * 3 + [_GYR_NOISE] * 3, np.float32)
        worn = {name: name for name in SENSORS}
        if swapped is not None:
            first, second = swapped
            worn[first], worn[second] = second, first
        self._worn = [SENSORS[worn[name]] for name in SENSORS]
        self.streams = {name: _spec(sensor) for name, sensor in SENSORS.items()}

    def read(self, index: NDArray[np.int64], time: Floats) -> dict[str, NDArray[np.float32]]:
        """Samples with these numbers and times, by sensor."""
        return {
            name: np.asarray(clean_channels(self._walker, sensor, time) + noise.read(index) * self._scale, np.float32)
            for name, sensor, noise in zip(SENSORS, self._worn, self._noise, strict=True)
        }


def _spec(sensor: Sensor) -> StreamSpec:
    channels = tuple(
        Channel(f"{sensor.name}_{kind}_{axis}", unit, sensor.segment, sensor.side)
        for kind, unit in (("acc", "m/s^2"), ("gyr", "rad/s"))
        for axis in "xyz"
    )
    return StreamSpec(f"VirtualIMU_{sensor.name}", "IMU", RATE, "float32", channels)
