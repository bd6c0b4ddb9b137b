"""What is said of numbers that no person and no sensor gives: which streams, what the unit looks like, what to set."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from groundup.lab.stream_tables import table_of

What = Literal["mass", "height", "force", "moment", "emg", "acceleration", "turning"]


@dataclass(frozen=True)
class Implausible:
    """Numbers that cannot be what they are told to be.

    Attributes
    ----------
    what : str
        What is wrong: ``mass`` and ``height`` of the person; ``force`` and ``moment`` of plates; ``emg``,
        ``acceleration`` and ``turning`` of sensors.
    reason : str
        A sentence without an end, for the place after "because": what was found, the likely unit, the key to set.
    streams : frozenset of str
        Raw streams that are concerned; of a mass or height none.
    """

    what: What
    reason: str
    streams: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mistake:
    """A unit taken for another, and how many times too large that makes the numbers."""

    factor: float
    stated: str
    real: str


def likely(ratio: float, mistakes: Iterable[Mistake], within: float) -> Mistake | None:
    """The mistake that explains a ratio of what was found to what is right, if one does within a share of it."""
    if not (math.isfinite(ratio) and ratio > 0):
        return None
    best = min(mistakes, key=lambda m: abs(math.log(ratio / m.factor)), default=None)
    return best if best is not None and abs(math.log(ratio / best.factor)) <= math.log1p(within) else None


def unit_key(streams: Iterable[str]) -> str:
    """Where a unit is set."""
    tables = [table_of(name, "channels") for name in sorted(streams)]
    return f"set their unit under {' and '.join(tables[:3]) or '[streams.ID.channels]'} in lab.toml"
