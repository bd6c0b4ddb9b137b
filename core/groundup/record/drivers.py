"""The drivers of a lab, each in a process of its own: started, watched, and started again when one crashes.

See ``docs/decisions/restarting-drivers.md``.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from groundup.system.driver_notices import Notice
from groundup.system.driver_reports import Report
from groundup.system.processes import Child, stop_all

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
UNUSABLE = 2
"""Exit status of a child that will not do better when it is started again."""
_STEADY_S = 60.0  # after running this long, a crash counts as the first again

Note = Callable[[str, Report], None]
"""Told which driver, and what happened to it: of the kinds of a `Report`, ``device``, or ``said``."""


@dataclass
class _Driver:
    child: Child
    started: float
    pause: float = _FIRST_PAUSE_S
    again: float | None = None
    done: bool = False
    options: str = ""


class Drivers:
    """The driver processes of a recording.

    Parameters
    ----------
    start : mapping of str to callable
        For each device, what starts its driver.
    called : mapping of str to str, optional
        What to call those that are no drivers.
    """

    def __init__(self, start: Mapping[str, Callable[[], Child]], called: Mapping[str, str] | None = None) -> None:
        self._start = start
        self._called = called or {}
        self._standing: dict[str, Notice] = {}
        self._drivers = {name: _Driver(begin(), time.monotonic()) for name, begin in start.items()}

    def __bool__(self) -> bool:
        return bool(self._drivers)

    def poll(self, note: Note) -> None:
        """Look after each: say when one has ended, and start it again when its pause is over."""
        now = time.monotonic()
        for name, driver in self._drivers.items():
            if driver.again is not None and now >= driver.again:
                try:
                    driver.child, driver.started, driver.again = self._start[name](), now, None
                    for notice in self._standing.values():
                        driver.child.tell(notice.line())
                    if driver.options:
                        what = f"{self._who(name)} has its options as lab.toml has them again: {driver.options}"
                        note(name, Report("option_lost", "", 0, what))
                        driver.options = ""
                except OSError as error:  # no descriptors, no memory: perhaps later
                    driver.again = now + _LONGEST_PAUSE_S
                    note(name, _of_device(f"{self._who(name)} could not be started again: {error.strerror or error}"))
            elif driver.again is None and not driver.done and (status := driver.child.ended) is not None:
                self._hear(name, driver, note)
                note(name, _of_device(self._ended(name, driver, status, now)))
            else:
                self._hear(name, driver, note)

    def tell(self, notice: Notice) -> None:
        """Tell all of them that a recording or a trial begins or ends; nobody waits for what they do then.

        One that is started again is told what still holds.
        """
        what, _, change = notice.name.partition("_")
        if what == "recording":
            self._standing.clear()
        if change == "started":
            self._standing[what] = notice
        else:
            self._standing.pop(what, None)
        for driver in self._drivers.values():
            driver.child.tell(notice.line())

    def ask_to_stop(self, name: str) -> None:
        """Tell one of them, if it is there, to come to its end, and go on."""
        if name in self._drivers:
            self._drivers[name].child.ask_to_stop()

    def wait(self, name: str, note: Note) -> None:
        """Wait until one that was asked to stop has, if it is there; say so when it did not listen and was killed."""
        driver = self._drivers.get(name)
        if driver is None:
            return
        running = driver.child.ended is None
        listened = driver.child.wait()
        self._hear(name, driver, note)
        status = driver.child.ended or 0
        words = _saying(driver.child)
        if not listened:
            what = f"{self._who(name)} did not come to its end and was killed; what it had yet to say is lost{words}"
            note(name, _of_device(what))
        elif running and status != 0:
            note(name, _of_device(f"{self._who(name)} {_how(status)} when it was told to stop{words}"))
        elif words:
            note(name, Report("said", "", 0, f"{self._who(name)} has said before its end{words}"))
        driver.done = True

    def finish(self, note: Note) -> None:
        """Stop all of them, and say which did not come to their end as they should."""
        for name in self._drivers:
            self.ask_to_stop(name)
        for name, driver in self._drivers.items():
            if not driver.done and driver.again is None:
                self.wait(name, note)

    def stop(self) -> None:
        """Stop all of them. Safe to call twice."""
        stop_all(driver.child for driver in self._drivers.values())

    def _ended(self, name: str, driver: _Driver, status: int, now: float) -> str:
        who = self._who(name)
        if status == 0:
            driver.done = True
            return f"{who} has ended by itself"
        if status == UNUSABLE:
            driver.done = True
            return f"{who} cannot work as things are, and is not started again{_saying(driver.child)}"
        if now - driver.started > _STEADY_S:
            driver.pause = _FIRST_PAUSE_S
        driver.again = now + driver.pause
        message = f"{who} {_how(status)}; it is started again in {driver.pause:g} s{_saying(driver.child)}"
        driver.pause = min(2.0 * driver.pause, _LONGEST_PAUSE_S)
        return message

    def _hear(self, name: str, driver: _Driver, note: Note) -> None:
        for report in driver.child.reports():
            if report.kind == "options":
                driver.options = report.message
                continue
            # Of a stream that is away the driver's words are half a sentence that names the stream.
            says = report.message if report.kind in ("away", "levels") else f"{self._who(name)}: {report.message}"
            note(name, replace(report, message=says))

    def _who(self, name: str) -> str:
        return self._called.get(name, f"the driver of {name}")


def _how(status: int) -> str:
    return f"has crashed (signal {-status})" if status < 0 else f"has failed (status {status})"


def _saying(child: Child) -> str:
    words = child.last_words()
    return f"; its last words: {words}" if words else ""


def _of_device(message: str) -> Report:
    return Report("device", "", 0, message)
