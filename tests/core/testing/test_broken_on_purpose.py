"""The page of broken plugins: each is told what its line says, and the others go on."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.core.live.native import FIRST_VERSION, doubled
from tests.core.live.native import Made as NativeMade

from groundup.analysis.metrics import measure
from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.processing import process
from groundup.live.engine.graph import Graph
from groundup.model.events import Event, Stride
from groundup.model.signals import Signal
from groundup.model.status import OK
from groundup.model.streams import Channel, StreamSpec
from groundup.plugin import Made, NativeStage, Processor, Product, SignalForm, Stage, metric, raw_emg
from groundup.plugin.pushed import Pushed

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "broken-on-purpose.md"
TIME = np.arange(100) / 100.0
EMG = Signal("emg", "emg", TIME, np.ones((100, 1)), (Channel("a", "V", "soleus", "L"),), 100.0)
STRIDES = [Stride(0.1, 0.9, 0.5, "L", k) for k in range(2)]


def table(heading: str) -> dict[str, list[str]]:
    """The first cell of each row of a table of the page to the others."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return {first: others for first, *others in rows[2:]}


# --- processors ---


def raises(*_: object) -> object:
    raise ZeroDivisionError("by zero")


def leaves(*_: object) -> object:
    raise SystemExit(3)


def shaped(rows: int, columns: int):
    return lambda samples: np.ones((rows, columns))


def changed(**fields: object) -> Event:
    return replace(Event(0.5, "IC", "L"), **fields)  # type: ignore[arg-type]


# What is wrong to what the processor makes: of the samples, and its events; None where that is the fault itself.
PROCESSORS = {
    "raises": (raises, ()),
    "one row less than it was given": (shaped(99, 1), ()),
    "a column more than it announces": (shaped(100, 2), ()),
    "gives None": (None, ()),
    "gives text for numbers": (lambda samples: np.full((100, 1), "x"), ()),
    "ends the program": (leaves, ()),
    "an event of a million seconds ago": (lambda samples: samples, (changed(time=-1e6),)),
    "an event of confidence 7": (lambda samples: samples, (changed(confidence=7.0),)),
    "built for version 1 of the C ABI": (lambda samples: samples, ()),
}


def broken(wrong: str) -> type[Processor]:
    body, events_ = PROCESSORS[wrong]

    class Wrong(Stage):
        def __init__(self, form: SignalForm) -> None:
            self.form = replace(form, id="bad", kind="bad")

        def process(self, time: np.ndarray, samples: np.ndarray) -> Made:
            return None if body is None else Made(body(samples), events_)  # type: ignore[return-value]

        def reset(self) -> None:
            pass

    class Broken(Processor):
        """Wrong."""

        name, accepts = "broken", "emg"

        def whole(self, signal: Signal) -> Product:
            if body is None:
                return None  # type: ignore[return-value]
            return Product((replace(signal, id="bad", kind="bad", samples=body(signal.samples)),), events_)

        def causal(self, form: SignalForm) -> Stage:
            if wrong.startswith("built"):
                return NativeStage(NativeMade(doubled, capsule=FIRST_VERSION).capsule, form, form)
            return Wrong(form)

    return Broken


class Fine(Processor):
    """Right."""

    name, accepts = "fine", "emg"

    def whole(self, signal: Signal) -> Product:
        return Product((replace(signal, id="fine", kind="fine"),))

    def causal(self, form: SignalForm) -> Stage:
        class Same(Stage):
            def process(self, time: np.ndarray, samples: np.ndarray) -> Made:
                return Made(samples)

            def reset(self) -> None:
                pass

        same = Same()
        same.form = replace(form, id="fine", kind="fine")
        return same


@pytest.mark.parametrize("wrong", PROCESSORS)
def test_a_broken_processor_is_told_and_the_other_goes_on(wrong: str) -> None:
    offline, live = table("Processors")[wrong]
    if offline:
        found = process([EMG], [broken(wrong), Fine])
        assert any(offline in note for note in found.notes), found.notes
        assert "fine" in [one.id for one in found.signals]
    graph = Graph([SignalForm.of(EMG)], [broken(wrong), Fine])
    fed = graph.feed("emg", EMG.time, EMG.samples)
    sentences = [*graph.notes, *(fault.reason for fault in fed.faults)]
    assert any(live in sentence for sentence in sentences), sentences
    np.testing.assert_array_equal(*[one.samples for one in (*fed.signals, EMG) if one.id in ("fine.causal", "emg")])


# --- metrics ---


def writes(stride: Stride, trace: object) -> float:
    trace.values[:] = 0.0  # type: ignore[attr-defined]
    return 1.0


def divides(stride: Stride) -> float:
    raise ZeroDivisionError("stride 1")


METRICS = {
    "raises": divides,
    "gives NaN": lambda stride: np.nan,
    "gives infinity": lambda stride: np.inf,
    "gives a complex number": lambda stride: 1 + 2j,
    "gives None": lambda stride: None,
    "gives text": lambda stride: "1.0",
    "gives True": lambda stride: True,
    "gives an array of two": lambda stride: np.array([1.0, 2.0]),
    "gives a duration of numpy": lambda stride: np.timedelta64(1, "s"),
    "writes into what it is given": writes,
    "takes an argument more than it is given": lambda stride, more: 1.0,
    "calls sys.exit": lambda stride: sys.exit(1),
    "ends its process": lambda stride: os._exit(7),
    "hangs": lambda stride: time.sleep(1e6),
    "asks for memory that no machine has": lambda stride: len(np.ones(1 << 50)),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is not forked here")
def test_a_broken_metric_is_told_in_place_of_its_value_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "PATIENCE_S", 1.0)
    names = {f"b_{number}": wrong for number, wrong in enumerate(METRICS)}
    every = []
    for name, wrong in names.items():
        needs = [raw_emg("soleus")] if wrong.startswith("writes") else []
        METRICS[wrong].__doc__ = "Wrong."
        every.append(metric(name, of=Stride, unit="1", needs=needs)(METRICS[wrong]))

    @metric("b_good", of=Stride, unit="V", needs=[raw_emg("soleus")])
    def good(stride: Stride, trace: object) -> float:
        """What it was given, untouched."""
        return float(trace.values.mean())  # type: ignore[attr-defined]

    rows, _ = measure.measure([*every, good], Resolver([EMG], strides=STRIDES[:1]), (), apart=True)
    reasons = {names[row.name]: row.reason for row in rows if row.name in names}
    for wrong, (sentence,) in table("Metrics").items():
        assert sentence in reasons[wrong], wrong
    assert [(row.status, row.value) for row in rows if row.name == "b_good"] == [(OK, 1.0)]


# --- drivers ---

NOW = 5000.0
TIMES = NOW - 0.02 + np.arange(4) / 200.0
FLOATS = np.zeros((4, 2), "f4")
DRIVERS = {
    "a number that int16 cannot hold": ("int16", np.full((4, 2), 100000), TIMES),
    "fractions into int16": ("int16", np.full((4, 2), 2.5), TIMES),
    "a number that float32 cannot hold": ("float32", np.full((4, 2), 1e39), TIMES),
    "complex numbers": ("float32", FLOATS.astype("c8"), TIMES),
    "a column too many": ("float32", np.zeros((4, 3), "f4"), TIMES),
    "all samples in one row": ("float32", np.zeros(8, "f4"), TIMES),
    "rows of different lengths": ("float32", [[1.0, 2.0], [3.0]], TIMES[:2]),
    "more times than rows": ("float32", FLOATS[:3], TIMES),
    "no times": ("float32", FLOATS, TIMES[:0]),
    "times of 100 s ago": ("float32", FLOATS, TIMES - 100.0),
    "times of the wall clock": ("float32", FLOATS, TIMES + 1.7e9),
    "times that go back": ("float32", FLOATS, TIMES[::-1]),
    "a time that is NaN": ("float32", FLOATS, np.where(TIMES > NOW - 0.01, np.nan, TIMES)),
    "times in float32": ("float32", FLOATS, TIMES.astype("f4")),
    "numbers where text was announced": ("string", FLOATS, TIMES),
    "text with a NUL in it": ("string", [["a", "b\0c"]] * 4, TIMES),
}


@pytest.mark.parametrize("wrong", DRIVERS)
def test_what_a_broken_driver_pushes_is_refused_with_the_sentence(wrong: str) -> None:
    fmt, samples, times = DRIVERS[wrong]
    spec = StreamSpec("Mat", "EMG", 200.0, fmt, (Channel("a", "V"), Channel("b", "V")))  # type: ignore[arg-type]
    (sentence,) = table("Drivers")[wrong]
    assert sentence in Pushed(spec).refusal(samples, times, NOW)


@pytest.mark.parametrize(("heading", "tried"), [("Processors", PROCESSORS), ("Metrics", METRICS), ("Drivers", DRIVERS)])
def test_the_page_has_what_is_tried_and_nothing_else(heading: str, tried: dict[str, object]) -> None:
    assert list(table(heading)) == list(tried)
