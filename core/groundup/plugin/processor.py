"""The contract of a processor: signals in, signals and events out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from groundup.analysis.gait import Event
from groundup.analysis.signals import Signal
from groundup.plugin.metric import NotComputable
from groundup.plugin.stage import SignalForm, Stage
from groundup.settings import Settings


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
        NotComputable
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
        NotComputable
            If such a signal cannot be processed (a wrong unit, too low a rate), or only when it is whole.
        """
        raise NotComputable(f"{self.name} works on whole recordings only")
