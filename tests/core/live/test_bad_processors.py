"""A processor that is wrong is refused in a sentence, or left out when it fails; the others go on."""

import ctypes

import numpy as np
import pytest
from native import ACTIVATE, EXTENSION, FIRST_VERSION, PROCESS, RESET, doubled
from native import Made as NativeMade
from test_graph import RATE, Summing, Whole, feed, form

from groundup.live.engine.graph import Graph
from groundup.plugin import Event
from groundup.plugin.stage import Made, NativeStage, SignalForm, Stage

TIME = np.arange(4000) / RATE
SAMPLES = np.ones((4000, 1))


def native(capsule, made=True, kinds=("IC", "FO")):
    """A processor class around a capsule."""

    class Native(Whole):
        name = "native"

        def causal(self, taken):
            out = SignalForm(f"{taken.id}.native", "native", taken.channels, 0) if made else None
            return NativeStage(capsule, taken, out, kinds=kinds)

    return Native


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": 7}, "speaks version 7 of the processor ABI and this groundup version 2"),
        ({"struct_size": 16}, "has 16 bytes"),
        ({"process": PROCESS()}, "has no function process"),
        ({"activate": ACTIVATE(), "reset": RESET()}, "has no function activate and no reset"),
        ({"destroy": RESET()}, "has no function destroy"),
        ({"in_channels": 0}, "0 channels in"),
        ({"in_channels": 3}, "it takes 3 channels and a has 1"),
        ({"out_channels": 2}, "it makes 2 channels and 1 are described"),
        ({"down": 0}, "a rate of 1/0"),
        ({"gap": 9}, "names 9 for what it does at a gap"),
        ({"activate": ACTIVATE(lambda state, rate, most: 3)}, "cannot work at 100 Hz (its activate returned 3)"),
    ],
)
def test_a_processor_that_cannot_be_used_is_refused_in_a_sentence(fields, words):
    graph = Graph([form()], [native(NativeMade(doubled, **fields).capsule), Summing])
    assert words in graph.notes[0]
    assert list(graph.forms) == ["a.sum.causal"]


@pytest.mark.parametrize("thing", [None, 3, object(), "groundup.processor.v1"])
def test_what_is_no_capsule_is_refused(thing):
    assert "is not a processor" in Graph([form()], [native(thing)]).notes[0]


def test_a_processor_that_was_built_for_the_first_version_is_told_to_be_built_again():
    old = NativeMade(doubled, capsule=FIRST_VERSION).capsule
    (note,) = Graph([form()], [native(old)]).notes
    assert "speaks version 1 of the processor ABI and this groundup version 2; build it again" in note


@pytest.mark.parametrize("kinds", [("",), ("a", "a"), ("x" * 65,), ("new\nline",), (3,)])
def test_kinds_that_are_no_words_are_refused(kinds):
    (note,) = Graph([form()], [native(NativeMade(doubled).capsule, kinds=kinds)]).notes
    assert "kind of event" in note


def test_a_capsule_of_another_name_is_refused():
    from datetime import datetime_CAPI as other

    assert "a capsule named 'datetime.datetime_CAPI'" in Graph([form()], [native(other)]).notes[0]


def test_one_processor_is_not_fed_two_streams():
    one = NativeMade(doubled)
    graph = Graph([form("a"), form("b")], [native(one.capsule)])
    assert list(graph.forms) == ["a.native.causal"]
    assert "in use already" in graph.notes[0]
    del graph
    assert list(Graph([form("b")], [native(one.capsule)]).forms) == ["b.native.causal"]


def test_it_is_activated_and_reset_before_and_destroyed_after():
    one = NativeMade(doubled)
    graph = Graph([form()], [native(one.capsule)])
    graph.feed("a", TIME, SAMPLES)
    assert one.calls == ["activate", "reset"]
    del graph
    assert one.calls == ["activate", "reset", "destroy"]


def failing_at(limit):
    seen = 0

    def process(state, samples, n, out, out_n, events, event_n):
        nonlocal seen
        seen += n
        doubled(state, samples, n, out, out_n, events, event_n)
        return 5 if seen > limit else 0

    return process


def writing(count):
    def process(state, samples, n, out, out_n, events, event_n):
        doubled(state, samples, n, out, out_n, events, event_n)
        out_n[0] = count
        return 0

    return process


def telling(count=1, **fields):
    def process(state, samples, n, out, out_n, events, event_n):
        doubled(state, samples, n, out, out_n, events, event_n)
        usual = {"sample": 0, "fraction": 0.0, "kind": 0, "side": 0, "channel": -1, "confidence": 1.0, "value": np.nan}
        for name, value in {**usual, **fields}.items():
            setattr(events[0], name, value)
        event_n[0] = count
        return 0

    return process


@pytest.mark.parametrize(
    ("process", "words"),
    [
        (failing_at(0), "its process returned 5"),
        (writing(0), "did not write as many samples"),
        (writing(10**6), "did not write as many samples"),
        (telling(kind=2), "none of the kinds"),
        (telling(channel=1), "a channel that it was not given"),
        (telling(channel=-2), "a channel that it was not given"),
        (telling(count=2**31), "more events than there was room for"),
        (telling(side=3), "an event that cannot be"),
        (telling(value=np.inf), "an event that cannot be"),
        (telling(sample=-1), "an event that cannot be"),
        (telling(sample=2**63 - 1), "an event that cannot be"),
        (telling(sample=-(2**63)), "an event that cannot be"),
        (telling(fraction=1.5), "an event that cannot be"),
        (telling(confidence=np.nan), "an event that cannot be"),
    ],
)
def test_a_processor_that_fails_is_left_out_and_the_others_go_on(process, words):
    graph = Graph([form()], [native(NativeMade(process).capsule), Summing])
    made, events, faults = feed(graph, TIME, SAMPLES, cuts=(10, 500))
    assert [words in fault.reason for fault in faults] == [True], "it is told once"
    assert [(e.kind, e.source, e.time) for e in events] == [("fault", "native:a", 0.0)]
    assert np.isnan(made["a.native.causal"][1]).all()
    assert len(made["a.native.causal"][0]) == len(TIME)
    np.testing.assert_array_equal(made["a.sum.causal"][1][:, 0], np.arange(1.0, 4001.0))


def test_what_came_before_it_failed_is_kept():
    graph = Graph([form()], [native(NativeMade(failing_at(100)).capsule)])
    made, _, faults = feed(graph, TIME[:300], SAMPLES[:300], cuts=(100, 200))
    assert np.isfinite(made["a.native.causal"][1][:100]).all()
    assert np.isnan(made["a.native.causal"][1][100:]).all()
    assert faults[0].time == TIME[100]


class Misbehaving(Stage):
    def __init__(self, taken, action):
        self.form = SignalForm(f"{taken.id}.bad", "bad", taken.channels, taken.rate)
        self.action = action

    def process(self, time, samples):
        return self.action(time, samples)

    def reset(self):
        pass


def raising(time, samples):
    raise ZeroDivisionError("by zero")


def leaving(time, samples):
    raise SystemExit(1)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (raising, "ZeroDivisionError: by zero"),
        (leaving, "SystemExit"),
        (lambda time, samples: None, "AttributeError"),
        (lambda time, samples: Made(samples[1:]), "it made samples of shape (3999, 1); (4000, 1) is expected"),
        (lambda time, samples: Made(None), "it made samples of shape"),
        (lambda time, samples: Made(np.full((4000, 1), "x")), "ValueError"),
    ],
)
def test_python_that_raises_or_returns_nonsense_is_left_out(action, words):
    class Bad(Whole):
        name = "bad"

        def causal(self, taken):
            return Misbehaving(taken, action)

    made, events, faults = feed(Graph([form()], [Bad, Summing]), TIME, SAMPLES)
    assert words in faults[0].reason
    assert [e.kind for e in events] == ["fault"]
    assert np.isnan(made["a.bad.causal"][1]).all()
    assert np.isfinite(made["a.sum.causal"][1]).all()


def test_nan_goes_on_and_harms_no_other():
    class Nan(Whole):
        name = "nan"

        def causal(self, taken):
            return Misbehaving(taken, lambda time, samples: Made(samples * np.nan))

    made, _, faults = feed(Graph([form()], [Nan, Summing]), TIME, SAMPLES)
    assert faults == []
    assert np.isnan(made["a.bad.causal"][1]).all()
    assert np.isfinite(made["a.sum.causal"][1]).all()


def test_after_a_gap_it_gets_another_chance():
    time = np.concatenate([TIME[:50], TIME[:50] + 10.0])
    seen = []

    def once(state, samples, n, out, out_n, events, event_n):
        doubled(state, samples, n, out, out_n, events, event_n)
        seen.append(n)
        return 1 if len(seen) == 1 else 0

    made, _, faults = feed(Graph([form()], [native(NativeMade(once).capsule)]), time, SAMPLES[:100])
    assert len(faults) == 1
    np.testing.assert_array_equal(np.isnan(made["a.native.causal"][1][:, 0]), np.arange(100) < 50)


def test_events_lie_between_the_samples_they_name_and_may_lie_in_the_past():
    process = telling(sample=-2, fraction=0.25, kind=1, side=2, confidence=0.5)

    def late(state, samples, n, out, out_n, events, event_n):
        answer = process(state, samples, n, out, out_n, events, event_n)
        event_n[0] = 1 if samples[0] == 7.0 else 0
        return answer

    samples = SAMPLES[:20].copy()
    samples[10] = 7.0
    graph = Graph([form()], [native(NativeMade(late).capsule)])
    _, events, _ = feed(graph, TIME[:20], samples, cuts=(4, 10))
    assert [(e.kind, e.side, e.source, e.confidence) for e in events] == [("FO", "R", "soleus", 0.5)]
    assert events[0].time == pytest.approx(0.0825)


def test_the_latency_that_a_processor_tells_is_taken_off():
    seconds = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)(lambda state: 0.125)

    class Latency(ctypes.Structure):
        _fields_ = (("struct_size", ctypes.c_uint32), ("seconds", type(seconds)))

    latency = Latency(ctypes.sizeof(Latency), seconds)

    def extension(state, name):
        return ctypes.addressof(latency) if name == b"groundup.latency/1" else None

    graph = Graph([form()], [native(NativeMade(doubled, extension=EXTENSION(extension)).capsule)])
    assert graph.latency_s["a.native.causal"] == 0.125
    made, _, _ = feed(graph, TIME[:5], SAMPLES[:5])
    np.testing.assert_array_equal(made["a.native.causal"][0], TIME[:5] - 0.125)


def test_a_stage_that_feeds_the_chain_it_is_in_is_left_out():
    graphs = []

    class Recursive(Whole):
        name = "recursive"

        def causal(self, taken):
            return Misbehaving(taken, lambda time, samples: graphs[0].feed("a", time, samples))

    graphs.append(Graph([form()], [Recursive, Summing]))
    made, _, faults = feed(graphs[0], TIME, SAMPLES)
    assert "one chunk after the other" in faults[0].reason
    assert np.isfinite(made["a.sum.causal"][1]).all()


@pytest.mark.parametrize(
    "odd",
    [
        Event(-1e6, "IC"),
        Event(1e6, "IC"),
        Event(np.nan, "IC"),
        Event("soon", "IC"),
        Event(0.01, ""),
        Event(0.01, "x" * 65),
        Event(0.01, "IC", confidence=7.0),
        Event(0.01, "IC", value=np.inf),
        Event(0.01, 3),
        "IC",
        None,
    ],
    ids=repr,
)
def test_an_event_of_a_python_stage_that_cannot_be_is_left_out_and_told_once(odd):
    good = Event(0.02, "any word", text="its words", value=3.0, unit="V")

    class Odd(Whole):
        name = "odd"

        def causal(self, taken):
            return Misbehaving(taken, lambda time, samples: Made(samples, (good, odd)))

    made, events, faults = feed(Graph([form()], [Odd]), TIME[:100], SAMPLES[:100], cuts=(10, 20))
    assert [event for event in events if event.kind != "fault"] == [good] * 3
    assert ["1 of 2 events are left out" in fault.reason for fault in faults] == [True]
    assert np.isfinite(made["a.bad.causal"][1]).all(), "its samples go on"
