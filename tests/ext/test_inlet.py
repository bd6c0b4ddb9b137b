"""An inlet is drained to the bit, in all seven formats, and its clock is probed."""

import threading
import uuid

import numpy as np
import pytest
import pyxdf

from groundup import lsl
from groundup.headers.stream_header import spec_from_xml
from groundup.inlets.stream_request import StreamRequest
from groundup.lsl.library import resolve
from groundup.lsl.outlet import Outlet
from groundup.model.streams import DTYPES, FORMATS, Channel, StreamSpec
from groundup.record.recorder import Recorder
from groundup_ext._lsl import FORMAT_CODES, Inlet

COUNT = 300


def sent_values(fmt: str) -> list[list[object]]:
    """Values that only an exact path keeps: extremes, NaN's neighbours, text of any kind."""
    random = np.random.default_rng(3)
    if fmt == "string":
        return [[f"é {i} \U0001f9b6", "" if i % 3 else "x" * (i * 7)] for i in range(COUNT)]
    dtype = np.dtype(DTYPES[fmt])
    if dtype.kind == "f":
        values = random.standard_normal((COUNT, 2)).astype(dtype)
        values[:3] = [[np.inf, -np.inf], [np.finfo(dtype).tiny, np.finfo(dtype).max], [-0.0, 1e-40]]
        return values.tolist()
    info = np.iinfo(dtype)
    values = random.integers(info.min, info.max, (COUNT, 2), dtype, endpoint=True)
    values[0] = [info.min, info.max]
    return values.tolist()


def outlet(fmt: str) -> Outlet:
    name = f"inlet-{uuid.uuid4()}"
    spec = StreamSpec(name, "EMG", 100.0, fmt, (Channel("a"), Channel("b")))  # type: ignore[arg-type]
    return Outlet(spec, name)


def push(sender: Outlet, values: list[list[object]]) -> list[float]:
    stamps = (1000.0 + np.arange(COUNT) / 100.0 + np.random.default_rng(5).random(COUNT) * 1e-3).tolist()
    fmt = sender.spec.format
    sender.push(values if fmt == "string" else np.array(values, DTYPES[fmt]), stamps)  # type: ignore[arg-type]
    return stamps


def test_the_compiled_table_has_every_format() -> None:
    assert sorted(FORMAT_CODES) == sorted(FORMATS)


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_is_drained_as_it_was_sent(fmt: str) -> None:
    sender = outlet(fmt)
    (info,) = resolve(f"source_id='{sender.source_id}'", 60.0)
    stream = lsl.OpenStream(lsl.Found(info.uid(), spec_from_xml(info.xml()), info), 60)
    assert sender.wait_for_consumer(60.0)
    values = sent_values(fmt)
    stamps = push(sender, values)
    inlet = Inlet(stream.handle, fmt, 2, capacity=64)
    got_stamps: list[float] = []
    got: list[list[object]] = []
    waiting = threading.Event()
    while len(got) < COUNT:
        raw_stamps, raw = inlet.pull()
        got_stamps += np.frombuffer(raw_stamps).tolist()
        if isinstance(raw, list):
            got += [[value.decode() for value in row] for row in raw]
        else:
            got += np.frombuffer(raw, DTYPES[fmt]).reshape(-1, 2).tolist()
        waiting.wait(0.01)
    assert got_stamps == stamps
    assert got == values
    stream.probe(10.0)
    time, offset, round_trip = inlet.probe() or (0.0, 1.0, -1.0)
    assert time > 0
    assert abs(offset) < 0.01
    assert round_trip > 0
    assert inlet.probe() is None


def test_pyxdf_reads_back_every_value_and_time_stamp_of_every_format(tmp_path) -> None:  # type: ignore[no-untyped-def]
    senders = {fmt: outlet(fmt) for fmt in FORMATS}
    wanted = [StreamRequest(fmt, f"source_id='{s.source_id}'", required=True) for fmt, s in senders.items()]
    recorder = Recorder(tmp_path / "x.journal.xdf", wanted)
    recorder.start()
    waiting = threading.Event()
    while not recorder.complete():
        recorder.poll()
        waiting.wait(0.05)
    recorder.watched()
    sent = {fmt: (values := sent_values(fmt), push(sender, values)) for fmt, sender in senders.items()}
    recorder.stop()
    for fmt, (low, high, _) in recorder.watched().items():
        if fmt != "string":
            values = np.array(sent[fmt][0], np.float64)
            assert (low, high) == (values.min(), values.max())
    streams, _ = pyxdf.load_xdf(
        str(tmp_path / "x.journal.xdf"), synchronize_clocks=False, dejitter_timestamps=False, verbose=False
    )
    assert len(streams) == len(FORMATS)
    for stream in streams:
        fmt = stream["info"]["channel_format"][0]
        values, stamps = sent[fmt]
        series = stream["time_series"]
        assert (series if fmt == "string" else series.tolist()) == values
        assert stream["time_stamps"].tolist() == stamps
