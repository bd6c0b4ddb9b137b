"""A stream of the network, sent on with the lab's names, over real LSL."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest
from driving import PATIENCE_S, Collector

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.plugin import Channel, StreamSpec, pauses
from groundup_plugins.devices.lsl_stream import LslSettings, LslStream

pytestmark = pytest.mark.rig  # a device in real time is waited for


class OnTheNetwork:
    """A sender of another program: sample k holds k and 2 k."""

    def __init__(self, name: str, fmt: str = "float32") -> None:
        self.spec = StreamSpec(name, "Misc", 200.0 if fmt != "string" else 0.0, fmt, (Channel("ch1"), Channel("ch2")))
        self._stop = threading.Event()
        self._outlet = Outlet(self.spec, name)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "OnTheNetwork":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        del self._outlet

    def _run(self) -> None:
        start, k = lsl.clock(), 0
        while not self._stop.wait(max(0.0, start + k / 200.0 - lsl.clock())):
            row = [[f"word {k}", "ä"]] if self.spec.format == "string" else np.array([[k, 2 * k]], "f4")
            self._outlet.push(row, [start + k / 200.0])
            k += 1


def device(stream: str, **table: object) -> LslStream:
    return LslStream(msgspec.convert({"match": f"name='{stream}'", **table}, LslSettings))


def opened(made: LslStream) -> StreamSpec:
    """Open it; on a busy machine a stream takes longer to be seen than a person would wait."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return made.open()
        except OSError as error:
            if "no stream on the network fits" not in str(error) or time.monotonic() > deadline:
                raise


@contextmanager
def driven(made: LslStream) -> Iterator[tuple[StreamSpec, Collector]]:
    """As the kit's, of a stream that may take its time to be seen."""
    sink = Collector()
    try:
        specs = opened(made)
        made.start(sink)
        yield specs, sink
    finally:
        made.stop()
        made.close()


def test_samples_go_on_under_the_labs_names_with_their_own_times() -> None:
    name = f"other-{uuid.uuid4()}"
    lab = {"name": "insole", "type": "Force", "latency_s": 0.01,
           "channels": {"ch2": {"rename": "Fz", "unit": "N", "site": "plate:1", "side": "R"}}}  # fmt: skip
    with OnTheNetwork(name), driven(device(name, **lab)) as (specs, sink):
        sink.wait_for(100)
    spec = specs
    assert (spec.name, spec.type, spec.format, spec.rate, spec.latency_s) == ("insole", "Force", "float32", 200.0, 0.01)
    assert [(c.label, c.unit, c.site, c.side) for c in spec.channels] == [
        ("ch1", "", "", ""),
        ("Fz", "N", "plate:1", "R"),
    ]
    samples, times = sink.stream()
    np.testing.assert_array_equal(samples[:, 0], samples[0, 0] + np.arange(len(samples)))
    np.testing.assert_array_equal(samples[:, 1], 2 * samples[:, 0])
    assert (np.diff(times) > 0).all()


def test_text_goes_on_as_text() -> None:
    name = f"words-{uuid.uuid4()}"
    with OnTheNetwork(name, "string"), driven(device(name)) as (specs, sink):
        sink.wait_for(20)
    assert specs.name == f"{name} (lab)"
    words = sink.rows()
    first = int(words[0][0].split()[1])
    assert words == [[f"word {first + k}", "ä"] for k in range(len(words))]


def test_a_stream_that_goes_and_returns_is_sent_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 0.01)
    name = f"other-{uuid.uuid4()}"
    sender = OnTheNetwork(name)
    with sender:
        made, sink = device(name), Collector()
        opened(made)
        made.start(sink)
        sink.wait_for(20)
    del sender
    before = sink.count()
    with OnTheNetwork(name):
        sink.wait_for(before + 50)
        made.close()
    samples, times = sink.stream()
    assert (np.diff(times) > 0).all()
    assert (np.diff(samples[:, 0]) < 0).sum() == 1


def test_what_is_wrong_is_said_in_a_sentence() -> None:
    name = f"other-{uuid.uuid4()}"
    with pytest.raises(OSError, match="no stream on the network fits"):
        device(name).open()
    with OnTheNetwork(name), OnTheNetwork(name + "b"):
        with pytest.raises(OSError, match="has no channel"):
            opened(device(name, channels={"Fz": {}}))
        both = LslStream(LslSettings(match=f"starts-with(name,'{name}')"))
        deadline = time.monotonic() + PATIENCE_S
        while "fits 2 streams" not in (said := _refusal(both)):  # the second may take a moment to be seen
            assert time.monotonic() < deadline, said


def _refusal(device: LslStream) -> str:
    try:
        device.open()
    except OSError as error:
        return str(error)
    finally:
        device.close()
    return ""
