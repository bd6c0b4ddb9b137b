"""Whether a program that sleeps until each sample is due may have taken them, or a device did: their stamps look alike.

A device samples evenly, and its packets are late by what lies on their way. A program that sleeps until the next
sample is due samples when it wakes, and is late itself. Either way stamps lie behind an even line, and nothing but
their lateness tells: a system wakes a program as soon as it can, so that most are hardly late and some are much later,
while of packets hardly any is as quick as the quickest. Where lateness is as a program's, nobody knows, and a bound has
to hold for both.
"""

import numpy as np

from groundup.clock.dejitter import Dejittered
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

_FEWEST = 256
_BLOCKS, _BLOCK = 8, 1 << 13
_MOST_LATE = 0.5  # of an interval: who is later than that is no program that keeps its times
_TOGETHER, _OFTEN = 0.1, 0.2  # of an interval; so often: packets and not single samples
_LEAST_S = 2e-5  # that matters to nobody
_QUICK = 0.25  # of the lateness of half of them
_MANY_QUICK = 0.115  # of the samples: 0.159 are as quick where lateness is exponential, 0.125 uniform, 0.067 gamma of 2


def maybe_scheduled(stamps: Stamps, rate: float, straight: Dejittered) -> bool:
    """Whether the samples may be a program's that sleeps until each is due.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        As they were straightened, on a clock that does not step.
    rate : float
        As stated, in Hz.
    straight : Dejittered
    """
    if len(stamps) < _FEWEST or straight.jitter < _LEAST_S or straight.off > _MOST_LATE / rate:
        return False
    blocks = [_block(stamps, straight, begin) for begin in _begins(len(stamps))]
    together = np.mean([np.mean(np.diff(some) * rate < _TOGETHER) for some, _ in blocks])
    if together > _OFTEN:
        return False
    late = np.concatenate([rest - rest.min() for _, rest in blocks])
    return bool(np.mean(late < _QUICK * np.median(late)) > _MANY_QUICK)


def _begins(count: int) -> list[int]:
    begins: list[int] = np.linspace(0, count - _size(count), _BLOCKS).astype(np.int64).tolist()
    return begins


def _size(count: int) -> int:
    return min(_BLOCK, count // _BLOCKS)


def _block(stamps: Stamps, straight: Dejittered, begin: int) -> tuple[Floats, Floats]:
    """Stamps of a block within a stretch, and how late each is after its even time."""
    end = begin + _size(len(stamps))
    stretch = max(straight.stretches, key=lambda one: min(one.stop, end) - max(one.start, begin))
    a, b = max(stretch.start, begin), min(stretch.stop, end)
    some = stamps[a:b]
    return some, some - stretch.at(straight.elapsed.between(a, b))
