"""The ledger: what went wrong, when, in which stream, and how much of it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "fault"]
"""``fault`` changes the exit status of `groundup record`; ``warning`` and ``info`` do not."""


@dataclass(frozen=True, order=True)
class LedgerRow:
    """One line of the ledger.

    Attributes
    ----------
    time : float
        Seconds on the lab clock; NaN before that is known: sealing then puts it where the recording begins.
    stream : str
        Id of the stream, or empty for the whole recording.
    kind : str
        ``joined``, ``lost``, ``returned``, ``changed``, ``stalled``, ``resumed``, ``ended``, ``waiting``, ``missing``,
        ``gap``, ``rate``, ``clock_step``, ``damaged``, ``device``, ``disk`` ...
    severity : {"info", "warning", "fault"}
    count : int
        How many samples, chunks or bytes; 0 when that says nothing.
    message : str
        A sentence for the person at the screen.
    """

    time: float
    stream: str
    kind: str
    severity: Severity
    count: int
    message: str
