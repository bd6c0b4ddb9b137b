"""What the clock gives back of a stream: its time, all at once or in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from groundup.clock.certificate import Certificate
from groundup.clock.lab_time import LabTime
from groundup.clock.smoother import Floats
from groundup.clock.stamps import PIECE
from groundup.model.ledger import LedgerRow


class TimeSource(Protocol):
    """A stream's time, in pieces: `SyncedTime` and `LazySyncedTime`."""

    @property
    def rate(self) -> float:
        """Measured sampling rate in Hz."""

    @property
    def certificate(self) -> Certificate:
        """How well it is known to be in sync."""

    @property
    def ledger(self) -> tuple[LedgerRow, ...]:
        """What showed in the time stamps."""

    def pieces(self, size: int = PIECE) -> Iterator[tuple[slice, Floats, Floats]]:
        """Time and uncertainty, `size` samples at a time."""


@dataclass(frozen=True)
class SyncedTime:
    """A stream on the lab clock.

    Attributes
    ----------
    time : ndarray, shape (N,)
        Lab clock, latency taken off, sampling jitter removed for regular streams.
    uncertainty : ndarray, shape (N,)
        One standard deviation, in seconds.
    rate : float
        Measured sampling rate in Hz (lab clock), or the nominal one when it cannot be told.
    certificate : Certificate
    ledger : tuple of LedgerRow
        Gaps, clock steps and wrong rates that showed in the time stamps.
    """

    time: Floats
    uncertainty: Floats
    rate: float
    certificate: Certificate
    ledger: tuple[LedgerRow, ...] = ()

    def pieces(self, size: int = PIECE) -> Iterator[tuple[slice, Floats, Floats]]:
        """Time and uncertainty, `size` samples at a time."""
        for begin in range(0, len(self.time), size):
            part = slice(begin, min(begin + size, len(self.time)))
            yield part, self.time[part], self.uncertainty[part]


@dataclass(frozen=True)
class LazySyncedTime:
    """A stream on the lab clock whose time is worked out when it is asked for.

    Attributes
    ----------
    time : LabTime
    rate, certificate, ledger
        As of `SyncedTime`.
    """

    time: LabTime
    rate: float
    certificate: Certificate
    ledger: tuple[LedgerRow, ...] = ()

    def pieces(self, size: int = PIECE) -> Iterator[tuple[slice, Floats, Floats]]:
        """Time and uncertainty, `size` samples at a time."""
        return self.time.pieces(size)

    def synced(self) -> SyncedTime:
        """The same with all times."""
        time, uncertainty = np.empty(len(self.time.stamps)), np.empty(len(self.time.stamps))
        for part, some, sd in self.pieces():
            time[part], uncertainty[part] = some, sd
        return SyncedTime(time, uncertainty, self.rate, self.certificate, self.ledger)
