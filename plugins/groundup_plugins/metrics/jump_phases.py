"""Finds jumps in the load on the plates: flights between two contacts, held against the impulse that made them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import cumulative_trapezoid

from groundup.plugin import Floats, NotComputableError, Trace
from groundup_plugins.metrics.ground_reaction import GRAVITY

OFF_N = 20.0
LEAST_FLIGHT_S, MOST_FLIGHT_S = 0.2, 1.0
"""A runner's flight is shorter; who is longer off the plates has left them."""
QUIET_S = 1.0
"""The body weight is the mean force over so long."""
_MOST_UNREST = 0.02  # SD of a quiet second, of its mean
_LEAST_N = 100.0  # a person weighs more
MOST_AWAY_S = 8.0
"""From a quiet second to the jump: an error of the weight grows into one of the velocity."""
MOST_APART = 0.1
"""Take-off velocities by impulse and by flight may differ by this share."""
MOST_OTHER_WEIGHT = 0.05
_FLIGHT_EDGE = 0.2  # of a flight: plates ring after the feet have left
_ONSET_SD, _ONSET_BEFORE_S = 5.0, 0.03


@dataclass(frozen=True)
class Jump:
    """One flight, and how it was made.

    Attributes
    ----------
    flight : float
        From take-off to landing, s.
    velocity : float
        Upwards at take-off, by the impulse of the vertical force, m/s.
    contact : float
        On the ground since falling on it, s; NaN where the jump began in quiet standing.
    fall : float
        Downwards at the beginning of that contact, m/s; else NaN.
    push : float
        From the first movement to take-off, s; NaN where it did not begin in quiet standing.
    """

    flight: float
    velocity: float
    contact: float
    fall: float
    push: float


@dataclass(frozen=True)
class _Span:
    """From when to when nothing is on the plates."""

    begin: float
    end: float


def jumps(load: Trace) -> list[Jump]:
    """Every jump in the load on the plates: flights that the forces before or after explain.

    Who steps off the plates and on again was not in the air; such a flight is left out. In a flight nothing is on the
    plates, so what they tell there is their zero.

    Parameters
    ----------
    load : Trace
        Vertical force of the whole person, N.

    Raises
    ------
    NotComputableError
        If there is none.
    """
    off = _off(load)
    flights = [one for one in off if LEAST_FLIGHT_S <= one.end - one.begin <= MOST_FLIGHT_S]
    if not flights:
        raise NotComputableError("no jump was seen in it: the plates are nowhere unloaded for 0.2 to 1 s")
    load = _zeroed(load, flights)
    off = _off(load)
    flights = [one for one in off if LEAST_FLIGHT_S <= one.end - one.begin <= MOST_FLIGHT_S]
    quiet = _Quiet(load)
    if not quiet.ends.size:
        raise NotComputableError(
            f"nobody stands still for {QUIET_S:.0f} s before or after, so that body weight and velocity are not known"
        )
    found, reasons = [], []
    for flight in flights:
        try:
            found.append(_jump(load, flight, off, quiet))
        except NotComputableError as reason:
            reasons.append(str(reason))
    if not found:
        raise NotComputableError(reasons[0])
    return found


def _zeroed(load: Trace, flights: Sequence[_Span]) -> Trace:
    """The load less what the plates tell in the air, where nothing is on them: 15 N are 4 % of the height."""
    middle = np.zeros(len(load.time), bool)
    for one in flights:
        edge = _FLIGHT_EDGE * (one.end - one.begin)
        middle |= (load.time > one.begin + edge) & (load.time < one.end - edge)
    return replace(load, values=load.values - float(np.median(load.values[middle])))


def _jump(load: Trace, flight: _Span, off: Sequence[_Span], quiet: "_Quiet") -> Jump:
    motion = _motion(load, flight, off, quiet)
    lasts, velocity = flight.end - flight.begin, motion.at(flight.begin)
    by_flight = GRAVITY * lasts / 2
    if abs(velocity - by_flight) > MOST_APART * by_flight:
        raise NotComputableError(
            f"the body leaves the ground at {velocity:.2f} m/s by the impulse, and at {by_flight:.2f} m/s by the "
            "flight: a landing with bent legs or beside the plates, a step off them, or a wrong zero"
        )
    since = max((one.end for one in off if one.end < flight.begin), default=-math.inf)
    if motion.stood > since:
        return Jump(lasts, velocity, math.nan, math.nan, flight.begin - _onset(load, motion, flight.begin))
    return Jump(lasts, velocity, flight.begin - since, -motion.at(since), math.nan)


@dataclass(frozen=True)
class _Motion:
    """Vertical velocity of the body (m/s) by the force on it, around one jump.

    Attributes
    ----------
    load : Trace
    velocity : ndarray, shape (n,)
        At each sample; 0 in quiet standing.
    weight, sd : float
        Mean and SD of the quiet second, N.
    stood : float
        When the quiet second before the jump ended; minus infinity where there is only one after it.
    """

    load: Trace
    velocity: Floats
    weight: float
    sd: float
    stood: float

    def at(self, time: float) -> float:
        """Velocity at a time, m/s."""
        return float(np.interp(time, self.load.time, self.velocity))


class _Quiet:
    """Quiet seconds of a trial.

    Attributes
    ----------
    ends : ndarray
        Index of the last sample of each.
    count : int
        Samples of each.
    means, sds : ndarray
        Of each, N.
    """

    def __init__(self, load: Trace) -> None:
        self.count = round(QUIET_S * load.rate)
        if len(load.values) <= self.count:
            self.ends, self.means, self.sds = np.zeros(0, int), np.zeros(0), np.zeros(0)
            return
        # Of the force less its middle, or the squares are large against what they differ by.
        middle = float(np.median(load.values))
        first = np.insert(np.cumsum(load.values - middle), 0, 0.0)
        second = np.insert(np.cumsum((load.values - middle) ** 2), 0, 0.0)
        mean = (first[self.count :] - first[: -self.count]) / self.count
        square = (second[self.count :] - second[: -self.count]) / self.count
        sd, mean = np.sqrt(np.maximum(square - mean**2, 0.0)), mean + middle
        good = (mean > _LEAST_N) & (sd < _MOST_UNREST * mean)
        self.ends = np.flatnonzero(good) + self.count - 1
        self.means, self.sds = mean[good], sd[good]

    def best(self, first: int, last: int, jump: int) -> int | None:
        """Number of the one between two samples by which the velocity at another is known best; None of none.

        The error of the weight grows with the unrest of the second, and that of the velocity with the time from there.
        """
        inside = np.flatnonzero((self.ends - self.count + 1 >= first) & (self.ends <= last))
        if not inside.size:
            return None
        middle = self.ends[inside] - self.count / 2
        return int(inside[np.argmin(self.sds[inside] * np.abs(jump - middle))])


def _motion(load: Trace, flight: _Span, off: Sequence[_Span], quiet: _Quiet) -> _Motion:
    """From the quiet second before a jump, or the one after it, without leaving the plates in between."""
    absent = [one for one in off if one.end - one.begin > MOST_FLIGHT_S or one.begin <= load.time[0]]
    left = max([one.end for one in absent if one.end < flight.begin], default=-math.inf)
    gone = min([one.begin for one in absent if one.begin > flight.end], default=math.inf)
    ends = max(left, flight.begin - MOST_AWAY_S), flight.begin, flight.end, min(gone, flight.end + MOST_AWAY_S)
    first, take_off, landing, last = (int(np.searchsorted(load.time, t)) for t in ends)
    before, after = quiet.best(first, take_off, take_off), quiet.best(landing, last, landing)
    known = [quiet.means[one] for one in (before, after) if one is not None]
    if not known:
        raise NotComputableError(f"nobody stands still for {QUIET_S:.0f} s within {MOST_AWAY_S:.0f} s of the jump")
    if max(known) - min(known) > MOST_OTHER_WEIGHT * max(known):
        raise NotComputableError(
            f"the plates carry {known[0]:.0f} N before the jump and {known[-1]:.0f} N after: not the whole person"
        )
    one = before if before is not None else after
    assert one is not None
    end, weight = int(quiet.ends[one]), float(quiet.means[one])
    gained = cumulative_trapezoid(load.values - weight, load.time, initial=0.0) * GRAVITY / weight
    still = gained[end] if before is not None else gained[end - quiet.count + 1]
    stood = float(load.time[end]) if before is not None else -math.inf
    return _Motion(load, gained - still, weight, float(quiet.sds[one]), stood)


def _onset(load: Trace, motion: _Motion, take_off: float) -> float:
    """When the body begins to move: 30 ms before the force leaves five SD of quiet standing (Owen et al. 2014)."""
    first, last = (int(np.searchsorted(load.time, t)) for t in (motion.stood, take_off))
    moved = np.flatnonzero(np.abs(load.values[first:last] - motion.weight) > _ONSET_SD * motion.sd)
    return float(load.time[first + int(moved[0])]) - _ONSET_BEFORE_S if moved.size else take_off


def _off(load: Trace) -> list[_Span]:
    """When nothing is on the plates, between the moments at which the force goes through 20 N."""
    off = np.concatenate([[False], load.values < OFF_N, [False]])
    begins, ends = np.flatnonzero(off[1:] & ~off[:-1]), np.flatnonzero(~off[1:] & off[:-1])
    return [_Span(_through(load, int(a)), _through(load, int(b))) for a, b in zip(begins, ends, strict=True)]


def _through(load: Trace, after: int) -> float:
    """Time of the threshold before a sample; of the first, or after the last, their own."""
    if not 0 < after < len(load.values):
        return float(load.time[min(after, len(load.time) - 1)])
    pair: Floats = load.values[after - 1 : after + 1]
    share = (OFF_N - pair[0]) / (pair[1] - pair[0])
    return float(load.time[after - 1] + share * (load.time[after] - load.time[after - 1]))
