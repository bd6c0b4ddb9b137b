"""The samples of a stream in the order of their time: runs of them, what was odd, and their stamps read so."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps


@dataclass(frozen=True)
class Run:
    """Samples that follow each other.

    Attributes
    ----------
    start, stop : int
        Sample numbers, as they were sent.
    shift : float
        What is added to their stamps, in s; NaN if they have no time.
    """

    start: int
    stop: int
    shift: float


@dataclass(frozen=True)
class Oddity:
    """Stamps that do not go forward.

    Attributes
    ----------
    start, count : int
        Which samples.
    sentence : str
        What they are, to follow "N samples of S".
    off : float
        How far their place may be off, in s; 0 where it is sure, NaN where nothing tells.
    """

    start: int
    count: int
    sentence: str
    off: float


@dataclass(frozen=True)
class Order:
    """The samples of a stream in the order of their time.

    Attributes
    ----------
    runs : tuple of Run
        Those with a time, in this order.
    untimed : tuple of Run
        Those without.
    oddities : tuple of Oddity
    """

    runs: tuple[Run, ...]
    untimed: tuple[Run, ...] = ()
    oddities: tuple[Oddity, ...] = ()

    @property
    def count(self) -> int:
        """How many samples have a time."""
        return sum(run.stop - run.start for run in self.runs)

    @property
    def changed(self) -> bool:
        """Whether it is another than that in which they were sent."""
        return bool(self.untimed) or any(a.stop != b.start for a, b in pairwise(self.runs))

    @property
    def shifts(self) -> list[tuple[int, float]]:
        """What is added from which sample of those sent on."""
        return [(run.start, run.shift) for run in sorted((*self.runs, *self.untimed), key=lambda run: run.start)]

    def places(self, start: int, stop: int) -> NDArray[np.int64]:
        """Place among those with a time of each sample sent, -1 without, shape (stop - start,)."""
        place = np.full(stop - start, -1)
        before = 0
        for run in self.runs:
            a, b = max(run.start, start), min(run.stop, stop)
            if a < b:
                place[a - start : b - start] = np.arange(before + a - run.start, before + b - run.start)
            before += run.stop - run.start
        return place

    def arranged(self, stamps: Stamps) -> Stamps:
        """Stamps of the samples with a time, in its order."""
        plain = len(self.runs) == 1 and not self.untimed and self.runs[0].shift == 0.0
        return stamps if plain else Stamps(_Arranged(stamps, self.runs))

    @property
    def joints(self) -> list[int]:
        """Places at which samples were put behind others whose stamps do not say so."""
        edges = np.cumsum([0, *(run.stop - run.start for run in self.runs)])
        return [int(edges[i + 1]) for i, (a, b) in enumerate(pairwise(self.runs)) if a.shift != b.shift]

    def sent(self, place: int) -> int:
        """Which of the samples sent has this place among those with a time."""
        for run in self.runs:
            if place < run.stop - run.start:
                return run.start + place
            place -= run.stop - run.start
        return self.runs[-1].stop if self.runs else 0

    def later(self, index: int) -> int:
        """How many samples with a time were sent before this one."""
        return sum(min(run.stop, index) - run.start for run in self.runs if run.start < index)


class _Arranged:
    """Stamps read run by run."""

    def __init__(self, stamps: Stamps, runs: Sequence[Run]) -> None:
        self._stamps, self._runs = stamps, runs
        self._edges = np.cumsum([0, *(run.stop - run.start for run in runs)])

    def __len__(self) -> int:
        return int(self._edges[-1])

    def __getitem__(self, part: slice, /) -> Floats:
        begin, end, _ = part.indices(len(self))
        first = int(np.searchsorted(self._edges, begin, "right")) - 1
        pieces = []
        while begin < end:
            run, stop = self._runs[first], min(end, int(self._edges[first + 1]))
            at = run.start + begin - int(self._edges[first])
            pieces.append(self._stamps[at : at + stop - begin] + run.shift)
            begin, first = stop, first + 1
        return np.concatenate(pieces) if pieces else np.empty(0)
