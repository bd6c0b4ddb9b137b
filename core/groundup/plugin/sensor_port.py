"""Where one sensor of an `AsyncDevice` hands over what it sends: put in order, stamped by its own clock, pushed."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from groundup.model.streams import StreamSpec
from groundup.plugin.device import Sink
from groundup.plugin.packet_order import PacketOrder
from groundup.plugin.sample_clock import SampleClock, unwrap
from groundup.plugin.streams import StreamsError

Samples = NDArray[np.generic] | Sequence[Sequence[str]]


def soon(loop: asyncio.AbstractEventLoop, action: Callable[..., object], *arguments: object) -> None:
    """Have something done on the loop's thread, from any other; after the loop's end nothing is."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(action, *arguments)


class SensorStream:
    """One stream of a sensor, for as long as it is connected; made by `SensorPort.open`.

    Packets may be handed over from any thread: by callbacks of a package that has threads of its own.
    """

    def __init__(
        self, key: str, sink: Sink, loop: asyncio.AbstractEventLoop, clock: SampleClock, order: PacketOrder, wrap: float
    ) -> None:
        self.key = key
        self._sink, self._loop, self._clock, self._order = sink, loop, clock, order
        self._wrap = wrap
        self._newest: float | None = None
        self._changes = [(-np.inf, sink.changes)]  # behind which number of its samples there have been how many
        self._heard = sink.clock()
        self._closed = False

    @property
    def heard(self) -> float:
        """Clock when something came last, or when it was opened, in s."""
        return self._heard

    def packet(self, numbers: NDArray[np.generic] | Sequence[float] | float, samples: Samples) -> None:
        """Hand over the samples of a packet.

        Parameters
        ----------
        numbers : array, shape (n,), or float
            The sensor's counter or clock at each sample, as `SampleClock.push` takes it; one that wraps is unwrapped.
        samples : array, shape (n, C)
        """
        self._heard = self._sink.clock()
        counts = np.atleast_1d(np.asarray(numbers, np.float64))
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._take(counts, samples, self._heard, self._sink.changes)
        else:
            soon(self._loop, self._take, counts, samples, self._heard, self._sink.changes)

    def left_out(self, count: int, why: str) -> None:
        """Say that samples came that cannot be used: of a damaged packet; from any thread."""
        soon(self._loop, self._sink.left_out, count, why, self.key)

    def _take(self, counts: NDArray[np.float64], samples: Samples, arrived: float, changes: int) -> None:
        if self._closed or not len(counts):
            return
        if self._wrap:
            counts = unwrap(counts, self._wrap, self._newest)
            self._newest = float(counts[-1]) if self._newest is None else max(self._newest, float(counts[-1]))
        if len(samples) != len(counts) or (np.diff(counts) <= 0).any():
            self._sink.left_out(len(samples), "a packet has no increasing number for each of its samples", self.key)
            return
        if changes > self._changes[-1][1]:
            self._changes.append((self._order.newest, changes))
        newest = self._order.newest
        late = self._order.take(counts, samples, arrived)
        if self._order.newest < newest:  # its counter began anew
            self._changes = [(-np.inf, changes)]
        if late:
            self._sink.left_out(late, f"they came more than {self._order.wait_s:g} s late", self.key)
        self._pass_on(self._sink.clock())

    def _pass_on(self, now: float) -> None:
        for counts, samples, arrived in self._order.release_ready(now):
            changes = next((made for behind, made in reversed(self._changes) if counts[0] > behind), 0)
            self._clock.push(self._sink, {self.key: samples}, counts, arrived, changes)

    def release(self) -> None:
        """Push what has waited long enough."""
        self._pass_on(self._sink.clock())
        self._clock.release(self._sink)

    def close(self) -> None:
        """Push all that is held back; what comes now is not taken any more."""
        if not self._closed:
            self._closed = True
            self._pass_on(np.inf)
            self._clock.flush(self._sink)


class SensorPort:
    """What `AsyncDevice.run` is given for one sensor, anew for each connection; `AsyncDevice` makes it."""

    def __init__(self, sink: Sink, loop: asyncio.AbstractEventLoop, others: Collection["SensorPort"] = ()) -> None:
        self._sink, self._loop, self._others = sink, loop, others
        self._streams: list[SensorStream] = []
        self._gone: asyncio.Future[str] = loop.create_future()

    @property
    def keys(self) -> list[str]:
        """Keys of the streams that were opened."""
        return [stream.key for stream in self._streams]

    def clock(self, rate: float, window_s: float = 60.0, drift: float = 1e-3, *, counted: bool = True) -> SampleClock:
        """A clock of this sensor's own, for this connection; as `SampleClock`."""
        return SampleClock(rate, window_s, drift, counted=counted)

    def open(
        self, key: str, spec: StreamSpec, clock: SampleClock, reorder_s: float = 0.0, wrap: float = 0.0
    ) -> SensorStream:
        """Announce a stream of the sensor, and be ready for its packets.

        Parameters
        ----------
        key : str
            What it is called, whatever its address: where it is worn, ``shank_L``.
        spec : StreamSpec
        clock : SampleClock
            Of `clock`: at how many numbers a second the sensor counts, a sample or a tick of its clock each.
        reorder_s : float
            How long to wait for a packet that others have overtaken. One that comes later is left out, and counted.
        wrap : float
            Where the sensor's counter begins again at 0; 0: never.

        Raises
        ------
        StreamsError
            If the key is none, or belongs to another stream.
        """
        if any(key in port.keys for port in self._others):
            raise StreamsError(f'two sensors have the key "{key}": give one of them another')
        self._sink.add(key, spec)
        step = clock.nominal_rate / spec.rate if spec.rate > 0 else 0.0
        stream = SensorStream(
            key, self._sink, self._loop, clock, PacketOrder(reorder_s, clock.nominal_rate, step), wrap
        )
        self._streams.append(stream)
        return stream

    def gone(self, reason: object = "") -> None:
        """Say that the sensor is gone: `until_gone` then ends. From any thread; takes a package's callback argument."""
        words = reason if isinstance(reason, str) and reason else "it has disconnected"
        soon(self._loop, self._set_gone, words)

    def _set_gone(self, words: str) -> None:
        if not self._gone.done():
            self._gone.set_result(words)

    async def until_gone(self, silent_s: float = 5.0) -> None:
        """Wait until the sensor is gone, or none of its streams has sent anything for so long.

        Raises
        ------
        OSError
            Always: it says which, and `AsyncDevice` tries again.
        """
        while not self._gone.done():
            heard = max((stream.heard for stream in self._streams), default=self._sink.clock())
            left = heard + silent_s - self._sink.clock()
            if left <= 0:
                raise OSError(f"it has sent nothing for {silent_s:g} s")
            await asyncio.wait([self._gone], timeout=left)
        raise OSError(self._gone.result())

    def release(self) -> None:
        """Push what has waited long enough."""
        for stream in self._streams:
            stream.release()

    def close(self) -> None:
        """Push all that is held back."""
        for stream in self._streams:
            stream.close()
