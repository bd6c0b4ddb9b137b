"""Time while it happens: causal, the same however the stream is cut, and right after a loss."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from benchmarks.simulated_time import Case, lost_packets, make, one_loss
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from groundup.clock import ClockInput
from groundup.clock.live import LiveClock, LiveDejitter

Floats = NDArray[np.float64]
CASE = Case("live", seconds=240.0)


def live(stream: ClockInput, truth: Floats) -> Floats:
    """Lab time of each sample, each probe known when the recorder learnt of it."""
    clock, dejitter = LiveClock(), LiveDejitter(stream.rate)
    known = np.searchsorted(stream.probes["collected"], truth)
    edges = np.unique([0, *(np.flatnonzero(np.diff(known)) + 1), len(truth)])
    parts, fed = [], 0
    for a, b in pairwise(edges):
        for probe in stream.probes[fed : known[a]]:
            clock.probe(float(probe["time"]), float(probe["offset"]), float(probe["round_trip"]))
        fed = known[a]
        parts.append(dejitter.feed(clock.lab(stream.timestamps[a:b])))
    return np.concatenate(parts)


def errors_ms(case: Case, seed: int, settled_s: float = 20.0) -> Floats:
    stream, truth = make(case, seed)
    time = live(stream, truth)
    late = np.isfinite(time) & (truth > truth[0] + settled_s)
    error = (time - truth)[late]
    return np.abs(error - np.median(error)) * 1e3


@pytest.mark.parametrize("rate", [100.0, 1000.0])
def test_one_loss_of_a_tenth_of_a_second_costs_less_than_a_millisecond(rate: float) -> None:
    for seed in range(3):
        case = replace(CASE, rate=rate, seconds=90.0, lose=one_loss(0.1, rate))
        assert np.percentile(errors_ms(case, seed), 99) < 1.0


@pytest.mark.parametrize("lost_s", [2.0, 20.0])
def test_a_long_loss_is_got_over_within_seconds(lost_s: float) -> None:
    assert np.percentile(errors_ms(replace(CASE, lose=one_loss(lost_s, 100.0)), 1), 95) < 0.3


def test_lost_packets_do_not_add_up() -> None:
    assert np.percentile(errors_ms(replace(CASE, lose=lost_packets(0.01, 10)), 2), 95) < 0.3


@pytest.mark.parametrize("nominal", [50.0, 90.0, 250.0])
def test_a_nominal_rate_is_not_believed(nominal: float) -> None:
    assert np.percentile(errors_ms(replace(CASE, nominal=nominal), 3), 95) < 0.3


@pytest.mark.parametrize("step_s", [-4.0, 4.0])
def test_a_clock_that_steps_is_followed_from_the_next_probe_on(step_s: float) -> None:
    error = errors_ms(replace(CASE, step_s=step_s), 4)
    assert np.percentile(error, 95) < 0.5


def test_before_the_first_probe_nothing_is_known() -> None:
    assert np.isnan(LiveClock().lab(np.arange(3.0))).all()


def test_a_round_trip_too_long_does_not_move_the_clock() -> None:
    clock = LiveClock()
    for k in range(100):
        clock.probe(2.0 * k, 5.0, 1e-4)
    clock.probe(200.0, 5.4, 1.0)
    assert clock.steps == 0
    assert clock.lab(np.array([200.0]))[0] == pytest.approx(205.0, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000),
    cuts=st.lists(st.integers(0, 2000), max_size=30),
    jitter=st.sampled_from([0.0, 0.5e-3, 5e-3]),
    share=st.sampled_from([0.0, 0.1]),
)
def test_times_never_depend_on_how_the_stream_was_cut_and_never_run_back(
    seed: int, cuts: list[int], jitter: float, share: float
) -> None:
    case = replace(CASE, seconds=20.0, jitter=jitter, lose=lost_packets(share, 3))
    stamps = make(case, seed)[0].timestamps
    whole = LiveDejitter(100.0).feed(stamps)
    pieces = LiveDejitter(100.0)
    cut = np.concatenate([pieces.feed(part) for part in np.split(stamps, sorted(cuts))])
    np.testing.assert_array_equal(cut, whole)
    assert np.all(np.diff(whole) >= 0.0)
