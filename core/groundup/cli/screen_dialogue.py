"""What the keys of the live screen ask for and do: trials with name and condition, markers with text, the end."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from groundup import lsl

CONDITIONS = ("mvic", "rest", "reference", "walk", "run", "rise")
"""Of the keys 1, 2, ... where lab.toml lists none."""

_MOST = 60  # characters of a name or a text
_ENTER, _LEAVE, _BACK = "\r\n", "\x1b", "\x7f\b"


class Control(Protocol):
    """What sends trials and markers to the recording."""

    @property
    def trial(self) -> str | None:
        """Name of the trial that runs."""

    def start_trial(self, name: str, condition: str = "") -> None:
        """Begin a trial."""

    def stop_trial(self) -> None:
        """End it."""

    def mark(self, text: str, at: float | None = None) -> None:
        """Something happened."""


class Dialogue:
    """One line at the bottom of the screen: the keys, or what is being asked.

    Parameters
    ----------
    control : Control
        Is told of trials and markers.
    stop : threading.Event
        Set when the person asks to stop, and says yes.
    conditions : sequence of str
        A trial of each begins by its digit; nine at most have one. Empty: `CONDITIONS`.

    Attributes
    ----------
    markers : int
        How many were set here.
    """

    def __init__(self, control: Control, stop: threading.Event, conditions: Sequence[str] = ()) -> None:
        self._control = control
        self._stop = stop
        self._conditions = tuple(conditions or CONDITIONS)[:9]
        self._trials: Counter[str] = Counter()
        self._question = self._default = self._typed = ""
        self._then: Callable[[str], None] | None = None
        self.markers = 0

    @property
    def asks(self) -> bool:
        """Whether a question stands on the screen."""
        return bool(self._question)

    @property
    def line(self) -> str:
        """What stands at the bottom."""
        if self.asks:
            default = f" [{self._default}]" if self._default else ""
            return f"{self._question}{default}: {self._typed}_"
        return "t trial on, off   m marker   q stop   " + " ".join(
            f"{number} {name}" for number, name in enumerate(self._conditions, 1)
        )

    def press(self, key: str) -> None:
        """Do what a key asks for: answer the question, where there is one."""
        if self.asks:
            self._answer(key)
        elif key in "qQ":
            self._ask("stop the recording? y/n", "", self._end)
        elif key in "tT":
            if self._control.trial is not None:
                self._control.stop_trial()
            else:
                self._ask("name of the trial", f"trial {self._trials[''] + 1}", self._named)
        elif key in "mM":
            at = lsl.clock()  # the moment is that of the key, however long the text takes
            self._ask("text of the marker", f"marker {self.markers + 1}", lambda text: self._mark(text, at))
        elif key in "123456789" and int(key) <= len(self._conditions):
            condition = self._conditions[int(key) - 1]
            self._trials[condition] += 1
            self._control.start_trial(f"{condition} {self._trials[condition]}", condition)

    def _ask(self, question: str, default: str, then: Callable[[str], None]) -> None:
        self._question, self._default, self._typed, self._then = question, default, "", then

    def _answer(self, key: str) -> None:
        then = self._then
        if then == self._end:  # one key is the answer; whatever is no yes goes on
            self._ask("", "", then)
            then(key)
        elif key in _LEAVE:
            self._question = ""
        elif key in _BACK:
            self._typed = self._typed[:-1]
        elif key in _ENTER:
            text = self._typed.strip() or self._default
            self._question = ""
            if then is not None:
                then(text)
        elif key.isprintable() and len(self._typed) < _MOST:
            self._typed += key

    def _end(self, key: str) -> None:
        if key in "yY":
            self._stop.set()

    def _named(self, name: str) -> None:
        listed = ", ".join(f"{number} {one}" for number, one in enumerate(self._conditions, 1))
        self._ask(f"condition of {name!r}, Enter for none ({listed})", "", lambda text: self._begin(name, text))

    def _begin(self, name: str, condition: str) -> None:
        if condition.isdecimal() and len(condition) == 1 and 0 < int(condition) <= len(self._conditions):
            condition = self._conditions[int(condition) - 1]
        self._trials[""] += 1
        self._control.start_trial(name, condition)

    def _mark(self, text: str, at: float) -> None:
        self.markers += 1
        self._control.mark(text, at)
