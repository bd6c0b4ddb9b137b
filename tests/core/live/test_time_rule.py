"""Which probe belongs before which sample: the same in whatever chunks, and right when clocks step and stamps stray."""

import numpy as np
import pytest
from benchmarks.simulated_time import Case, lost_packets, make
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.clock.live import LiveClock, LiveTime
from groundup.model.source import PROBE


def probes(*rows: tuple[float, float, float]) -> np.ndarray:
    """Probes of (device time, offset, collected)."""
    made = np.zeros(len(rows), PROBE)
    made["time"], made["offset"], made["collected"] = np.array(rows).T
    made["round_trip"] = 1e-4
    return made


def test_a_sample_is_mapped_with_the_probes_collected_by_then_and_no_other() -> None:
    """Offsets that differ a little show which probe was known: collected at 12.3 means device time 2.3."""
    known = probes((0.0, 10.0, 10.3), (2.0, 10.0002, 12.3), (4.0, 10.0001, 14.3))
    stamps = np.array([0.1, 2.2, 2.29, 2.31, 4.2, 4.31])
    ours = LiveTime(0.0)
    ours.probes(known)
    by_hand = []
    for stamp in stamps:
        clock = LiveClock()
        for number, probe in enumerate(known):
            if number == 0 or probe["collected"] - probe["offset"] <= stamp:
                clock.probe(float(probe["time"]), float(probe["offset"]), float(probe["round_trip"]))
        by_hand.append(clock.lab(np.array([stamp]))[0])
    np.testing.assert_array_equal(ours.feed(stamps), by_hand)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    cuts=st.lists(st.integers(0, 2000), max_size=30),
    ahead=st.floats(0.0, 5.0),
    step=st.sampled_from([0.0, 4.0, -4.0]),
    share=st.sampled_from([0.0, 0.1]),
)
def test_chunks_and_probes_that_come_early_change_nothing(
    seed: int, cuts: list[int], ahead: float, step: float, share: float
) -> None:
    stream, _ = make(Case("live", seconds=20.0, step_s=step, lose=lost_packets(share, 3)), seed)
    whole = LiveTime(stream.rate)
    whole.probes(stream.probes)
    expected = whole.feed(stream.timestamps)
    if step:
        return
    pieces, given_so_far, parts = LiveTime(stream.rate), 0, []
    for part in np.split(stream.timestamps, sorted(cuts)):
        if len(part):
            moments = stream.probes["collected"] - stream.probes["offset"]
            due = max(1, int(np.searchsorted(moments, part[-1] + ahead, side="right")))
            pieces.probes(stream.probes[given_so_far:due])
            given_so_far = max(given_so_far, due)
        parts.append(pieces.feed(part))
    np.testing.assert_array_equal(np.concatenate(parts), expected)


@pytest.mark.parametrize("step_s", [-4.0, -0.8, 0.8, 4.0, 3600.0, -3600.0])
def test_a_clock_that_steps_is_followed_from_the_sample_on_where_it_stepped(step_s: float) -> None:
    stream, truth = make(Case("live", seconds=120.0, step_s=step_s), 3)
    time = LiveTime(stream.rate)
    time.probes(stream.probes)
    error = time.feed(stream.timestamps) - truth
    error = error[truth > truth[0] + 20.0]
    assert np.isnan(error).mean() < 0.01
    assert np.nanmax(np.abs(error - np.nanmedian(error))) < 2e-3


@pytest.mark.parametrize("off", [1e6, 1000.0, -1000.0, 3.0])
def test_one_stray_stamp_bends_nothing(off: float) -> None:
    stamps = np.arange(5000) / 1000.0
    stray = stamps.copy()
    stray[2500] += off
    ours, clean = LiveTime(1000.0), LiveTime(1000.0)
    got, expected = ours.feed(stray), clean.feed(stamps)
    assert np.isnan(got[2500])
    others = np.arange(5000) != 2500
    np.testing.assert_allclose(got[others], expected[others], rtol=0, atol=1e-3)


def test_a_jump_into_the_future_is_not_believed_but_a_fast_replay_is() -> None:
    stamps = np.arange(100) / 100.0
    time = LiveTime(100.0)
    assert np.isfinite(time.feed(stamps, now=1.0)).all()
    assert np.isnan(time.feed(stamps + 60.0, now=2.0)).all()
    assert np.isfinite(time.feed(stamps + 2.0, now=3.0)).sum() == 99
    fast = LiveTime(100.0)
    for second in range(20):
        assert np.isfinite(fast.feed(stamps + second, now=second / 4)).all()
    assert np.isfinite(fast.feed(stamps + 30.0, now=5.0)).sum() == 99  # with a gap in the file, too


def test_without_any_probe_the_stamps_are_the_lab_clock() -> None:
    stamps = np.array([1.0, 2.0, 3.5])
    np.testing.assert_array_equal(LiveTime(0.0, latency_s=0.5).feed(stamps), stamps - 0.5)
