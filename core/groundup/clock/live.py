"""Time while it happens: the causal forms of `groundup.clock` and `groundup.clock.dejitter`.

`LiveClock` takes probes as they come and maps device time to lab time; `LiveDejitter` takes stamps as they come and
gives each sample its time; `LiveTime` is both, with every probe taken in where it belongs among the samples. What they
say of a sample depends on what came before it and on itself, never on how the stream was cut into chunks. The work is
done in C (`groundup_ext._live_time`), the same that `groundup live` runs on.
"""

import math

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats
from groundup_ext import _live_time


class LiveClock(_live_time.LiveClock):
    """Maps device time to lab time from the probes so far.

    Attributes
    ----------
    steps : int
        How often the device's clock has stepped.
    """

    def lab(self, stamps: Floats) -> Floats:  # type: ignore[override]
        """Lab time of device time, shape (n,); NaN before the first probe."""
        stamps = np.ascontiguousarray(stamps, np.float64)
        out = np.empty(len(stamps))
        super().lab(stamps, out)
        return out


class LiveDejitter(_live_time.LiveDejitter):
    """Takes the jitter off a regular stream's stamps, sample by sample; a loss moves time on and bends nothing.

    Parameters
    ----------
    rate : float
        Nominal rate in Hz, more than 0; not believed where the stamps say otherwise.

    Attributes
    ----------
    lost : int
        Samples lost so far.
    """

    def feed(self, stamps: Floats) -> Floats:  # type: ignore[override]
        """Time of each sample, never going back; what is not finite is given back as it is.

        Parameters
        ----------
        stamps : ndarray, shape (n,)
            On the lab clock, in the order of arrival.
        """
        stamps = np.ascontiguousarray(stamps, np.float64)
        out = np.empty(len(stamps))
        super().feed(stamps, out)
        return out


class LiveTime(_live_time.LiveTime):
    """The lab time of one stream's samples, from its probes and its stamps.

    A sample is mapped with exactly those probes that had been collected by then on the device's clock; before the first
    of them, with the first. So the result is the same in whatever order and chunks probes and samples arrive, as long
    as no probe comes later than the samples that need it.

    Parameters
    ----------
    rate : float
        Nominal rate in Hz; 0 for an irregular stream, whose stamps are mapped and left as they are otherwise.
    latency_s : float
        How late the device stamps its samples; taken off.
    placed : bool
        Of a file: whether the stamps are of the measured clock has been judged; when samples arrived is known only as
        the latest moment.

    Attributes
    ----------
    steps, lost : int
        How often the device's clock has stepped; how many samples are missing.
    """

    def probes(self, probes: NDArray[np.void]) -> None:
        """Take in probes (`groundup.model.source.PROBE`) in the order they were collected in."""
        for time, offset, round_trip, collected in probes.tolist():
            self.probe(time, offset, round_trip, collected)

    def feed(self, stamps: Floats, now: float = math.inf) -> Floats:  # type: ignore[override]
        """Lab time of each sample; NaN where it cannot be known, as of one stray stamp.

        Parameters
        ----------
        stamps : ndarray, shape (n,)
            On the device's clock, in the order of arrival.
        now : float
            When they arrived, at the latest, on the lab clock: stamps that jump to later than that are not believed.
            Infinite where nothing tells.
        """
        stamps = np.ascontiguousarray(stamps, np.float64)
        out = np.empty(len(stamps))
        super().feed(stamps, out, now)
        return out
