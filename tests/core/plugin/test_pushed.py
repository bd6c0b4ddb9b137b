"""What a driver pushes is held to the kit's laws while it is driven."""

import numpy as np
import pytest

from groundup.model.streams import Channel, Format, StreamSpec
from groundup.plugin.pushed import Pushed
from groundup.system.driver_reports import Report, report_of
from groundup.workflows.refusals import Refusals

NOW = 5000.0
TIMES = NOW - 0.02 + np.arange(4) / 200.0


def spec(fmt: Format, channels: int = 2) -> StreamSpec:
    return StreamSpec("Mat", "EMG", 200.0, fmt, tuple(Channel(f"c{i}") for i in range(channels)))


def rows(dtype: str, value: object = 0) -> np.ndarray:
    return np.full((4, 2), value, dtype)


@pytest.mark.survives(
    "recording",
    fault=("A driver pushes what cannot be right: 100000 into int16, rows that do not match times, times 100 s back."),
    happens="It is refused, and what is right is sent.",
    said=(
        "“Mat: samples are int64, and int16 is announced: …”, “Mat: 4900.0 to 4900.0 s are not of sink.clock(), "
        "which said 5000.0: map the device's clock onto it, with a SampleClock”"
    ),
    lost="What was refused.",
)
@pytest.mark.parametrize(
    ("fmt", "samples", "times", "why"),
    [
        ("int16", rows("i8", 100000), TIMES, "samples are int64, and int16 is announced"),
        ("int16", rows("f8", 2.5), TIMES, "samples are float64, and int16 is announced"),
        ("int32", rows("f4", np.nan), TIMES, "samples are float32, and int32 is announced"),
        ("float32", rows("f8", 1e39), TIMES, "more than float32 can hold"),
        ("float32", rows("c8", 1), TIMES, "samples are complex64"),
        ("float32", rows("?", True), TIMES, "samples are bool"),
        ("float32", rows("O", None), TIMES, "samples are object"),
        ("float32", [["a", "b"]] * 4, TIMES, "samples are <U1"),
        ("float32", rows("f4")[:3], TIMES, "3 samples came with 4 times"),
        ("float32", rows("f4"), TIMES[:0], "4 samples came with 0 times"),
        ("float32", rows("f4"), TIMES[:, None], "4 samples came with times of the shape (4, 1)"),
        ("float32", np.zeros(8, "f4"), TIMES, "samples have the shape (8,)"),
        ("float32", np.zeros((4, 3), "f4"), TIMES, "samples have the shape (4, 3)"),
        ("float32", np.float32(1.0), TIMES[:1], "samples have the shape ()"),
        ("float32", [[1.0, 2.0], [3.0]], TIMES[:2], "of different lengths"),
        ("float32", rows("f4"), TIMES - 100.0, "are not of sink.clock(), which said 5000.0"),
        ("float32", rows("f4"), TIMES + 100.0, "are not of sink.clock()"),
        ("float32", rows("f4"), TIMES + 1.7e9, "are not of sink.clock()"),
        ("float32", rows("f4"), TIMES[::-1], "times go back: push samples in order"),
        ("float32", rows("f4"), np.where(TIMES > NOW - 0.01, np.nan, TIMES), "a time is [nan]"),
        ("float32", rows("f4"), np.where(TIMES > NOW - 0.01, np.inf, TIMES), "a time is [inf]"),
        ("float32", rows("f4"), TIMES.astype("f4"), "times are float32: send float64"),
        ("float32", rows("f4"), TIMES.astype("i8"), "times are int64: send float64"),
        ("string", rows("f4"), TIMES, "push a list of 2 strings for each sample"),
        ("string", ["ab"] * 4, TIMES, "push a list of 2 strings for each sample"),
        ("string", [["a", "b\0c"]] * 4, TIMES, "holds a NUL"),
        ("string", [["a", "\ud800"]] * 4, TIMES, "holds half a character"),
    ],
)
def test_what_breaks_a_law_is_refused_with_its_sentence(fmt: Format, samples: object, times: object, why: str) -> None:
    refusal = Pushed(spec(fmt)).refusal(samples, times, NOW)
    assert why in refusal
    assert refusal.startswith("Mat: ")


@pytest.mark.parametrize(
    ("fmt", "samples"),
    [
        ("int16", rows("i2", -32768)), ("int64", rows("i8", 2**62)), ("float32", rows("f8", np.nan)),
        ("float32", rows("f8", np.inf)), ("float32", rows("i2", 7)), ("double64", rows("f8", 1e300)),
        ("string", [["é", ""]] * 4), ("float32", rows("f4").tolist()),
    ],
)  # fmt: skip
def test_what_keeps_them_is_sent(fmt: Format, samples: object) -> None:
    assert Pushed(spec(fmt)).refusal(samples, TIMES, NOW) == ""


def test_a_packet_that_was_overtaken_is_sent_and_a_clock_that_goes_back_is_not() -> None:
    pushed, samples = Pushed(spec("float32")), rows("f4")
    assert pushed.refusal(samples, TIMES, NOW) == ""
    assert pushed.refusal(samples, TIMES - 0.1, NOW) == ""
    assert "times go back" in pushed.refusal(samples, TIMES - 10.0, NOW)
    assert pushed.refusal(samples, TIMES + 0.02, NOW + 0.02) == ""
    assert pushed.refusal(samples[:0], TIMES[:0], NOW) == ""


@pytest.mark.survives(
    "recording",
    fault="A driver pushes such samples thousands of times.",
    happens="Every refused sample is counted; the reports are few.",
    said="“… samples refused: …”",
    lost="What was refused.",
)
def test_every_refused_sample_is_counted_and_told_however_often() -> None:
    told: list[Report] = []
    refusals = Refusals(told.append)
    refusals.announce("mat", spec("int16"), "lab/mat")
    good, bad = rows("i2"), rows("i8", 100000)
    for k in range(500):
        assert refusals.refuse(bad, TIMES + 0.02 * k, "mat", NOW + 0.02 * k)
        assert not refusals.refuse(good, TIMES + 0.02 * k, "mat", NOW + 0.02 * k)
        assert refusals.refuse(good, TIMES - 1000.0 - k, "mat", NOW + 0.02 * k)
    assert refusals.refuse(good, TIMES, "matt", NOW)
    assert refusals.refuse(0, good, TIMES, NOW)
    refusals.tell_rest(NOW + 10.0)
    by_stream = [report for report in told if report.source == "lab/mat"]
    assert sum(r.count for r in by_stream if "int16 is announced" in r.message) == 2000
    assert sum(r.count for r in by_stream if "not of sink.clock()" in r.message) == 2000
    assert sum(r.count for r in told if r.source == "") == 5
    assert any('it names the stream "matt", and has announced "mat"' in r.message for r in told)
    assert any("samples come first" in r.message for r in told)
    assert len(told) < 10
    assert [report_of(r.line().encode()) for r in told] == told


def test_what_a_library_of_the_device_prints_is_no_report() -> None:
    assert [report_of(line) for line in (b"hello\n", b"[1]\n", b"{}\n", b"\xff\n", b"[" * 100000)] == [None] * 5
