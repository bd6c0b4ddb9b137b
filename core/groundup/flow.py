"""Is the stream still flowing? Watches one stream's counters and says what went wrong, once."""

from dataclasses import dataclass, field

from groundup.ledger import LedgerRow, Severity

SILENT_S = 1.0
"""A regular stream that sends nothing for this long is stalled."""
_RATE_AFTER_S = 5.0
_RATE_TOLERANCE = 0.05  # coarse, on arrival; sealing measures it on the lab clock


@dataclass
class Flow:
    """Watches one stream.

    Attributes
    ----------
    stream : str
        Id in the recording.
    rate : float
        Nominal rate in Hz; 0 for an irregular stream, whose silence says nothing.
    required : bool
        Whether its loss is a fault.
    since : float
        Lab time at which it joined.
    """

    stream: str
    rate: float
    required: bool
    since: float
    samples: int = 0
    last: float = field(default=float("nan"))
    _silent: bool = False
    _gone: bool = False
    _rate_said: bool = False
    # Where the flow that still goes on began: a rate is only measured where the stream sends.
    _steady_from: float = field(default=float("nan"))
    _steady_samples: int = 0

    def look(self, now: float, samples: int, arrived: float, present: bool) -> list[LedgerRow]:
        """Compare the counters with what they should be.

        Parameters
        ----------
        now : float
            Lab time.
        samples : int
            How many have arrived in all.
        arrived : float
            Lab time at which the newest was read; 0 before the first.
        present : bool
            Whether the stream still answers on the network. On a busy network answers get lost: a stream that sends
            is there, whether it answers or not.
        """
        came = samples > self.samples
        if came and (self.samples == 0 or self._silent):
            self._steady_from, self._steady_samples = now, samples
        rows = self._presence(now, present or not self._quiet(now, arrived)) + self._silence(now, samples, arrived)
        self.samples, self.last = samples, arrived
        return rows + self._rate(now, samples)

    def _quiet(self, now: float, last: float) -> bool:
        """Whether nothing has come for longer than the stream's rate explains."""
        return now - last >= (max(SILENT_S, 5.0 / self.rate) if self.rate > 0 else SILENT_S)

    def _presence(self, now: float, present: bool) -> list[LedgerRow]:
        if present == (not self._gone):
            return []
        self._gone = not present
        if present:
            return [self._row(now, "returned", "info", 0, f"{self.stream} is back on the network")]
        severity: Severity = "fault" if self.required else "warning"
        return [self._row(now, "lost", severity, 0, f"{self.stream} has left the network")]

    def _silence(self, now: float, samples: int, arrived: float) -> list[LedgerRow]:
        if self.rate <= 0:
            return []
        last = max(arrived, self.since)
        if samples > self.samples and self._silent:
            self._silent = False
            since = max(self.last, self.since)
            missing = round((now - since) * self.rate)
            return [self._row(now, "resumed", "info", missing, f"{self.stream} sends again after {now - since:.1f} s")]
        if not self._silent and self._quiet(now, last):
            self._silent = True
            severity: Severity = "fault" if self.required else "warning"
            return [self._row(last, "stalled", severity, 0, f"{self.stream} has sent nothing for {now - last:.1f} s")]
        return []

    def _rate(self, now: float, samples: int) -> list[LedgerRow]:
        span, count = now - self._steady_from, samples - self._steady_samples
        if self._rate_said or self._silent or self.rate <= 0 or not span >= _RATE_AFTER_S or count == 0:
            return []
        measured = count / span
        if abs(measured / self.rate - 1.0) < _RATE_TOLERANCE or count * abs(1 / measured - 1 / self.rate) < 1.0:
            return []
        self._rate_said = True
        severity: Severity = "fault" if self.required else "warning"
        message = f"{self.stream} says {self.rate:g} Hz but sends {measured:.1f} samples a second"
        return [self._row(now, "rate", severity, 0, message)]

    def _row(self, time: float, kind: str, severity: Severity, count: int, message: str) -> LedgerRow:
        return LedgerRow(time, self.stream, kind, severity, count, message)
