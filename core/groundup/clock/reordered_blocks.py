"""Blocks of samples that were sent in another order than taken: their own stamps fit the holes that others left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock.sample_order import Oddity, Order, Run
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

_FITS = 0.4  # of an interval: so exactly a block fits a hole
MOST_FIT = 0.9  # of the blocks do where the order is restored
_LOOKED_AT = 100_000
_DISPLACED_S = 30.0  # further off is not out of order, but wrong
SCATTERS = 10.0


@dataclass(frozen=True)
class Blocks:
    """Samples between jumps: numbers and stamps of the first and last of each."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    first: Floats
    last: Floats


def blocks_between(stamps: Stamps, cuts: NDArray[np.int64]) -> Blocks:
    """The samples between cuts, as blocks."""
    start, stop = np.append(0, cuts), np.append(cuts, len(stamps))
    first, last = np.empty(len(start)), np.empty(len(start))
    for begin, values in stamps.pieces():
        for some, places in ((first, start), (last, stop - 1)):
            mine = (places >= begin) & (places < begin + len(values))
            some[mine] = values[places[mine] - begin]
    return Blocks(start, stop, first, last)


def scatter_of(stamps: Stamps, interval: float) -> float:
    """How unevenly neighbours follow each other, in s."""
    apart = np.diff(stamps[: min(len(stamps), _LOOKED_AT)])
    return 1.48 * float(np.median(np.abs(apart - interval)))


def order_by_stamps(blocks: Blocks, interval: float, scatter: float) -> Order | None:
    """The order of their own stamps, if these then follow each other as even samples do."""
    by = np.argsort(blocks.first, kind="stable")
    gaps = blocks.first[by][1:] - blocks.last[by][:-1]
    moved = np.flatnonzero(np.diff(by) != 1)  # neighbours now that were none before
    if len(moved) == 0:
        return None
    long = float(np.median(blocks.last - blocks.first))
    fits = max(_FITS * interval, min(SCATTERS * scatter, _FITS * long))
    if float(gaps.min()) < interval - fits:
        return None
    if float(np.mean(np.abs(gaps[moved] - interval) < fits)) < MOST_FIT:
        return None
    highest = np.maximum.accumulate(blocks.last)
    behind = np.flatnonzero(blocks.first[1:] < highest[:-1]) + 1
    if float(np.max(highest[behind - 1] - blocks.first[behind])) > _DISPLACED_S:
        return None
    runs: list[Run] = []
    for index in by.tolist():
        start, stop = int(blocks.start[index]), int(blocks.stop[index])
        if runs and runs[-1].stop == start:
            runs[-1] = Run(runs[-1].start, stop, 0.0)
        else:
            runs.append(Run(start, stop, 0.0))
    count = int(np.sum(blocks.stop[behind] - blocks.start[behind]))
    sentence = "were sent after later ones; each has the time of its own stamp"
    return Order(tuple(runs), oddities=(Oddity(int(blocks.start[behind[0]]), count, sentence, 0.0),))
