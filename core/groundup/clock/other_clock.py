"""A stream whose stamps are of another clock than the one that was measured: Unix time, a counter from 0, milliseconds.

The measurements are of the sender's LSL clock, and say nothing about such stamps. What remains is when the samples
arrived: they give the stamps their unit and their place on the lab clock, as well as arrival is known.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup.clock.clock_input import ClockInput
from groundup.clock.device_clock import Piece
from groundup.clock.probes import Probes
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps
from groundup.model.clock_limits import CURE, EARLY_S, LATE_S
from groundup.model.source import PROBE

_MOST = 0.8  # of the arrivals do not fit; with fewer, it is the measured clock
_SOME = 0.2  # are enough where the stamps seem not to run as fast, which those of rare events may seem, too
_UNITS = ((1.0, "s"), (1e3, "ms"), (1e6, "µs"), (1e7, "tenths of a µs"), (1e9, "ns"))
_SAME_UNIT = 0.2
_COUNTED = "samples, counted"
_SPAN_S = 5.0  # a unit of its own is measured over so long
_WINDOW_S = 10.0
_TRANSPORT_S = 0.05  # what a sample is under way on a network that does its work
_HELD_S = 0.5
_BACK_S, _FEWEST_WINDOWS = 0.5, 4  # by which stamps fall back; so many arrivals make a measurement of a stretch


@dataclass(frozen=True)
class OtherClock:
    """What is known of such stamps.

    Attributes
    ----------
    away : float
        How far they are from the clock that was measured, in s: most of them, or the first where they
        do not run like time.
    unit : float
        How many of their units are a second.
    unit_name : str
    bound : float
        To how many seconds arrival places them; NaN where it does not.
    clock : str
        What kind of clock it may be.
    """

    away: float
    unit: float
    unit_name: str
    bound: float
    clock: str

    def description(self, name: str) -> str:
        """A sentence for the person at the screen."""
        in_unit = f", in {self.unit_name}" if self.unit != 1.0 and not self.unit_name.startswith("samples") else ""
        away = f"{abs(self.away):.6g} s {'ahead of' if self.away > 0 else 'behind'} the measured one"
        known = np.isfinite(self.bound)
        place = f"placed by its arrival to ±{self.bound:.2g} s" if known else "its place in the recording is unknown"
        what = f"{name} is stamped by another clock ({self.clock}{in_unit}), {away}"
        return f"{what}: it is not in sync, and {place}; {CURE}"

    def seconds(self) -> Callable[[Floats], Floats]:
        """What makes seconds of stamps, given from the first on in pieces."""
        begin = 0

        def made(stamps: Floats) -> Floats:
            nonlocal begin
            begin, first = begin + len(stamps), begin
            counted = np.arange(first, begin, dtype=np.float64) if self.unit_name == _COUNTED else stamps
            return np.asarray(counted / self.unit)

        return made


class Scaled:
    """Stamps in seconds.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
    unit : float
        How many of theirs are a second.
    """

    def __init__(self, stamps: Stamps, unit: float) -> None:
        self._stamps, self._unit = stamps, unit

    def __len__(self) -> int:
        return len(self._stamps)

    def __getitem__(self, part: slice, /) -> Floats:
        return np.asarray(self._stamps[part] / self._unit)


class Counted:
    """Numbers of samples, instead of stamps that say nothing.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice, /) -> Floats:
        return np.arange(*part.indices(self._count), dtype=np.float64)


def other_clock(stream: ClockInput, probes: Probes, pieces: list[Piece]) -> tuple[ClockInput, OtherClock] | None:
    """Tell whether the stamps are of another clock, and place them by arrival.

    Parameters
    ----------
    stream : ClockInput
    probes : Probes
        Of the clock that was measured.
    pieces : list of Piece

    Returns
    -------
    (ClockInput, OtherClock) or None
        The stream in seconds with the arrivals for probes; None where the stamps fit, or nothing tells.
    """
    stamps, arrivals = Stamps(stream.timestamps), stream.arrivals
    arrivals = arrivals[(arrivals["sample"] >= 0) & (arrivals["sample"] < len(stamps))]
    sample = np.asarray(arrivals["sample"], np.int64)
    stamp = stamps.these(sample)
    known = np.isfinite(stamp) & (np.abs(stamp) < 1e20)
    arrivals, sample, stamp = arrivals[known], sample[known], stamp[known]
    after, by = np.asarray(arrivals["after"], np.float64), np.asarray(arrivals["by"], np.float64)
    if len(stamp) == 0 or not (np.isfinite(after) | np.isfinite(by)).any():
        return None
    known_by, known_after = np.isfinite(by), np.isfinite(after)
    # A file that is written in large pieces holds samples before they were taken, but not the first of a piece.
    clocks = [*_lab(stamp, pieces), *_lab(_first_written(stamps, sample, after, by), pieces)]
    early = np.logical_and.reduce([by - lab < -EARLY_S for lab in clocks])
    late = np.logical_and.reduce([after - lab > LATE_S for lab in _lab(stamp, pieces)])
    wrong = (early | late)[known_by & known_after], early[known_by], late[known_after]
    share = max(float(np.mean(some)) if len(some) else 0.0 for some in wrong)
    arrived = np.where(known_by, by, after)
    runs = abs(_pace(stamp, arrived) - 1.0) < _SAME_UNIT
    if share < (_MOST if runs else _SOME):
        return None
    offset = float(pieces[0].curve.value[0]) if pieces else 0.0
    apart = stamp + offset - arrived  # where they run like time, the first may be right, and those behind it set
    away = float(np.median(apart) if runs else apart[0])
    found = _unit(stamps, stream.rate, stamp, arrived)
    if found is not None and _begins_anew(stamps, found[0], float(arrived[-1] - arrived[0])):
        found = None
    if found is None and stream.rate > 0:
        stamps, stamp = Stamps(Counted(len(stamps))), sample.astype(np.float64)
        found = stream.rate, _COUNTED
    if found is None:
        return stream, OtherClock(away, 1.0, "s", np.nan, "no time")
    unit, name = found
    seconds = stamp / unit
    made, bound = _measured(seconds, after, by)
    clock = _kind(float(seconds[0]), unit, stream.rate, name)
    moved = replace(stream, timestamps=Scaled(stamps, unit), probes=made, host="", ticks=stream.ticks[:0])
    return moved, OtherClock(away, unit, name, bound, clock)


def _lab(stamp: Floats, pieces: list[Piece]) -> list[Floats]:
    """Lab time by each piece of the measured clock."""
    return [stamp + piece.curve.at(stamp) for piece in pieces] or [stamp]


def _first_written(stamps: Stamps, sample: NDArray[np.int64], after: Floats, by: Floats) -> Floats:
    """Stamps of what was written first of each sample's piece, where a file holds more than came in that time.

    Of two measurements with samples in between, `after` is of the first and `by` of the last of these.
    """
    ends = np.isfinite(by) & ~np.isfinite(after)
    begins = np.isfinite(after) & ~np.isfinite(by)
    first = sample.copy()
    if np.any(ends):
        lasts = np.unique(sample[ends])
        at = np.searchsorted(lasts, sample[ends])
        first[ends] = np.where(at > 0, lasts[at - 1] + 1, 0)
    since = np.full(len(sample), np.nan)
    if np.any(begins):
        at = np.searchsorted(sample[begins], first, "right") - 1
        since = np.where((at >= 0) & (sample[begins][at] == first), after[begins][at], np.nan)
    last, begun = stamps.these(sample), stamps.these(first)
    return np.where(ends & ~(last - begun <= by - since + _HELD_S), begun, last)


def _kind(first: float, unit: float, rate: float, name: str) -> str:
    if name == _COUNTED:
        return "no time: its samples are counted"
    if name == "samples":
        return "a count of samples"
    if 9e8 < first < 4e9:
        return "Unix time?"
    if abs(first) < 1e5:
        return "a time since switching on?"
    return "unknown"


def _unit(stamps: Stamps, rate: float, stamp: Floats, arrived: Floats) -> tuple[float, str] | None:
    """How many units of the stamps are a second, told by arrival and by the nominal rate."""
    known = [*_UNITS, (rate, "samples")] if rate > 0 else list(_UNITS)
    guesses: list[float] = []
    span = float(arrived[-1] - arrived[0])
    if rate > 0 and len(stamps) > 1:
        some = stamps[: min(len(stamps), 10_000)]
        guesses.append(float(np.median(np.diff(some)[np.diff(some) > 0])) * rate if np.any(np.diff(some) > 0) else 0.0)
        # Where several samples bear one stamp, the steps are larger.
        guesses.append(float(some[-1] - some[0]) / max(len(some) - 1, 1) * rate)
    slope = _pace(stamp, arrived) if span > 1.0 and len(stamp) >= 3 else 0.0
    guesses = [slope, *guesses] if slope else guesses
    for guess in guesses:
        for unit, name in known:
            if abs(guess / unit - 1.0) < _SAME_UNIT:
                return unit, name
    whole = float(stamp[-1] - stamp[0]) / span if span > _SPAN_S else 0.0
    if whole > 0.0 and abs(slope / whole - 1.0) < _SAME_UNIT:
        return whole, f"ticks, {whole:.6g} a second"
    return (1.0, "s") if not guesses or (rate == 0 and span <= 1.0) else None


def _begins_anew(stamps: Stamps, unit: float, span: float) -> bool:
    """Whether they fall back so often that too little arrives in between to measure each stretch."""
    backs = sum(int(np.count_nonzero(np.diff(some) < -_BACK_S * unit)) for _, some in stamps.pieces(overlap=1))
    return backs > 1 and span < _FEWEST_WINDOWS * _WINDOW_S * backs


def _pace(stamp: Floats, arrived: Floats) -> float:
    """How fast the stamps run; 1 where too little has arrived to tell."""
    for lag in range(1, len(stamp) // 2):  # short ones, of which few go across a jump
        apart = arrived[lag:] - arrived[:-lag]
        if float(np.median(apart)) > _SPAN_S / 2.0:
            return float(np.median((stamp[lag:] - stamp[:-lag]) / np.maximum(apart, 1e-3)))
    return 1.0


def _measured(seconds: Floats, after: Floats, by: Floats) -> tuple[NDArray[np.void], float]:
    """Arrivals as measurements of the clock of the stamps, and to how many seconds they tell."""
    most, least = by - seconds, after - seconds
    both = np.isfinite(most) & np.isfinite(least)
    if np.any(both):
        # Of those within ten seconds the one that came soonest.
        most, least, seconds = most[both], least[both], seconds[both]
        window = np.floor((by[both] - by[both][0]) / _WINDOW_S).astype(int)
        soonest = [int(np.flatnonzero(window == w)[np.argmin(most[window == w])]) for w in np.unique(window)]
        offset = most[soonest] - np.minimum(most - least, 2.0 * _TRANSPORT_S)[soonest] / 2.0
        time = seconds[soonest]
        rough = 1.48 * float(np.median(np.abs(np.diff(offset)))) if len(offset) > 2 else 0.0
        bound = _TRANSPORT_S + float(np.median(np.minimum(most - least, _HELD_S)[soonest])) + 2.0 * rough
    else:
        high = float(np.min(most, initial=np.inf, where=np.isfinite(most)))
        low = float(np.max(least, initial=-np.inf, where=np.isfinite(least)))
        high = high if np.isfinite(high) else low + _HELD_S
        low = low if np.isfinite(low) else high - _HELD_S
        bound = abs(high - low) / 2.0 + _HELD_S
        time, offset = np.array([seconds[0]]), np.array([(high + low) / 2.0])
    made = np.full(len(time), np.nan, PROBE)
    made["time"], made["offset"], made["round_trip"] = time, offset, 2.0 * _TRANSPORT_S
    return made, bound
