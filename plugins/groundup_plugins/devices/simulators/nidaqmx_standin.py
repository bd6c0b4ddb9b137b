"""A stand-in for the part of NI's ``nidaqmx`` package that a driver of analog inputs uses; it checks every call.

Whatever NI-DAQmx would refuse, it refuses: unknown or doubled channels, reading before the start, more samples than
there are, a buffer of the wrong shape or kind, a task that is used after it was closed.
"""

import enum
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray


class Error(Exception):
    """NI-DAQmx refuses a call."""


class DaqNotFoundError(Error):
    """NI-DAQmx is not installed."""


class TerminalConfiguration(enum.Enum):
    """How an input is wired; NI's numbers."""

    DEFAULT, RSE, NRSE, DIFF, PSEUDO_DIFF = -1, 10083, 10078, 10106, 12529


class AcquisitionType(enum.Enum):
    """How many samples are taken; NI's numbers."""

    FINITE, CONTINUOUS = 10178, 10123


def volts(index: NDArray[np.int64], channels: int, rate: float) -> NDArray[np.float64]:
    """Samples with these numbers, shape (channels, n): sines of one volt, 1 Hz in the first, 2 Hz in the second ..."""
    hertz = np.arange(1, channels + 1)[:, None]
    return np.asarray(np.sin(2.0 * np.pi * hertz * index[None, :] / rate))


class StandIn:
    """The module ``nidaqmx``.

    Parameters
    ----------
    clock : callable
        Paces the sampling, in s.
    ppm : float
        How wrong the device's crystal is.
    base_clock : float
        The sample clock is this divided by a whole number, as in hardware.

    Attributes
    ----------
    tasks : list of Task
        Every task that was made.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, ppm: float = 0.0, base_clock: float = 100e6
    ) -> None:
        self.clock, self.ppm, self.base_clock = clock, ppm, base_clock
        self.tasks: list[Task] = []
        self.constants = SimpleNamespace(TerminalConfiguration=TerminalConfiguration, AcquisitionType=AcquisitionType)
        self.errors = SimpleNamespace(Error=Error, DaqNotFoundError=DaqNotFoundError)
        self.stream_readers = SimpleNamespace(AnalogMultiChannelReader=AnalogMultiChannelReader)

    def Task(self, new_task_name: str = "") -> "Task":  # noqa: N802  (NI's name)
        """Make a task."""
        self.tasks.append(Task(self))
        return self.tasks[-1]


class Task:
    """A task of analog inputs; the task is its own ``ai_channels``, ``timing`` and ``in_stream``, as far as calls go.

    Attributes
    ----------
    overflow : bool
        Set it, and the next read finds that the buffer has run over.
    """

    def __init__(self, system: StandIn) -> None:
        self.system = system
        self.names: list[str] = []
        self.ranges: list[tuple[float, float]] = []
        self.terminals: list[TerminalConfiguration] = []
        self.source = ""
        self.rate = 0.0
        self.buffer = 0
        self.started: float | None = None
        self.taken = 0
        self.closed = False
        self.overflow = False
        self.ai_channels = SimpleNamespace(add_ai_voltage_chan=self._add)
        self.timing = _Timing(self)
        self.in_stream = _InStream(self)

    def start(self) -> None:
        """Begin to sample."""
        self.check(self.started is None, "the task is running")
        self.check(self.rate > 0, "the task has no sample clock")
        self.started, self.taken = self.system.clock(), 0

    def stop(self) -> None:
        """Sample no more; safe to call twice, as in NI-DAQmx."""
        self.check(True, "")
        self.started = None

    def close(self) -> None:
        """Give the device back."""
        self.check(True, "")
        self.closed, self.started = True, None

    def acquired(self) -> int:
        """Samples of each channel since the start."""
        if self.started is None:
            return 0
        true = self.rate * (1.0 + self.system.ppm * 1e-6)
        return int((self.system.clock() - self.started) * true) + 1

    def check(self, right: bool, why: str) -> None:
        """Refuse a call.

        Raises
        ------
        Error
            If the task is closed, or `right` is false.
        """
        if self.closed:
            raise Error("Specified operation cannot be performed: the task is closed")
        if not right:
            raise Error(why)

    def _add(
        self,
        physical_channel: str,
        name_to_assign_to_channel: str = "",
        terminal_config: TerminalConfiguration = TerminalConfiguration.DEFAULT,
        min_val: float = -5.0,
        max_val: float = 5.0,
    ) -> None:
        device, slash, channel = physical_channel.partition("/")
        self.check(bool(device and slash) and channel.startswith("ai"), f"{physical_channel} is no analog input")
        self.check(channel.removeprefix("ai").isdigit(), f"{physical_channel} is no analog input")
        self.check(physical_channel not in self.names, f"{physical_channel} is in the task already")
        self.check(isinstance(terminal_config, TerminalConfiguration), "terminal_config is no TerminalConfiguration")
        self.check(-10.0 <= min_val < max_val <= 10.0, f"the device cannot measure {min_val} to {max_val} V")
        self.check(self.rate == 0.0, "channels are added before the timing is set")
        self.names.append(physical_channel)
        self.ranges.append((min_val, max_val))
        self.terminals.append(terminal_config)


class _Timing:
    """``task.timing``."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def cfg_samp_clk_timing(
        self,
        rate: float,
        source: str = "",
        sample_mode: AcquisitionType = AcquisitionType.FINITE,
        samps_per_chan: int = 1000,
    ) -> None:
        """Set the sample clock; the device takes the nearest that it can make."""
        task = self._task
        task.check(bool(task.names), "the task has no channels")
        task.check(
            0.0 < rate * len(task.names) <= 1e6, f"the device cannot sample {len(task.names)} inputs at {rate} Hz"
        )
        task.check(sample_mode is AcquisitionType.CONTINUOUS, "a driver samples continuously")
        task.check(isinstance(samps_per_chan, int) and samps_per_chan > 0, "samps_per_chan is no number of samples")
        task.check(source == "" or source.startswith("/"), f"{source} is no terminal")
        task.rate = task.system.base_clock / round(task.system.base_clock / rate)
        task.source, task.buffer = source, samps_per_chan

    @property
    def samp_clk_rate(self) -> float:
        """Rate of the sample clock, as the device makes it."""
        self._task.check(self._task.rate > 0, "the task has no sample clock")
        return self._task.rate


class _InStream:
    """``task.in_stream``."""

    def __init__(self, task: Task) -> None:
        self.task = task

    @property
    def avail_samp_per_chan(self) -> int:
        """Samples that wait to be read."""
        task = self.task
        task.check(task.started is not None, "the task is not running")
        waiting = task.acquired() - task.taken
        if task.overflow or waiting > task.buffer:
            raise Error("The application is not able to keep up with the hardware acquisition. Status Code: -200279")
        return waiting


class AnalogMultiChannelReader:
    """Reads a task's samples into arrays of the caller's."""

    def __init__(self, task_in_stream: _InStream) -> None:
        self._task = task_in_stream.task

    def read_many_sample(
        self, data: NDArray[np.float64], number_of_samples_per_channel: int = -1, timeout: float = 10.0
    ) -> int:
        """Fill `data`, shape (channels, n), float64 and contiguous."""
        task, count = self._task, number_of_samples_per_channel
        task.check(task.started is not None, "the task is not running")
        shape = (len(task.names), count)
        task.check(data.shape == shape, f"data has the shape {data.shape}; {shape} is expected")
        task.check(data.dtype == np.float64 and data.flags.c_contiguous, "data is no contiguous array of float64")
        task.check(0 < count <= task.acquired() - task.taken, "there are not so many samples within the time-out")
        task.check(timeout >= 0.0, "timeout is negative")
        index = np.arange(task.taken, task.taken + count, dtype=np.int64)
        data[:] = volts(index, len(task.names), task.rate)
        task.taken += count
        return count
