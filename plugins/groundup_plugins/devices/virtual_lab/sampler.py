"""A sampled device in real time: packets cut from an endless crystal, sent when they are full, lost on request."""

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Sink, StreamSpec
from groundup_plugins.devices.virtual_lab import chance
from groundup_plugins.devices.virtual_lab.settings import VirtualLabSettings

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Instrument(Protocol):
    """Something that has a value at every moment, on one or more streams."""

    rate: float

    streams: dict[str, StreamSpec]

    def read(self, index: Indices, time: Floats) -> dict[str, NDArray[np.float32]]:
        """Samples with these numbers and times, by key; each depends on its own number and time only."""


class Sampler:
    """Reads an instrument as its hardware would.

    Sample k is taken at k crystal periods after the zero of the LSL clock, packet j holds samples j * P to (j + 1) * P.
    So when a device is started decides where its first packet begins, and nothing else.

    Parameters
    ----------
    instrument : Instrument
    settings : VirtualLabSettings
    """

    def __init__(self, instrument: Instrument, settings: VirtualLabSettings) -> None:
        self.instrument = instrument
        self._settings = settings
        self.rate = instrument.rate * (1.0 + settings.clock_ppm * 1e-6)
        """Samples a second, truly."""
        self.packet = max(1, round(settings.packet_s * instrument.rate))
        """Samples in a packet."""
        self.turn = threading.Lock()
        """Held while a packet is taken and sent, and while the instrument is commanded."""

    @property
    def streams(self) -> dict[str, StreamSpec]:
        """The instrument's streams by key."""
        return self.instrument.streams

    def run(self, sink: Sink, stop: threading.Event) -> None:
        """Send packet after packet until told to stop, then what has been taken by then."""
        taken = int(np.ceil(sink.clock() * self.rate))
        while True:
            end = self._packet_end(taken)
            if wait_until((end - 1) / self.rate, sink, stop):
                break
            self.send(sink, taken, end)
            taken = end
        last = int(np.floor(sink.clock() * self.rate)) + 1
        while taken < last:
            end = min(self._packet_end(taken), last)
            self.send(sink, taken, end)
            taken = end

    def send(self, sink: Sink, start: int, end: int) -> None:
        """Send samples `start` to `end`, all of one packet, on every stream that does not lose it."""
        index = np.arange(start, end)
        time = index / self.rate
        with self.turn:
            for stream, samples in self.instrument.read(index, time).items():
                if not self.lost(stream, start // self.packet):
                    sink.push(samples, time + self._lateness(stream, index), stream)

    def lost(self, stream: str, packet: int) -> bool:
        """Whether this packet of this stream never arrives."""
        share = self._settings.packet_loss
        if share == 0.0:
            return False
        what = f"loss {self.streams[stream].name}"
        return bool(chance.uniform(self._settings.seed, what, np.array([packet]))[0] < share)

    def _lateness(self, stream: str, index: Indices) -> Floats:
        mean = self._settings.stamp_jitter_s
        constant = np.full(len(index), self._settings.latency_s)
        if mean == 0.0:
            return constant
        return constant + chance.gamma(self._settings.seed, f"stamp {self.streams[stream].name}", index, mean)

    def _packet_end(self, start: int) -> int:
        return (start // self.packet + 1) * self.packet


def wait_until(due: float, sink: Sink, stop: threading.Event) -> bool:
    """Wait until the clock says `due`; True if told to stop before."""
    while (left := due - sink.clock()) > 0:
        if stop.wait(left):
            return True
    return stop.is_set()
