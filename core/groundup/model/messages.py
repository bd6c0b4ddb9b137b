"""What a program has to say to the person at the screen, and how grave it is."""

from typing import Protocol

from groundup.model.ledger import Severity


class Say(Protocol):
    """Takes one sentence; who shows it puts the mark of its severity before it."""

    def __call__(self, text: str, severity: Severity = "info", /) -> None:
        """Say it."""


def say_nothing(text: str, severity: Severity = "info", /) -> None:
    """Say nothing, where nobody asked to be told."""
