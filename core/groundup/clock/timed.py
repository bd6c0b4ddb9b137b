"""What the clock is given of a stream, and what it gives back: its time, all at once or in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from groundup.clock.certificate import Certificate
from groundup.clock.lab_time import LabTime
from groundup.clock.smoother import Floats
from groundup.clock.stamps import PIECE, Readable
from groundup.model.ledger import LedgerRow
from groundup.model.source import ARRIVAL, TICK


@dataclass(frozen=True)
class ClockInput:
    """What is known of one stream's time.

    Attributes
    ----------
    id : str
    timestamps : ndarray or dataset of float64, shape (N,)
        Device clock, as sent, in the order of arrival.
    rate : float
        Nominal rate in Hz; 0 for an irregular stream.
    probes : structured ndarray of `groundup.model.source.PROBE`
    latency_s : float
        How late the device stamps its samples.
    host : str
        Machine the stream came from; streams of one host usually share a clock.
    arrivals : structured ndarray of `groundup.model.source.ARRIVAL`
        When some of its samples were read, in order; empty where nothing tells.
    ticks : structured ndarray of `groundup.model.source.TICK`
        What its driver made the time stamps of; empty where none told.
    """

    id: str
    timestamps: Readable
    rate: float
    probes: NDArray[np.void]
    latency_s: float = 0.0
    host: str = ""
    arrivals: NDArray[np.void] = field(default_factory=lambda: np.empty(0, ARRIVAL))
    ticks: NDArray[np.void] = field(default_factory=lambda: np.empty(0, TICK))


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
