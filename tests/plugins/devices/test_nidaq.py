"""NI-DAQmx against a stand-in that checks every call, and whose calls are NI's own."""

import inspect
import sys

import msgspec
import numpy as np
import pytest
from driving import Collector, driven

from groundup.plugin import pauses
from groundup_plugins.devices import nidaq
from groundup_plugins.devices.nidaq import Nidaq, NidaqSettings
from groundup_plugins.devices.simulators import nidaqmx_standin as standin

pytestmark = pytest.mark.rig  # a device in real time is waited for

MATRIX = (np.eye(6) * 100.0).tolist()
CORNERS = [[0.4, 0.6, 0.0], [0.0, 0.6, 0.0], [0.0, 0.0, 0.0], [0.4, 0.0, 0.0]]
PLATE = {
    "type": "Force",
    "channels": {f: {"input": f"Dev1/ai{i}", "range_v": 5.0, "terminal": "diff", "site": "plate:1", "side": "L"}
                 for i, f in enumerate(("Fx", "Fy", "Fz", "Mx", "My", "Mz"))},
    "plate": {"type": 4, "corners_m": CORNERS, "calibration": MATRIX},
}  # fmt: skip
EMG = {
    "type": "EMG", "latency_s": 0.004,
    "channels": {"soleus": {"input": "Dev1/ai6", "scale": 0.5, "offset": 1.0, "site": "soleus", "side": "R"}},
}  # fmt: skip


@pytest.fixture
def ni(monkeypatch: pytest.MonkeyPatch) -> standin.StandIn:
    """NI's package, replaced."""
    made = standin.StandIn(ppm=200.0)
    monkeypatch.setattr(nidaq, "StandIn", lambda: made)
    return made


def device(**table: object) -> Nidaq:
    settings = {"rate": 1000.0, "groups": {"plate": PLATE, "emg": EMG}, "simulated": True, **table}
    return Nidaq(msgspec.convert(settings, NidaqSettings))


def test_every_sample_of_the_task_comes_once(ni: standin.StandIn) -> None:
    with driven(device()) as (_, sink):
        sink.wait_for(500, "plate", "emg")
    (task,) = ni.tasks
    samples, times = sink.stream("plate")
    index = np.arange(len(samples))
    expected = standin.volts(index, 7, 1000.0).T
    np.testing.assert_array_equal(samples, expected[:, :6])
    np.testing.assert_array_equal(sink.stream("emg")[0], 0.5 * expected[:, 6:] + 1.0)
    assert (np.diff(times) > 0).all()
    assert task.closed


def test_the_task_is_made_as_the_lab_says(ni: standin.StandIn) -> None:
    made = device(clock_source="/Dev1/PFI0")
    specs = made.open()
    (task,) = ni.tasks
    made.close()
    assert task.names == [f"Dev1/ai{i}" for i in range(7)]
    assert task.ranges == [(-5.0, 5.0)] * 6 + [(-10.0, 10.0)]
    assert [t.name for t in task.terminals] == ["DIFF"] * 6 + ["DEFAULT"]
    assert (task.source, task.buffer) == ("/Dev1/PFI0", 10_000)
    assert [(s.name, s.type, s.latency_s) for s in specs.values()] == [("plate", "Force", 0.0), ("emg", "EMG", 0.004)]
    plate = specs["plate"].plate
    assert plate is not None
    assert plate.type == 4
    assert np.array_equal(np.array(plate.calibration), MATRIX)


def test_the_rate_is_the_one_that_the_hardware_can_make(ni: standin.StandIn) -> None:
    made = device(rate=1023.0)
    specs = made.open()
    made.close()
    assert specs["plate"].rate == 100e6 / round(100e6 / 1023.0) != 1023.0


def test_a_buffer_that_ran_over_starts_the_task_anew(ni: standin.StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 0.01)
    with driven(device()) as (_, sink):
        sink.wait_for(100, "plate")
        ni.tasks[0].overflow = True
        while len(ni.tasks) < 2:  # what the clock had held back of the first task comes before
            sink.wait_for(sink.count("plate") + 1, "plate")
        sink.wait_for(sink.count("plate") + 200, "plate")
    assert len(ni.tasks) == 2
    assert all(task.closed for task in ni.tasks)
    assert (np.diff(sink.stream("plate")[1]) > 0).all()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"rate": 500_000.0}, "cannot sample"),
        ({"groups": {"x": {"channels": {"a": {"input": "Dev1/ao0"}}}}}, "no analog input"),
        ({"groups": {"x": {"channels": {"a": {"input": "Dev1/ai0", "range_v": 50.0}}}}}, "cannot measure"),
    ],
)
def test_what_the_device_refuses_is_said_and_the_task_given_back(
    ni: standin.StandIn, table: dict[str, object], says: str
) -> None:
    with pytest.raises(OSError, match=says):
        device(**table).open()
    assert all(task.closed for task in ni.tasks)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"groups": {}}, "no channels"),
        ({"groups": {"a": EMG, "b": EMG}}, "Dev1/ai6 is used twice"),
        ({"rate": 0}, "rate"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_reason(table: dict[str, object], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        device(**table)


def test_without_ni_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    made = device(simulated=False)
    real = pytest.importorskip("nidaqmx")
    try:
        real.Task().close()
        pytest.skip("NI-DAQmx is installed here")
    except real.errors.DaqNotFoundError:
        pass
    with pytest.raises(OSError, match="NI-DAQmx is not installed on this computer"):
        made.open()
    assert Nidaq.scan() == []
    monkeypatch.setitem(sys.modules, "nidaqmx", None)
    with pytest.raises(OSError, match=r'pip install "groundup\[nidaq\]"'):
        made.open()


def test_the_stand_in_takes_no_call_that_ni_would_not() -> None:
    pytest.importorskip("nidaqmx")
    from nidaqmx import constants
    from nidaqmx.stream_readers import AnalogMultiChannelReader
    from nidaqmx.task import InStream, Timing
    from nidaqmx.task.collections import AIChannelCollection

    pairs = [
        (standin.Task._add, AIChannelCollection.add_ai_voltage_chan),
        (standin._Timing.cfg_samp_clk_timing, Timing.cfg_samp_clk_timing),
        (standin.AnalogMultiChannelReader.read_many_sample, AnalogMultiChannelReader.read_many_sample),
    ]
    for ours, theirs in pairs:
        known = inspect.signature(theirs).parameters
        assert set(inspect.signature(ours).parameters) <= set(known), theirs
    for name in ("avail_samp_per_chan",):
        assert isinstance(inspect.getattr_static(InStream, name), property)
    assert isinstance(inspect.getattr_static(Timing, "samp_clk_rate"), property)
    for kind in ("TerminalConfiguration", "AcquisitionType"):
        real = {member.name: member.value for member in getattr(constants, kind)}
        for member in getattr(standin, kind):
            assert real[member.name] == member.value


def test_the_stand_in_bites(ni: standin.StandIn) -> None:
    task = ni.Task()
    with pytest.raises(standin.Error, match="no sample clock"):
        task.start()
    task.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    with pytest.raises(standin.Error, match="already"):
        task.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    with pytest.raises(standin.Error, match="continuously"):
        task.timing.cfg_samp_clk_timing(100.0)
    task.timing.cfg_samp_clk_timing(100.0, sample_mode=standin.AcquisitionType.CONTINUOUS)
    reader = standin.AnalogMultiChannelReader(task.in_stream)
    with pytest.raises(standin.Error, match="not running"):
        reader.read_many_sample(np.empty((1, 1)), 1)
    task.start()
    for data, count in ((np.empty((2, 1)), 1), (np.empty((1, 1), np.float32), 1), (np.empty((1, 10**6)), 10**6)):
        with pytest.raises(standin.Error):
            reader.read_many_sample(data, count)
    task.close()
    with pytest.raises(standin.Error, match="closed"):
        task.stop()


def test_a_sink_is_given_arrays_it_may_keep(ni: standin.StandIn) -> None:
    made, sink = device(), Collector()
    made.open()
    made.start(sink)
    sink.wait_for(50, "plate")
    made.close()
    first, _ = sink.got["plate"][0]
    assert isinstance(first, np.ndarray)
    assert first.flags.c_contiguous
