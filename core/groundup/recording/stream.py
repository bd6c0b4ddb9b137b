"""One stream of a sealed recording: what was sent, and when on the lab clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.clock import Certificate
from groundup.clock.certificate import CERTIFICATE, LATER
from groundup.model import html_table
from groundup.model.streams import Channel, StreamSpec
from groundup.recording import hdf, tables, views
from groundup.recording.blocks import Rows, piece_rows, read_pieces, read_rows

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_TIMES = 1 << 18


class Stream:
    """One recorded stream.

    Attributes
    ----------
    id : str
    """

    def __init__(self, group: h5py.Group, sync: h5py.Group) -> None:
        self._group = group
        self._sync = sync
        self.id: str = group.name.rsplit("/", 1)[-1]

    @property
    def group(self) -> h5py.Group:
        """``/streams/<id>`` of the file."""
        return self._group

    @property
    def sync(self) -> h5py.Group:
        """``/sync/<id>`` of the file."""
        return self._sync

    @cached_property
    def spec(self) -> StreamSpec:
        """What it is, with the lab's sites, sides, units and plate."""
        return hdf.read_spec(self._group)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Its channels."""
        return self.spec.channels

    @property
    def header(self) -> str:
        """LSL's XML, verbatim."""
        return hdf.get_text(self._group["header"])

    @property
    def samples(self) -> h5py.Dataset:
        """Samples as sent, shape (N, C), read when sliced; for text see also `values`."""
        return self._group["samples"]

    def values(self, part: slice = slice(None)) -> Rows:
        """Samples as sent: an array of shape (n, C), or n lists of C byte strings."""
        return read_rows(self._group, part)

    def pieces(self) -> Iterator[tuple[slice, Rows]]:
        """The same from the start to the end, some rows at a time."""
        return read_pieces(self._group)

    def timed_pieces(self, rows: int = 4096) -> Iterator[tuple[Floats, Floats, Rows]]:
        """Lab time, device time stamps and samples from the start to the end, so many rows at a time.

        Memory does not grow with the length of the stream: this is what exporters read.
        """
        for part in self._parts(min(rows, piece_rows(self.samples.dtype, self.samples.shape[1], 1))):
            yield hdf.read(self._sync["time"], part), hdf.read(self._group["timestamps"], part), self.values(part)

    def stamp_pieces(self) -> Iterator[Floats]:
        """Device time stamps from the start to the end, some at a time."""
        for part in self._parts(_TIMES):
            yield hdf.read(self._group["timestamps"], part)

    def time_at(self, sample: int) -> float:
        """Lab time of one sample, in s."""
        return float(hdf.read(self._sync["time"], slice(sample, sample + 1))[0])

    def time_pieces(self) -> Iterator[Floats]:
        """Lab time from the start to the end, some at a time."""
        for part in self._parts(_TIMES):
            yield hdf.read(self._sync["time"], part)

    def _parts(self, rows: int) -> Iterator[slice]:
        return (slice(begin, min(begin + rows, len(self))) for begin in range(0, len(self), rows))

    @property
    def timestamps(self) -> Floats:
        """Device clock, as sent, shape (N,)."""
        return hdf.read(self._group["timestamps"])

    @property
    def time(self) -> Floats:
        """Lab clock in seconds, shape (N,)."""
        return hdf.read(self._sync["time"])

    @property
    def uncertainty(self) -> Floats:
        """One standard deviation of `time` in seconds, shape (N,)."""
        return hdf.read(self._sync["uncertainty"])

    @property
    def rate(self) -> float:
        """Measured sampling rate in Hz (lab clock); 0 for an irregular stream."""
        return hdf.attr_number(self._sync, "rate", self.spec.rate)

    @property
    def certificate(self) -> Certificate:
        """How well it is known to be in sync."""
        names = [name for name in CERTIFICATE if name != "reason"]
        numbers = {name: hdf.attr_number(self._sync, name, LATER.get(name, np.nan)) for name in names}
        return Certificate(**numbers, reason=hdf.attr_text(self._sync, "reason"))

    @property
    def probes(self) -> pd.DataFrame:
        """Measurements of the device's clock: time, offset, round_trip, collected."""
        return tables.frame(hdf.read(self._group["probes"]))

    @property
    def ledger(self) -> pd.DataFrame:
        """What went wrong in it."""
        return tables.frame(hdf.read(self._group["ledger"]))

    def to_pandas(self, part: slice = slice(None)) -> pd.DataFrame:
        """Samples as a frame: a column a channel, indexed by time on the lab clock (s)."""
        return views.frame(self, part)

    def to_xarray(self, part: slice = slice(None)) -> Any:
        """Samples as an `xarray.DataArray` of time and channel; needs xarray."""
        return views.array(self, part)

    def plot(self, t0: float | None = None, t1: float | None = None, ax: Any = None) -> Any:
        """Draw the channels between two times (s, lab clock), each in a lane; needs matplotlib. Gives the axes."""
        return views.plot(self, t0, t1, ax)

    def __len__(self) -> int:
        return len(self._group["samples"])

    def _repr_html_(self) -> str:
        spec = self.spec
        rows = [(c.label, c.unit, c.site, c.side) for c in spec.channels]
        title = f"{self.id}: {spec.type} {spec.name}, {len(self)} samples at {self.rate:.7g} Hz"
        return html_table.table(("channel", "unit", "site", "side"), rows, title) + self.certificate._repr_html_()

    def __repr__(self) -> str:
        spec = self.spec
        return f"<Stream {self.id}: {spec.type} {spec.name!r}, {len(self)} x {len(spec.channels)} {spec.format}>"
