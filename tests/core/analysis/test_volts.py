"""A metric in volts has no value of an EMG whose unit is no voltage; what is given over itself has."""

import numpy as np
import pytest

from groundup.analysis.metrics.measure import MetricRow, row_of
from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.metrics.unreliable_streams import UnreliableStreams
from groundup.analysis.plausibility import implausible_steps
from groundup.model.events import Stride
from groundup.model.signals import Signal, Trace
from groundup.model.streams import Channel
from groundup.model.subject import Subject
from groundup.plugin import Metric, emg, metric, raw_emg

STRIDE = Stride(1.0, 2.1, 1.6, "R", 0)
TIME = np.arange(0.0, 4.0, 1e-3)
SOLEUS = Channel("a", "bit", "soleus", "R")


@metric("amplitude", of=Stride, unit="V", needs=(raw_emg("soleus"),))
def amplitude(stride: Stride, activity: Trace) -> float:
    """Mean of the raw EMG."""
    return float(activity.values.mean())


@metric("share_of_peak", of=Stride, unit="1", needs=(emg("soleus", normalise_by="peak"),))
def share_of_peak(stride: Stride, activity: Trace) -> float:
    """Mean of the envelope over its peak."""
    return float(activity.values.mean())


@metric("size", of=Stride, unit="mV", needs=(emg("soleus"),))
def size(stride: Stride, activity: Trace) -> float:
    """Mean of the envelope."""
    return float(activity.values.mean())


def measured(of: Metric, kind: str, unit: str) -> MetricRow:
    signal = Signal("emg", kind, TIME, np.full((len(TIME), 1), 3.0), (Channel("a", unit, "soleus", "R"),), 1000.0)
    return row_of(of, Resolver([signal], strides=[STRIDE]), STRIDE, "R", {})


@pytest.mark.parametrize(("unit", "volts"), [("V", 3.0), ("mV", 3e-3), ("µV", 3e-6)])
def test_raw_emg_is_in_volts(unit: str, volts: float) -> None:
    assert measured(amplitude, "emg", unit).value == pytest.approx(volts)


def test_live_metrics_in_volts_have_no_value_of_what_is_in_none() -> None:
    """An envelope keeps a unit that is not known; live has it without the stream that it is made of."""
    envelope = Signal("emg.envelope", "envelope", TIME, np.ones((len(TIME), 1)), (SOLEUS,), 1000.0, inputs=("emg",))
    (found,) = implausible_steps([envelope], [], [], Subject())
    assert found.reason.startswith('the EMG of emg is in "bit", and its size in volts is not known')
    doubts = UnreliableStreams((), [envelope], (), [found])
    assert doubts.about(size, STRIDE, "R") == found.reason
    assert doubts.about(share_of_peak, STRIDE, "R") == ""


def test_what_is_given_over_its_own_peak_is_so_in_any_unit() -> None:
    assert measured(share_of_peak, "envelope", "bit").value == pytest.approx(1.0)
