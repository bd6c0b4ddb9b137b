"""A queue that builds up on one way moves what the probes measure: the bound has it, and the reason says it."""

import numpy as np
import pytest
from benchmarks.senders import Clock, _even
from benchmarks.simulated_time import probed

from groundup.clock import ClockInput, synchronise


def recorded(seed: int, seconds: float, grows_s: float) -> tuple[np.ndarray, float, float, str]:
    """Absolute errors of a stream in ms, its bound and asymmetry, and the reason."""
    chance = np.random.default_rng([seed, int(seconds)])
    taken, _ = _even(100.0, seconds, chance)
    clock = Clock(float(chance.uniform(-80.0, 80.0)))
    probes = probed(clock.device, float(taken[-1]) + 1.0, 2.0, chance)
    growth = np.linspace(0.0, grows_s, len(probes))
    probes["round_trip"] += growth
    probes["offset"] += growth / 2.0  # all of it on one way, as far as it can be
    came = np.maximum.accumulate(taken + chance.gamma(2.0, 0.3e-3, len(taken)))
    (found,) = synchronise([ClockInput("x", clock.device(came), 100.0, probes)])
    certificate = found.certificate
    late = float((came - taken).min())
    return 1e3 * (found.time - taken - late), certificate.bound_ms, certificate.asymmetry_ms, certificate.reason


@pytest.mark.parametrize("seconds", [60.0, 300.0])
@pytest.mark.parametrize("grows_s", [1e-3, 6e-3])
def test_the_bound_holds_what_one_way_may_hide(seconds: float, grows_s: float) -> None:
    spread, whole = [], []
    for seed in range(4):
        off, bound, asymmetry, reason = recorded(seed, seconds, grows_s)
        spread.append(np.mean(np.abs(off - np.median(off)) <= bound))
        whole.append(np.mean(np.abs(off) <= bound + asymmetry))
        assert "on one way it moves the times by half of what it grew" in reason
    assert np.mean(spread) > 0.93
    assert np.mean(whole) > 0.93


def test_a_round_trip_that_stays_costs_nothing() -> None:
    _, bound, _, reason = recorded(0, 60.0, 0.0)
    assert "grew" not in reason
    assert bound < 0.2
