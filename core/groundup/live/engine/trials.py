"""Trials while they run: what a control stream has said so far."""

import math

from groundup.lsl.control_messages import TRIAL_START, TRIAL_STOP, parse_control
from groundup.model.events import Trial


class LiveTrials:
    """The trials of a recording that goes on."""

    def __init__(self) -> None:
        self._running: Trial | None = None
        self._past: list[Trial] = []
        self._given = 0

    def take(self, time: float, text: str) -> bool:
        """Take in what a control stream says, and tell whether a trial has ended by it.

        A trial that begins ends the one before.
        """
        message = parse_control(text)
        event = message.get("event")
        if event not in (TRIAL_START, TRIAL_STOP):
            return False
        ended = self._running
        if ended is not None:
            self._past.append(Trial(ended.t0, time, ended.name, ended.condition))
        self._running = None
        if event == TRIAL_START:
            self._running = Trial(time, math.inf, str(message.get("name") or ""), str(message.get("condition") or ""))
        return ended is not None

    def known(self, time: float) -> list[Trial]:
        """Trials that began before a time, the one that runs without an end."""
        return [t for t in (*self._past, *([self._running] if self._running else [])) if t.t0 <= time]

    def ended(self, until: float) -> list[Trial]:
        """Those that have ended by a time and were not given before."""
        new = [trial for trial in self._past[self._given :] if trial.t1 <= until]
        self._given += len(new)
        return new
