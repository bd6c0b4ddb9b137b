"""Is the stream still flowing? Watches one stream's counters and says what went wrong, once."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groundup.model.clock_limits import CURE, EARLY_S, LATE_S, REACH_S
from groundup.model.ledger import LedgerRow, Severity

if TYPE_CHECKING:
    from groundup_ext.status import StreamStatus

MOST_S = 1e9
"""No recording lasts thirty years: stamps that lie further apart, or are no numbers, are no times."""
SILENT_S = 1.0
"""A regular stream that sends nothing for this long is stalled."""
_RATE_AFTER_S = 5.0
_RATE_TOLERANCE = 0.05  # coarse, on arrival; sealing measures it on the lab clock
_SILENT_AT_END_S = 0.3
_FLAPS, _FLAPS_WITHIN_S = 3, 60.0  # so many departures are no program that was started again
_CLOCK_AFTER_S = 2.0
_AWAY_S = 60.0  # of one event: no sender keeps it so long
_SAME_CLOCK_S = 0.5  # how far an absence by the stamps may differ from one by the lab clock, if the clock is the same


@dataclass(frozen=True)
class StreamCounters:
    """What is known of a stream at one moment.

    Attributes
    ----------
    samples : int
        How many have arrived in all.
    arrived : float
        Lab time at which the newest was read; 0 before the first.
    stamp : float
        Its time stamp, on the device's clock.
    present : bool
        Whether the stream still answers on the network.
    offset : float
        What to add to the stamp to get lab time, by the newest measurement; NaN before the first.
    """

    samples: int
    arrived: float
    stamp: float
    present: bool
    offset: float = math.nan


@dataclass
class StreamMonitor:
    """Watches one stream.

    Attributes
    ----------
    stream : str
        Id in the recording.
    rate : float
        Nominal rate in Hz; 0 for an irregular stream, whose silence says nothing.
    required : bool or None
        Of its request.
    since : float
        Lab time at which it joined.
    silent, gone : bool
        Whether it has stalled, and whether it has left the network.
    """

    stream: str
    rate: float
    required: bool | None
    since: float
    silent: bool = False
    gone: bool = False
    _last: StreamCounters = field(default=StreamCounters(0, 0.0, 0.0, True))
    _steady: StreamCounters | None = None  # from where the rate is measured
    _rate_reported: bool = False
    _other_clock: bool = False
    _departures: deque[float] = field(default_factory=lambda: deque(maxlen=_FLAPS))
    _flaps_reported: bool = False
    _clock_reported: bool = False
    _away_since: float = -math.inf
    _off: tuple[float, float] | None = None  # since when its stamps do not fit their arrival, and how late they were

    def look(self, now: float, seen: StreamCounters) -> list[LedgerRow]:
        """Compare what is seen with what should be."""
        rows = []
        if seen.samples > self._last.samples:
            rows += self._flows(now, seen)
        elif seen.present and self.gone and not self._other_clock:
            rows += self._back(now, 0)
        if not seen.present:
            self._last = seen
            rows += self.left(now)
        rows += self._silence(now, seen)
        rows += self._clock(now, seen) if seen.samples > self._last.samples else []
        self._last = seen
        return rows + self._rate(now, seen)

    def left(self, now: float) -> list[LedgerRow]:
        """Take note that its outlet is no more."""
        if self.gone:
            return []
        self.gone, self._steady = True, None
        rows = [self._row(self.last_arrival, "lost", self._weight, 0, f"{self.stream} has left the network")]
        self._departures.append(now)
        if len(self._departures) == _FLAPS and now - self._departures[0] < _FLAPS_WITHIN_S and not self._flaps_reported:
            self._flaps_reported = True
            message = f"{self.stream} has left the network {_FLAPS} times within {now - self._departures[0]:.0f} s: "
            message += "its program or its connection does not hold"
            rows.append(self._row(now, "flaps", "warning" if self.required is False else "fault", _FLAPS, message))
        return rows

    def away(self, now: float, reason: str) -> list[LedgerRow]:
        """Take note of why it is silent, or will be: that it sends nothing is then not said as well."""
        if self.gone:
            return []
        weight: Severity = "info" if self.silent else self._weight
        self.silent, self._steady, self._away_since = True, None, now
        return [self._row(now, "away", weight, 0, f"{self.stream} is away: {reason}")]

    def returned(self, now: float) -> list[LedgerRow]:
        """Take note that another outlet, perhaps with another clock, goes on with it."""
        rows = self.left(now)
        if self.rate > 0:
            self._other_clock = True  # how much is missing is known when its first samples are here
            return rows
        return rows + self._back(now, 0)

    def _flows(self, now: float, seen: StreamCounters) -> list[LedgerRow]:
        """Samples have come: say so if they were missed."""
        on_its_way = seen.arrived - self._away_since <= SILENT_S  # what was sent before it went
        if not self.gone and (not self.silent or on_its_way):
            return []
        away = seen.arrived - self.last_arrival
        missing = self._missing(away, seen)
        was_gone, self.silent = self.gone, False
        if was_gone:
            return self._back(now, missing)
        resumed = f"{self.stream} sends again after {away:.1f} s"
        return [self._row(now, "resumed", _loss(missing), missing, f"{resumed}{_of(missing)}")]

    def _missing(self, away: float, seen: StreamCounters) -> int:
        """Count samples between the last before and the first after an absence."""
        if self.rate <= 0 or self._last.samples == 0:
            return 0
        came = seen.samples - self._last.samples
        by_stamps = seen.stamp - self._last.stamp
        if not abs(by_stamps) < MOST_S:
            return 0
        if self._other_clock and abs(by_stamps - away) > _SAME_CLOCK_S:
            by_stamps = away
        owed = by_stamps * self.rate  # stamps may be anything that a program sends
        return max(0, round(owed) - came) if math.isfinite(owed) else 0

    def _back(self, now: float, missing: int) -> list[LedgerRow]:
        away = now - self.last_arrival
        self.gone = self.silent = self._other_clock = False
        message = f"{self.stream} is back after {away:.1f} s{_of(missing)}"
        return [self._row(now, "returned", _loss(missing), missing, message)]

    def _silence(self, now: float, seen: StreamCounters) -> list[LedgerRow]:
        last = max(seen.arrived, self.since)
        if self.rate <= 0 or self.silent or self.gone or now - last <= max(SILENT_S, 5.0 / self.rate):
            return []
        self.silent, self._steady = True, None
        return [self._row(last, "stalled", self._weight, 0, f"{self.stream} has sent nothing for {now - last:.1f} s")]

    def _clock(self, now: float, seen: StreamCounters) -> list[LedgerRow]:
        """Say when its stamps are not of the measured clock: no sample comes before it is taken, nor do all come late.

        Sealing keeps stamps that are no times as they are, however few.

        A sender that was held up is late, but less and less.
        """
        late = seen.arrived - (seen.stamp + seen.offset)
        if self._clock_reported:
            return []
        if not abs(seen.stamp) < REACH_S:
            self._clock_reported = True
            what = f"the stamps of {self.stream} are no times ({seen.stamp:g}): its sync is unknown"
            return [self._row(now, "clock", "fault", seen.samples, f"{what}; {CURE}")]
        if not math.isfinite(late):
            return []
        early, old = late < -EARLY_S, late > LATE_S
        if not early and not old:
            self._off = None
            return []
        since, first = self._off = self._off or (now, late)
        surely = self.rate <= 0 and abs(late) > _AWAY_S
        if not surely and (now - since < _CLOCK_AFTER_S or (old and abs(late - first) > EARLY_S)):
            return []
        self._clock_reported = True
        way = "ahead of" if early else "behind"
        what = f"{self.stream} is stamped by another clock, {abs(late):.6g} s {way} the measured one"
        return [self._row(now, "clock", "fault", seen.samples, f"{what}: it is not in sync; {CURE}")]

    def _rate(self, now: float, seen: StreamCounters) -> list[LedgerRow]:
        """Say when it is not as fast as it says, measured while it flows, on arrival and by its stamps."""
        if self._rate_reported or self.silent or self.gone or self.rate <= 0 or seen.samples == 0:
            return []
        if self._steady is None:
            self._steady = seen
        first = self._steady
        # From sample to sample: that none has come just now is silence, and no rate.
        came, lasted, span = seen.samples - first.samples, seen.arrived - first.arrived, seen.stamp - first.stamp
        if lasted < _RATE_AFTER_S:
            return []
        # A backlog that is caught up comes faster than it was taken, so too many by arrival alone say nothing.
        slow = came < lasted * self.rate and self._far_off(came, lasted)
        wrong = 0 < span < MOST_S and not self._clock_reported and self._far_off(came, span)
        if not slow and not wrong:
            return []
        self._rate_reported = True
        measured = came / (lasted if slow else span)
        message = f"{self.stream} says {self.rate:g} Hz but sends {measured:.1f} samples a second"
        return [self._row(now, "rate", self._weight, came, message)]

    def _far_off(self, came: int, lasted: float) -> bool:
        """Whether a rate is off by more than the tolerance, and by more than what a sender that is held up owes."""
        too_far = abs(came / (lasted * self.rate) - 1.0) >= _RATE_TOLERANCE
        return too_far and abs(lasted - came / self.rate) > max(SILENT_S, 2.0 / self.rate)

    @property
    def in_sync(self) -> bool:
        """Whether its stamps are of the clock that is measured, as far as is known."""
        return not self._clock_reported

    @property
    def last_arrival(self) -> float:
        """Lab time of the newest sample, or of joining."""
        return max(self._last.arrived, self.since)

    @property
    def _weight(self) -> Severity:
        """Of a stall, a departure or a wrong rate."""
        return "fault" if self.required or (self.required is None and self.rate > 0) else "warning"

    def _row(self, time: float, kind: str, severity: Severity, count: int, message: str) -> LedgerRow:
        return LedgerRow(time, self.stream, kind, severity, count, message)


def _loss(missing: int) -> Severity:
    return "warning" if missing else "info"


def _of(missing: int) -> str:
    return f"; {missing} samples are missing" if missing else ""


def passed(status: "StreamStatus", until: float, rate: float, now: float) -> bool:
    """Whether a stream's newest sample was taken after `until`, or nothing more comes."""
    newest = status.last_stamp + status.offset
    if newest > status.arrived + EARLY_S:  # stamps of another clock say nothing
        newest = status.arrived
    silent = now - max(status.arrived, until) > max(_SILENT_AT_END_S, 3.0 / rate)
    return status.lost or status.gone or status.samples == 0 or silent or newest >= until


def counters(status: "StreamStatus", present: bool) -> StreamCounters:
    """What a monitor looks at, of the counters of the engine and whether the stream answers on the network."""
    return StreamCounters(status.samples, status.arrived, status.last_stamp, present, status.offset)
