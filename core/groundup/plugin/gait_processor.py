"""The contract of a processor that has to know the steps, and looks at other signals beside its own."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from groundup.model.events import Stance, Stride
from groundup.model.signals import Signal
from groundup.model.subject import Subject
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.processor import Processor, Product


@dataclass(frozen=True)
class Gait:
    """What is known of a recording, or of the part of it that has come so far, once its contacts are found.

    Attributes
    ----------
    signals : sequence of Signal
        Raw and processed.
    stances : sequence of Stance
        Those of a plate are whole, and of one foot alone; contacts in doubt are not among them.
    strides : sequence of Stride
    subject : Subject
    """

    signals: Sequence[Signal]
    stances: Sequence[Stance]
    strides: Sequence[Stride]
    subject: Subject


class GaitProcessor(Processor):
    """A processor that runs when the contacts have been found, on its own signal and all that is known beside it.

    Live it runs for each stretch that is measured, on what came of it: what it makes there must follow from the
    stretch and some tenths of a second around it.
    """

    makes: ClassVar[str] = ""
    """Kind of the signal it makes: where it makes none, metrics that need one say its reason. It makes no events."""

    @abstractmethod
    def with_steps(self, signal: Signal, gait: Gait) -> Product:
        """Process a signal.

        Raises
        ------
        NotComputableError
            If nothing can be made of it; the reason is kept.
        """

    def whole(self, signal: Signal) -> Product:
        """Refuse: a signal alone will not do.

        Raises
        ------
        NotComputableError
            Always.
        """
        raise NotComputableError(f"{self.name} has to know the steps and the other signals beside {signal.id}")
