"""Datagrams: OSC from phones and from bridges of wearable sensors, and plain lines or frames over UDP."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from groundup.plugin import (
    POLL_S,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Sink,
    Streams,
    as_key,
    hookimpl,
    missing,
    say,
)
from groundup_plugins.devices.wire import Declaration, Parser, Rows, Timing, Wire, WireChannel, parser_for

_LARGEST = 1 << 16
_TAG_S = 2.0**-32  # unit of a time tag: NTP's
_AT_ONCE = 1  # the time tag that says no time


class OscAddress(Declaration, frozen=True, kw_only=True):
    """``addresses."/accelerometer" = {...}``: the messages of one OSC address, as a stream of their own.

    Attributes
    ----------
    key : str
        Key of the stream, by which it is called ``DEVICE.KEY``; empty means the address, with ``_`` for each ``/``.
    name : str
        Name of the stream for other programs; empty means the address.
    time_tag : bool
        Whether the sender puts its messages into bundles whose time tag says when they were measured: then that is the
        device's clock.
    """

    key: str = ""
    name: str = ""
    time_tag: bool = False


class UdpSettings(Settings, frozen=True, kw_only=True):
    """A UDP port to listen on, and what comes.

    Attributes
    ----------
    port : int
        Where the senders send to.
    host : str
        Address of the network card to listen on; ``127.0.0.1`` hears this computer only.
    sender : str
        IP address that is listened to; empty: any.
    protocol : str
        ``osc`` (see `addresses`), or ``plain`` (see `records`).
    addresses : table
        For ``osc``: each address that becomes a stream.
    records : table
        For ``plain``: the lines or frames in the datagrams, with the keys of the serial driver.
    name : str
        Name of the stream of ``plain``.
    latency_s : float
        How much later than it was measured a value leaves the device, at the least.
    """

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    host: str = "0.0.0.0"
    sender: str = ""
    protocol: Literal["osc", "plain"] = "osc"
    addresses: dict[str, OscAddress] = msgspec.field(default_factory=dict)
    records: Wire | None = None
    name: str = "UDP"
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what does not fit the protocol."""
        if self.protocol == "osc" and (not self.addresses or self.records is not None):
            raise ValueError('protocol = "osc" needs addresses, a table for each address, and no records')
        keys = [(each.key or as_key(address)).casefold() for address, each in self.addresses.items()]
        if twice := next((key for key in keys if keys.count(key) > 1), ""):
            raise ValueError(f'two addresses have the key "{twice}": give one of them another, key = "..."')
        if self.protocol == "plain" and (self.addresses or self.records is None):
            raise ValueError('protocol = "plain" needs records, which says what lies in a datagram, and no addresses')


@dataclass
class _Source:
    """A stream, and what was received for it."""

    declared: Declaration
    timing: Timing
    parser: Parser | None = None
    tags: SampleClock | None = None
    count: int = 0


class Udp(PolledDevice):
    """Streams out of datagrams."""

    name = "udp"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = UdpSettings

    def __init__(self, settings: UdpSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._socket: socket.socket | None = None
        self._sources: dict[str, _Source] = {}
        self._of_address: dict[str, str] = {}
        self._warned = False

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A phone that sends its accelerometer by OSC."""
        from groundup_plugins.devices.simulators import phone

        port = phone.free_port()
        fields = tuple(f"acc_{axis}" for axis in "xyz")
        units = {field: WireChannel(unit="g") for field in fields}
        sensor = OscAddress(fields=fields, channels=units, rate=phone.RATE, type="IMU", time_tag=True)
        stop = threading.Event()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            put = partial(_put, out, port)
            sender = threading.Thread(target=phone.send, args=(put, stop), daemon=True)
            sender.start()
            try:
                yield UdpSettings(port=port, host="127.0.0.1", addresses={phone.ACCELEROMETER: sensor})
            finally:
                stop.set()
                sender.join()

    def connect(self) -> Streams:
        """Begin to listen."""
        settings = self._settings
        if settings.protocol == "osc":
            try:
                import pythonosc.osc_packet  # noqa: F401
            except ImportError as error:
                raise missing("python-osc", "osc") from error
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(POLL_S)
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            self._socket.bind((settings.host, settings.port))
        except OSError as error:
            what = error.strerror or str(error)
            raise OSError(f"cannot listen on UDP port {settings.port} of {settings.host}: {what}") from error
        if settings.records is not None:
            wire = settings.records
            timing = Timing(wire, wire.wrap, self.sample_clock)
            self._sources = {"": _Source(wire, timing, parser_for(wire, from_start=True))}
            return wire.spec(settings.name, settings.latency_s)
        self._of_address = {address: each.key or as_key(address) for address, each in settings.addresses.items()}
        self._sources, streams = {}, {}
        for address, each in settings.addresses.items():
            key = self._of_address[address]
            tags = self.sample_clock(1.0) if each.time_tag else None
            self._sources[key] = _Source(each, Timing(each, each.modulus, self.sample_clock), tags=tags)
            streams[key] = each.spec(each.name or address, settings.latency_s)
        return streams

    def read(self, sink: Sink) -> None:
        """Push what one datagram holds, and what already lies behind it."""
        if self._socket is None:
            raise OSError("the socket is closed")
        try:
            data, sender = self._socket.recvfrom(_LARGEST)
        except TimeoutError:
            return
        except ConnectionError:  # Windows: an answer of ours to somebody who has gone
            return
        arrived = sink.clock()
        if self._settings.sender and sender[0] != self._settings.sender:
            return
        if self._settings.protocol == "osc":
            self._osc(data, arrived, sink)
        else:
            self._plain(data, arrived, sink)

    def finish(self, sink: Sink) -> None:
        """Push what had come by now."""
        if self._socket is not None:
            while select.select([self._socket], [], [], 0)[0]:
                self.read(sink)

    def disconnect(self) -> None:
        """Stop listening."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _plain(self, data: bytes, arrived: float, sink: Sink) -> None:
        source = self._sources[""]
        if source.parser is not None:
            ends = b"\n" if source.parser.wire.format == "lines" else b""
            source.timing.push(sink, source.parser.feed(data + ends), arrived)

    def _osc(self, data: bytes, arrived: float, sink: Sink) -> None:
        found: dict[str, list[tuple[float, tuple[float, ...]]]] = {}
        for address, values, tag in self._messages(data):
            key = self._of_address.get(address)
            if key is None:
                continue
            record = _numbers(values, self._sources[key].declared)
            if record is None:
                self._warn(f"a message {address} has {len(values)} values; fields names others")
            else:
                found.setdefault(key, []).append((tag, record))
        for key, messages in found.items():
            source = self._sources[key]
            rows = Rows(
                np.array([record for _, record in messages], np.float64),
                np.arange(source.count, source.count + len(messages)),
            )
            source.count += len(messages)
            tags = np.array([tag for tag, _ in messages])
            if source.tags is not None and np.isfinite(tags).all():
                source.tags.push(sink, {key: source.declared.samples(rows.values)}, tags, arrived)
            else:
                source.timing.push(sink, rows, arrived, key)

    def _messages(self, data: bytes) -> Iterator[tuple[str, list[Any], float]]:
        """Address, values and time tag (s, NaN if it says none) of each message in a datagram."""
        from pythonosc import osc_bundle, osc_message

        try:
            if not osc_bundle.OscBundle.dgram_is_bundle(data):
                message = osc_message.OscMessage(data)
                yield message.address, list(message.params), np.nan
                return
            waiting = [osc_bundle.OscBundle(data)]
        except (osc_bundle.ParseError, osc_message.ParseError, IndexError, ValueError) as error:
            self._warn(f"a datagram is no OSC: {error}")
            return
        while waiting:
            bundle = waiting.pop(0)
            ticks = int.from_bytes(bundle.dgram[8:16], "big")
            tag = np.nan if ticks == _AT_ONCE else ticks * _TAG_S
            for part in bundle:
                if isinstance(part, osc_bundle.OscBundle):
                    waiting.append(part)
                else:
                    yield part.address, list(part.params), tag

    def _warn(self, text: str) -> None:
        if not self._warned:
            say(self.name, f"{text}; such are left out")
            self._warned = True


def _numbers(values: list[Any], declared: Declaration) -> tuple[float, ...] | None:
    """The values of a message as numbers; None if they are not as many, or no numbers where some are needed."""
    if len(values) != len(declared.labels):
        return None
    try:
        return tuple(0.0 if label == "-" else float(v) for label, v in zip(declared.labels, values, strict=True))
    except (TypeError, ValueError):
        return None


def _put(out: socket.socket, port: int, data: bytes) -> None:
    out.sendto(data, ("127.0.0.1", port))


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of datagrams."""
    return [Udp]
