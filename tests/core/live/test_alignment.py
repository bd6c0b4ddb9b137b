"""What is to be decided at a moment is decided once, wherever the moment lies between ticks."""

import math

import pytest

from groundup.live.engine.alignment import TICK_S, Aligner


@pytest.mark.parametrize("toward", [-math.inf, 0.0, math.inf])
def test_a_moment_beside_a_tick_comes_once(toward: float) -> None:
    """The quotient of a time just after a tick may be that tick: it was then due for ever, and live stood still."""
    for tick in (*range(1, 1000), *range(1_234_000, 1_235_000)):
        moment = tick * TICK_S
        _comes_once(math.nextafter(moment, toward) if toward else moment)


def _comes_once(moment: float) -> None:
    due = [moment]
    aligner: Aligner[str] = Aligner()
    aligner.add("a", regular=True)
    aligner.reached("a", moment + 10 * TICK_S)
    ticks = aligner.ticks(lambda: due[0] if due else math.inf)
    end, _ = next(ticks)
    assert moment <= end < moment + 1.01 * TICK_S
    due.clear()
    assert list(ticks) == []
