"""The aligned sensors of one leg, and whether they can be where they are said to be: exchanged, or slipped since."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, Gait, NotComputableError, Side, Signal, Stance
from groundup_plugins.dynamics.reasons import Flaw
from groundup_plugins.kinematics.alignment import REASONS
from groundup_plugins.kinematics.segment_angle import QUANTITIES

SIDE = {"L": "left", "R": "right"}
_MOST_SHIFT = {"thigh": np.radians(8.0), "shank": np.radians(8.0), "foot": np.radians(10.0)}
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

    def between(self, t0: float, t1: float) -> slice:
        """Its samples from t0 up to t1."""
        first, last = np.searchsorted(self.time, [t0, t1])
        return slice(int(first), int(last))


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


def flaws_of(proximal: LegSensor, distal: LegSensor, gait: Gait, joint: str) -> list[Flaw]:
    """What speaks against two sensors, at the same times, being where they are said to be.

    Parameters
    ----------
    proximal, distal : LegSensor
    gait : Gait
        Its stances and strides of that side are looked at.
    joint : str
        That between them.
    """
    side, time = distal.side, distal.time
    found: list[Flaw] = []
    if len(time) == 0:
        return found
    for sensor in (proximal, distal):
        found += _not_aligned(sensor, joint)
    for stride in gait.strides:
        if stride.side == side and stride.t0 >= time[0] and stride.t1 <= time[-1]:
            texts = [_moved(sensor, stride.t0, stride.t1) for sensor in (proximal, distal)]
            texts.append(_exchanged(proximal, distal, stride.t0, stride.t1))
            found += [Flaw(stride.t0, stride.t1, text, side, joint) for text in texts if text]
    for stance in gait.stances:
        lasts = stance.t1 - stance.t0
        if stance.side == side and stance.t0 >= time[0] and stance.t1 <= time[-1] and lasts <= _LONGEST_STANCE_S:
            texts = [_backwards(sensor, stance) for sensor in (proximal, distal)]
            texts.append(_foot_rolls_on(proximal, distal, stance))
            found += [Flaw(stance.t0, _until(gait, stance), text, side, joint) for text in texts if text]
    return found


def _not_aligned(sensor: LegSensor, joint: str) -> list[Flaw]:
    """Where the sensor does not know yet how it sits."""
    edges = np.flatnonzero(np.diff(sensor.state)) + 1
    found = []
    for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(sensor.time)], strict=True):
        reason = REASONS.get(int(sensor.state[first]))
        if reason is not None:
            end = float(sensor.time[last]) if last < len(sensor.time) else float(np.nextafter(sensor.time[-1], np.inf))
            found.append(
                Flaw(float(sensor.time[first]), end, f"of the sensor on the {sensor.name} {reason}", sensor.side, joint)
            )
    return found


def _moved(sensor: LegSensor, t0: float, t1: float) -> str:
    """Whether it sits otherwise than when it was aligned."""
    rows = sensor.between(t0, t1)
    angle, lean = sensor.angle[rows], sensor.lean[rows]
    if len(angle) < 3 or not np.isfinite(angle).all():
        return ""
    shift = float(np.hypot(angle.mean(), lean.mean()))
    if shift > _MOST_SHIFT[sensor.site]:
        return (
            f"the {sensor.name} is inclined by {np.degrees(shift):.0f} degrees more or less than in the walking by "
            "which its sensor was aligned: that has slipped, or the walking is another (a slope, stairs)"
        )
    off = angle - angle.mean()
    if np.ptp(angle) > _LEAST_RANGE and abs(float(off @ lean) / float(off @ off)) > _MOST_TWIST:
        return (
            f"the {sensor.name} turns about another axis of its sensor than when that was aligned: it has slipped "
            "around the leg, or the person does not walk straight on"
        )
    return ""


def _exchanged(proximal: LegSensor, distal: LegSensor, t0: float, t1: float) -> str:
    """Whether what is said to be the thigh turns more than what is said to be the shank."""
    one, other = (float(np.std(sensor.angle[sensor.between(t0, t1)])) for sensor in (proximal, distal))
    if distal.site == "shank" and one > other and one > _LEAST_RANGE / 4:
        return f"the {proximal.name} turns more than the shank: their sensors are exchanged, or one is not on the leg"
    return ""


def _backwards(sensor: LegSensor, stance: Stance) -> str:
    """Whether a segment does not go forward over the foot that stands."""
    angle = sensor.angle[sensor.between(stance.t0, stance.t1)]
    if len(angle) < 3 or not np.isfinite(angle).all() or float(angle[-1] - angle[0]) > _LEAST_NET:
        return ""
    return (
        f"the {sensor.name} does not turn forward while its foot stands: its sensor is on the other leg or on "
        "another segment, or the person walks backwards"
    )


def _foot_rolls_on(proximal: LegSensor, distal: LegSensor, stance: Stance) -> str:
    """Whether what is said to be the foot turns while it stands, and what is said to be the shank less."""
    lasts = stance.t1 - stance.t0
    middle = (stance.t0 + _MIDDLE[0] * lasts, stance.t0 + _MIDDLE[1] * lasts)
    shank, foot = (float(np.ptp(s.angle[s.between(*middle)])) if s.between(*middle).stop > s.between(*middle).start else np.nan for s in (proximal, distal))
    if distal.site == "foot" and foot > shank:
        return f"the {distal.name} turns more than the shank while it stands: their sensors are exchanged"
    return ""


def _until(gait: Gait, stance: Stance) -> float:
    """The end of the stride that begins with a stance, where one does."""
    ends = [s.t1 for s in gait.strides if s.side == stance.side and abs(s.t0 - stance.t0) < 0.1]
    return max([stance.t1, *ends])
