"""Time stamps that no clock gives: no numbers, or numbers that no time in seconds can be."""

import numpy as np

from groundup.clock.stamps import Readable, Stamps, plausible

__all__ = ["plausible", "timestamp_flaw"]


def timestamp_flaw(timestamps: Readable, rate: float) -> str | None:
    """What is wrong with the time stamps of a stream so that they cannot be mapped to any clock, or None.

    Parameters
    ----------
    timestamps : Readable, shape (N,)
    rate : float
        Nominal, in Hz; 0 for an irregular stream.
    """
    stamps = Stamps(timestamps)
    unknown = impossible = 0
    low, high = np.inf, -np.inf
    for _, values in stamps.pieces():
        finite = np.isfinite(values)
        possible = plausible(values)
        unknown += int(np.count_nonzero(~finite))
        impossible += int(np.count_nonzero(finite & ~possible))
        low = min(low, float(values[possible].min(initial=np.inf)))
        high = max(high, float(values[possible].max(initial=-np.inf)))
    found = []
    if unknown:
        found.append(f"{unknown} of its {len(stamps)} time stamps are no numbers")
    if impossible:
        found.append(f"{impossible} of its {len(stamps)} time stamps are no times in seconds")
    if not found and rate > 0 and len(stamps) > 1 and low == high:
        found.append("its time stamps are all the same")
    return " and ".join(found) or None
