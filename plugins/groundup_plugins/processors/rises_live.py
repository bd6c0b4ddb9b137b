"""Rising and sitting down while they happen: looked for again and again in the last seconds, told as a whole."""

from collections.abc import Callable, Sequence

import numpy as np

from groundup.plugin import Event, Floats, Made, Signal, SignalForm, Stage
from groundup_plugins.processors.rolling import RollingEvents

Three = tuple[Event, Event, Event]
"""The events of one rise, or of one sitting down, in order of time."""


class RollingRises(RollingEvents):
    """Runs an offline finder of rises on the last seconds of a signal.

    A rise is told once it ended `settle_s` ago: what follows decides where standing begins, and all three events are to
    come from the same look. One that a later look moves a little is not told again.

    Parameters
    ----------
    taken : SignalForm
    find : callable
        Takes a signal and gives the rises in it, and what is sitting down.
    span_s, settle_s, every_s : float
        As of `RollingEvents`.
    """

    def __init__(
        self,
        taken: SignalForm,
        find: Callable[[Signal], Sequence[Three]],
        *,
        span_s: float,
        settle_s: float,
        every_s: float,
    ) -> None:
        self._rises = find
        super().__init__(taken, lambda signal: (), span_s=span_s, settle_s=settle_s, every_s=every_s)

    def _look(self) -> list[Event]:
        sure = float(self._time[-1]) - self._settle_s
        found = self._rises(self._taken.signal(self._time, self._samples))
        new: list[Event] = []
        for three in sorted(found, key=lambda three: three[-1].time):
            if self._emitted < three[-1].time <= sure and three[0].time >= self._ended.get(three[1].kind, -np.inf):
                new += three
                self._ended[three[1].kind] = three[-1].time
        self._emitted = max(self._emitted, sure)
        return new

    def reset(self) -> None:
        """Begin with nothing seen and nothing told."""
        super().reset()
        self._ended: dict[str, float] = {}


class Thinned(Stage):
    """Feeds another stage with means of a few samples: what is slow need not be looked at often.

    Parameters
    ----------
    taken : SignalForm
    columns : sequence of int
        What is fed of it.
    rate : float
        Hz: the least that the other stage is fed, where `taken` has as much.
    stage : callable
        Makes the other stage for the form that is fed; its events are told.
    """

    prompt = False

    def __init__(
        self, taken: SignalForm, columns: Sequence[int], rate: float, stage: Callable[[SignalForm], Stage]
    ) -> None:
        self._columns, self._step = list(columns), max(1, int(taken.rate / rate))
        channels = tuple(taken.channels[column] for column in columns)
        self._stage = stage(SignalForm(taken.id, taken.kind, channels, taken.rate / self._step))
        self.reset()

    def reset(self) -> None:
        """Begin with no sample, here and there."""
        self._part = np.empty((0, 1 + len(self._columns)))
        self._stage.reset()

    def process(self, time: Floats, samples: Floats) -> Made:
        """Events of the other stage; what it is fed is counted from the first sample."""
        every = np.concatenate([self._part, np.column_stack([time, samples[:, self._columns]])])
        count = len(every) // self._step
        self._part = every[count * self._step :].copy()
        if count == 0:
            return Made()
        whole = every[: count * self._step].reshape(count, self._step, -1)
        # Added up one after the other: the same bits wherever the chunk was cut.
        means = np.add.reduce(np.ascontiguousarray(whole.transpose(1, 0, 2)), axis=0) / self._step
        return self._stage.process(means[:, 0], means[:, 1:])
