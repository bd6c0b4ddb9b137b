"""The driver of the virtual lab: one device of it, run in real time like any hardware."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import ClassVar, cast

from groundup.plugin import About, CommandError, Device, HealthLevel, Settings, Sink, Streams, command, hookimpl, option
from groundup_plugins.devices.virtual_lab.amplifier import Gain
from groundup_plugins.devices.virtual_lab.emg import Emg
from groundup_plugins.devices.virtual_lab.health import about, health
from groundup_plugins.devices.virtual_lab.imu import Imus
from groundup_plugins.devices.virtual_lab.markers import Markers
from groundup_plugins.devices.virtual_lab.mocap import MotionCapture
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.sampler import Sampler
from groundup_plugins.devices.virtual_lab.settings import VirtualLabSettings
from groundup_plugins.devices.virtual_lab.taps import Taps
from groundup_plugins.devices.virtual_lab.walker import Walker


class VirtualLab(Device):
    """A device of a gait lab that is not there: plate, EMG, IMUs, motion capture or markers around one walker."""

    name = "virtual_lab"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = VirtualLabSettings

    def __init__(self, settings: VirtualLabSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._device: Sampler | Markers | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._begun = time.monotonic()

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """One plate of it; it is a simulator itself."""
        yield VirtualLabSettings(part="plate_left")

    def open(self) -> Streams:
        """Make the device; return its streams."""
        self._device = virtual_device(cast(VirtualLabSettings, self.settings))
        streams = self._device.streams
        return streams.get("", streams)

    def start(self, sink: Sink) -> None:
        """Begin sending, from now on.

        Raises
        ------
        RuntimeError
            If the device is not open, or has been started already.
        """
        if self._device is None:
            raise RuntimeError("the virtual device must be opened before it is started")
        if self._thread is not None:
            raise RuntimeError("the virtual device is running already")
        self._stop.clear()
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(self._device, sink), name="virtual_lab", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what has been taken up to now, and no more."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Stop, and forget the device."""
        self.stop()
        self._device = None

    def about(self) -> About:
        """Which device it is."""
        return about(self._settings)

    def health(self) -> list[HealthLevel]:
        """How its batteries, electrodes and amplifiers do."""
        streams = self._device.streams if self._device is not None else {}
        return list(health(self._settings, streams, time.monotonic() - self._begun)) if streams else []

    def offers(self, command: str) -> bool:
        """Whether there is anything to zero."""
        parts = {"tare": ("plate_left", "plate_right"), "gain": ("emg",)}
        return self._settings.part in parts.get(command, (self._settings.part,))

    def call_in_thread(self, call: Callable[[], object]) -> None:
        """Call it between two packets."""
        with self._device.turn if isinstance(self._device, Sampler) else nullcontext():
            call()

    @command(confirm="Does nobody stand on the plate?", mends="zero")
    def tare(self) -> str:
        """Zero the plate's amplifier."""
        plate = self._device.instrument if isinstance(self._device, Sampler) else None
        if not isinstance(plate, ForcePlate):
            raise CommandError(f"{self._settings.part} has nothing to zero: it is no force plate")
        return f"zeroed; Fz was {plate.tare():+.1f} N"

    @option(mends="clipping")
    def gain(self, value: Gain) -> None:
        """Gain of the EMG amplifier: its range is 4 V divided by it."""
        amplifier = self._device.instrument if isinstance(self._device, Sampler) else None
        if not isinstance(amplifier, Emg):
            raise CommandError(f"{self._settings.part} has no gain: it is no EMG amplifier")
        amplifier.gain = value

    def _run(self, device: Sampler | Markers, sink: Sink) -> None:
        try:
            device.run(sink, self._stop)
        except Exception as error:
            sink.fail(f"the virtual device {self._settings.part!r} failed: {error}")


def virtual_device(settings: VirtualLabSettings) -> Sampler | Markers:
    """What the settings ask for, ready to run."""
    taps = Taps(settings.seed, settings.taps, settings.taps_every_s, settings.trials_every_s)
    walker = Walker(settings.strategy, settings.seed, settings.mass_kg, taps)
    match settings.part:
        case "plate_left":
            return Sampler(ForcePlate(walker, "L"), settings)
        case "plate_right":
            return Sampler(ForcePlate(walker, "R"), settings)
        case "emg":
            return Sampler(Emg(walker, settings.gain), settings)
        case "imu":
            return Sampler(Imus(walker, settings.swap_sensors), settings)
        case "mocap":
            return Sampler(MotionCapture(walker), settings)
        case "markers":
            return Markers(walker, settings)


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The virtual lab."""
    return [VirtualLab]
