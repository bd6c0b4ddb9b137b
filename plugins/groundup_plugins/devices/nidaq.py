"""National Instruments analog input through NI-DAQmx: the way most force plates and wired EMG systems reach a computer.

One task samples all channels on the device's own clock; they are sent in volts, as streams, with the geometry and the
calibration of a plate beside them, so that what was measured is never mixed with what was believed of it.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from groundup.plugin import (
    Channel,
    Device,
    LabPlate,
    PolledDevice,
    SampleClock,
    ScanResult,
    Settings,
    Side,
    Sink,
    Streams,
    StreamSpec,
    hookimpl,
    missing,
)  # fmt: skip
from groundup_plugins.devices.simulators.nidaqmx_standin import StandIn

_POLL_S = 0.01
_BUFFER_S = 10.0  # a stalled computer loses nothing for so long
_MODULES = ("constants", "errors", "stream_readers", "system")


class NidaqChannel(Settings, frozen=True, kw_only=True):
    """``channels."Fz" = {...}``: one analog input.

    Attributes
    ----------
    input : str
        As NI MAX names it: ``Dev1/ai0``.
    range_v : float
        The input is set to measure -range to +range, in volts.
    terminal : str
        How it is wired: ``default``, ``rse``, ``nrse``, ``diff`` or ``pseudo_diff``.
    unit, site, side, scale, offset
        The channel is ``scale * volts + offset``; the unit is that of the result.
    """

    input: str
    range_v: Annotated[float, msgspec.Meta(gt=0, le=100)] = 10.0
    terminal: Literal["default", "rse", "nrse", "diff", "pseudo_diff"] = "default"
    unit: str = "V"
    site: str = ""
    side: Side = ""
    scale: float = 1.0
    offset: float = 0.0


class NidaqGroup(Settings, frozen=True, kw_only=True):
    """``groups.KEY = {...}``: channels that belong together, a plate or an amplifier: the stream of that key.

    Attributes
    ----------
    channels : table
        By label, in the order in which they are sent.
    type : str
        LSL's content type: ``Force``, ``EMG``, ``Analog``.
    plate : table, optional
        As ``[streams.ID.plate]`` of lab.toml; a plate in volts is of type 4, with its calibration matrix.
    latency_s : float
        How much later than it was measured a voltage is at the input: the amplifier's delay.
    """

    channels: dict[str, NidaqChannel]
    type: str = "Analog"
    plate: LabPlate | None = None
    latency_s: float = 0.0


class NidaqSettings(Settings, frozen=True, kw_only=True):
    """A device or chassis, and what is connected to it.

    Attributes
    ----------
    rate : float
        Samples a second of every channel; the device rounds it to what its clock can do.
    groups : table
        By the key of its stream: what is connected to which inputs.
    clock_source : str
        Terminal of an external sample clock, such as ``/Dev1/PFI0``; empty: the device's own.
    simulated : bool
        A stand-in instead of hardware: a sine wave in every channel, a hertz more in each.
    """

    rate: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    groups: dict[str, NidaqGroup]
    clock_source: str = ""
    simulated: bool = False

    def __post_init__(self) -> None:
        """Refuse what no task can have."""
        inputs = [channel.input for group in self.groups.values() for channel in group.channels.values()]
        if not inputs:
            raise ValueError("groups has no channels")
        twice = next((each for each in inputs if inputs.count(each) > 1), None)
        if twice is not None:
            raise ValueError(f"the input {twice} is used twice")


@dataclass(frozen=True)
class _Part:
    """One stream's share of the task's channels."""

    columns: slice
    scale: np.ndarray[Any, np.dtype[np.float64]]
    offset: np.ndarray[Any, np.dtype[np.float64]]


class Nidaq(PolledDevice):
    """Analog inputs of one NI-DAQmx task."""

    name = "nidaq"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = NidaqSettings

    def __init__(self, settings: NidaqSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._sdk: Any = None
        self._task: Any = None
        self._reader: Any = None
        self._clock: SampleClock | None = None
        self._count = 0
        self._parts: dict[str, _Part] = {}

    @classmethod
    def scan(cls) -> list[ScanResult]:
        """Name the devices that NI-DAQmx knows, with all their analog inputs; empty without it."""
        try:
            devices = _sdk(simulated=False).system.System.local().devices
            return [ScanResult(f"{device.name} ({device.product_type})", _inputs(device)) for device in devices]
        except Exception:  # without NI's runtime every call fails in its own way
            return []

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """The stand-in for NI's package."""
        table = {"force": {"type": "Force", "channels": {"Fz": {"input": "Dev1/ai0"}, "Fx": {"input": "Dev1/ai1"}}}}
        yield msgspec.convert({"rate": 1000.0, "simulated": True, "groups": table}, NidaqSettings)

    def connect(self) -> Streams:
        """Make the task, and ask at what rate it will really run."""
        self._sdk = sdk = _sdk(self._settings.simulated)
        try:
            return self._configure(sdk)
        except sdk.errors.DaqNotFoundError as error:
            raise OSError("NI-DAQmx is not installed on this computer: install NI's driver from ni.com") from error
        except sdk.errors.Error as error:
            raise OSError(_words(error)) from error

    def _configure(self, sdk: Any) -> dict[str, StreamSpec]:
        settings = self._settings
        self._task = sdk.Task()
        count = 0
        self._parts, streams = {}, {}
        for key, group in settings.groups.items():
            for channel in group.channels.values():
                self._task.ai_channels.add_ai_voltage_chan(
                    channel.input,
                    terminal_config=sdk.constants.TerminalConfiguration[channel.terminal.upper()],
                    min_val=-channel.range_v,
                    max_val=channel.range_v,
                )
            own = list(group.channels.values())
            scale, offset = np.array([c.scale for c in own]), np.array([c.offset for c in own])
            self._parts[key] = _Part(slice(count, count + len(own)), scale, offset)
            count += len(own)
        self._task.timing.cfg_samp_clk_timing(
            settings.rate,
            source=settings.clock_source,
            sample_mode=sdk.constants.AcquisitionType.CONTINUOUS,
            samps_per_chan=max(1000, int(_BUFFER_S * settings.rate)),
        )
        rate = float(self._task.timing.samp_clk_rate)
        self._reader = sdk.stream_readers.AnalogMultiChannelReader(self._task.in_stream)
        self._clock, self._count = self.sample_clock(rate), 0
        for key, group in settings.groups.items():
            channels = tuple(Channel(label, c.unit, c.site, c.side) for label, c in group.channels.items())
            plate = None if group.plate is None else group.plate.plate()
            streams[key] = StreamSpec(
                key, group.type, rate, "double64", channels, plate=plate, latency_s=group.latency_s,
                extra={"manufacturer": "National Instruments"},
            )  # fmt: skip
        return streams

    def begin(self, sink: Sink) -> None:
        """Start the task."""
        try:
            self._task.start()
        except self._sdk.errors.Error as error:
            raise OSError(_words(error)) from error

    def read(self, sink: Sink) -> None:
        """Push what the device has sampled."""
        try:
            available = int(self._task.in_stream.avail_samp_per_chan)
            arrived = sink.clock()
            if not available:
                self.wait(_POLL_S)
                return
            values = np.empty((max(part.columns.stop for part in self._parts.values()), available))
            self._reader.read_many_sample(values, number_of_samples_per_channel=available, timeout=1.0)
        except self._sdk.errors.Error as error:
            raise OSError(_words(error)) from error
        if self._clock is None:
            return
        # The device's own clock has paced and counted these; the computer's only says when they were there at last.
        parts = {
            key: np.ascontiguousarray(values[part.columns].T) * part.scale + part.offset
            for key, part in self._parts.items()
        }
        self._clock.push(sink, parts, np.arange(self._count, self._count + available), arrived)
        self._count += available
        self.wait(_POLL_S)

    def finish(self, sink: Sink) -> None:
        """Push what is left, and stop the task."""
        self.read(sink)
        try:
            self._task.stop()
        except self._sdk.errors.Error as error:
            raise OSError(_words(error)) from error

    def disconnect(self) -> None:
        """Give the device back."""
        task, self._task, self._reader = self._task, None, None
        if task is not None:
            try:
                task.close()
            except self._sdk.errors.Error:
                return  # a device that was unplugged cannot be told


def _inputs(device: Any) -> dict[str, Any]:
    """Settings with every analog input of a device."""
    channels = {name.partition("/")[2]: {"input": name} for name in device.ai_physical_chans.channel_names}
    return {"groups": {"analog": {"channels": channels}}} if channels else {}


def _sdk(simulated: bool) -> Any:
    """NI's package with the modules that are used of it, or the stand-in for it."""
    if simulated:
        return StandIn()
    try:
        package = importlib.import_module("nidaqmx")
        modules = {name: importlib.import_module(f"nidaqmx.{name}") for name in _MODULES}
    except ImportError as error:
        raise missing("nidaqmx", "nidaq") from error
    return SimpleNamespace(Task=package.Task, **modules)


def _words(error: Exception) -> str:
    """NI's error in one line."""
    return " ".join(str(error).split()) or type(error).__name__


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of NI-DAQmx."""
    return [Nidaq]
