"""What the clock is given of a stream."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundup.clock.stamps import Readable, Samples
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
    samples : array or dataset, shape (N, C), optional
        What was sampled, which tells what was sent twice.
    """

    id: str
    timestamps: Readable
    rate: float
    probes: NDArray[np.void]
    latency_s: float = 0.0
    host: str = ""
    arrivals: NDArray[np.void] = field(default_factory=lambda: np.empty(0, ARRIVAL))
    ticks: NDArray[np.void] = field(default_factory=lambda: np.empty(0, TICK))
    samples: Samples | None = None
