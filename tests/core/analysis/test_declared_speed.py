"""A value that stands on a speed which nobody measured says so."""

from groundup.analysis.metrics.declared_speed import declared_speed
from groundup.model.subject import Treadmill
from groundup.plugin import DISTANCE, LEGS, STEP, SUBJECT, Metric, Stride
from groundup.plugin.stage import SignalForm


def measure(*needs):
    return Metric("a_metric", "1", Stride, needs, lambda *_: 1.0)


def test_what_needs_the_way_of_a_foot_on_a_belt_of_declared_speed_says_so():
    belt = Treadmill(1.25, {"fast": 1.8, "corridor": 0.0})
    plates = [SignalForm("plate", "plate", (), 1000.0)]
    for need in (DISTANCE, STEP):
        assert declared_speed(measure(LEGS, need), belt, plates)["belt_speed"].startswith("1.25 or 1.8 m/s")
    assert not declared_speed(measure(LEGS, SUBJECT), belt, plates)
    assert not declared_speed(measure(DISTANCE), Treadmill(), plates)


def test_a_speed_that_a_stream_measures_is_not_called_told():
    forms = [SignalForm("belt", "treadmill", (), 10.0)]
    assert not declared_speed(measure(DISTANCE), Treadmill(1.25), forms)
