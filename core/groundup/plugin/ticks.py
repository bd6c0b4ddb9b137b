"""What the times of a device's samples are made of, handed over for a better fit later: ticks and arrivals.

A tick is a reading of the counter or clock that numbers the samples. A row says which tick had come when: the newest
of a packet, the stamp that its sample was given, and the clock when the packet was there. Two things are kept of all
packets, and no more: the most punctual of each tenth of a second, because nothing arrives before its time; and those
at which stamps begin to run faster or slower, so that between two rows they are straight in the tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from groundup.plugin.device import Sink

BIN_S = 0.1
_STRAIGHT_S = 1e-6  # stamps between two rows lie within this of a straight line


@dataclass(frozen=True)
class _Packet:
    """The newest sample of a packet."""

    tick: float
    stamp: float
    arrived: float

    @property
    def late(self) -> float:
        return self.arrived - self.stamp


class Ticks:
    """Chooses the packets of one line that are handed over.

    Parameters
    ----------
    began : float
        When the line began, on the clock: it tells it from those before and after a jump of the counter.
    counted : bool
        Whether the device itself counts.
    tick, stamp : float
        Of the very first sample.
    """

    def __init__(self, began: float, counted: bool, tick: float, stamp: float) -> None:
        self._of = (began, float(counted))
        self._first = (tick, stamp)
        self._last: _Packet | None = None
        self._sent: _Packet | None = None
        self._best: _Packet | None = None
        self._bin = 0.0
        self._pace = self._left = 0.0
        self._streams: set[str] = set()

    def add(self, sink: "Sink", streams: Sequence[str], tick: float, stamp: float, arrived: float) -> None:
        """Take a packet into account that has been pushed to these streams."""
        new, last = _Packet(tick, stamp, arrived), self._last
        for stream in set(streams) - self._streams:
            self._streams.add(stream)
            sink.ticks(np.array([[*self._of, *self._first, np.nan]]), stream)
        if last is not None and tick <= last.tick:
            return  # others have overtaken it
        if last is not None:
            pace = (stamp - last.stamp) / (tick - last.tick)
            self._left += abs(pace - self._pace) * (tick - last.tick)
            if self._left > _STRAIGHT_S:
                self._send(sink, last)
                self._pace, self._left = pace, 0.0
        self._last = new
        if self._best is None or arrived - self._bin >= BIN_S:
            self._send(sink, self._best)
            self._best, self._bin = new, arrived
        elif new.late < self._best.late:
            self._best = new

    def end(self, sink: "Sink") -> None:
        """Hand over what is not yet: no more will come."""
        self._send(sink, self._best)
        self._send(sink, self._last)
        self._best = self._last = None

    def _send(self, sink: "Sink", packet: _Packet | None) -> None:
        if packet is None or packet == self._sent:
            return
        self._sent = packet
        row = np.array([[*self._of, packet.tick, packet.stamp, packet.arrived]])
        for stream in sorted(self._streams):
            sink.ticks(row, stream)
