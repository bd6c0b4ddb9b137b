"""Walks that are made: what an IMU at the low back measures where every contact, side and turn is known.

Phases are those of the literature: vertical acceleration follows forward acceleration by a quarter of a step, the leg
that stands pushes the pelvis to the other side, the pelvis turns away from the foot that lands. Amplitudes are those of
walking, smaller where it is slower.
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Channel, Signal

RATE = 100.0
GRAVITY = 9.81


@dataclass(frozen=True)
class MadeWalk:
    """A signal of the low back, and what is true of it: contacts (s) and the foot that lands at each."""

    signal: Signal
    contacts: np.ndarray
    sides: list[str]

    def strides(self) -> list[tuple[float, float, str]]:
        """Begin, end and side of each, from contact to contact of a foot."""
        return list(zip(self.contacts[:-2].tolist(), self.contacts[2:].tolist(), self.sides, strict=False))


def contact_times(seed, stride_s=1.1, strides=16, limp=0.5, spread=0.025, begin=4.0):
    """Contacts of steps whose lengths vary; `limp` is the share of a stride that a step of the right foot takes."""
    random = np.random.default_rng(seed)
    lasts = np.tile([limp, 1.0 - limp], strides) * stride_s * (1.0 + spread * random.normal(size=2 * strides))
    return begin + np.concatenate([[0.0], np.cumsum(lasts)])


def made_walk(seed, contacts, *, first="R", turn_at=None, missed=(), weak=1.0, gyroscope=True, rest_s=4.0):
    """The pelvis in a walk with these contacts, standing before and after; the sensor is mounted at random.

    Parameters
    ----------
    turn_at : float, optional
        The middle of a U-turn that takes 1.6 s.
    missed : sequence of int
        Contacts without a jolt, as of a foot that is set down softly.
    weak : float
        How strongly it is moved, beside usual.
    """
    random = np.random.default_rng([seed, 1])
    time = np.arange(round((contacts[-1] + rest_s) * RATE)) / RATE
    stride_s = np.interp(time, contacts[:-2], contacts[2:] - contacts[:-2])
    quick = weak * np.minimum(1.1 / stride_s, 1.3) ** 1.5
    phase = np.interp(time, contacts, np.pi * np.arange(len(contacts))) + (0.0 if first == "R" else np.pi)
    inside = np.clip(np.minimum(time - contacts[0] + 0.2, contacts[-1] + 0.2 - time) / 0.4, 0.0, 1.0)
    size = quick * inside
    vertical = 1.8 * size * np.cos(2 * phase - 0.45) + jolts(time, contacts, stride_s, 1.5 * weak, missed)
    forward = 1.3 * size * np.cos(2 * phase + 1.12)
    leftward = 0.8 * size * np.sin(phase)
    roll = 0.1 * inside * np.cos(phase)
    yaw = 0.35 * inside * np.cos(phase - 0.35) + heading_rate(time, turn_at)
    pitch = 0.1 * inside * np.cos(2 * phase)
    sideways, forwards = (np.cumsum(rate - rate.mean()) / RATE for rate in (roll, pitch))  # leaning, rad
    level = np.column_stack([forward - GRAVITY * forwards, leftward + GRAVITY * sideways])
    acceleration = np.column_stack([level, GRAVITY + vertical])
    turning = np.column_stack([roll, pitch, yaw])
    mount = np.linalg.qr(random.normal(size=(3, 3)))[0]
    mount[:, 0] *= np.linalg.det(mount)
    acceleration = acceleration @ mount + 0.08 * random.normal(size=acceleration.shape)
    turning = turning @ mount + 0.02 * random.normal(size=turning.shape)
    return MadeWalk(signal_of(time, acceleration, turning if gyroscope else None), contacts, feet(contacts, first))


def jolts(time, contacts, stride_s, size, missed):
    """Of each contact, and half as strong of the foot that leaves after it."""
    found = np.zeros(len(time))
    for number, contact in enumerate(contacts):
        if number not in missed:
            later = contact + 0.14 * float(np.interp(contact, time, stride_s))
            for moment, height in ((contact + 0.02, size), (later, 0.5 * size)):
                found += height * np.exp(-0.5 * ((time - moment) / 0.03) ** 2)
    return found


def heading_rate(time, turn_at):
    """Turning about the vertical in a U-turn, rad/s."""
    if turn_at is None:
        return np.zeros(len(time))
    within = np.abs(time - turn_at) < 0.8
    return np.where(within, np.pi / 1.6 * (1.0 + np.cos(np.pi * (time - turn_at) / 0.8)), 0.0)


def feet(contacts, first):
    """The foot of each contact."""
    order = ("R", "L") if first == "R" else ("L", "R")
    return [order[number % 2] for number in range(len(contacts))]


def signal_of(time, acceleration, turning):
    """As a stream of an IMU at the pelvis."""
    samples = acceleration if turning is None else np.hstack([acceleration, turning])
    units = ["m/s^2"] * 3 + ["rad/s"] * (samples.shape[1] - 3)
    channels = tuple(Channel(f"channel {i}", unit, "pelvis") for i, unit in enumerate(units))
    return Signal("back", "imu", time, samples, channels, RATE)
