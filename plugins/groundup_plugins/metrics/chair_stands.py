"""Chair-stand tests of a trial: the time of five rises in a row, and how many there are in thirty seconds."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from groundup.plugin import RISES, NotComputableError, SitToStand, Trial, metric

FIVE = 5
TEST_S = 30.0
LEAST_TEST_S = 29.5  # of a trial that somebody started and stopped by hand
MOST_UNEVEN = 1.75
"""From one seat-off to the next at most so many times the usual: with twice as much a rise may not have been seen."""


@metric(
    "five_times_sit_to_stand_time",
    of=Trial,
    unit="s",
    needs=(RISES,),
    reference="Guralnik et al. 1994, J Gerontol 49:M85",
    parameters={"rises": FIVE, "most_uneven": MOST_UNEVEN},
)
def five_times_sit_to_stand_time(trial: Trial, rises: Sequence[SitToStand]) -> float:
    """Time that the first five rises of a trial in a row take, from the first movement until the body is up (5xSTS).

    It ends with the fifth standing, as in the Short Physical Performance Battery; a stopwatch that is started at a
    word of command has the reaction time in it too. Not computable with fewer than five rises, or where the time
    between two is more than 1.75 times the usual: a pause, or a rise that was not seen.
    """
    if len(rises) < FIVE:
        raise NotComputableError(f"{_rises(len(rises))} seen in it, and the test is of five in a row")
    first = rises[:FIVE]
    _even(first)
    return first[-1].t1 - first[0].t0


@metric(
    "thirty_second_chair_stand_count",
    of=Trial,
    unit="1",
    needs=(RISES,),
    reference="Jones, Rikli & Beam 1999, Res Q Exerc Sport 70:113",
    parameters={"seconds": TEST_S, "most_uneven": MOST_UNEVEN},
)
def thirty_second_chair_stand_count(trial: Trial, rises: Sequence[SitToStand]) -> float:
    """Rises within thirty seconds (30-s chair stand); one that is more than halfway up at the end counts.

    The thirty seconds begin with the first movement, or where the trial ends sooner, thirty seconds before its end.
    Not computable of a shorter trial, with one rise, where the time between two is more than 1.75 times the usual (a
    pause, or a rise that was not seen), or where the person stopped before the thirty seconds were over.
    """
    lasts = trial.t1 - trial.t0
    if lasts < LEAST_TEST_S:
        raise NotComputableError(f"the trial lasts {lasts:.1f} s, and the test thirty seconds")
    if len(rises) < 2:
        raise NotComputableError("one rise was seen in it, and the test is of rising again and again")
    end = max(min(rises[0].t0, trial.t1 - TEST_S), trial.t0) + TEST_S
    counted = [rise for rise in rises if (rise.seat_off + rise.t1) / 2 <= end]
    if len(counted) < 2:
        raise NotComputableError("one rise was seen in its thirty seconds, and the test is of rising again and again")
    usual = _even(counted)
    left = end - counted[-1].t1
    if left > MOST_UNEVEN * usual:
        raise NotComputableError(
            f"{_rises(len(counted))} seen, the last {left:.0f} s before the thirty seconds were over, as if given up"
        )
    return float(len(counted))


def _rises(count: int) -> str:
    return f"{count} rise{'s were' if count > 1 else ' was'}"


def _even(rises: Sequence[SitToStand]) -> float:
    """The usual time (s) from one rise to the next, where they follow each other evenly."""
    apart = np.array([b.seat_off - a.seat_off for a, b in pairwise(rises)])
    usual = float(np.sort(apart)[(len(apart) - 1) // 2])  # of two the shorter
    worst = int(np.argmax(apart))
    if apart[worst] > MOST_UNEVEN * usual:
        raise NotComputableError(
            f"between its rises {worst + 1} and {worst + 2} there are {apart[worst]:.1f} s, and {usual:.1f} s between "
            "others: a pause, or a rise that was not seen"
        )
    return usual
