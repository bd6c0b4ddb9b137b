"""What drivers make their stamps of: chosen packets, sent twice, found again by the streams they are about."""

import numpy as np
from tests.core.plugin.test_sample_clock import Kept, received

from groundup.clock import ClockInput
from groundup.journal.ticks import rows_of, with_ticks
from groundup.lsl.ticks import CHANNELS, are_ticks, ticks_source, ticks_spec, with_ticks_source
from groundup.lsl.ticks_outlet import TicksOutlet
from groundup.model.source import PROBE, TICK
from groundup.model.stream_keys import number_of
from groundup.plugin import Channel, SampleClock, StreamSpec

EMG = StreamSpec("EMG", "EMG", 100.0, "float32", (Channel("a", "V"),))


class Sent:
    """An outlet that keeps what is pushed."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []

    def push(self, samples: np.ndarray, timestamps: np.ndarray) -> None:
        assert len(samples) == len(timestamps)
        self.rows.append(samples)


def row(tick: float) -> np.ndarray:
    return np.array([[10.0, 1.0, tick, 10.0 + tick, 10.5 + tick]])


def test_whoever_begins_to_listen_within_seconds_hears_the_rows_of_before() -> None:
    sent = Sent()
    ticks = TicksOutlet(lambda: sent)  # type: ignore[arg-type]
    for second in range(20):
        ticks.push(row(second), "", float(second))
    heard_late = np.concatenate(sent.rows[4:])
    assert set(heard_late[:, 3]) == set(range(20))
    ticks.end(20.0)
    ticks.end(20.0)
    told = np.concatenate(sent.rows)[:, 3]
    assert all(np.count_nonzero(told == second) == 2 for second in range(20))


def test_a_stream_finds_what_its_own_driver_told_of_it() -> None:
    ours, theirs = ticks_source("groundup/a/emg/"), ticks_source("groundup/b/emg/")
    specs = [
        with_ticks_source(EMG, ours, "a"),
        with_ticks_source(EMG, ours, "b"),
        with_ticks_source(EMG, theirs, "b"),
        EMG,
    ]
    samples = np.column_stack([[number_of(key) for key in "abb"], np.concatenate([row(1), row(2), row(3)])])
    told = ticks_spec()
    assert CHANNELS[1:] == TICK.names
    every = [*specs, StreamSpec(told.name, told.type, 0.0, "double64", told.channels, ours, role="ticks")]
    clocked = [ClockInput(str(k), np.empty(0), spec.rate, np.empty(0, PROBE)) for k, spec in enumerate(every)]
    found = with_ticks(clocked, every, lambda place: samples)
    assert [stream.ticks["tick"].tolist() for stream in found] == [[1.0], [2.0, 3.0], [], [], []]
    assert are_ticks(every[-1])
    assert not are_ticks(EMG)


def test_a_stream_that_only_looks_like_ticks_is_none() -> None:
    lies = StreamSpec("groundup.ticks", "groundup.ticks", 0.0, "double64", (Channel("a"),), ticks_source("x/"))
    clocked = [ClockInput(str(k), np.empty(0), 0.0, np.empty(0, PROBE)) for k in range(2)]
    found = with_ticks(clocked, [with_ticks_source(EMG, ticks_source("x/"), ""), lies], lambda place: np.zeros((4, 1)))
    assert len(found[0].ticks) == 0
    spec = with_ticks_source(EMG, "x", "")
    assert len(rows_of(StreamSpec(**{**vars(spec), "extra": {"ticks_stream": "-1"}}), np.zeros((4, 6)))) == 0


def test_every_stream_of_a_packet_is_told_of_and_each_count_has_its_own_beginning() -> None:
    sink, clock = Kept(), SampleClock(500.0)
    for seed, start in ((1, 0.0), (2, 30.0)):
        for numbers, _, arrived in received(500.0, 20.0, 10, seed):
            clock.push(sink, {"a": numbers[:, None], "b": numbers[:, None]}, numbers, arrived + start)
    clock.flush(sink)
    assert sorted(sink.told) == ["a", "b"]
    told = np.concatenate(sink.told["b"])
    np.testing.assert_array_equal(told, np.concatenate(sink.told["a"]))
    assert len(np.unique(told[:, 0])) == 2
    assert clock.restarts == 1
    for began in np.unique(told[:, 0]):
        mine = told[told[:, 0] == began]
        assert mine[0, 2] == 0.0
        assert np.isnan(mine[0, 4])
        assert mine[:, 2].max() == 9999.0  # to the last sample
        late = mine[1:, 4] - mine[1:, 3]
        assert np.median(late) < 0.005
