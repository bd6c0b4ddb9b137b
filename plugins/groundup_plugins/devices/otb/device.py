"""The driver of OT Bioelettronica's amplifiers: EMG in volts, and the accessory channels as they are sent."""

import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import ClassVar

import numpy as np

from groundup.plugin import (
    POLL_S,
    Channel,
    Device,
    Format,
    PolledDevice,
    SampleClock,
    Settings,
    Sink,
    StreamSpec,
    hookimpl,
    unwrap,
)
from groundup_plugins.devices.otb import protocol
from groundup_plugins.devices.otb.settings import OtbElectrode, OtbSettings

_CONNECTS_S = 5.0  # an amplifier that is on tries about once a second
_SILENT_S = 2.0
_LARGEST = 1 << 18


class Otb(PolledDevice):
    """A Sessantaquattro or Muovi, which connects to this computer."""

    name = "otb"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = OtbSettings

    def __init__(self, settings: OtbSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._socket: socket.socket | None = None
        self._clock: SampleClock | None = None
        self._rest = b""
        self._channels = 0
        self._number: float | None = None
        self._heard = 0.0

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A Sessantaquattro+ that connects to a free port."""
        from groundup_plugins.devices.simulators.otb import Amplifier, free_port

        port = free_port()
        with Amplifier(port):
            yield OtbSettings(port=port, host="127.0.0.1", channels=8)

    def connect(self) -> Mapping[str, StreamSpec]:
        """Wait for the amplifier to connect, start it, and see what it sends."""
        settings = self._settings
        self._socket = self._accept()
        self._socket.sendall(protocol.command(settings, go=True))
        enough = protocol.FRAMES_TO_KNOW * protocol.longest_frame(settings.emg_channels)
        while len(self._rest) < enough:
            more = self._receive(_SILENT_S)
            if not more:
                raise OSError("the amplifier has connected, but sends nothing: switch it off and on")
            self._rest += more
        accessories = protocol.accessories_in(self._rest, settings.emg_channels)
        self._channels = settings.emg_channels + accessories
        self._clock = self.sample_clock(settings.rate)
        return {"emg": self._emg_spec(), "accessory": self._accessory_spec(accessories)}

    def begin(self, sink: Sink) -> None:
        """It sends already."""
        self._heard = time.monotonic()

    def read(self, sink: Sink) -> None:
        """Push what has come."""
        data = self._receive(POLL_S)
        arrived = sink.clock()
        if not data and time.monotonic() - self._heard > _SILENT_S:
            raise OSError(f"the amplifier has sent nothing for {_SILENT_S:g} s")
        if data:
            self._heard = time.monotonic()
            self._push(sink, data, arrived)

    def finish(self, sink: Sink) -> None:
        """Tell the amplifier to stop, and push what it had sent by then."""
        if self._socket is None:
            return
        self._socket.sendall(protocol.command(self._settings, go=False))
        until = time.monotonic() + _SILENT_S
        while time.monotonic() < until and (data := self._receive(_SILENT_S)):  # it hangs up, which ends it
            self._push(sink, data, sink.clock())

    def disconnect(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket, self._rest, self._number = None, b"", None

    def _accept(self) -> socket.socket:
        settings = self._settings
        where = f"{settings.host}:{settings.listens_at}"
        try:
            with socket.create_server((settings.host, settings.listens_at)) as listener:
                listener.settimeout(_CONNECTS_S)
                connection, _ = listener.accept()
        except TimeoutError as error:
            raise OSError(
                f"no {settings.model} has connected to {where} within {_CONNECTS_S:g} s: switch it on, and see that "
                "this computer is in its Wi-Fi network and its firewall lets the port pass"
            ) from error
        except OSError as error:
            raise OSError(f"{where} cannot be listened at ({error.strerror or error}): does OT BioLab run?") from error
        return connection

    def _receive(self, patience_s: float) -> bytes:
        """What has come; nothing where nothing comes in that time.

        Raises
        ------
        OSError
            If the amplifier has hung up.
        """
        if self._socket is None or not select.select([self._socket], [], [], patience_s)[0]:
            return b""
        data = self._socket.recv(_LARGEST)
        if not data:
            raise OSError("the amplifier has hung up")
        return data

    def _push(self, sink: Sink, data: bytes, arrived: float) -> None:
        data = self._rest + data
        frames = protocol.frames_of(data, self._channels)
        self._rest = data[2 * frames.size :]
        if self._clock is None or not len(frames):
            return
        numbers = unwrap(frames[:, -1].astype(np.uint16), protocol.COUNTER, self._number)
        self._number = float(numbers[-1])
        muscles = self._settings.emg_channels
        volts = (frames[:, :muscles] * protocol.VOLTS).astype(np.float32)
        self._clock.push(sink, {"emg": volts, "accessory": frames[:, muscles:]}, numbers, arrived)

    def _emg_spec(self) -> StreamSpec:
        electrodes = self._settings.electrodes
        numbers = range(1, self._settings.emg_channels + 1)
        worn = [(number, electrodes.get(str(number), OtbElectrode())) for number in numbers]
        channels = [Channel(_label(number, one), "V", one.site, one.side) for number, one in worn]
        return self._spec("EMG", "float32", channels)

    def _accessory_spec(self, count: int) -> StreamSpec:
        return self._spec("Accessory", "int16", [Channel(label, "1") for label in protocol.ACCESSORIES[-count:]])

    def _spec(self, kind: str, form: Format, channels: list[Channel]) -> StreamSpec:
        settings = self._settings
        return StreamSpec(
            f"{settings.model} {kind}", kind, settings.rate, form, tuple(channels), latency_s=settings.latency_s,
            extra={"manufacturer": "OT Bioelettronica", "model": settings.model},
        )  # fmt: skip


def _label(number: int, electrode: OtbElectrode) -> str:
    return electrode.label or f"{electrode.site} {electrode.side}".strip() or f"EMG {number}"


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of OT Bioelettronica's amplifiers."""
    return [Otb]
