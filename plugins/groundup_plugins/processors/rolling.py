"""A live form for processors that find events in a whole signal: they look again and again at its last seconds."""

from collections.abc import Callable

import numpy as np

from groundup.plugin import Event, Floats, Made, Signal, SignalForm, Stage


class Idle(Stage):
    """Of a signal in which there is nothing to look at."""

    prompt = False

    def reset(self) -> None:
        """Nothing is known."""

    def process(self, time: Floats, samples: Floats) -> Made:
        """Nothing is found."""
        return Made()


class RollingEvents(Stage):
    """Runs an offline finder of events on the last seconds of a signal, at fixed counts of samples.

    An event is told once what follows can hardly move it: `settle_s` after it happened. It is told late, at its own
    time; it is not found again when a later look moves it a little.

    Parameters
    ----------
    taken : SignalForm
    find : callable
        Takes a signal and gives its events.
    span_s : float
        How much is looked at.
    settle_s : float
        How old an event must be to be told.
    every_s : float
        How often is looked.
    """

    prompt = False

    def __init__(
        self,
        taken: SignalForm,
        find: Callable[[Signal], tuple[Event, ...]],
        *,
        span_s: float,
        settle_s: float,
        every_s: float = 0.25,
    ) -> None:
        self._taken, self._find, self._settle_s = taken, find, settle_s
        self._every = max(1, round(every_s * taken.rate))
        self._span = max(self._every, round(span_s * taken.rate))
        self.reset()

    def reset(self) -> None:
        """Begin with nothing seen and nothing told."""
        self._time = np.empty(0)
        self._samples = np.empty((0, len(self._taken.channels)))
        self._new: list[tuple[Floats, Floats]] = []  # since the last look
        self._until = self._every  # samples until the next look
        self._emitted = -np.inf

    def process(self, time: Floats, samples: Floats) -> Made:
        """Events that have become sure; looks happen at the same samples however the signal is cut."""
        events: list[Event] = []
        start = 0
        while start < len(time):
            stop = min(len(time), start + self._until)
            self._new.append((time[start:stop].copy(), samples[start:stop].copy()))
            self._until -= stop - start
            start = stop
            if self._until == 0:
                self._until = self._every
                times, values = zip(*self._new, strict=True)
                self._new.clear()
                self._time = np.concatenate([self._time, *times])[-self._span :]
                self._samples = np.concatenate([self._samples, *values])[-self._span :]
                events += self._look()
        return Made(events=tuple(events))

    def _look(self) -> list[Event]:
        sure = float(self._time[-1]) - self._settle_s
        found = self._find(self._taken.signal(self._time, self._samples))
        new = sorted(event for event in found if self._emitted < event.time <= sure)
        self._emitted = max(self._emitted, sure)
        return new
