"""Time: every stream mapped onto the lab clock, with a statement of how well that is known.

`synchronise` is the whole interface: streams with their device time stamps and probes in, lab time with its
uncertainty and a certificate out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.ledger import LedgerRow

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clocked:
    """What is known of one stream's time.

    Attributes
    ----------
    id : str
    timestamps : ndarray, shape (N,)
        Device clock, as sent.
    rate : float
        Nominal rate in Hz; 0 for an irregular stream.
    probes : structured ndarray of `groundup.source.PROBE`
    latency_s : float
        How late the device stamps its samples.
    host : str
        Machine the stream came from; streams of one host usually share a clock.
    """

    id: str
    timestamps: Floats
    rate: float
    probes: NDArray[np.void]
    latency_s: float = 0.0
    host: str = ""


@dataclass(frozen=True)
class Certificate:
    """How well a stream is known to be in sync.

    Attributes
    ----------
    bound_ms : float
        In sync to ± this, with `coverage` probability; NaN when nothing can be said.
    coverage : float
    asymmetry_ms : float
        What no probe can see: half the smallest round trip.
    reason : str
        Why the bound is what it is, in words.
    """

    bound_ms: float
    coverage: float
    asymmetry_ms: float
    reason: str


@dataclass(frozen=True)
class Synced:
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


def synchronise(streams: Sequence[Clocked]) -> list[Synced]:
    """Map streams onto the lab clock, those that share a clock together.

    Parameters
    ----------
    streams : sequence of Clocked

    Returns
    -------
    list of Synced
        In the same order.
    """
    raise NotImplementedError
