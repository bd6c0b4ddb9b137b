"""Who paces the samples: a crystal, or a program that sleeps between them.

A device samples evenly, and each stamp is late by a time of its own: what one step is too long, the next is too short.
A program that sleeps for an interval is late for good: its steps are independent, and its samples wander off any even
beat like a random walk. It takes each sample when it stamps it, so its stamps are the sampling times. The two are told
apart by how the variance of what lies between stamps grows with how many steps they are apart (a variance ratio, as Lo
and MacKinlay, 1988): with a walk in proportion, with even sampling not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup.clock.bursts import Packets
from groundup.clock.delay_model import resolution
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps
from groundup.model.ledger import LedgerRow
from groundup_ext import _median

_FEWEST = 64  # steps that tell the one from the other
_FIRST = 20_000  # that are looked at first: a device mostly shows in these
_MOST, _RUNS = 1 << 17, 4  # of a long stream, so many steps in so many runs
_FAR = 8.0  # spreads, or ...
_PAUSE = 0.55  # ... of a step: what is longer by more is a pause or a loss, which says nothing of the others
_NEXT = (0.75, 1.5)  # the variance ratio of two steps: 0.5 for independent lateness, 1 for a walk, 2 for a smooth line
_NEAR, _NEAR_MOST = 8, 4.0
_LONG, _WANDERS = 40, 0.45  # of so many steps in all, one part is the longest stretch; lateness that ends has less
_WANDERS_OFF = 4.0  # times as far from the stated rate as from their own
_FINE, _FINE_S = 2e-4, 2e-6  # of a step, and in s: who wanders by less may as well be even
_BURST, _OFTEN = 0.3, 0.02  # of a step; so often: packets and not single samples
_MOSTLY = 0.75  # of the steps are usual ones; else they are those within packets, or of events
_EQUAL, _HALF = 1e-4, 0.5  # of a step, and of the steps
_TWO = 1.95
_UNUSUAL = 1.3  # steps; where they are oftener longer than this and not two, pauses are sleep
_EVIDENT = 7.0  # logarithm of how much likelier pauses are as whole steps than as any
_AWAY_S = 1.0  # a longer pause does not count for the rate
_TICK_S, _TICK = 1.0 / 64.0, 2.5e-3  # Windows wakes programs so often; a tick is known to this part
_OTHER_RATE = 0.02
_LONGER, _OUTAGE = 1.2, 8.0  # steps; a longer one says nothing of the usual
_NO_WHOLE, _A_FEW, _OFTEN_UNEVEN = 0.2, 5, 0.3  # steps are no whole number; how many, and which part of the long ones
RATE_TOLERANCE = 0.01
"""A rate that differs from the stated one by a larger part is a fault."""


@dataclass(frozen=True)
class TimerPacing:
    """Samples that a program took whenever it woke.

    Attributes
    ----------
    interval : float
        Mean step in s, long pauses left out.
    late : float
        Standard deviation by which a stamp may be late itself, in s; 0 where none is.
    gaps : ndarray of int, shape (L, 2)
        First sample after each evident loss, and how many were lost.
    pauses : int
        Steps much longer than the others, of which nobody can say whether something was lost.
    longest : float
        Of those, in s.
    together : bool
        Whether several samples bear one stamp, which cannot be the time of all.
    perhaps : float
        How far they lie off even sampling at the stated rate, in s, where that may be all that they do: lateness that
        lasts wanders like a walk, but never far; 0 where they wander off.
    """

    interval: float
    late: float
    gaps: NDArray[np.int64]
    pauses: int
    longest: float
    together: bool = False
    perhaps: float = 0.0


def find_timer_pacing(stamps: Stamps, rate: float) -> TimerPacing | None:
    """Look at who paces a stream; None for a crystal, or where it does not show.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        Finite, on a clock that does not step.
    rate : float
        As stated, in Hz.
    """
    steps = np.diff(stamps[: _FIRST + 1])
    if len(steps) < _FEWEST or float(np.ptp(steps)) < _FINE * float(steps.mean()):
        return None
    if _in_packets(steps):
        return _packets_woken(stamps, float(steps.mean()))
    if not (_walks(steps, lags=2) or _on_ticks(steps, rate)):
        return None
    steps = _steps(stamps)
    ticks = _on_ticks(steps, rate)
    if not (ticks or _walks(steps, lags=len(steps) // _LONG)):
        return None
    usual = _usual(steps)
    step, spread = float(steps[usual].mean()), float(steps[usual].std())
    if step <= 0.0:
        return None
    late = 0.0 if ticks else _late(steps, usual)
    # A step that is shorter than two of the shortest hides no sample.
    limit = _TWO * float(np.percentile(steps[usual], 1))
    often = np.count_nonzero((steps > _UNUSUAL * step) & (steps < limit)) > np.count_nonzero(steps >= limit)
    found = _described(stamps, step, spread, late, limit, whole=not (ticks or often))
    return replace(found, perhaps=_perhaps_even(stamps, rate))


def _packets_woken(stamps: Stamps, interval: float) -> TimerPacing | None:
    """The same of a program that sends several samples whenever it wakes."""
    packets = Packets.of(stamps[:_MOST], interval)
    size = packets.usual
    if size < 2:
        return None
    # Each as if it were of the usual size: some are late alike, and look like one.
    steps, sizes = np.diff(packets.stamp), np.diff(packets.last)
    if np.count_nonzero(sizes == size) < max(_FEWEST, _HALF * len(sizes)):
        return None
    one = packets.even if packets.even > 0.0 else _median.median(steps[sizes == size]) / size
    steps = steps - (sizes - size) * one
    if float(np.mean(_usual(steps))) < 1.0 - _OFTEN or not _walks(steps, lags=max(len(steps) // (_LONG // 2), _NEAR)):
        return None
    # Its samples may be spread over all that went by since it woke last.
    off = float(np.percentile(np.abs(steps - size * packets.even), 95)) if packets.even > 0.0 else 0.0
    mean = (stamps.at(-1) - stamps.at(0)) / max(len(stamps) - 1, 1)
    return TimerPacing(mean, off / 2.0, np.empty((0, 2), np.int64), 0, 0.0, together=packets.even == 0.0)


def _steps(stamps: Stamps) -> Floats:
    if len(stamps) <= _MOST:
        return np.diff(stamps[:])
    size = _MOST // _RUNS
    begins = np.linspace(0, len(stamps) - size, _RUNS).astype(int).tolist()
    return np.concatenate([np.diff(stamps[a : a + size]) for a in begins])


def _in_packets(steps: Floats) -> bool:
    """Whether samples come several at a time, by one stamp or by stamps that are counted from one."""
    if float(np.mean(steps < _BURST * steps.mean())) > _OFTEN:
        return True
    equal = np.abs(steps - _median.median(steps)) < _EQUAL * steps.mean()
    if float(np.mean(equal)) < _HALF:
        return False
    # Most steps are equal because they are counted, or because the stamps are coarse.
    stamps = np.append(0.0, np.cumsum(steps))
    return resolution(stamps, np.arange(len(stamps))) == 0.0


def _usual(steps: Floats) -> NDArray[np.bool_]:
    """Those that are no pause, and no packet that was held up."""
    off = np.abs(steps - _median.median(steps))
    return np.asarray(off <= min(_FAR * _spread(steps), _PAUSE * _median.median(steps)))


def _spread(steps: Floats) -> float:
    """By how much steps usually differ: most may be equal, where programs are woken on ticks; the others tell it."""
    return float(np.percentile(np.abs(steps - _median.median(steps)), 90)) / 1.645


def _walks(steps: Floats, lags: int) -> bool:
    """Whether stamps lie the further off an even beat the longer one looks, step by independent step."""
    usual = _usual(steps)
    if float(np.mean(usual)) < _MOSTLY:
        return False
    step = float(steps[usual].mean())
    off = np.where(usual, steps - step, 0.0)
    one = float(np.square(off).mean())
    if one <= max(_FINE * step, _FINE_S) ** 2:
        return False
    sum_of = np.append(0.0, np.cumsum(off))
    lag = 2
    while lag <= max(lags, 2):
        ratio = float(np.square(sum_of[lag:] - sum_of[:-lag]).mean()) / (lag * one)
        least, most = _NEXT if lag == 2 else (_WANDERS, _NEAR_MOST if lag <= _NEAR else np.inf)
        if not least < ratio < most:
            return False
        lag *= 2
    return True


def _perhaps_even(stamps: Stamps, rate: float) -> float:
    """How far stamps lie off even sampling at the stated rate, in s; 0 where they wander off it."""
    index = np.unique(np.linspace(0, len(stamps) - 1, _FIRST).astype(np.int64))
    rest = stamps.these(index) - index / rate
    line = np.polynomial.Polynomial.fit(index, rest, 1)
    apart = float(np.ptp(rest))
    return apart if apart < _WANDERS_OFF * float(np.ptp(rest - line(index))) else 0.0


def _late(steps: Floats, usual: NDArray[np.bool_]) -> float:
    """By how much a stamp is late itself: then a long step is followed by a short one."""
    off = np.where(usual, steps - steps[usual].mean(), 0.0)
    together, one = float(np.mean(off[1:] * off[:-1])), float(np.square(off).mean())
    return float(np.sqrt(-together)) if together < -2.0 * one / np.sqrt(len(off)) else 0.0


def _on_ticks(steps: Floats, rate: float) -> bool:
    """Whether the steps are not the stated ones, but ticks of a system that wakes programs at these only."""
    step = _median.median(steps)
    ticks = step / _TICK_S
    stated = 1.0 / (rate * _TICK_S)
    if not np.isfinite([ticks, stated]).all():
        return False
    if _misses_ticks(steps / step):
        return True
    another = abs(step * rate - 1.0) > _OTHER_RATE and abs(stated - round(stated)) > _OTHER_RATE
    return another and round(ticks) > 0 and abs(ticks / round(ticks) - 1.0) < _TICK


def _misses_ticks(steps: Floats) -> bool:
    """Whether some steps are no whole number of the usual ones, and none is shorter to make up for it.

    Behind a stamp that is late, the next step is short; what a device lost was a whole number of its steps.
    """
    parts = np.abs(steps - np.round(steps))
    uneven = (steps > _LONGER) & (steps < _OUTAGE) & (parts > _NO_WHOLE)
    often = max(_A_FEW, _OFTEN_UNEVEN * np.count_nonzero((steps > _LONGER) & (steps < _OUTAGE)))
    short = np.count_nonzero(steps < 1.0 - _NO_WHOLE)
    return bool(np.count_nonzero(uneven) > often and short < _OFTEN_UNEVEN * np.count_nonzero(uneven))


def _described(stamps: Stamps, step: float, spread: float, late: float, limit: float, *, whole: bool) -> TimerPacing:
    places, lengths = [], []
    for begin, values in stamps.pieces(overlap=1):
        apart = np.diff(values)
        long = np.flatnonzero(apart > limit)
        places.append(long + begin + 1)
        lengths.append(apart[long])
    place, length = np.concatenate(places), np.concatenate(lengths)
    times = np.maximum(np.round(length / step), 2.0)
    # As whole steps, each as long as steps are, against any length: how near to a whole number are they?
    wide = np.sqrt(times) * max(spread, 1e-9)
    likelier = np.log(step / (np.sqrt(2.0 * np.pi) * wide)) - 0.5 * ((length - times * step) / wide) ** 2
    evident = whole and float(likelier.sum()) > _EVIDENT
    gaps = np.column_stack([place, times.astype(np.int64) - 1]) if evident else np.empty((0, 2), np.int64)
    away = length > _AWAY_S
    taken = len(stamps) - 1 - int(away.sum()) + (int(gaps[~away, 1].sum()) if evident else 0)
    span = stamps.at(-1) - stamps.at(0) - float(length[away].sum())
    longest = float(length.max()) if len(length) and not evident else 0.0
    return TimerPacing(span / max(taken, 1), late, gaps, 0 if evident else len(length), longest)


def timer_pacing_rows(
    program: TimerPacing, name: str, stated: float, rate: float, lab: Callable[[int], float]
) -> list[LedgerRow]:
    """What the ledger says of such a stream; `lab` is the lab time of a sample."""
    message = f"a program times the samples of {name}, by sleeping between them: "
    message += "several bear one stamp and are spread" if program.together else "each keeps the time of its own stamp"
    if program.pauses:
        pauses = f"{program.pauses} pauses of up to {program.longest:.3f} s"
        message += f"; {pauses} are sleep or losses, which cannot be told"
    rows = [LedgerRow(lab(0), name, "stamps", "warning" if program.pauses else "info", 0, message)]
    if abs(rate / stated - 1.0) > RATE_TOLERANCE:
        message = f"{name} says {stated:g} Hz and its program takes {rate:.2f} samples a second, as its stamps say"
        rows.append(LedgerRow(lab(0), name, "rate", "fault", 0, message))
    for place, count in program.gaps.tolist():
        begin, end = lab(place - 1), lab(place)
        message = f"{count} samples of {name} are missing ({end - begin:.3f} s): its pauses are of whole steps"
        rows.append(LedgerRow(begin, name, "gap", "warning", count, message))
    return rows
