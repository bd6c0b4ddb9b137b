"""The sink of a driver: an outlet for each of its streams, on the network as soon as there is something to send."""

import threading
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from groundup import lsl
from groundup.lsl.device_status import status_source, status_spec
from groundup.lsl.outlet import Outlet
from groundup.lsl.status_outlet import StatusOutlet
from groundup.lsl.stream_names import id_of_source, source_prefix
from groundup.lsl.ticks import ticks_source, ticks_spec, with_ticks_source
from groundup.lsl.ticks_outlet import TicksOutlet
from groundup.model.health import About, HealthLevel
from groundup.model.option_changes import OptionChanges
from groundup.model.streams import StreamSpec
from groundup.plugin.streams import is_new
from groundup.system.driver_reports import Report
from groundup.workflows.driver_status import DriverStatus
from groundup.workflows.refusals import Refusals

_LONGEST_REASON = 1000


class DriverSink:
    """The `groundup.plugin.Sink` of a driver. Thread-safe.

    A stream that is there and silent, because its sensor is still getting ready, would be a fault to a recorder: each
    appears when it sends. One without a rate appears with the first of the others, so that what it says is heard.

    Parameters
    ----------
    name : str
        Key of ``[devices.NAME]``.
    streams : mapping of str to StreamSpec
    sign : callable
        Gives a stream the name of its driver.
    stop : threading.Event
        Set when the driver says that it has failed.
    tell : callable
        Told what belongs into the ledger of who records.
    made : OptionChanges, optional
        The values of the device's options.

    Attributes
    ----------
    status : DriverStatus
        What the device says of itself.
    """

    def __init__(
        self,
        name: str,
        streams: Mapping[str, StreamSpec],
        sign: Callable[[StreamSpec], StreamSpec],
        stop: threading.Event,
        tell: Callable[[Report], None],
        made: OptionChanges | None = None,
    ) -> None:
        self._made = made if made is not None else OptionChanges()
        self._told: dict[str, int] = {}
        self._prefix = source_prefix(name)
        self._sign = sign
        self._stop = stop
        self._tell = tell
        self._announced: dict[str, tuple[StreamSpec, str]] = {}
        self._outlets: dict[str, Outlet] = {}
        self._lock = threading.Lock()
        self._ticks = TicksOutlet(lambda: Outlet(ticks_spec(), ticks_source(self._prefix)))
        self._refusals = Refusals(tell)
        self.reason, self.final = "", False
        for key, spec in streams.items():
            self._announce(key, spec)
        self.status = DriverStatus(
            name, self._announced, StatusOutlet(lambda: Outlet(status_spec(), status_source(self._prefix))), tell
        )
        if streams and not any(spec.rate > 0 for spec in streams.values()):
            self.appear()

    def add(self, key: str, spec: StreamSpec) -> None:
        """Announce a further stream."""
        with self._lock:
            known = {key: announced for key, (announced, _) in self._announced.items()}
            if is_new(key, spec, known):
                self._announce(key, spec)

    def _announce(self, key: str, spec: StreamSpec) -> None:
        source = self._prefix + key
        self._announced[key] = spec, source
        self._refusals.announce(key, spec, source)
        self._tell(Report("announced", source, 0, ""))

    def away(self, key: str, reason: str) -> None:
        """Say why a stream is silent."""
        if key not in self._announced:
            self._refusals.refuse_key(key, lsl.clock())
            return
        reason = str(reason)[:_LONGEST_REASON] or "its driver does not say why"
        self._tell(Report("away", self._prefix + key, 0, reason, lsl.clock()))
        # To a recorder on another computer there is no pipe.
        self.status.happened("away", f"{id_of_source(self._prefix + key)} is away: {reason}", lsl.clock())

    def left_out(self, count: int, reason: str, stream: str = "") -> None:
        """Count samples that are not pushed."""
        if stream and stream not in self._announced:
            self._refusals.refuse_key(stream, lsl.clock())
        if count < 0:  # a counter that began again, most often: it would take others' losses off the ledger
            self._refusals.count(
                "refused", "", 0, f"it says that {count} samples were left out: give a count", lsl.clock()
            )
            return
        if count == 0:
            return
        source = self._announced[stream][1] if stream in self._announced else ""
        self._refusals.count("left_out", source, count, str(reason)[:_LONGEST_REASON], lsl.clock())

    @property
    def changes(self) -> int:
        """How many values of options there have been."""
        return len(self._made)

    def push(
        self,
        samples: NDArray[np.generic] | Sequence[Sequence[str]],
        timestamps: NDArray[np.float64],
        stream: str = "",
        changes: int | None = None,
    ) -> None:
        """Publish samples."""
        if self._made.doubt:
            self.left_out(len(timestamps), self._made.doubt, stream)
            return
        made = len(self._made) if changes is None else changes
        if self._refusals.refuse(samples, timestamps, stream, lsl.clock()):
            return
        if made > self._told.get(stream, 0) and len(timestamps):
            self._tell_changes(stream, made, float(timestamps[0]))
        outlet = self._outlets.get(stream)
        if outlet is None:
            self.appear(stream)
            outlet = self._outlets[stream]
        outlet.push(samples, timestamps)

    def _tell_changes(self, stream: str, made: int, first: float) -> None:
        """Say that a sample is the first of the values that options have now."""
        before, self._told[stream] = self._told.get(stream, 0), made
        for number, change in enumerate(self._made.between(before, made), before):
            if change.of in ("", stream):
                self.status.changed(change, number, self._announced[stream][1], first, lsl.clock())

    def appear(self, *keys: str) -> None:
        """Put these streams on the network, and those without a rate, if they are not yet."""
        with self._lock:
            for key, (spec, source) in self._announced.items():
                if key not in self._outlets and (key in keys or spec.rate <= 0):
                    signed = with_ticks_source(spec, ticks_source(self._prefix), key)
                    self._outlets[key] = Outlet(self._sign(signed), source)

    def ticks(self, rows: NDArray[np.float64], stream: str = "") -> None:
        """Tell what stamps were made of."""
        with self._lock:
            self._ticks.push(rows, stream, lsl.clock())

    def about(self, about: About) -> None:
        """Say which device it is."""
        self.status.about(about, lsl.clock())

    def health(self, levels: Sequence[HealthLevel]) -> None:
        """Say how it does."""
        self.status.health(levels, lsl.clock())

    def end(self) -> None:
        """Send what is still to be sent, and tell what is still to be told."""
        self.status.end(lsl.clock())
        with self._lock:
            self._ticks.end(lsl.clock())
        self._refusals.tell_rest(lsl.clock())

    def clock(self) -> float:
        """LSL's clock."""
        return lsl.clock()

    def fail(self, reason: str, final: bool = False) -> None:
        """Keep the reason, and have the driver stopped."""
        self.final = final
        self.reason = str(reason)[:_LONGEST_REASON] or "its driver says that it has failed, and not why"
        self._stop.set()
