"""The drivers of a lab, each in a process of its own: started, watched, and started again when one crashes.

See ``docs/decisions/drivers-are-restarted.md``.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from groundup.processes import Child, stop_all

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
UNUSABLE = 2
"""Exit status of a child that will not do better when it is started again."""
_STEADY_S = 60.0  # after running this long, a crash counts as the first again

Note = Callable[[str, str], None]
"""Told which driver, and what happened to it."""


@dataclass
class _Driver:
    child: Child
    started: float
    pause: float = _FIRST_PAUSE_S
    again: float | None = None
    done: bool = False


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
        self._drivers = {name: _Driver(begin(), time.monotonic()) for name, begin in start.items()}

    def __bool__(self) -> bool:
        return bool(self._drivers)

    def poll(self, note: Note) -> None:
        """Look after each: say when one has ended, and start it again when its pause is over."""
        now = time.monotonic()
        for name, driver in self._drivers.items():
            if driver.again is not None and now >= driver.again:
                driver.child, driver.started, driver.again = self._start[name](), now, None
            elif driver.again is None and not driver.done and (status := driver.child.ended) is not None:
                note(name, self._ended(name, driver, status, now))

    def ask_to_stop(self, name: str) -> None:
        """Tell one of them, if it is there, to come to its end, and go on."""
        if name in self._drivers:
            self._drivers[name].child.ask_to_stop()

    def wait(self, name: str, note: Note) -> None:
        """Wait until one that was asked to stop has, if it is there; say so when it did not listen and was killed."""
        if name in self._drivers and not self._drivers[name].child.wait():
            note(name, f"{self._who(name)} did not come to its end and was killed; what it had yet to say is lost")

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
            return f"{who} cannot work with this lab.toml; its message stands above"
        if now - driver.started > _STEADY_S:
            driver.pause = _FIRST_PAUSE_S
        driver.again = now + driver.pause
        how = f"has crashed (signal {-status})" if status < 0 else f"has failed (status {status})"
        message = f"{who} {how}; its messages stand above"
        message += f"; it is started again in {driver.pause:g} s"
        driver.pause = min(2.0 * driver.pause, _LONGEST_PAUSE_S)
        return message

    def _who(self, name: str) -> str:
        return self._called.get(name, f"the driver of {name}")
