"""A driver on asyncio: sensors that come when they are switched on, go out of range, and come back.

For radio sensors and for packages whose samples come in callbacks. The loop runs in a thread of its own; each sensor is
a task with a clock of its own, tried again by itself when it is lost, whatever the others do.
"""

import asyncio
import inspect
import sys
import threading
import traceback
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Mapping
from concurrent.futures import wait
from typing import Any, ClassVar, TypeVar

from groundup.lab.settings import Settings
from groundup.model.health import About
from groundup.model.streams import StreamSpec
from groundup.plugin.command import answer_of, as_answer, begin_command
from groundup.plugin.device import HEALTH_S, Device, Sink
from groundup.plugin.failure import fault_of, stuck_at
from groundup.plugin.missing import UnusableDeviceError
from groundup.plugin.option import CommandError
from groundup.plugin.pauses import Pauses
from groundup.plugin.polled import reason, say
from groundup.plugin.sensor_port import SensorPort, soon

Answer = TypeVar("Answer")
_RELEASE_S = 0.05  # how often it is looked whether what was held back has come due
_LOOK_S = 0.2  # how often it is looked whether the loop still runs that does a command
BLOCKED_S = 2.0
"""A loop that does nothing for so long is blocked: what blocks it is named."""
_STOP_S = 5.0  # for sensors to be let go of
_STEADY_S = 10.0  # a sensor that was there for so long is looked for at once when it goes


class AsyncDevice(Device):
    """A device whose sensors are each a task of asyncio.

    Subclasses write `sensors` and `run`. Commands are done on the loop's thread, and may be ``async``.
    """

    asks_itself: ClassVar[bool] = True
    longest_pause_s: ClassVar[float] = 2.0
    """A sensor that is lost is tried again after 0.5 s, then ever later, up to this; at most 2 s where it is required.
    More where asking often disturbs the others, as connecting does on Bluetooth."""

    # Two underscores, so that no name of a stranger's driver meets one of these.
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.__thread: threading.Thread | None = None
        self.__loop: asyncio.AbstractEventLoop | None = None
        self.__main: asyncio.Task[None] | None = None
        self.__ports: list[SensorPort] = []
        self.__opened = False
        self.__over = threading.Event()

    @abstractmethod
    def sensors(self) -> AsyncIterator[Hashable]:
        """Yield the address of each sensor, when it is seen; an async generator.

        It may end, when all are known, or go on for as long as the device runs. An address that comes again is passed
        over. When it raises, it is begun anew.
        """

    @abstractmethod
    async def run(self, address: Any, port: SensorPort) -> None:
        """Connect to one sensor, open its streams at the port, and hand over what comes, until it is gone.

        Whether it returns or raises, it is called again after a pause; when the device is stopped it is cancelled.

        Parameters
        ----------
        address
            As `sensors` gave it.
        port : SensorPort
        """

    def expected(self) -> Mapping[str, StreamSpec]:
        """The streams that are there in any case, by key: one whose sensor does not come is then missed by name."""
        return {}

    def open(self) -> dict[str, StreamSpec]:
        """Say what is expected; sensors are looked for when it is started."""
        expected = dict(self.expected())
        self.__opened = True
        return expected

    def start(self, sink: Sink) -> None:
        """Begin to look for sensors.

        Raises
        ------
        RuntimeError
            If the device is not open, or is running already.
        """
        if not self.__opened:
            raise RuntimeError(f"the {self.name} device must be opened before it is started")
        if self.__thread is not None:
            raise RuntimeError(f"the {self.name} device is running already")
        begun = threading.Event()
        self.__loop = asyncio.new_event_loop()
        self.__thread = threading.Thread(target=self.__live, args=(sink, begun), name=self.name, daemon=True)
        self.__over.clear()
        self.__thread.start()
        begun.wait()
        watching = threading.Thread(target=self.__watch, args=(sink, self.__loop, self.__thread), daemon=True)
        watching.start()

    def stop(self) -> None:
        """Let go of all sensors, in order, and push what was held back."""
        loop, thread = self.__loop, self.__thread
        if thread is None or thread is threading.current_thread():
            return
        if loop is not None and self.__main is not None:
            soon(loop, self.__main.cancel)
        thread.join()
        self.__thread = None

    def close(self) -> None:
        """Stop."""
        self.stop()
        self.__opened = False

    def run_command(self, name: str, arguments: Mapping[str, Any], waits: Callable[[], bool] = lambda: True) -> str:
        """Do a command on the loop's thread, and give its answer."""
        return self.__in_loop(self.__command(name, arguments, waits))

    def call_in_thread(self, call: Callable[[], object]) -> None:
        """Call something on the loop's thread, and wait for it; it may be a coroutine function."""
        self.__in_loop(self.__call(call))

    async def __call(self, call: Callable[[], object]) -> None:
        told = call()
        if inspect.isawaitable(told):
            await told

    def __in_loop(self, doing: Coroutine[Any, Any, Answer]) -> Answer:
        loop = self.__loop
        if loop is None or not loop.is_running():
            doing.close()
            raise CommandError("its driver has ended")
        try:
            asked = asyncio.run_coroutine_threadsafe(doing, loop)
        except RuntimeError as error:  # it has ended just now
            doing.close()
            raise CommandError("its driver has ended") from error
        while not asked.done() and loop.is_running():
            wait([asked], _LOOK_S)
        if not asked.done() or asked.cancelled():
            raise CommandError("its driver has ended")
        return asked.result()

    async def __command(self, name: str, arguments: Mapping[str, Any], waits: Callable[[], bool]) -> str:
        with as_answer():
            told = begin_command(self, name, arguments, waits)
            return answer_of(await told if inspect.isawaitable(told) else told)

    def __live(self, sink: Sink, begun: threading.Event) -> None:
        loop = self.__loop
        if loop is None:
            return
        try:
            loop.run_until_complete(self.__whole(sink, begun))
        except asyncio.CancelledError:
            pass
        except UnusableDeviceError as error:
            sink.fail(str(error), final=True)
        except Exception as error:
            sink.fail(f"the {self.name} driver failed: {fault_of(error)}")
        finally:
            self.__over.set()
            begun.set()
            loop.close()

    def __watch(self, sink: Sink, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        """Name what blocks the loop: while it does, no sensor is heard."""
        while not self.__over.wait(_LOOK_S):
            answers = threading.Event()
            soon(loop, answers.set)
            if answers.wait(BLOCKED_S) or self.__over.is_set():
                continue
            place = stuck_at(thread, type(self).__module__)
            task = asyncio.current_task(loop)
            which = f" in the task of {task.get_name()}" if task is not None else ""
            why = f"its driver's loop is blocked{which}{f', at {place}' if place else ''}: await there, or use a thread"
            say(self.name, f"no sensor is heard: {why}")
            for key in [key for port in list(self.__ports) for key in port.keys]:
                sink.away(key, why)
            while not (answers.wait(_LOOK_S) or self.__over.is_set()):
                pass

    async def __whole(self, sink: Sink, begun: threading.Event) -> None:
        """Run until cancelled; then let go of everything in order."""
        self.__main = asyncio.current_task()
        begun.set()
        tasks: dict[Hashable, asyncio.Task[None]] = {}
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        releasing = asyncio.create_task(self.__release())
        saying = asyncio.create_task(self.__say_status(sink))
        looking = asyncio.create_task(self.__look(sink, tasks, failed), name="sensors()")
        try:
            await failed
        finally:
            every = [looking, releasing, saying, *tasks.values()]
            for task in every:
                task.cancel()
            _, held_up = await asyncio.wait(every, timeout=_STOP_S)
            for port in list(self.__ports):
                port.close()
            if held_up:
                say(self.name, f"{len(held_up)} of its sensors did not let go within {_STOP_S:g} s")

    async def __say_status(self, sink: Sink) -> None:
        """Say which device it is, whenever that changes, and how it does."""
        known: About | None = None
        while True:
            try:
                about, levels = self.about(), self.health()
                if about is not None and about != known:
                    sink.about(about)
                if levels:
                    sink.health(levels)
                known = about
            except Exception as error:
                say(self.name, f"it does not tell how it does any more: {type(error).__name__}: {error}")
                return
            await asyncio.sleep(HEALTH_S)

    async def __look(self, sink: Sink, tasks: dict[Hashable, asyncio.Task[None]], failed: asyncio.Future[None]) -> None:
        """Begin a task for each sensor that is seen."""
        pauses, said = Pauses(self), ""
        while True:
            try:
                async for address in self.sensors():
                    pauses.begin_anew()
                    if address not in tasks:
                        tasks[address] = asyncio.create_task(self.__keep(address, sink, failed), name=str(address))
                return
            except UnusableDeviceError as error:
                _fail(failed, error)
                return
            except Exception as error:
                said = self.__say_once(said, f"sensors cannot be looked for: {_words(error)}", error)
            await asyncio.sleep(pauses.next())

    async def __keep(self, address: Hashable, sink: Sink, failed: asyncio.Future[None]) -> None:
        """Run one sensor, again and again."""
        loop = asyncio.get_running_loop()
        pauses, said = Pauses(self), ""
        while True:
            port = SensorPort(sink, loop, self.__ports)
            self.__ports.append(port)
            begun = loop.time()
            error: Exception | None = None
            try:
                await self.run(address, port)
                why = "it has ended"
            except UnusableDeviceError as wrong:
                _fail(failed, wrong)
                return
            except Exception as wrong:
                why, error = _words(wrong), wrong
            finally:
                port.close()
                self.__ports.remove(port)
            for key in port.keys:
                sink.away(key, why)
            if not port.keys or (error is not None and type(error).__module__ == "builtins"):
                said = self.__say_once(said, f"{address}: {why}; trying again", error)
            if loop.time() - begun > _STEADY_S:
                pauses.begin_anew()
            await asyncio.sleep(pauses.next())

    async def __release(self) -> None:
        """Push what was held back when it comes due, though nothing comes."""
        while True:
            await asyncio.sleep(_RELEASE_S)
            for port in list(self.__ports):
                port.release()

    def __say_once(self, before: str, text: str, error: Exception | None) -> str:
        """Tell the person at the screen, and the author where it happened, what was not said just before."""
        if text != before:
            say(self.name, text)
            if error is not None and type(error).__module__ == "builtins" and not isinstance(error, OSError):
                traceback.print_exception(error, file=sys.stderr)
        return text


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return reason(error)
    ours = type(error).__module__ == "builtins"  # a fault of the driver, no word of its package
    return fault_of(error) if ours or not str(error) else str(error)


def _fail(failed: asyncio.Future[None], error: Exception) -> None:
    if not failed.done():
        failed.set_exception(error)
