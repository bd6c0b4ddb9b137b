"""Changes of a device's options: from which packet on a value holds, however long samples are held back before sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OptionChange:
    """One change, in words.

    Attributes
    ----------
    option : str
    value, before : str
        `before` is empty at the beginning.
    unit : str
    of : str
        Key of the stream that it is of; empty: all.
    alters : str
        How values before and after it differ; empty: they can be compared.
    """

    option: str
    value: str
    before: str = ""
    unit: str = ""
    of: str = ""
    alters: str = ""


class OptionChanges:
    """All changes of a device since its driver began, in order. One thread adds, others read.

    Attributes
    ----------
    doubt : str
        Why it is not known what the device does; empty while it is. What it sends then is left out.
    """

    def __init__(self) -> None:
        self._made: list[OptionChange] = []
        self.doubt = ""

    def add(self, *changes: OptionChange) -> None:
        """Say that what is handed over from now on is of other values."""
        self._made.extend(changes)

    def between(self, first: int, last: int) -> Sequence[OptionChange]:
        """The changes of these numbers."""
        return self._made[first:last]

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True)
class OptionRow:
    """A value of an option in a recording.

    Attributes
    ----------
    time : float
        Lab clock of the first sample that is of it, in s; NaN where no sample is.
    device, stream : str
    option, value, before, unit : str
        `before` is empty for the value that the driver began with.
    sample : int
        Number of that sample in the stream.
    alters : str
        As in `OptionChange`.
    """

    time: float
    device: str
    stream: str
    option: str
    value: str
    before: str
    unit: str
    sample: int
    alters: str

    @property
    def words(self) -> str:
        """What changed, for a person."""
        unit = f" {self.unit}" if self.unit else ""
        which = f" of {self.stream}" if self.stream else ""
        differ = f" ({self.alters})" if self.alters else ""
        return f"{self.option}{which} {self.before} -> {self.value}{unit}{differ}"


def value_words(value: Any) -> str:
    """A value as it stands in a file: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
