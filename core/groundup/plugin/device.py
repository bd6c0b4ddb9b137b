"""The contract of a device driver.

A driver turns hardware into streams. The host (``groundup drive``) makes the LSL outlets from what `Device.open`
returns and gives `Device.start` a sink; the driver only reads its hardware and pushes.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from groundup.lab.settings import Settings
from groundup.model.health import About, HealthLevel
from groundup.model.option_changes import OptionChanges
from groundup.model.streams import StreamSpec
from groundup.plugin.command import run_command
from groundup.plugin.scan import ScanResult
from groundup.plugin.streams import Streams

Level = Literal["simulated", "verified", "supported"]
"""How far a driver has been tried: on its simulator; on named hardware and firmware; maintained for users."""

HEALTH_S = 5.0
"""How often `Device.health` is asked."""


class Sink(Protocol):
    """Where a driver puts its samples. Thread-safe; never blocks for long."""

    @property
    def changes(self) -> int:
        """How many values of options there have been: kept with each packet that is held back."""

    def push(
        self,
        samples: NDArray[np.generic] | Sequence[Sequence[str]],
        timestamps: NDArray[np.float64],
        stream: str = "",
        changes: int | None = None,
    ) -> None:
        """Publish samples.

        What breaks a law of the testing kit is refused, counted, and in the ledger of the recording: numbers of another
        type than announced, another shape, times that go back, or are not of `clock`, within the last minute; and so is
        a stream that was not announced.

        Parameters
        ----------
        samples : array, shape (n, C), or n lists of C strings
        timestamps : ndarray, shape (n,), float64
            When each sample was taken, in seconds of `clock`.
        stream : str
            Its key in what `Device.open` returned; left out for a device's only stream.
        changes : int, optional
            `changes` when the device handed them over, where that was before; a `SampleClock` says it by itself.
        """

    def ticks(self, rows: NDArray[np.float64], stream: str = "") -> None:
        """Tell what stamps were made of; a `SampleClock` does it by itself.

        Recordings are sealed with it: later it is better known when the samples were taken than when they were sent.

        Parameters
        ----------
        rows : ndarray, shape (n, 5), float64
            Columns as of `groundup.model.source.TICK`.
        stream : str
            As for `push`.
        """

    def add(self, key: str, spec: StreamSpec) -> None:
        """Announce a further stream while the device runs: of a sensor that was switched on later.

        It is on the network when its first samples are pushed. One that is announced already may be announced again.

        Raises
        ------
        StreamsError
            If it cannot be a stream beside the others, or was announced as another.
        """

    def away(self, key: str, reason: str) -> None:
        """Say why a stream is silent: its sensor is out of range, or switched off. Pushing again ends that.

        It is one line of the ledger, instead of that nothing comes; what is lost meanwhile is counted as a gap.
        """

    def left_out(self, count: int, reason: str, stream: str = "") -> None:
        """Count samples that came and are not pushed, for the ledger: damaged, or too late to be put in order."""

    def about(self, about: About) -> None:
        """Say which device it is; `PolledDevice` does it by itself, with `Device.about`."""

    def health(self, levels: Sequence[HealthLevel]) -> None:
        """Say how it does, all of it; `PolledDevice` does it by itself, with `Device.health`.

        Each change to amber or red, or back, is a line of the ledger. What is no number, has one limit only, or is of
        no stream and no channel is left out, and said once.
        """

    def clock(self) -> float:
        """LSL clock of the machine the driver runs on, in seconds."""

    def fail(self, reason: str, final: bool = False) -> None:
        """Say that the device has failed and will send no more; the reason is shown and kept in the ledger.

        Its driver is then started again, except where that cannot help (`final`).
        """


class Device(ABC):
    """A device driver.

    ``__init__`` does no I/O. ``open`` connects and says what will be sent, ``start`` begins sending from a thread of
    the driver's own, ``stop`` and ``close`` are safe to call twice and after a failure.
    """

    name: ClassVar[str]
    """What ``driver = "..."`` in lab.toml asks for."""
    level: ClassVar[Level] = "simulated"
    tried_on: ClassVar[tuple[str, ...]] = ()
    """Hardware and firmware it has been tried on, with the latency that was measured; empty at level *simulated*."""
    settings_type: ClassVar[type[Settings]] = Settings
    """Struct of the driver's own keys in ``[devices.NAME]``."""
    asks_itself: ClassVar[bool] = False
    """Whether its own thread asks `about` and `health`; else a thread of the host's does."""

    required: bool = False
    """Whether lab.toml requires it, or one of its streams; whoever drives it says so before it is opened."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        """Those of lab.toml; an `option` that was changed has its new value."""
        self.option_changes = OptionChanges()
        """Which values options have had; whoever drives it reads them."""

    @classmethod
    def scan(cls) -> list[ScanResult]:
        """Say which devices of this kind are connected, quickly and harmlessly; empty when it cannot tell."""
        return []

    @classmethod
    def simulated(cls) -> AbstractContextManager[Settings]:
        """Start a simulator of the hardware: settings under which this driver finds it, while the context is open.

        The testing kit runs the driver against it. By default the driver is its own simulator, with default settings.

        Raises
        ------
        NotImplementedError
            If it has none.
        """
        try:
            return nullcontext(cls.settings_type())
        except TypeError as error:
            raise NotImplementedError(f"{cls.__name__} has no simulator: write simulated()") from error

    @abstractmethod
    def open(self) -> Streams:
        """Connect; say what will be sent.

        Returns
        -------
        StreamSpec, or mapping of str to StreamSpec
            A device's one stream, which in recordings, messages and lab.toml is called as the device is; or each of
            several by a key, a short identifier: ``mill.left``, ``mill.belts``.

        Raises
        ------
        OSError
            If the device is not there or does not answer; the message says what to do.
        """

    @abstractmethod
    def start(self, sink: Sink) -> None:
        """Begin sending to the sink, from a thread of the driver's own; return at once."""

    @abstractmethod
    def stop(self) -> None:
        """Stop sending; what was taken before is pushed first."""

    def close(self) -> None:  # noqa: B027  (many devices have nothing to close)
        """Let go of the hardware."""

    def about(self) -> About | None:
        """Say which device it is, once a connection; None when it does not tell.

        It may be another after a reconnection: nothing is held against it.
        """
        return None

    def health(self) -> Sequence[HealthLevel]:
        """Say how it does: battery, impedance, signal strength, lost packets; every few seconds, and quickly."""
        return ()

    def recording_started(self, name: str) -> None:  # noqa: B027
        """A recording of that name has begun: raise a trigger line, light an LED, arm the device.

        This and the three below are called as commands are. Before and after the call the clock is read, so that what
        it does is dated, with its uncertainty. An error, or one that hangs, costs the recording nothing.
        """

    def recording_stopping(self) -> None:  # noqa: B027
        """The recording is about to end."""

    def trial_started(self, name: str, condition: str) -> None:  # noqa: B027
        """A trial has begun, within a second; one that runs has ended."""

    def trial_stopped(self) -> None:  # noqa: B027
        """The trial that ran has ended."""

    def offers(self, command: str) -> bool:
        """Whether it takes this command, or has this option, as it is set up: one without plates is not zeroed."""
        return True

    def call_in_thread(self, call: Callable[[], object]) -> None:
        """Call something where the hardware may be touched; returns when that is done.

        One with a thread of its own, and with options, sees to it that no sample is on its way to the sink meanwhile.

        Raises
        ------
        CommandError
            If that is not possible now.
        """
        call()

    def run_command(self, name: str, arguments: Mapping[str, Any], waits: Callable[[], bool] = lambda: True) -> str:
        """Do a command (`groundup.plugin.command`), and give its answer.

        Called between `start` and `stop` from a thread of the host's, one command at a time. A driver whose hardware
        only its own thread may touch hands it over there (`call_in_thread`); `PolledDevice` does.

        Parameters
        ----------
        name : str
        arguments : mapping
        waits : callable
            Whether whoever asked for it still waits: what nobody waits for any more is not begun.

        Raises
        ------
        CommandError
            If it could not be done; the message says why.
        """
        answers: list[str] = []
        self.call_in_thread(lambda: answers.append(run_command(self, name, arguments, waits)))
        return answers[0]

    def set_up_anew(self, why: str) -> bool:
        """Connect to the device anew and set it up as the settings say, before anything more is pushed.

        Called where an option is changed, when it is not known whether it was.

        Returns
        -------
        bool
            Whether it will; else its driver is started again, and what it sends until then is left out.
        """
        return False
