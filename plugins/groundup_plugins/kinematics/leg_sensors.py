"""The aligned sensors of one leg, and whether they can be where they are said to be: exchanged, or slipped since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, Gait, NotComputableError, Side, Signal, Stance
from groundup_plugins.kinematics.alignment import REASONS
from groundup_plugins.kinematics.segment_angle import QUANTITIES

SIDE = {"L": "left", "R": "right"}
_MOST_SHIFT = {"thigh": 8.0, "shank": 8.0, "foot": 10.0}  # degrees
_MOST_TWIST = np.tan(np.radians(20.0))
_LEAST_RANGE = np.radians(15.0)
_LEAST_NET = np.radians(5.0)
_LONGEST_STANCE_S = 2.0
_MIDDLE = (0.3, 0.6)


@dataclass(frozen=True)
class LegSensor:
    """One sensor on a leg.

    Attributes
    ----------
    site, side : str
    signal : str
        Id of the signal that it is in.
    time : ndarray, shape (n,)
    angle, lean : ndarray, shape (n,)
        rad, as of `SegmentAngle`; NaN where it is not known.
    standing, stood_at : float
        Angle in quiet standing (rad), and when that ended (s); NaN where nobody stood.
    state : ndarray, shape (n,)
        0 where it is aligned, else a key of `REASONS`.
    rate : float
        Hz.
    """

    site: str
    side: Side
    signal: str
    time: Floats
    angle: Floats
    lean: Floats
    standing: float
    stood_at: float
    state: Floats
    rate: float

    @property
    def name(self) -> str:
        """``left shank``."""
        return f"{SIDE[self.side]} {self.site}"

    def at(self, time: Floats) -> "LegSensor":
        """The same sensor at the times of another; NaN where it has a gap."""
        if self.time is time:
            return self
        place = np.clip(np.searchsorted(self.time, time), 1, max(len(self.time) - 1, 1))
        known = np.zeros(len(time), bool)
        if len(self.time) > 1:
            apart = self.time[place] - self.time[place - 1]
            known = (apart <= 1.5 / self.rate) & (time >= self.time[0]) & (time <= self.time[-1])
        angle, lean = (
            np.where(known, np.interp(time, self.time, values) if len(self.time) else np.nan, np.nan)
            for values in (self.angle, self.lean)
        )
        state = self.state[place - 1] if len(self.time) else np.zeros(len(time))
        return LegSensor(
            self.site, self.side, self.signal, time, angle, lean, self.standing, self.stood_at, state, self.rate
        )

    def part(self, values: Floats, t0: float, t1: float) -> Floats:
        """Some of its values from t0 up to t1; none where it was not aligned, or not recorded, for all of that."""
        first, last = np.searchsorted(self.time, [t0, t1])
        found = values[first:last]
        step = 1.5 / self.rate
        within = len(self.time) > 0 and self.time[0] <= t0 + step and self.time[-1] >= t1 - step
        return found if within and np.isfinite(found).all() else found[:0]


def sensor_of(signals: Sequence[Signal], site: str, side: Side) -> LegSensor | None:
    """The sensor on a segment, among signals of any kind; None where there is none.

    Raises
    ------
    NotComputableError
        If there are two.
    """
    found = [
        (signal, index)
        for signal in signals
        if signal.kind == "segment_angle"
        for index in range(0, len(signal.channels), len(QUANTITIES))
        if (signal.channels[index].site, signal.channels[index].side) == (site, side)
    ]
    if not found:
        return None
    if len(found) > 1:
        both = " and ".join(signal.id for signal, _ in found)
        raise NotComputableError(f"two sensors are said to be on the {SIDE[side]} {site}: those of {both}")
    signal, index = found[0]
    angle, lean, standing, stood_at, state = signal.samples[:, index : index + len(QUANTITIES)].T
    known = np.flatnonzero(np.isfinite(standing))
    stood = (float(standing[known[-1]]), float(stood_at[known[-1]])) if len(known) else (np.nan, np.nan)
    return LegSensor(site, side, signal.id, signal.time, angle, lean, *stood, state, signal.rate)


@dataclass(frozen=True)
class Doubt:
    """What speaks, from t0 to t1 (s), against the sensors on some segments being where they are said to be."""

    t0: float
    t1: float
    text: str
    sites: tuple[str, ...]


def doubts_of(sensors: Mapping[str, LegSensor], gait: Gait, side: Side) -> list[Doubt]:
    """What speaks against the sensors of a leg, by the strides and stances of that side.

    Parameters
    ----------
    sensors : mapping of site to LegSensor
        Of one leg, those that there are.
    gait : Gait
    side : Side
    """
    found = [doubt for sensor in sensors.values() for doubt in _not_aligned(sensor)]
    for stride in gait.strides:
        if stride.side == side:
            doubts: dict[tuple[str, ...], str] = {
                (site,): _moved(sensor, stride.t0, stride.t1) for site, sensor in sensors.items()
            }
            doubts["thigh", "shank"] = _exchanged(sensors, stride.t0, stride.t1)
            found += [Doubt(stride.t0, stride.t1, text, sites) for sites, text in doubts.items() if text]
    for stance in gait.stances:
        if stance.side == side and stance.t1 - stance.t0 <= _LONGEST_STANCE_S:
            doubts = {(site,): _backwards(sensor, stance) for site, sensor in sensors.items()}
            doubts["shank", "foot"] = _foot_rolls_on(sensors, stance)
            until = _until(gait, stance)
            found += [Doubt(stance.t0, until, text, sites) for sites, text in doubts.items() if text]
    return found


def _not_aligned(sensor: LegSensor) -> list[Doubt]:
    """Where the sensor does not know how it sits, or where up is."""
    if len(sensor.time) == 0:
        return []
    edges = np.flatnonzero(np.diff(sensor.state)) + 1
    ends = [*sensor.time[edges].tolist(), float(np.nextafter(sensor.time[-1], np.inf))]
    return [
        Doubt(float(sensor.time[first]), end, f"of the sensor on the {sensor.name} {REASONS[code]}", (sensor.site,))
        for first, end in zip([0, *edges.tolist()], ends, strict=True)
        if (code := int(sensor.state[first])) in REASONS
    ]


def _moved(sensor: LegSensor, t0: float, t1: float) -> str:
    """Whether it sits otherwise than when it was aligned."""
    angle, lean = sensor.part(sensor.angle, t0, t1), sensor.part(sensor.lean, t0, t1)
    if len(angle) < 3:
        return ""
    most = _MOST_SHIFT[sensor.site]
    if np.hypot(angle.mean(), lean.mean()) > np.radians(most):
        return (
            f"the {sensor.name} is inclined by over {most:.0f} degrees more or less than in the walking by which its "
            "sensor was aligned: that has slipped, or the walking is another (a slope, stairs)"
        )
    off = angle - angle.mean()
    if np.ptp(angle) > _LEAST_RANGE and abs(float(off @ lean) / float(off @ off)) > _MOST_TWIST:
        return (
            f"the {sensor.name} turns about another axis of its sensor than when that was aligned: it has slipped "
            "around the leg, or the person does not walk straight on"
        )
    return ""


def _exchanged(sensors: Mapping[str, LegSensor], t0: float, t1: float) -> str:
    """Whether what is said to be the thigh turns more than what is said to be the shank."""
    if not {"thigh", "shank"} <= sensors.keys():
        return ""
    thigh, shank = (sensors[site].part(sensors[site].angle, t0, t1) for site in ("thigh", "shank"))
    if len(thigh) < 3 or len(shank) < 3 or float(np.std(thigh)) <= float(np.std(shank)):
        return ""
    return (
        f"the {sensors['thigh'].name} turns more than the shank: their sensors are exchanged, or one is on another "
        "segment"
    )


def _backwards(sensor: LegSensor, stance: Stance) -> str:
    """Whether a segment does not go forward over the foot that stands."""
    angle = sensor.part(sensor.angle, stance.t0, stance.t1)
    if len(angle) < 3 or float(angle[-1] - angle[0]) > _LEAST_NET:
        return ""
    return (
        f"the {sensor.name} does not turn forward while its foot stands: its sensor is on the other leg or on "
        "another segment, or the person walks backwards"
    )


def _foot_rolls_on(sensors: Mapping[str, LegSensor], stance: Stance) -> str:
    """Whether what is said to be the foot turns in the middle of stance, and what is said to be the shank less."""
    if not {"shank", "foot"} <= sensors.keys():
        return ""
    t0, t1 = (stance.t0 + share * (stance.t1 - stance.t0) for share in _MIDDLE)
    shank, foot = (sensors[site].part(sensors[site].angle, t0, t1) for site in ("shank", "foot"))
    if len(shank) < 3 or len(foot) < 3 or float(np.ptp(foot)) <= float(np.ptp(shank)):
        return ""
    return (
        f"the {sensors['foot'].name} turns more than the shank while it stands: their sensors are exchanged, or one is "
        "on another segment"
    )


def _until(gait: Gait, stance: Stance) -> float:
    """The end of the stride that begins with a stance, where one does."""
    ends = [s.t1 for s in gait.strides if s.side == stance.side and abs(s.t0 - stance.t0) < 0.1]
    return max([stance.t1, *ends])
