"""What all contracts of the kit share: laws, what breaks them, and how they are run without pytest.

A contract is a class with a method ``test_...`` for each law. Subclass it, say what is to be tested, and pytest finds
the laws; `check_laws` runs them one by one for ``groundup plugin check``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from unittest import SkipTest


class LawBrokenError(AssertionError):
    """A law that is not kept; the message says what to change."""


class NotTried(SkipTest):
    """A law that could not be tried here, and why; pytest shows it as skipped."""


def require(condition: object, change: str) -> None:
    """Break the law unless the condition holds.

    Parameters
    ----------
    condition : bool
    change : str
        What was seen, and what the author should change.
    """
    if not condition:
        raise LawBrokenError(change)


@dataclass(frozen=True)
class Verdict:
    """What came of one law.

    Attributes
    ----------
    law : str
        In words.
    outcome : {"kept", "broken", "not tried"}
    message : str
        What to change, or why it was not tried.
    """

    law: str
    outcome: Literal["kept", "broken", "not tried"]
    message: str = ""


class Contract:
    """Base of the contracts."""

    @classmethod
    def laws(cls) -> list[str]:
        """Names of the laws, in the order in which they are written."""
        found: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            found.update(dict.fromkeys(name for name in vars(base) if name.startswith("test_")))
        return list(found)


def check_laws(contract: Contract) -> Iterator[Verdict]:
    """Try every law of a contract."""
    for name in contract.laws():
        law = name.removeprefix("test_").replace("_", " ")
        try:
            getattr(contract, name)()
        except SkipTest as reason:
            yield Verdict(law, "not tried", str(reason))
        except LawBrokenError as broken:
            yield Verdict(law, "broken", str(broken))
        except Exception as error:  # the plugin's own, or an assertion of the author's own law
            yield Verdict(law, "broken", f"{type(error).__name__}: {error}")
        else:
            yield Verdict(law, "kept")


def described(thing: type, name: object, what: str) -> None:
    """The law that all kinds share: a name that lab.toml and the command line can hold, and a docstring."""
    good = isinstance(name, str) and name.replace("_", "").replace("-", "").isalnum() and name == name.lower()
    require(good, f"the {what} is called {name!r}: set name to lower-case letters, digits and _")
    own = any("__doc__" in vars(base) and base.__doc__ for base in thing.__mro__ if base.__module__ == thing.__module__)
    require(own, f"{thing.__name__} says nothing of itself: give the class a docstring, the lab reads it")
