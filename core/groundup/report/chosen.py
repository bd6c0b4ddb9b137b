"""Which part of a recording a report is of: trials by condition or name, else all but greatest effort and rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from groundup.lab.errors import nearest
from groundup.model.events import Trial
from groundup.model.signals import Floats

_EDGE_S = 1e-6
_NO_WALK = ("mvic", "rest")


class NothingChosenError(ValueError):
    """No trial of a recording is what was asked for; the text says which there are."""


class Stretch(Protocol):
    """Anything with a begin and an end, s on the lab clock."""

    @property
    def t0(self) -> float:
        """Begin."""

    @property
    def t1(self) -> float:
        """End."""


@dataclass(frozen=True)
class Chosen:
    """A part of a recording.

    Attributes
    ----------
    shown : tuple of Trial
        Those that were asked for; none: everything but `left_out`.
    left_out : tuple of Trial
    """

    shown: tuple[Trial, ...] = ()
    left_out: tuple[Trial, ...] = ()

    def has(self, one: Stretch) -> bool:
        """Whether a stance, a stride or a value lies in it."""
        if self.shown:
            return any(t.t0 - _EDGE_S <= one.t0 and one.t1 <= t.t1 + _EDGE_S for t in self.shown)
        middle = (one.t0 + one.t1) / 2
        return not any(t.t0 <= middle <= t.t1 for t in self.left_out)

    def mask(self, t0: Floats, t1: Floats) -> NDArray[np.bool_]:
        """As `has`, of many at once: begins and ends, shape (n,) each."""
        found = np.zeros(len(t0), bool)
        if self.shown:
            for t in self.shown:
                found |= (t.t0 - _EDGE_S <= t0) & (t1 <= t.t1 + _EDGE_S)
            return found
        middle = (t0 + t1) / 2
        for t in self.left_out:
            found |= (t.t0 <= middle) & (middle <= t.t1)
        return ~found

    def shows(self, trial: Trial) -> bool:
        """Whether a trial is part of it."""
        return trial in self.shown if self.shown else trial not in self.left_out


def choose(trials: Sequence[Trial], conditions: Sequence[str], names: Sequence[str], where: str) -> Chosen:
    """The part that is shown.

    Parameters
    ----------
    trials : sequence of Trial
        Of the recording.
    conditions, names : sequences of str
        What was asked for; a trial has to have one of the conditions, and one of the names.
    where : str
        The recording, in errors.

    Raises
    ------
    NothingChosenError
        If no trial is what was asked for.
    """
    if not conditions and not names:
        return Chosen(left_out=tuple(t for t in trials if t.condition.strip().lower() in _NO_WALK))
    for what, asked, known in (
        ("condition", conditions, {t.condition for t in trials if t.condition}),
        ("name", names, {t.name for t in trials if t.name}),
    ):
        for one in asked:
            if one not in known:
                there = ", ".join(repr(name) for name in sorted(known)) or "none"
                raise NothingChosenError(
                    f"{where}: no trial has the {what} {one!r}{nearest(one, sorted(known))} There are {there}"
                )
    shown = tuple(t for t in trials if (not conditions or t.condition in conditions) and (not names or t.name in names))
    if not shown:
        raise NothingChosenError(f"{where}: no trial has both that condition and that name")
    return Chosen(shown=shown)
