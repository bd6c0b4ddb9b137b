"""Made people whom metrics and processors are tried on: one who walks, and one who rises from a chair and stands.

Made of plain shapes, with the muscles that labs usually record, those that a metric asks for, and every segment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from groundup.model.anatomy import JOINTS, SEGMENT_RANK, Side
from groundup.model.events import Trial
from groundup.model.signals import Signal
from groundup.model.streams import Channel, Plate

MASS_KG = 70.0
GRAVITY = 9.80665
STRIDE_S, STANCE_S = 1.1, 0.66
BELT_M_S = 1.25
LANDS_AT_M, ROLLS_M = 0.3, 0.2
"""Where a heel lands ahead of the middle of its plate, and how far the force goes from there to the toes."""
SEATED = 0.25
"""Share of body weight that the feet of a sitting person carry."""

_UNITS = ("N", "N", "N", "Nm", "Nm", "Nm")
_SIDES: tuple[Side, Side] = ("L", "R")
_USUAL = (
    "gluteus_maximus", "gluteus_medius", "soleus", "gastrocnemius_medialis", "tibialis_anterior", "rectus_femoris",
    "vastus_lateralis", "vastus_medialis", "biceps_femoris", "semitendinosus", "erector_spinae", "rectus_abdominis",
)  # fmt: skip
# Times from the first movement (s), and the force under the feet in body weights: it grows, overshoots as the body is
# thrown up, falls short as it is slowed down, and is the weight.
_RISE_S = (0.0, 0.3, 0.6, 0.7, 0.9, 1.1, 1.3, 1.6)
_RISE_BW = (SEATED, SEATED + 0.15, 0.9, 1.0, 1.2, 1.0, 0.85, 1.0)
SEAT_OFF_S, PEAK_BW, LASTS_S = 0.7, 1.2, 1.6


@dataclass(frozen=True)
class Person:
    """Somebody who was recorded.

    Attributes
    ----------
    name : str
    signals : tuple of Signal
        Raw, on the lab clock.
    trials : tuple of Trial
    mass_kg : float
    """

    name: str
    signals: tuple[Signal, ...]
    trials: tuple[Trial, ...] = ()
    mass_kg: float = MASS_KG
    belt_m_s: float = math.nan

    @property
    def start(self) -> float:
        """Time of the first sample."""
        return min(float(signal.time[0]) for signal in self.signals)


@cache
def walker(more: frozenset[str] = frozenset(), t0: float = 5000.0, seconds: float = 10.0) -> Person:
    """Somebody on a split-belt treadmill: two plates, EMG of both sides, an IMU on every segment, a model.

    Parameters
    ----------
    more : frozenset of str
        Muscles beside the usual ones.
    t0, seconds : float
        From when on the lab clock, and for how long.
    """
    random = np.random.default_rng(11)
    signals: list[Signal] = []
    for side in _SIDES:
        time = _times(t0, seconds, 1000.0)
        since = (time - t0 - (0.4 if side == "L" else 0.4 + STRIDE_S / 2)) % STRIDE_S
        on = np.where(since < STANCE_S, since / STANCE_S, 0.0)
        up = MASS_KG * GRAVITY * (1.25 * np.sin(np.pi * on) + 0.25 * np.sin(3 * np.pi * on))
        forward = -0.18 * MASS_KG * GRAVITY * np.sin(2 * np.pi * on)
        raw = np.zeros((len(time), 6))
        raw[:, 0], raw[:, 2] = forward, up
        raw[:, 1] = (0.04 if side == "R" else -0.04) * up
        # The foot lands ahead, the belt carries it back, and the force rolls from its heel to its toes.
        at = LANDS_AT_M - BELT_M_S * on * STANCE_S + ROLLS_M * on
        raw[:, 4] = -up * at
        raw += random.normal(0, 0.2, raw.shape) * (1, 1, 1, 0.05, 0.05, 0.05)
        signals.append(_plate_signal(f"plate_{side}", time, raw, side))
    time = _times(t0, seconds, 1000.0)
    sites: list[tuple[str, Side]] = [(site, side) for site in (*_USUAL, *sorted(more - set(_USUAL))) for side in _SIDES]
    loud = [
        5e-6 + 8e-5 * np.exp(-0.5 * (((_phase(time - t0, side) - 0.09 * (n % 11)) % 1.0 - 0.5) / 0.12) ** 2)
        for n, (_, side) in enumerate(sites)
    ]
    emg = random.normal(size=(len(time), len(sites))) * np.column_stack(loud)
    muscles = tuple(Channel(f"{site} {side}", "V", site, side) for site, side in sites)
    signals.append(Signal("emg", "emg", time, emg, muscles, 1000.0))
    for segment, rank in SEGMENT_RANK.items():
        sides: tuple[Side, ...] = _SIDES if rank < SEGMENT_RANK["pelvis"] else ("",)
        for side in sides:
            signals.append(_imu(segment, side, rank, _times(t0, seconds, 500.0), t0, random))
    signals.append(joint_model(t0, seconds))
    trials = (Trial(t0, t0 + seconds, "walk", "usual"), Trial(t0 + 2, t0 + 4, "strong", "mvic"),
              Trial(t0 + seconds - 1, t0 + seconds, "sofa", "rest"))  # fmt: skip
    return Person("walking", tuple(signals), trials, belt_m_s=BELT_M_S)


def joint_model(t0: float, seconds: float) -> Signal:
    """What a mocap system would compute of the joints of both legs: plain shapes over the strides of `walker`."""
    time = _times(t0, seconds, 500.0)
    columns: list[NDArray[np.float64]] = []
    channels: list[Channel] = []
    for side in _SIDES:
        turn = 2 * np.pi * _phase(time - t0, side)
        for rank, name in enumerate(JOINTS):
            curves = {
                "rad": 0.3 + 0.2 * np.sin(turn + rank),
                "N·m/kg": 0.4 + 0.8 * np.sin(turn / 2 + 0.3 * rank) ** 2,
                "W/kg": (2.0 - 0.4 * rank) * np.sin(2 * turn + (1.9, 1.0, 2.0)[rank]),  # the ankle pushes off
            }
            for unit, curve in curves.items():
                columns += [curve, 0.1 * curve, 0.05 * curve]
                channels += [Channel(f"{side}{name} {unit} {axis}", unit, name, side) for axis in "xyz"]
    return Signal("model", "model", time, np.column_stack(columns), tuple(channels), 500.0)


@cache
def riser(seconds: float = 20.0, rate: float = 1000.0, mass_kg: float = MASS_KG) -> Person:
    """Somebody who sits, rises at 3 s, and stands: a plate under each foot, and both gluteus medius."""
    random = np.random.default_rng(7)
    share = rising([3.0], [], seconds, rate)
    weight = mass_kg * GRAVITY
    slow = np.cumsum(random.normal(0, 2e-5, (len(share), 2)), axis=0)
    noise = random.normal(0, 0.3, (2, len(share)))
    plates = [
        plate("left", 0.45 * weight * share + noise[0], rate, "L", slow + np.array([0.0, 0.1])),
        plate("right", 0.55 * weight * share + noise[1], rate, "R", slow - np.array([0.0, 0.1])),
    ]
    time = plates[0].time
    emg = random.normal(size=(len(time), 2)) * (5e-6 + 5e-5 * share[:, None])
    channels = tuple(Channel(f"GM {side}", "V", "gluteus_medius", side) for side in _SIDES)
    trials = (Trial(0.0, 6.0, "up"), Trial(7.0, seconds, "still"))
    return Person("chair", (*plates, Signal("emg", "emg", time, emg, channels, rate)), trials, mass_kg)


def plate(
    name: str, vertical: NDArray[np.float64], rate: float, side: Side = "", sway_m: NDArray[np.float64] | None = None
) -> Signal:
    """A type-2 plate in the lab's own axes.

    Parameters
    ----------
    vertical : ndarray, shape (n,)
        Newtons.
    sway_m : ndarray, shape (n, 2), optional
        Where the force acts.
    """
    at = np.zeros((len(vertical), 2)) if sway_m is None else sway_m
    raw = np.zeros((len(vertical), 6))
    raw[:, 2], raw[:, 3], raw[:, 4] = vertical, vertical * at[:, 1], -vertical * at[:, 0]
    return _plate_signal(name, np.arange(len(vertical)) / rate, raw, side, rate)


def rising(begins: list[float], sits: list[float], seconds: float, rate: float) -> NDArray[np.float64]:
    """Vertical force under both feet in body weights: rises begin at these times, sitting down ends at those."""
    time = np.arange(int(seconds * rate)) / rate
    force = np.full(len(time), SEATED)
    for begin, end in zip(begins, [*sits, np.inf][: len(begins)], strict=True):
        up = time >= begin
        force[up] = np.interp(time[up] - begin, _RISE_S, _RISE_BW)
        down = up & (time >= end - LASTS_S)
        force[down] = np.interp(end - time[down], _RISE_S, _RISE_BW)
    return force


def _plate_signal(
    name: str, time: NDArray[np.float64], raw: NDArray[np.float64], side: Side, rate: float = 1000.0
) -> Signal:
    site = f"plate:{1 + (side == 'R')}"
    channels = tuple(Channel(f"{name}{i}", unit, site, side) for i, unit in enumerate(_UNITS))
    return Signal(name, "plate", time, raw, channels, rate, Plate(2, ()))


def _imu(
    segment: str, side: Side, rank: int, time: NDArray[np.float64], t0: float, random: np.random.Generator
) -> Signal:
    """Gravity, some swing, and the shock of each contact, later and softer the higher it has run."""
    values = np.zeros((len(time), 3))
    values[:, 2] = GRAVITY
    for foot in (side,) if side else _SIDES:
        since = _phase(time - t0, foot) * STRIDE_S - 0.012 * rank
        shock = np.where(since > 0, np.sin(2 * np.pi * 20.0 * since) * np.exp(-since / 0.03), 0.0)
        values[:, 2] += 30.0 * 0.6**rank * shock
        values[:, 0] += 1.5 * np.sin(2 * np.pi * _phase(time - t0, foot))
    turning = np.zeros((len(time), 3))
    turning[:, 1] = 2.0 * np.cos(2 * np.pi * _phase(time - t0, side or "L"))
    values = np.hstack([values, turning]) + random.normal(0, 0.05, (len(time), 6))
    parts = [("acc", "m/s^2", axis) for axis in "xyz"] + [("gyro", "rad/s", axis) for axis in "xyz"]
    channels = tuple(Channel(f"{segment}{side}_{what}_{axis}", unit, segment, side) for what, unit, axis in parts)
    return Signal(f"imu_{segment}{side}", "imu", time, values, channels, 500.0)


def _phase(since: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
    """Share of the stride since that foot's contact."""
    phase: NDArray[np.float64] = ((since - (0.4 if side == "L" else 0.4 + STRIDE_S / 2)) / STRIDE_S) % 1.0
    return phase


def _times(t0: float, seconds: float, rate: float) -> NDArray[np.float64]:
    return np.arange(int(t0 * rate), int((t0 + seconds) * rate)) / rate
