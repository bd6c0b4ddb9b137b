"""The impact wave of the virtual lab travels up with the lag and the loss it declares."""

import numpy as np
import pytest
from scipy.signal import correlate

from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.imu import LAG_S, SENSORS, Imus, clean_channels, loss_db, wave
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES

T0 = 830_000.3
both_strategies = pytest.mark.parametrize("strategy", list(STRATEGIES))


def band_energy(walker: Walker, name: str, start: float) -> float:
    """Energy from 10 to 20 Hz of the clean acceleration, all axes, in a third of a second from `start` on."""
    time = start + np.arange(0.0, 0.34, 0.001)
    acc = clean_channels(walker, SENSORS[name], time)[:, :3]
    # The third difference leaves of the sway (below 3 Hz) nothing at 10 to 20 Hz, and scales every segment alike.
    spectrum = np.fft.rfft(np.diff(acc, 3, axis=0) * np.hanning(len(acc) - 3)[:, None], 4000, axis=0)
    frequency = np.fft.rfftfreq(4000, 0.001)
    return float(np.sum(np.abs(spectrum[(frequency >= 10) & (frequency <= 20)]) ** 2))


@both_strategies
def test_10_to_20_hz_lose_the_declared_decibels_on_the_way_up(strategy: str) -> None:
    walker = Walker(strategy)
    chain = ("foot_R", "shank_R", "thigh_R", "pelvis", "trunk", "head")
    steps = [s for s in walker.contacts(T0, T0 + 20.0) if s.side == "R"]
    for rank, name in enumerate(chain):
        lost = [
            10.0
            * np.log10(
                band_energy(walker, "foot_R", s.contact - 0.145)
                / band_energy(walker, name, s.contact - 0.145 + rank * LAG_S)
            )
            for s in steps
        ]
        assert np.mean(lost) == pytest.approx(loss_db(walker, rank), abs=0.15)


@both_strategies
def test_the_wave_at_each_segment_is_a_delayed_scaled_copy_of_the_foot(strategy: str) -> None:
    walker = Walker(strategy)
    step = next(s for s in walker.contacts(T0, T0 + 3.0) if s.side == "R")
    time = step.contact + np.arange(-0.01, 0.2, 0.001)
    at_foot = wave(walker, SENSORS["foot_R"], time)
    for sensor in SENSORS.values():
        if sensor.side != "L":
            there = wave(walker, sensor, time)
            lag = np.argmax(correlate(there, at_foot)) - (len(time) - 1)
            assert lag == round(sensor.rank * LAG_S * 1000)
            assert there.max() == pytest.approx(at_foot.max() * 10 ** (-loss_db(walker, sensor.rank) / 20))


def test_the_walkers_lose_the_load_in_different_places_and_enough_of_it_to_tell() -> None:
    share = {s: loss_db(Walker(s), 3) / loss_db(Walker(s), 5) for s in STRATEGIES}
    assert share["ground_up"] == pytest.approx(0.75)
    assert 0.35 <= share["proximal"] <= 0.40
    assert min(loss_db(Walker(s), 5) for s in STRATEGIES) > 6.0


def test_a_leg_feels_its_own_steps_and_the_midline_those_of_both_feet() -> None:
    walker = Walker()
    left, right = (next(s for s in walker.contacts(T0, T0 + 3.0) if s.side == side) for side in ("L", "R"))
    for name, sensor in SENSORS.items():
        felt = {
            s.side: wave(walker, sensor, s.contact + np.arange(0.0, 0.15, 0.001)).max() > 1.0 for s in (left, right)
        }
        assert felt == {"L": sensor.side in ("L", ""), "R": sensor.side in ("R", "")}, name


def test_no_wave_reaches_the_next_contact() -> None:
    walker = Walker()
    for step in walker.contacts(T0, T0 + 30.0):
        assert not wave(walker, SENSORS["head"], step.contact + np.arange(0.12, 0.4, 0.001)).any()


@pytest.mark.parametrize("name", list(SENSORS))
def test_the_angular_rate_is_the_turning_that_gravity_shows(name: str) -> None:
    walker = Walker()
    time = np.arange(T0, T0 + 3.3, 0.0005)
    sensor = SENSORS[name]
    x, _, z, *_, turning, _ = clean_channels(walker, sensor, time).T
    mean = np.arctan2(-x.mean(), z.mean())
    assert mean == pytest.approx(sensor.tilt, abs=0.05)
    angle = sensor.tilt + np.cumsum(turning) * 0.0005
    angle += sensor.tilt - angle.mean()
    up = -np.sin(angle) * x + np.cos(angle) * z
    assert np.mean(up) - np.mean(wave(walker, sensor, time)) == pytest.approx(9.81, abs=0.05)


def test_sensors_swapped_show_each_others_data_under_their_own_names() -> None:
    walker = Walker()
    index = np.arange(166_000_000, 166_000_400)
    right = list(Imus(walker).read(index, index / 200.0).values())
    swapped = Imus(walker, ("pelvis", "head"))
    wrong = list(swapped.read(index, index / 200.0).values())
    pelvis, head = list(SENSORS).index("pelvis"), list(SENSORS).index("head")
    assert [s.channels[0].site for s in swapped.streams.values()][pelvis] == "pelvis"
    assert np.abs(wrong[pelvis] - right[head]).max() < 0.5  # the sensors' own noise stays with them
    assert np.abs(wrong[head] - right[pelvis]).max() < 0.5
    assert np.abs(wrong[pelvis] - right[pelvis]).max() > 1.0
