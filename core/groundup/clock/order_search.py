"""In which order a stream's samples were taken, and how far their stamps are moved, where these do not go forward.

Regular samples follow each other evenly. So stamps that jump back, or away and back, or far ahead of the moment of
their arrival, are wrong or out of order; which of it is told by the rest:

- blocks whose own stamps fit the holes that others left are out of order, and keep their stamps;
- blocks stamped as those just before, and of the same values, were sent twice: the second of them has no time;
- any others are placed by their count behind those before, or by arrival where that contradicts.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.arrival_bounds import ARRIVAL_S, ArrivalBounds
from groundup.clock.reordered_blocks import blocks_between, order_by_stamps, scatter_of
from groundup.clock.run_placement import AWAY_S, AWAY_SAMPLES, RunPlacement
from groundup.clock.sample_order import Order, Run
from groundup.clock.stamps import Samples, Stamps

_BACK_S = 2e-3
_BACK_SAMPLES = 1.5
_MOST, _RARE = 20_000, 4  # cuts; more, or one in so few samples, are no accident
_NOTED_S = 1.0  # arrivals are noted twice in that time


def find_order(stamps: Stamps, rate: float, late: ArrivalBounds, samples: Samples | None = None) -> Order:
    """Find the order of a regular stream.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        As if the clock had never stepped, finite.
    rate : float
        Nominal rate in Hz, more than 0.
    late : ArrivalBounds
        Of the same stamps.
    samples : array or dataset, shape (N, C), optional
        What was sampled; without it nobody can tell what was sent twice from stamps that were set back for good.
    """
    whole = Order((Run(0, len(stamps), 0.0),))
    interval = 1.0 / rate
    limit = max(_BACK_SAMPLES * interval, _BACK_S)
    away = max(AWAY_S, AWAY_SAMPLES * interval)
    cuts, back = _cuts(stamps, interval, limit)
    slept = late.slept(rate)
    cuts = np.union1d(cuts, slept) if len(slept) else cuts
    if len(cuts) == 0 or len(cuts) > min(_MOST, len(stamps) // _RARE) or not (back or _contradicted(late)):
        return whole
    blocks = blocks_between(stamps, cuts)
    if back:
        found = order_by_stamps(blocks, interval, scatter_of(stamps, interval))
        if found is not None:
            return found
    sent = RunPlacement(stamps, interval, late, samples)
    far = [k for k in cuts.tolist() if abs(float(np.diff(stamps[k - 1 : k + 1])[0]) - interval) > away]
    # Where the stamps jump as well, they say where that was.
    far = sorted({*far, *(k for k in slept.tolist() if not any(abs(k - c) < _NOTED_S * rate for c in far))})
    for a, b in pairwise([0, *far, len(stamps)]):
        sent.add(a, b, [c for c in far if c > a])
    sent.small(cuts[~np.isin(cuts, far)].tolist(), limit)
    return sent.order()


def _cuts(stamps: Stamps, interval: float, limit: float) -> tuple[NDArray[np.int64], bool]:
    """Samples before which stamps jump, and whether any jumps back."""
    found, back = [], False
    for begin, values in stamps.pieces(overlap=1):
        apart = np.diff(values)
        found.append(begin + 1 + np.flatnonzero(np.abs(apart - interval) > limit))
        back = back or bool(np.any(apart < -limit))
    return np.concatenate(found) if found else np.empty(0, np.int64), back


def _contradicted(late: ArrivalBounds) -> bool:
    return bool(np.any(late.by - late.stamp < -ARRIVAL_S) or np.any(late.after - late.stamp > ARRIVAL_S))
