"""Signals on the lab clock: what processors take and make, and what metrics are cut from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.model.anatomy import Side
from groundup.model.mapped import column_of, rows_not_finite
from groundup.model.streams import Channel, Plate, StreamSpec

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Signal:
    """Samples with their time on the lab clock.

    Attributes
    ----------
    id : str
        ``emg`` for a raw stream, ``emg.envelope`` for what a processor made of it.
    kind : str
        What the samples are: ``plate``, ``emg``, ``imu`` (raw), ``grf``, ``envelope`` ... (processed).
    time : ndarray, shape (N,)
        Seconds on the lab clock, increasing.
    samples : ndarray, shape (N, C), float64
    channels : tuple of Channel, length C
    rate : float
        Sampling rate in Hz (the measured one where time stamps allow).
    plate : Plate, optional
    inputs : tuple of str
        Ids of the signals it was made from.
    attrs : dict
        What a processor wants to be known of this signal; stored as HDF5 attributes. A ``remark`` is also said among
        the notes of the analysis.
    """

    id: str
    kind: str
    time: Floats
    samples: Floats
    channels: tuple[Channel, ...]
    rate: float
    plate: Plate | None = None
    inputs: tuple[str, ...] = ()
    attrs: dict[str, float | str] = field(default_factory=dict)

    def between(self, t0: float, t1: float) -> "Signal":
        """The part with ``t0 <= time <= t1``."""
        i, j = np.searchsorted(self.time, [t0, np.nextafter(t1, np.inf)])
        return replace(self, time=self.time[i:j], samples=self.samples[i:j])

    def column(self, label: str) -> Floats:
        """Samples of the channel with this label, shape (N,).

        Raises
        ------
        KeyError
            If no channel has it.
        """
        for index, channel in enumerate(self.channels):
            if channel.label == label:
                return self.samples[:, index]
        raise KeyError(f"{self.id} has no channel {label!r}; it has {', '.join(c.label for c in self.channels)}")

    def read_channel(self, index: int) -> Floats:
        """A copy of one channel's samples, shape (N,): of an hour on disk no other channel stays in memory."""
        return column_of(self.samples, index)

    def segments(self) -> list[slice]:
        """Runs of samples without a gap."""
        if len(self.time) == 0:
            return []
        edges = [0, *(self.gaps + 1).tolist(), len(self.time)]
        return [slice(a, b) for a, b in pairwise(edges)]

    @cached_property
    def gaps(self) -> Places:
        """Numbers of the samples that a gap follows: a step in time of more than 1.5 sampling intervals."""
        return np.flatnonzero(np.diff(self.time) > 1.5 / self.rate) if self.rate > 0 else np.array([], np.intp)

    @cached_property
    def not_finite(self) -> Places:
        """Numbers of the samples in which some channel is no number."""
        return rows_not_finite(self.samples)


STREAM_TYPE = "stream_type"
"""Attribute of a raw signal: the type of its stream."""


def known_of(spec: StreamSpec) -> dict[str, float | str]:
    """What a stream's metadata say of it and its sensor, as attributes of its signal."""
    known: dict[str, float | str] = {} if math.isnan(spec.bandwidth_hz) else {"bandwidth_hz": spec.bandwidth_hz}
    return {**known, STREAM_TYPE: spec.type}


@dataclass(frozen=True)
class Trace:
    """One quantity over one stretch of time: what a metric gets for each thing it needs.

    Attributes
    ----------
    time : ndarray, shape (n,)
        Seconds on the lab clock.
    values : ndarray, shape (n,) or (n, k)
        k axes for a vector quantity (acceleration: x, y, z of the sensor).
    rate : float
        Hz.
    unit, site, side : str
    bandwidth_hz : float
        Up to which frequency the sensor passes what it measures; NaN: not known.
    errors : ndarray, shape (n, k), optional
        By what the values would change if each of k things that are not known exactly, and do not hang together, were
        off by one SD: the place of a marker, of a plate. None where nobody tells.
    """

    time: Floats
    values: Floats
    rate: float
    unit: str = ""
    site: str = ""
    side: Side = ""
    bandwidth_hz: float = math.nan
    errors: Floats | None = None

    def between(self, t0: float, t1: float) -> "Trace":
        """The part with ``t0 <= time <= t1``."""
        i, j = np.searchsorted(self.time, [t0, np.nextafter(t1, np.inf)])
        errors = None if self.errors is None else self.errors[i:j]
        return replace(self, time=self.time[i:j], values=self.values[i:j], errors=errors)


def lock_traces(given: object) -> None:
    """Make all traces in what a metric is given read-only: others are given the same arrays."""
    if isinstance(given, Trace):
        for array in (given.time, given.values, *(() if given.errors is None else (given.errors,))):
            array.flags.writeable = False
    elif isinstance(given, Mapping):
        for part in given.values():
            lock_traces(part)
    elif isinstance(given, list | tuple):
        for part in given:
            lock_traces(part)
