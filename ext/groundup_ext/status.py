"""What the recorder and the live inlets know of each of their streams."""

from typing import NamedTuple, TypedDict


class StreamStatus(NamedTuple):
    """Counters of one stream, as of the last cycle.

    Attributes
    ----------
    number : int
        Of the stream in its journal; of a live inlet its index.
    samples : int
        How many have been taken.
    first_stamp, last_stamp : float
        Time stamps of the first and the newest, on the device's clock.
    arrived : float
        Lab time at which the newest was taken; 0 before the first.
    lost : bool
        Whether liblsl has lost it.
    gone : bool
        Whether its inlet may be closed.
    offset : float
        Newest clock offset, s; NaN before the first.
    """

    number: int
    samples: int
    first_stamp: float
    last_stamp: float
    arrived: float
    lost: bool
    gone: bool
    offset: float


class InletsStatus(TypedDict):
    """Counters of all.

    Attributes
    ----------
    last_cycle : float
        Lab time of the last look at the inlets.
    streams : list of StreamStatus
        By index.
    """

    last_cycle: float
    streams: list[StreamStatus]
