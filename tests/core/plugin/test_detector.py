"""A detector sees each channel by itself, begins anew where something is missing, and is told what it may not tell."""

import ctypes

import numpy as np
import pytest

from groundup.live.engine.graph import Graph
from groundup.plugin import EVENT_DTYPE, Channel, Detection, Detector, NotComputableError, Settings, SignalForm, kernels

RATE = 1000.0
CHANNELS = (Channel("a", "V", "soleus", "L"), Channel("b", "V", "soleus", "R"))
FORM = SignalForm("emg", "emg", CHANNELS, RATE)


class Counting(Detector):
    """Tells every seventh sample since it began: what was forgotten, or was not, cannot hide."""

    name, accepts, kinds = "counting", "emg", ("seventh",)

    def detect(self, form, channel):
        seen = 0
        found = None
        while True:
            x = yield found
            seen += 1
            found = Detection("seventh", value=x) if seen % 7 == 0 else None


def events_of(detector, samples, time=None):
    time = np.arange(len(samples)) / RATE if time is None else time
    return detector(Settings()).whole(FORM.signal(time, samples)).events


def telling(found):
    class Telling(Detector):
        """Tells one thing at the fifth sample."""

        name, accepts, kinds = "telling", "emg", ("this",)

        def detect(self, form, channel):
            for _ in range(4):
                yield
            yield
            while True:
                yield found

    return Telling


def test_every_channel_is_seen_by_itself():
    samples = np.arange(40.0).reshape(20, 2)
    events = events_of(Counting, samples)
    assert [(e.time, e.channel, e.side, e.value) for e in events] == [
        (0.006, "a", "L", 12.0),
        (0.006, "b", "R", 13.0),
        (0.013, "a", "L", 26.0),
        (0.013, "b", "R", 27.0),
    ]


@pytest.mark.parametrize("missing", [np.nan, np.inf, -1e101])
def test_where_a_value_is_missing_its_channel_alone_begins_anew(missing):
    samples = np.ones((20, 2))
    samples[3, 1] = missing
    by_channel = {c: [round(e.time * RATE) for e in events_of(Counting, samples) if e.channel == c] for c in "ab"}
    assert by_channel == {"a": [6, 13], "b": [10, 17]}


def test_after_a_gap_all_begin_anew():
    time = np.arange(20) / RATE
    time[5:] += 1.0
    assert [round(e.time * RATE) for e in events_of(Counting, np.ones((20, 2)), time)] == [1011, 1011, 1018, 1018]


def test_it_may_tell_what_began_between_two_samples_before():
    events = events_of(telling(Detection("this", back=2.25)), np.ones((5, 2)))
    assert [e.time for e in events] == [pytest.approx(0.00175)] * 2


def test_the_delay_of_the_filter_before_it_is_taken_off():
    class Delayed(Counting):
        """After a moving RMS."""

        def filtered(self, form):
            return kernels.MovingRms(2, 11)

    events = events_of(Delayed, np.ones((30, 2)))
    late = kernels.MovingRms(2, 11).delay / RATE
    assert late > 0
    assert (events[0].time * RATE + late * RATE) % 1.0 == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Detection("that"), "it tells 'that', and its kinds are this"),
        (Detection("this", back=5.0), "of 5.0 samples ago, and was given 4 before"),
        (Detection("this", back=-1.0), "of -1.0 samples ago"),
        (Detection("this", back=np.nan), "of nan samples ago"),
        (Detection("this", confidence=2.0), "of confidence 2.0"),
        (Detection("this", value=np.inf), "value inf"),
        ("this", "AttributeError"),
    ],
)
def test_what_cannot_be_is_told_to_the_author(found, words):
    with pytest.raises(RuntimeError) as error:
        events_of(telling(found), np.ones((5, 2)))
    assert words in str(error.value)


def test_one_that_comes_to_its_end_is_told_so():
    class Ending(Counting):
        """Ends."""

        def detect(self, form, channel):
            yield

    with pytest.raises(RuntimeError, match="has come to an end"):
        events_of(Ending, np.ones((5, 2)))


def wired(**body):
    """What a graph says of a detector that cannot be used."""
    detector = type("Odd", (Counting,), {"__doc__": "Odd.", **body})
    (note,) = Graph([FORM], [detector]).notes
    return note


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kinds": ("a", "a")}, "stands twice"),
        ({"function": "burst"}, "str is no compiled function"),
        ({"function": 0}, "int is no compiled function"),
        ({"filtered": lambda self, form: kernels.Rectify(3)}, "must take and give 2 channels"),
        ({"filtered": lambda self, form: kernels.Resampler(2, 1, 2)}, "a row for each sample"),
        ({"function": 1, "filtered": lambda self, form: kernels.Rectify(3)}, "must take and give 2 channels"),
        ({"function": 1, "filtered": lambda self, form: kernels.Resampler(2, 1, 2)}, "a row for each sample"),
        ({"function": 1, "memory": lambda self, form, c: np.zeros(1 + (c.side == "R"))}, "a memory of one length"),
    ],
)
def test_one_that_cannot_be_used_is_refused_in_a_sentence(body, words):
    assert words in wired(**body)


def test_without_a_rate_it_is_not_computable():
    with pytest.raises(NotComputableError, match="no sampling rate"):
        Counting(Settings()).causal(SignalForm("emg", "emg", CHANNELS, 0.0))


# --- compiled: a function of ctypes stands for one in C ---


class CEvent(ctypes.Structure):
    _fields_ = (
        ("sample", ctypes.c_int64),
        ("fraction", ctypes.c_double),
        ("confidence", ctypes.c_double),
        ("value", ctypes.c_double),
        ("channel", ctypes.c_int32),
        ("kind", ctypes.c_uint32),
        ("side", ctypes.c_uint32),
    )


DETECT = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.POINTER(ctypes.c_double), ctypes.c_double, ctypes.POINTER(CEvent)
)  # groundup_detect


def compiled(detect):
    made = DETECT(detect)

    class Compiled(Counting):
        """Counting, compiled."""

        kept = made
        function = ctypes.cast(made, ctypes.c_void_p).value

        def memory(self, form, channel):
            return np.zeros(1)

    return Compiled


def counting(memory, x, event):
    memory[0] += 1
    if memory[0] % 7:
        return 0
    event[0].value = x
    return 1


def test_the_struct_for_numba_is_that_of_the_header():
    assert EVENT_DTYPE.itemsize == ctypes.sizeof(CEvent)
    offsets = {name: getattr(CEvent, name).offset for name, _ in CEvent._fields_}
    assert offsets == {name: EVENT_DTYPE.fields[name][1] for name in EVENT_DTYPE.names}


def test_a_compiled_one_gives_what_one_in_python_gives():
    samples = np.random.default_rng(0).normal(size=(60, 2))
    samples[[8, 30], [0, 1]] = np.nan, np.inf
    time = np.arange(60) / RATE
    time[40:] += 1.0
    assert events_of(compiled(counting), samples, time) == events_of(Counting, samples, time)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda event: setattr(event, "kind", 1), "none of the kinds"),
        (lambda event: setattr(event, "channel", 7), "a channel that it was not given"),
        (lambda event: setattr(event, "sample", event.sample - 5), "too far back"),
        (lambda event: setattr(event, "sample", event.sample + 1), "in the future"),
    ],
)
def test_a_compiled_one_that_tells_what_cannot_be_is_left_out(change, words):
    def detect(memory, x, event):
        memory[0] += 1
        change(event[0])
        return int(memory[0] == 5)

    with pytest.raises(RuntimeError, match=words):
        events_of(compiled(detect), np.ones((5, 2)))


def test_a_compiled_one_that_fails_is_told_with_its_number():
    with pytest.raises(RuntimeError, match="its process returned 9"):
        events_of(compiled(lambda memory, x, event: 9), np.ones((5, 2)))


def test_what_it_wrote_and_did_not_tell_is_forgotten():
    def detect(memory, x, event):
        event[0].value = 99.0 if x < 0 else event[0].value
        return int(x > 0)

    samples = np.array([[-1.0, -1.0], [1.0, -1.0]])
    (event,) = events_of(compiled(detect), samples)
    assert np.isnan(event.value)


def test_events_of_many_channels_in_every_sample_are_all_told():
    channels = tuple(Channel(f"c{n}", "V", "soleus", "L") for n in range(40))
    form = SignalForm("emg", "emg", channels, RATE)
    every = compiled(lambda memory, x, event: 1)
    events = every(Settings()).whole(form.signal(np.arange(50) / RATE, np.ones((50, 40)))).events
    assert len(events) == 50 * 40
    assert [e.channel for e in events[:40]] == [c.label for c in channels]


def test_of_a_very_wide_stream_nothing_is_lost():
    channels = tuple(Channel(f"c{n}", "V") for n in range(5000))
    form = SignalForm("wide", "emg", channels, RATE)

    native = compiled(lambda memory, x, event: int(x > 0))
    samples = np.zeros((30, 5000))
    samples[:, 4999] = 1.0
    found = native(Settings()).whole(form.signal(np.arange(30) / RATE, samples)).events
    assert [event.channel for event in found] == ["c4999"] * 30
