"""The contract of a processor: signals in, signals and events out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from groundup.lab.settings import Settings
from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.stage import SignalForm, Stage, add_stage, stage_events
from groundup_ext._chain import Chain


@dataclass(frozen=True)
class Product:
    """What a processor makes of one signal: other signals, events, or both."""

    signals: tuple[Signal, ...] = ()
    events: tuple[Event, ...] = ()


class Processor(ABC):
    """Turns a signal into other signals or events.

    ``whole`` is the offline, zero-lag form on a whole signal. Gaps are for the processor to respect: filters run on
    each of `Signal.segments` by itself. ``causal`` is the form that runs live, chunk by chunk.
    """

    name: ClassVar[str]
    accepts: ClassVar[str]
    """The `Signal.kind` it takes: ``plate``, ``emg``, ``imu``, or the kind another processor makes."""
    default: ClassVar[bool] = True
    """Whether it runs on every signal of that kind when lab.toml has no ``[[process]]`` for it."""
    settings_type: ClassVar[type[Settings]] = Settings

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @abstractmethod
    def whole(self, signal: Signal) -> Product:
        """Process a whole signal.

        Raises
        ------
        NotComputableError
            If the signal cannot be processed (a wrong unit, too low a rate); the reason is kept.
        """

    def causal(self, form: SignalForm) -> Stage:
        """Get ready to process such a signal while it comes in; called before any sample is there.

        Parameters
        ----------
        form : SignalForm
            What will be fed.

        Raises
        ------
        NotComputableError
            If such a signal cannot be processed (a wrong unit, too low a rate), or only when it is whole.
        """
        raise NotComputableError(f"{self.name} works on whole recordings only")


class CausalProcessor(Processor):
    """A processor whose only form is the causal one: on a whole recording it runs just as it would have live."""

    def whole(self, signal: Signal) -> Product:
        """Run the causal form over a whole signal, its latency taken off the times.

        Raises
        ------
        NotComputableError
            As `causal`.
        RuntimeError
            If the stage fails.
        """
        form = SignalForm.of(signal)
        stage = self.causal(form)
        chain = Chain(len(form.channels), form.rate)
        index = add_stage(chain, stage, form)
        chain.feed(np.ascontiguousarray(signal.time, np.float64), np.ascontiguousarray(signal.samples, np.float64))
        for _, _, reason in chain.faults():
            raise RuntimeError(reason)
        events = tuple(stage_events(chain, index, stage, form))
        return Product((stage.form.signal(*chain.made(index)),) if stage.form is not None else (), events)
