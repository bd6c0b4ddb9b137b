"""Declared bytes become channels, in whatever pieces they come; damage is left out and costs its neighbours nothing."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from driving import Collector
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.plugin import SampleClock
from groundup_plugins.devices.simulators import serial_line as plate
from groundup_plugins.devices.wire import Parser, Rows, Timing, Wire, parser_for

LINES = Wire(fields=("clock", "a", "b", "c", "d"), rate=80.0, format="lines")
FRAMES = Wire(
    fields=("counter:u8", "a:i24", "b:i24", "c:i24", "d:i24"),
    rate=80.0,
    format="frames",
    sync="AA 55",
    checksum="crc16",
)
COUNT = 40


def fed(parser: Parser, data: bytes, cuts: list[int]) -> Rows:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    parts = [parser.feed(data[a:b]) for a, b in pairwise(edges)]
    return Rows(np.concatenate([p.values for p in parts]), np.concatenate([p.order for p in parts]))


def cells(numbers: range) -> np.ndarray:
    return np.array([plate.cells(k) for k in numbers], float)


@settings(deadline=None, max_examples=60)
@given(cuts=st.lists(st.integers(0, 4000), max_size=30), frames=st.booleans())
def test_pieces_of_any_size_give_the_same_records(cuts: list[int], frames: bool) -> None:
    make, wire = (plate.frame, FRAMES) if frames else (plate.line, LINES)
    data = b"".join(make(k) for k in range(COUNT))
    rows = fed(parser_for(wire, from_start=True), data, cuts)
    np.testing.assert_array_equal(rows.values[:, 1:], cells(range(COUNT)))
    assert rows.order.tolist() == list(range(COUNT))


def test_half_a_line_at_the_beginning_is_no_record() -> None:
    data = b"".join(plate.line(k) for k in range(5, 20))
    rows = parser_for(LINES).feed(data[3:])
    np.testing.assert_array_equal(rows.values[:, 1:], cells(range(6, 20)))


@settings(deadline=None, max_examples=60)
@given(garbage=st.binary(max_size=50), at=st.integers(0, COUNT - 1), cuts=st.lists(st.integers(0, 4000), max_size=8))
def test_garbage_between_frames_costs_no_frame(garbage: bytes, at: int, cuts: list[int]) -> None:
    parts = [plate.frame(k) for k in range(COUNT)]
    parts.insert(at, garbage.replace(b"\xaa", b"\x00"))
    rows = fed(parser_for(FRAMES), b"".join(parts), cuts)
    np.testing.assert_array_equal(rows.values[:, 1:], cells(range(COUNT)))


def test_a_wrong_checksum_costs_its_own_frame_and_keeps_its_number() -> None:
    parts = [bytearray(plate.frame(k)) for k in range(COUNT)]
    parts[7][5] ^= 0xFF
    parser = parser_for(FRAMES)
    rows = parser.feed(b"".join(bytes(p) for p in parts))
    assert rows.order.tolist() == [k for k in range(COUNT) if k != 7]
    assert parser.bad == 1


@pytest.mark.parametrize(
    "bad", [b"hello\n", b"1,2\n", b"1,2,3,4,5,6\n", b"1,a,3,4,5\n", b"nan,1,2,3,4\n", b"\xff\xfe,1\n"]
)
def test_a_line_that_is_none_is_counted_and_left_out(bad: bytes) -> None:
    parser = parser_for(LINES, from_start=True)
    rows = parser.feed(plate.line(0) + bad + plate.line(1))
    assert rows.order.tolist() == [0, 2]
    assert parser.bad == 1


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    parser = parser_for(LINES, from_start=True)
    parser.feed(plate.line(0))
    for _ in range(100):
        parser.feed(b"x" * 1000)
    assert len(parser._buffer) < 20_000
    assert parser.bad >= 1


@pytest.mark.parametrize(
    ("checksum", "tail"), [("none", b""), ("sum8", bytes([(1 + 2 + 254) & 0xFF])), ("xor8", bytes([1 ^ 2 ^ 254]))]
)
def test_every_checksum_and_byte_order(checksum: str, tail: bytes) -> None:
    table = {"fields": ["a:u16", "b:i8"], "rate": 10, "format": "frames", "sync": "02", "byte_order": "big"}
    wire = msgspec.convert({**table, "checksum": checksum}, Wire)
    rows = parser_for(wire).feed(b"\x02\x01\x02\xfe" + tail)
    assert rows.values.tolist() == [[258.0, -2.0]]


def test_scales_offsets_and_what_is_skipped() -> None:
    wire = msgspec.convert(
        {"fields": ["-", "force", "counter"], "rate": 100.0, "delimiter": " ",
         "channels": {"force": {"unit": "N", "scale": 0.5, "offset": 2.0, "site": "plate:1", "side": "L"}}},
        Wire,
    )  # fmt: skip
    rows = parser_for(wire, from_start=True).feed(b"Fz  10\t7\n")
    assert wire.samples(rows.values).tolist() == [[7.0]]
    (channel,) = wire.spec("s", 0.0).channels
    assert (channel.label, channel.unit, channel.site, channel.side) == ("force", "N", "plate:1", "L")


def timed(wire: Wire, records: list[tuple[float, float]], column: int = 0) -> np.ndarray:
    """Times of records, each a field of this value that was there at this moment."""
    sink = Collector()
    clocks: list[SampleClock] = []

    def make(rate: float, window: float, drift: float, *, counted: bool = True) -> SampleClock:
        clocks.append(SampleClock(rate, window, drift, counted=counted))
        return clocks[-1]

    timing = Timing(wire, wire.wrap, make)
    for order, (value, arrived) in enumerate(records):
        values = np.zeros((1, len(wire.fields)))
        values[0, column] = value
        timing.push(sink, Rows(values, np.array([order])), arrived)
    for clock in clocks:
        clock.flush(sink)
    return sink.stream()[1]


def test_a_lost_record_leaves_a_gap_when_the_device_counts() -> None:
    numbers = [k for k in range(1000) if not 400 <= k < 480]
    stamps = timed(FRAMES, [(k % 256, 10.0 + k / 80.0) for k in numbers])
    np.testing.assert_allclose(np.diff(stamps), np.diff(numbers) / 80.0, atol=1e-6)


def test_the_boards_own_milliseconds_tell_the_time() -> None:
    rng = np.random.default_rng(1)
    late = [(k * 12.5, 10.0 + k / 80.0 + rng.uniform(0.0, 0.016)) for k in range(1000)]
    np.testing.assert_allclose(np.diff(timed(LINES, late)), 1 / 80.0, atol=1e-3)


def test_what_comes_when_it_happens_is_stamped_on_arrival() -> None:
    wire = msgspec.convert({"fields": ["button"], "rate": 0}, Wire)
    assert timed(wire, [(1.0, 5.0), (0.0, 5.5)]).tolist() == [5.0, 5.5]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"fields": ["counter"], "rate": 1}, "no channel"),
        ({"fields": ["a", "a"], "rate": 1}, '"a" twice'),
        ({"fields": ["a", "counter", "clock"], "rate": 1}, "a counter and a clock"),
        ({"fields": ["a"], "rate": -1}, "rate"),
        ({"fields": ["a"], "rate": 1, "channels": {"b": {}}}, 'names "b"'),
        ({"fields": ["a"], "rate": 1, "delimiter": ""}, "delimiter"),
        ({"fields": ["a"], "rate": 1, "sync": "AA"}, "frames"),
        ({"fields": ["a"], "rate": 1, "format": "frames", "sync": "AA"}, "type behind a colon"),
        ({"fields": ["a:u7"], "rate": 1, "format": "frames", "sync": "AA"}, "type behind a colon"),
        ({"fields": ["a:u8"], "rate": 1, "format": "frames"}, "sync"),
        ({"fields": ["a:u8"], "rate": 1, "format": "frames", "sync": "A"}, "sync"),
    ],
)
def test_declarations_that_cannot_be_read_are_refused_with_a_reason(table: dict[str, object], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(table, Wire)
