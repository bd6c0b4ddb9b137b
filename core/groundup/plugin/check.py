"""The contract of a check: what the pre-flight looks at in one kind of signal, while nobody moves."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from groundup.lab.settings import Settings
from groundup.model.signals import Signal

Level = Literal["green", "amber", "red"]
"""Fit; worth a look; not fit for recording."""


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    level : {"green", "amber", "red"}
    what : str
        What was looked at: ``noise floor``, ``zero`` ...
    message : str
        What was found, with its figures and units.
    remedy : str
        What to do about it; empty when it is green.
    """

    level: Level
    what: str
    message: str
    remedy: str = ""


def graded(value: float, green: float, amber: float) -> Level:
    """Green up to one limit, amber up to the other."""
    return "green" if value <= green else "amber" if value <= amber else "red"


class Check(ABC):
    """Judges the signals of one kind in a short recording in which nobody moves and the plates are empty."""

    name: ClassVar[str]
    accepts: ClassVar[str]
    """The kind of signal: ``emg``, ``plate``, ``imu`` ..."""

    settings_type: ClassVar[type[Settings]] = Settings
    """Struct of the check's keys in ``[checks.NAME]``; every key has a default."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = self.settings_type() if settings is None else settings

    @abstractmethod
    def judge(self, signal: Signal) -> Iterable[Finding]:
        """Say what is well and what is not.

        Raises
        ------
        NotComputableError
            If the signal cannot be judged; the reason is shown.
        """

    def weigh(self, signal: Signal) -> float | None:
        """Load on it in newtons, positive, for one that carries a known weight; None for what weighs nothing."""
        return None
