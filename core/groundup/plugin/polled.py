"""A driver that one thread of its own reads, and that connects again by itself when the device was lost.

Most drivers are this: `PolledDevice.connect` opens the port or the socket and says what will come, `read` waits a
moment for data and pushes them. Threads, stopping in order, back-off and a clear word to the person at the screen are
done here.
"""

import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from groundup.lab.settings import Settings
from groundup.model.streams import StreamSpec
from groundup.plugin.device import HEALTH_S, Device, Sink
from groundup.plugin.failure import fault_of
from groundup.plugin.missing import UnusableDeviceError
from groundup.plugin.option import CommandError
from groundup.plugin.pauses import Pauses
from groundup.plugin.sample_clock import SampleClock
from groundup.plugin.streams import Streams, difference, keyed

POLL_S = 0.1
"""How long `PolledDevice.read` may wait for data: so soon a driver hears that it shall stop."""


class PolledDevice(Device):
    """A device that is read by a thread.

    Subclasses write `connect`, `read` and `disconnect`; `begin` where sending has to be asked for, `finish` where the
    device is told to stop. All of them but the first `connect` are called by the one thread.
    """

    asks_itself: ClassVar[bool] = True
    longest_pause_s: ClassVar[float] = 2.0
    """After a loss `connect` is tried again after 0.5 s, then ever later, up to this; at most 2 s where the device is
    required, for what it sends meanwhile is lost. More where asking often disturbs the device or its network."""

    # Two underscores, so that no name of a stranger's driver meets one of these.
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.__stopping = threading.Event()
        self.__thread: threading.Thread | None = None
        self.__specs: dict[str, StreamSpec] | None = None
        self.__clocks: list[SampleClock] = []
        self.__running = False
        self.__mute: set[str] = set()
        self.__doubt = ""
        self.__asked: SimpleQueue[tuple[Future[None], Callable[[], object]]] = SimpleQueue()

    @abstractmethod
    def connect(self) -> Streams:
        """Connect to the device, within a few seconds; say what will be sent, as `Device.open` does.

        Raises
        ------
        OSError
            If it is not there or does not answer; the message says what to do.
        """

    def begin(self, sink: Sink) -> None:
        """Ask the connected device to send; also called after each reconnection."""

    @abstractmethod
    def read(self, sink: Sink) -> None:
        """Push what has come; wait at most `POLL_S` for it.

        Raises
        ------
        OSError
            If the device is lost: it is connected to again.
        """

    def finish(self, sink: Sink) -> None:
        """Push what is still there, and ask the connected device to stop."""

    @abstractmethod
    def disconnect(self) -> None:
        """Let go of the device; safe to call twice and after a failure."""

    def open(self) -> Streams:
        """Connect; say what will be sent."""
        self.close()
        self.__clocks = []
        try:
            streams = self.connect()
            self.__specs = keyed(streams)
        except BaseException:
            self.disconnect()
            raise
        return streams

    def start(self, sink: Sink) -> None:
        """Begin sending.

        Raises
        ------
        RuntimeError
            If the device is not open, or is running already.
        """
        if self.__specs is None:
            raise RuntimeError(f"the {self.name} device must be opened before it is started")
        if self.__thread is not None:
            raise RuntimeError(f"the {self.name} device is running already")
        self.__stopping.clear()
        self.__running = True
        self.__thread = threading.Thread(target=self.__run, args=(sink,), name=self.name, daemon=True)
        self.__thread.start()

    def stop(self) -> None:
        """Push what has come up to now, and no more."""
        self.__stopping.set()
        if self.__thread is not None and self.__thread is not threading.current_thread():
            self.__thread.join()
            self.__thread = None

    def close(self) -> None:
        """Stop, and let go of the device."""
        self.stop()
        self.disconnect()
        self.__specs = None

    def sample_clock(
        self, rate: float, window_s: float = 60.0, drift: float = 1e-3, *, counted: bool = True
    ) -> SampleClock:
        """A `SampleClock` for this connection; what it holds back is pushed when the connection ends.

        Parameters
        ----------
        rate, window_s, drift, counted
            As for `SampleClock`.
        """
        self.__clocks.append(SampleClock(rate, window_s, drift, counted=counted))
        return self.__clocks[-1]

    def call_in_thread(self, call: Callable[[], object]) -> None:
        """Have the driver's own thread call something between two reads."""
        asked: Future[None] = Future()
        self.__asked.put((asked, call))
        if not self.__running:  # nobody does it any more
            self.__do_commands("its driver has ended")
        asked.result()

    def set_up_anew(self, why: str) -> bool:
        """Let go of the device, and connect again."""
        self.__doubt = why
        return True

    def wait(self, seconds: float) -> None:
        """Wait in `read` where there is nothing that could be waited for; ends early when the driver shall stop."""
        self.__stopping.wait(seconds)

    def __run(self, sink: Sink) -> None:
        try:
            while not self.__stopping.is_set():
                try:
                    self.__read_until_stopped(sink)
                except UnusableDeviceError:
                    raise
                except OSError as error:
                    self.__flush(sink)
                    self.__reconnect(error)
        except UnusableDeviceError as error:
            self.__flush(sink)
            sink.fail(str(error), final=True)
        except Exception as error:
            with suppress(Exception):  # what it has read before is not lost with it
                self.__flush(sink)
            sink.fail(f"the {self.name} driver failed: {fault_of(error)}")
        finally:
            self.__running = False
            self.__do_commands("its driver has ended")

    def __read_until_stopped(self, sink: Sink) -> None:
        self.begin(sink)
        self.__say("about", self.about, lambda said: sink.about(said))
        due = time.monotonic()
        while not self.__stopping.is_set():
            self.read(sink)
            self.__do_commands()
            if self.__doubt:
                doubt, self.__doubt = self.__doubt, ""
                raise OSError(doubt)
            if time.monotonic() >= due:
                due = time.monotonic() + HEALTH_S
                self.__say("health", self.health, lambda said: sink.health(said))
            for clock in self.__clocks:
                clock.release(sink)
        with suppress(OSError):  # a device that goes just now has nothing more to say
            self.finish(sink)
        self.__flush(sink)

    def __say(self, what: str, ask: Callable[[], Any], tell: Callable[[Any], None]) -> None:
        """Have the device say something of itself, which costs no sample: one that is lost is, as in `read`."""
        if what in self.__mute:
            return
        try:
            said = ask()
            if said:
                tell(said)
        except OSError:
            raise
        except Exception as error:
            self.__mute.add(what)
            say(self.name, f"{what}() failed, and is not asked again: {fault_of(error)}")

    def __do_commands(self, instead: str = "") -> None:
        """Do what was asked for, or say why it is not done."""
        while True:
            try:
                asked, call = self.__asked.get_nowait()
            except Empty:
                return
            try:
                if instead:
                    raise CommandError(instead)
                call()
                asked.set_result(None)
            except BaseException as error:  # told to whoever asked; the driver goes on
                asked.set_exception(error)

    def __flush(self, sink: Sink) -> None:
        clocks, self.__clocks = self.__clocks, []
        for clock in clocks:
            clock.flush(sink)

    def __reconnect(self, lost: OSError) -> None:
        """Try until the device is back as it was, ever more patiently.

        Raises
        ------
        RuntimeError
            If it came back with other streams: the driver has to begin anew.
        """
        say(self.name, f"the connection is lost ({reason(lost)}); trying to connect again")
        pauses = Pauses(self)
        while not self.__stopping.is_set():
            self.disconnect()
            if self.__waited(pauses.next()):
                return
            try:
                streams = self.connect()
            except UnusableDeviceError:
                raise
            except OSError:
                continue
            if (other := _other_streams(self.__specs or {}, keyed(streams))) is not None:
                raise RuntimeError(f"it came back with other streams than before: {other}")
            say(self.name, "connected again")
            return

    def __waited(self, pause: float) -> bool:
        """Wait until it is time to try again; True when the driver shall stop. Nothing can be done meanwhile."""
        until = time.monotonic() + pause
        while not self.__stopping.is_set() and (left := until - time.monotonic()) > 0:
            self.__do_commands("it is not connected at the moment")
            self.__stopping.wait(min(left, POLL_S))
        return self.__stopping.is_set()


def _other_streams(before: Mapping[str, StreamSpec], now: Mapping[str, StreamSpec]) -> str | None:
    """In what streams differ, in words; None: in nothing but what is told beside them (`StreamSpec.extra`).

    That may be a battery's level, or a firmware that was upgraded meanwhile: the samples mean the same.
    """
    names = [", ".join(sorted(key or spec.name for key, spec in specs.items())) or "none" for specs in (before, now)]
    if before.keys() != now.keys():
        return f"{names[1]}, not {names[0]}"
    for key, was in before.items():
        if (other := difference(was, now[key])) is not None:
            return f"{key or was.name} has other {other}"
    return None


def say(driver: str, text: str) -> None:
    """Tell the person at the screen; standard output of a driver is nobody's."""
    print(f"{driver}: {text}", file=sys.stderr, flush=True)


def reason(error: OSError) -> str:
    """What the system said, in words."""
    return error.strerror or str(error) or type(error).__name__
