"""The search for losses: what it must find whatever its first stamps are like."""

import numpy as np
import pytest
from numpy.typing import NDArray

from groundup.clock.delay_model import assumed
from groundup_ext import _losses

Floats = NDArray[np.float64]
T, NOISE = 0.01, 0.3e-3


def searched(stamps: Floats) -> tuple[list[int], list[int]]:
    """Place and count of the losses in stamps of 100 Hz."""
    rest = stamps - np.arange(len(stamps)) * T
    rest = np.ascontiguousarray(rest - np.median(rest[:3]))
    step = np.full(len(rest), T)
    law = assumed(NOISE)
    _, place, count, _ = _losses.likeliest(
        rest, step, T, law.log, law.lowest, law.width, 4.0, 0, 0.0, NOISE, 1e-4, 5e-7, 20, 16.0
    )
    return place.tolist(), count.tolist()


@pytest.mark.parametrize("behind", [1, 2, 5])
@pytest.mark.parametrize("second", [None, 700])
def test_samples_lost_right_behind_the_first_are_found_before_any_other_loss(behind: int, second: int | None) -> None:
    """The search begins with two counts and no loss: it once read what lies before its losses in memory.

    Those four bytes are a part of what the allocator keeps there, which happens to be 0 and the right answer: only a
    sanitizer sees it, and only with stamps that begin like these.
    """
    taken = np.arange(1000)
    taken[1:] += behind
    if second is not None:
        taken[second:] += 3
    stamps = taken * T + np.random.default_rng(3).gamma(2.0, 0.1e-3, 1000)
    place, count = searched(stamps)
    assert place == [1] + ([second] if second is not None else [])
    assert count == [behind] + ([3] if second is not None else [])
