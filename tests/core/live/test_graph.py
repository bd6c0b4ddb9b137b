"""The live graph is wired as the offline one, is checked before it runs, and goes on without what fails."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from native import Made as NativeMade
from native import doubled

from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, Event, NotComputableError, Processor, Settings
from groundup.plugin.stage import Made, NativeStage, SampleStage, SignalForm, Stage

RATE = 100.0


def form(ident="a", kind="raw", channels=1, rate=RATE):
    return SignalForm(ident, kind, tuple(Channel(f"c{i}", "V", "soleus", "L") for i in range(channels)), rate)


class Sum(Stage):
    """A running sum: what a lost or doubled sample, or a wrong reset, cannot hide from."""

    def __init__(self, made, latency_s=0.0, gap="reset"):
        self.form, self.latency_s, self.gap = made, latency_s, gap
        self.reset()

    def process(self, time, samples):
        out = np.cumsum(np.vstack([self.total, samples]), axis=0)[1:]
        self.total = out[-1]
        return Made(out, tuple(Event(t, "marker", source="sum") for t in time[np.abs(samples[:, 0]) > 2]))

    def reset(self):
        self.total = np.zeros(len(self.form.channels))


class Whole(Processor):
    name, accepts = "whole", "raw"

    def whole(self, signal):
        raise NotImplementedError


class SumSettings(Settings, frozen=True):
    latency_s: float = 0.05
    gap: str = "reset"


class Summing(Whole):
    name, settings_type = "summing", SumSettings

    def causal(self, taken):
        made = SignalForm(f"{taken.id}.sum", "sum", taken.channels, taken.rate, inputs=(taken.id,))
        return Sum(made, self.settings.latency_s, self.settings.gap)


class Doubling(Whole):
    """Native, on what summing makes."""

    name, accepts = "doubling", "sum"

    def causal(self, taken):
        if len(taken.channels) != 1:
            raise NotComputableError("it takes one channel")
        return NativeStage(NativeMade(doubled).capsule, taken, SignalForm(f"{taken.id}.2", "double", taken.channels, 0))


class Thirds(Whole):
    """Every third sample."""

    name, accepts, default = "thirds", "raw", False

    def causal(self, taken):
        seen = 0

        def process(samples):
            nonlocal seen
            first, seen = -seen % 3, seen + len(samples)
            return samples[first::3]

        def reset():
            nonlocal seen
            seen = 0

        made = SignalForm(f"{taken.id}.third", "third", taken.channels, taken.rate / 3)
        return SampleStage(made, process, reset, ratio=Fraction(1, 3))


def feed(graph, time, samples, cuts=(), stream="a"):
    """Everything that comes of it, put together."""
    edges = [0, *sorted(cuts), len(time)]
    signals, events, faults = {}, [], []
    for a, b in pairwise(edges):
        fed = graph.feed(stream, time[a:b], samples[a:b])
        for signal in fed.signals:
            t, x = signals.setdefault(signal.id, ([], []))
            t.append(signal.time)
            x.append(signal.samples)
        events += fed.events
        faults += fed.faults
    return {k: (np.concatenate(t), np.concatenate(x)) for k, (t, x) in signals.items()}, events, faults


def test_what_one_makes_the_next_takes_and_latencies_add_up():
    graph = Graph([form()], [Doubling, Summing])
    assert graph.notes == []
    assert list(graph.forms) == ["a.sum.causal", "a.sum.2.causal"]
    assert graph.latency_s == {"a": 0.0, "a.sum.causal": 0.05, "a.sum.2.causal": 0.05}
    time = np.arange(10) / RATE
    made, _, _ = feed(graph, time, np.ones((10, 1)))
    np.testing.assert_array_equal(made["a.sum.2.causal"][1][:, 0], 2.0 * np.arange(1, 11))
    np.testing.assert_array_equal(made["a.sum.2.causal"][0], time - 0.05)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12), st.integers(0, 5), st.sampled_from(["reset", "bridge"]))
def test_the_bits_do_not_depend_on_the_chunks(cuts, seed, gap):
    random = np.random.default_rng(seed)
    time = np.cumsum(np.where(random.random(3000) < 0.002, 0.07, 1 / RATE))
    samples = random.normal(size=(3000, 1))
    steps = [ProcessStep("summing", "raw", "", {"gap": gap}), ProcessStep("thirds", "a")]
    whole = feed(Graph([form()], [Doubling, Summing, Thirds], steps), time, samples)
    parts = feed(Graph([form()], [Doubling, Summing, Thirds], steps), time, samples, cuts)
    assert set(whole[0]) == set(parts[0]) == {"a.sum.causal", "a.sum.2.causal", "a.third.causal"}
    for key, (t, x) in whole[0].items():
        np.testing.assert_array_equal(parts[0][key][0], t)
        np.testing.assert_array_equal(parts[0][key][1], x)
    assert parts[1] == whole[1]
    assert len(whole[1]) > 0


def test_a_gap_resets_what_resets_and_is_bridged_by_what_bridges():
    time = np.concatenate([np.arange(5), np.arange(8, 12)]) / RATE
    for gap, last in (("reset", 4.0), ("bridge", 9.0)):
        graph = Graph([form()], [Summing], [ProcessStep("summing", "a", "s", {"gap": gap})])
        assert feed(graph, time, np.ones((9, 1)))[0]["s.causal"][1][-1, 0] == last


def test_a_sample_that_is_due_has_the_time_of_the_sample_it_is_due_with():
    graph = Graph([form()], [Thirds], [ProcessStep("thirds", "a")])
    time = np.concatenate([np.arange(7), 20 + np.arange(7)]) / RATE
    made, _, _ = feed(graph, time, np.arange(14.0)[:, None], cuts=(1, 2, 9))
    np.testing.assert_array_equal(made["a.third.causal"][1][:, 0], [0, 3, 6, 7, 10, 13])
    np.testing.assert_array_equal(made["a.third.causal"][0], time[[0, 3, 6, 7, 10, 13]])
    assert graph.forms["a.third.causal"].rate == pytest.approx(RATE / 3)


def test_wrong_wires_are_named_before_anything_runs():
    steps = [
        ProcessStep("sumning", "a"),
        ProcessStep("summing", "b"),
        ProcessStep("whole", "a"),
        ProcessStep("doubling", "wide"),
        ProcessStep("summing", "a", "", {"latencys": 1.0}),
    ]
    wrong = Graph([form(), form("wide", channels=2)], [Summing, Whole, Doubling], steps).wrong
    assert len(wrong) == 5
    for text in (
        "no processor 'sumning'; installed are",
        "no signal 'b'",
        "whole of a: not computable, because whole works on whole recordings only",
        "doubling of wide: not computable, because it takes one channel",
        'unknown key "latencys"; did you mean "latency_s"?',
    ):
        assert any(text in note for note in wrong), (text, wrong)


def test_a_default_processor_that_cannot_work_is_a_note_and_no_mistake():
    graph = Graph([form()], [Whole])
    assert graph.wrong == []
    assert graph.notes == ["whole of a: not computable, because whole works on whole recordings only"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"latency_s": np.nan}, "latency is nan"),
        ({"latency_s": -1.0}, "latency is -1"),
        ({"gap": "jump"}, "'jump'"),
        ({"ratio": Fraction(1, 2)}, "makes 50 Hz"),
        ({"form": SignalForm("x", "x", (), RATE)}, "no channels"),
    ],
)
def test_a_stage_that_cannot_be_is_refused(change, words):
    class Wrong(Summing):
        def causal(self, taken):
            stage = super().causal(taken)
            for key, value in change.items():
                setattr(stage, key, value)
            return stage

    graph = Graph([form()], [Wrong])
    assert list(graph.forms) == []
    assert words in graph.notes[0]


def test_a_stream_that_nothing_processes_costs_nothing():
    graph = Graph([form("x", "other")], [Summing])
    assert graph.chain("x") is None
    assert graph.feed("x", np.arange(3.0), np.ones((3, 1))).signals == ()


def test_samples_that_do_not_fit_are_a_sentence():
    graph = Graph([form()], [Summing])
    with pytest.raises(ValueError, match="3 x 2 samples do not fit 3 times of a stream of 1 channels"):
        graph.feed("a", np.arange(3.0), np.ones((3, 2)))


def test_streams_that_share_a_reason_share_a_note() -> None:
    graph = Graph([form("a"), form("b"), form("c")], [Whole], [ProcessStep("whole", "raw")])
    assert graph.notes == ["whole of a, b, c: not computable, because whole works on whole recordings only"]
    assert graph.wrong == graph.notes
