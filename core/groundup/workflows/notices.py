"""Tells a device that a recording or a trial begins or ends, and dates what it does then: before and after the call."""

import inspect
import threading
from collections.abc import Callable
from queue import SimpleQueue

from groundup import lsl
from groundup.plugin.device import Device
from groundup.system.driver_notices import Notice, notice_of
from groundup.system.driver_reports import Report

_LONG_S = 1.0
_LONGEST = 1000  # characters of an error

Happened = Callable[[str, str, float, float | None], None]
"""Told kind, words, and the times before and after, for whoever listens."""


class Notices:
    """Hands what a recorder tells over to a device, one after the other, while its driver runs.

    Nobody waits for it: a device that hangs then hears no more notices, and its samples come all the same.

    Parameters
    ----------
    device : Device
    lines : SimpleQueue of bytes
        What the recorder has written.
    report : callable
        Told what was done, for the ledger of who records.
    happened : Happened
    """

    def __init__(
        self, device: Device, lines: "SimpleQueue[bytes]", report: Callable[[Report], None], happened: Happened
    ) -> None:
        self._device, self._lines, self._report, self._happened = device, lines, report, happened
        threading.Thread(target=self._run, name="groundup-notices", daemon=True).start()

    def _run(self) -> None:
        while True:
            notice = notice_of(self._lines.get())
            if notice is not None and self._implements(notice.name):
                self._tell(notice)

    def _implements(self, name: str) -> bool:
        """Whether its driver does anything then."""
        return getattr(type(self._device), name) is not getattr(Device, name)

    def _tell(self, notice: Notice) -> None:
        times: list[float] = []
        began = lsl.clock()
        words = f"{notice.words} has begun, and has not come back after {_LONG_S:g} s"
        hangs = threading.Timer(_LONG_S, self._report, [Report("trigger_failed", "", 0, words, began)])
        hangs.daemon = True
        hangs.start()
        try:
            self._device.call_in_thread(self._timed(notice, times))
            failure = ""
        except BaseException as error:  # a plugin's own fault stays its own, sys.exit too
            failure = f"{type(error).__name__}: {error}"[:_LONGEST]
        hangs.cancel()
        if failure or len(times) < 2:
            self._report(Report("trigger_failed", "", 0, f"{notice.words} failed: {failure}", began))
            return
        begun, over = times
        done = f"{notice.words} was done within {1e3 * (over - begun):.2f} ms"
        self._report(Report("trigger", "", 0, done, begun))
        self._happened("trigger", notice.words, begun, over)

    def _timed(self, notice: Notice, times: list[float]) -> Callable[[], object]:
        """The call, between two looks at the clock; a coroutine where the driver's is one."""
        method = getattr(self._device, notice.name)

        async def later() -> None:
            times.append(lsl.clock())
            await method(**notice.arguments)
            times.append(lsl.clock())

        def now() -> None:
            times.append(lsl.clock())
            method(**notice.arguments)
            times.append(lsl.clock())

        return later if inspect.iscoroutinefunction(method) else now
