"""Live is the same as offline: to the bit, however the streams are cut and in whatever order they come."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.live.walking import METRICS, PROCESSORS, SPECS, STRIDE_S, streams

from groundup.analysis.pipeline import AnalysisResult, run_pipeline
from groundup.clock.live import LiveTime
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.playback import play
from groundup.live.metrics.job import Measurer
from groundup.live.outputs.result_collector import ResultCollector
from groundup.model.signals import Signal
from groundup.model.source import SourceStream
from groundup.model.status import OK
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject


def result(made: Sequence[SourceStream], slice_s: float = 0.25, chunk: int | None = None) -> AnalysisResult:
    analysis = LiveAnalysis({s.id: s.spec for s in made}, PROCESSORS, METRICS)
    measurer, results = Measurer(METRICS, Subject()), ResultCollector()
    for step in play(analysis, made, slice_s=slice_s, chunk=chunk):
        for chunk in step.chunks:
            results.add_chunk(chunk)
        for tick in step.ticks:
            results.add_tick(tick)
            if tick.job is not None:
                results.rows(measurer.rows(tick.job))
    return results.result(analysis)


def assert_same(one: AnalysisResult, other: AnalysisResult) -> None:
    assert [s.id for s in one.signals] == [s.id for s in other.signals]
    for a, b in zip(one.signals, other.signals, strict=True):
        np.testing.assert_array_equal(a.time.view("u8"), b.time.view("u8"))
        np.testing.assert_array_equal(a.samples.view("u8"), b.samples.view("u8"))
    assert one.events == other.events
    assert one.strides == other.strides
    assert one.stances == other.stances
    assert [repr(row) for row in one.rows] == [repr(row) for row in other.rows]
    assert one.notes == other.notes


@pytest.fixture(scope="module")
def whole() -> AnalysisResult:
    return result(streams())


def test_a_walk_gives_its_strides_while_it_goes_on(whole: AnalysisResult) -> None:
    assert len(whole.strides) >= 16
    for stride in whole.strides:
        assert stride.t1 - stride.t0 == pytest.approx(STRIDE_S, abs=0.012)
    assert [s.number for s in whole.strides] == list(range(len(whole.strides)))
    assert {row.name for row in whole.rows} == {m.name for m in METRICS}
    assert all(row.status == OK for row in whole.rows), {row.status for row in whole.rows}


@pytest.mark.rig
@settings(max_examples=6, deadline=None)
@given(slice_s=st.floats(0.003, 20.0), chunk=st.integers(1, 997))
def test_any_slices_and_chunks_give_the_same_bits(whole: AnalysisResult, slice_s: float, chunk: int) -> None:
    assert_same(result(streams(), slice_s, max(chunk, 7)), whole)


@pytest.mark.rig
def test_sample_by_sample_gives_the_same_bits() -> None:
    made = streams(4.0)
    assert_same(result(made, chunk=1), result(made))


@pytest.mark.rig
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), most=st.integers(20, 6000))
def test_any_order_of_the_streams_gives_the_same_events_and_jobs(whole: AnalysisResult, seed: int, most: int) -> None:
    """Streams in chunks of any size, whichever comes first: what is decided waits until all have got so far."""
    random = np.random.default_rng(seed)
    made = streams()
    analysis = LiveAnalysis({s.id: s.spec for s in made}, PROCESSORS, METRICS)
    measurer, results = Measurer(METRICS, Subject()), ResultCollector()
    left = {}
    for stream in made:
        clock = LiveTime(stream.spec.rate, stream.spec.latency_s)
        clock.probes(stream.probes)
        ((stamps, samples),) = stream.blocks()
        left[stream.id] = (clock.feed(stamps), samples)
    while left:
        name = str(random.choice(sorted(left)))
        count = int(random.integers(1, most))
        times, samples = left.pop(name)
        results.add_chunk(analysis.feed(name, times[:count], samples[:count]))
        if len(times) > count:
            left[name] = (times[count:], samples[count:])
        else:
            analysis.end(name)
        for tick in analysis.advance():
            results.add_tick(tick)
            if tick.job is not None:
                results.rows(measurer.rows(tick.job))
    for tick in analysis.finish():
        results.add_tick(tick)
        if tick.job is not None:
            results.rows(measurer.rows(tick.job))
    assert_same(results.result(analysis), whole)


def test_metrics_are_those_of_the_offline_analysis_on_the_same_signals(whole: AnalysisResult) -> None:
    """Strides and values, except those over a median that was not known yet."""
    raw = []
    for stream in streams():
        clock = LiveTime(stream.spec.rate)
        clock.probes(stream.probes)
        ((stamps, samples),) = stream.blocks()
        spec = stream.spec
        raw.append(
            Signal(stream.id, spec.kind, clock.feed(stamps), np.float64(samples), spec.channels, spec.rate, spec.plate)
        )
    by_hand = [s for s in raw if s.kind != "emg"]  # the envelope as it was made live, moved by its delay
    offline = run_pipeline(
        [*by_hand, *(s for s in whole.signals if s.kind == "envelope")], [], Subject(), PROCESSORS, METRICS
    )
    assert sorted((s.t0, s.t1, s.side) for s in whole.strides) == sorted((s.t0, s.t1, s.side) for s in offline.strides)
    ours = {(r.name, r.t0, r.side): r.value for r in whole.rows if r.name != "made_share"}
    theirs = {(r.name, r.t0, r.side): r.value for r in offline.rows if r.name != "made_share"}
    assert ours == theirs


def test_a_silent_stream_never_stops_the_others() -> None:
    made = {s.id: s for s in streams()}
    analysis = LiveAnalysis(SPECS, PROCESSORS, METRICS, wait_s=0.5)
    strides, newest = 0, -math.inf
    timed = {}
    for name in ("plate_l", "plate_r"):  # the EMG is expected and never comes
        clock = LiveTime(200.0)
        clock.probes(made[name].probes)
        ((stamps, samples),) = made[name].blocks()
        timed[name] = (clock.feed(stamps), samples)
    for k in range(0, 2400, 4):
        for name, (times, samples) in timed.items():
            analysis.feed(name, times[k : k + 4], samples[k : k + 4])
            newest = max(newest, times[k])
        for tick in analysis.advance():
            assert newest - tick.time <= 0.5 + 0.1
            if tick.job is not None:
                strides += sum(type(s).__name__ == "Stride" for s in tick.job.stretches)
                rows = list(Measurer(METRICS, Subject()).rows(tick.job))
                assert all("soleus" in r.reason or r.status == OK for r in rows)
    assert strides >= 15


def test_late_samples_are_processed_all_the_same() -> None:
    made = {s.id: s for s in streams()}
    analysis = LiveAnalysis(SPECS, PROCESSORS, METRICS, wait_s=0.2)
    clock = LiveTime(1000.0)
    clock.probes(made["emg"].probes)
    ((stamps, samples),) = made["emg"].blocks()
    times = clock.feed(stamps)
    analysis.feed("plate_l", np.arange(100.0, 110.0, 0.005), np.zeros((2000, 6)))
    analysis.advance()
    result = analysis.feed("emg", times, samples)
    assert sum(len(s.time) for s in result.signals) == len(times)
    analysis.advance()


@pytest.mark.parametrize("unknown", [1, None], ids=["one", "all"])
def test_samples_without_a_time_at_the_beginning_hold_nothing_up(unknown: int | None) -> None:
    made = streams()
    ((stamps, samples),) = made[0].blocks()
    stamps = stamps.copy()
    stamps[:unknown] = np.nan
    made = [replace(made[0], blocks=lambda: iter([(stamps, samples)])), *made[1:]]
    analysis = LiveAnalysis({s.id: s.spec for s in made}, PROCESSORS, METRICS)
    steps = list(islice(play(analysis, made), 10_000))
    assert math.isinf(steps[-1].time)
    assert sum(step.samples for step in steps) == sum(s.count for s in made) - np.isnan(stamps).sum()


def test_markers_far_away_are_no_events_of_what_was_analysed_live_either() -> None:
    emg = StreamSpec("EMG", "EMG", 100.0, "float32", (Channel("a", "V", "soleus", "L"),))
    marks = StreamSpec("Marks", "Markers", 0.0, "string", (Channel("m"),))
    live, results = LiveAnalysis({"emg": emg, "marks": marks}, [], []), ResultCollector()
    live.feed("marks", np.array([-1e6]), [[b"long ago"]])
    live.feed("emg", 10.0 + np.arange(500) / 100.0, np.zeros((500, 1), np.float32))
    for time, text in ((11.0, b"go"), (1e6, b"some day")):
        live.feed("marks", np.array([time]), [[text]])
    for tick in (*live.advance(), *live.finish()):
        results.add_tick(tick)
    found = results.result(live)
    assert [(event.time, event.text) for event in found.events] == [(11.0, "go")]
    (note,) = found.notes
    assert note.startswith("marks: 2 of its markers left out of the events: stamped at no time of the recording")
    assert "'long ago', 1000010 s before its first sample" in note
