"""Units as devices and labs spell them: each worth what the SI brochure and NIST SP 811 say."""

import math

import numpy as np
import pytest

from groundup.analysis.gait.heel_markers import heel_markers
from groundup.analysis.metrics.channel_groups import accelerations, angular_velocities, positions
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.model.units import ACCELERATION, ANGULAR_VELOCITY, FORCE, LENGTH, SPEED, VOLTAGE, factor_of

WORTH = [
    (ACCELERATION, 1.0, ["m/s^2", "m/s²", "M/S2", "m/s/s", "m*s^-2", " m/s^2 ", "m s^-2", "m/sec^2"]),
    (ACCELERATION, 1e-3, ["mm/s^2", "mm/s²", "mm/s2", "mm/s/s", "mm*s^-2"]),
    (ACCELERATION, 1e-2, ["cm/s^2", "cm/s2", "Gal"]),
    (ACCELERATION, 0.3048, ["ft/s^2", "ft/s2"]),
    (ACCELERATION, 9.80665, ["g", "G", "gs"]),
    (ACCELERATION, 9.80665e-3, ["mg", "mG"]),
    (ANGULAR_VELOCITY, 1.0, ["rad/s", "rad/sec", "rad*s^-1"]),
    (ANGULAR_VELOCITY, math.pi / 180, ["deg/s", "°/s", "dps", "deg/sec", "degrees/s"]),
    (ANGULAR_VELOCITY, math.pi / 180e3, ["mdps", "mdeg/s"]),
    (ANGULAR_VELOCITY, 2 * math.pi / 60, ["rpm"]),
    (VOLTAGE, 1e-6, ["uV", "µV", "μV", "microvolts"]),
    (FORCE, 4.4482216152605, ["lb", "lbf", "LBS"]),
    (FORCE, 9.80665, ["kgf", "kp"]),
    (FORCE, 1e3, ["kN"]),
    (LENGTH, 0.0254, ["in", "inch"]),
    (LENGTH, 1e-3, ["mm", "millimetres"]),
    (SPEED, 1 / 3.6, ["km/h"]),
    (SPEED, 0.44704, ["mph"]),
    (SPEED, 1e-3, ["mm/s"]),
]


@pytest.mark.parametrize(("table", "worth", "spellings"), WORTH, ids=lambda v: str(v)[:12])
def test_a_unit_is_read_however_it_is_written(table: dict[str, float], worth: float, spellings: list[str]) -> None:
    for spelling in spellings:
        assert factor_of(spelling, table) == pytest.approx(worth, rel=1e-12), spelling


@pytest.mark.parametrize("unit", ["", "V", "rad", "m", "s", "counts", "m/s", "%"])
def test_what_is_no_acceleration_is_none(unit: str) -> None:
    assert factor_of(unit, ACCELERATION) is None


@pytest.mark.parametrize(("unit", "worth"), [("mm/s^2", 1e-3), ("cm/s²", 1e-2), ("ft/s^2", 0.3048), ("mg", 9.80665e-3)])
def test_samples_of_a_sensor_are_rescaled_where_they_are_used(unit: str, worth: float) -> None:
    time = np.arange(100) / 100.0
    channels = [Channel(axis, unit, "shank", "L") for axis in "xyz"]
    channels += [Channel(axis, "mdps", "shank", "L") for axis in "abc"]
    signal = Signal("imu", "imu", time, np.full((100, 6), 9.81 / worth), tuple(channels), 100.0)
    (force,), (turning,) = accelerations([signal]), angular_velocities([signal])
    assert force.factor * signal.samples[0, 0] == pytest.approx(9.81)
    assert (force.unit, turning.unit) == ("m/s^2", "rad/s")
    assert turning.factor == pytest.approx(math.pi / 180e3)


def test_markers_in_inches_are_metres_where_they_are_used() -> None:
    channels = tuple(Channel(axis, "in", "foot", "L") for axis in "xyz")
    (foot,) = positions([Signal("m", "mocap", np.zeros(1), np.ones((1, 3)), channels, 100.0)], "mocap")
    assert (foot.factor, foot.unit) == (0.0254, "m")


def test_axes_in_two_units_are_no_vector() -> None:
    """One axis in g beside two in m/s^2 would be taken ten times too small; so would markers in mm and m."""
    time = np.arange(100) / 100.0
    imu = tuple(Channel(axis, unit, "foot", "L") for axis, unit in zip("xyz", ("g", "m/s^2", "m/s^2"), strict=True))
    assert accelerations([Signal("imu", "imu", time, np.ones((100, 3)), imu, 100.0)]) == []
    heels = tuple(
        Channel(f"{side}HEE_{axis}", unit) for side in "LR" for axis, unit in zip("xyz", ("mm", "mm", "m"), strict=True)
    )
    assert heel_markers([Signal("markers", "mocap", time, np.ones((100, 6)), heels, 100.0)]) == {}
