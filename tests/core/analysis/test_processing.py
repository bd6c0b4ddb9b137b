"""Processors run on what they accept, in chains, with their settings, and take no other down."""

import numpy as np
import pytest

from groundup.analysis.processing import ProcessStep, process
from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.plugin import NotComputableError, Processor, Product, Settings


def signal(ident="a", kind="raw"):
    return Signal(ident, kind, np.arange(3.0), np.ones((3, 1)), (Channel("x"),), 1.0)


class GainSettings(Settings, frozen=True):
    gain: float = 2.0


class Gain(Processor):
    name, accepts, settings_type = "gain", "raw", GainSettings

    def whole(self, signal):
        made = Signal(
            f"{signal.id}.gain", "loud", signal.time, signal.samples * self.settings.gain, signal.channels, 1.0
        )
        return Product((made,))


class Count(Processor):
    name, accepts = "count", "loud"

    def whole(self, signal):
        return Product(events=(Event(1.0, "marker", source=signal.id, text=str(signal.samples.sum())),))


class Again(Processor):
    """Takes the kind that it makes."""

    name, accepts = "again", "raw"

    def whole(self, signal):
        return Product((Signal(f"{signal.id}.again", "raw", signal.time, signal.samples, signal.channels, 1.0),))


class Broken(Processor):
    name, accepts = "broken", "raw"

    def whole(self, signal):
        raise ZeroDivisionError("by zero")


class Unwilling(Broken):
    name = "unwilling"

    def whole(self, signal):
        raise NotComputableError("the unit is unknown")


class Unmakeable(Broken):
    name = "unmakeable"

    def __init__(self, settings):
        raise RuntimeError("no")


class Lying(Broken):
    name = "lying"

    def whole(self, signal):
        return Product((Signal("x", "loud", np.arange(2.0), np.ones((3, 1)), signal.channels, 1.0),))


class Optional(Gain):
    name, default = "optional", False


def test_what_one_processor_makes_another_takes():
    result = process([signal(), signal("b")], [Count, Gain])
    assert [s.id for s in result.signals] == ["a.gain", "b.gain"]
    assert [(e.text, e.source) for e in result.events] == [("6.0", "a.gain"), ("6.0", "b.gain")]
    assert result.notes == []


def test_a_processor_never_gets_what_it_made_itself():
    assert [s.id for s in process([signal()], [Again]).signals] == ["a.again"]


def test_lab_toml_sets_parameters_input_and_output():
    steps = [ProcessStep("gain", "b", "b.loud", {"gain": 5.0})]
    result = process([signal(), signal("b")], [Gain, Count], steps)
    assert [s.id for s in result.signals] == ["b.loud"]
    assert [(e.text, e.source) for e in result.events] == [("15.0", "b.loud")]


def test_one_processor_may_run_twice_with_other_parameters():
    steps = [ProcessStep("gain", "a", "one", {"gain": 1.0}), ProcessStep("gain", "raw", "two")]
    assert [(s.id, s.samples[0, 0]) for s in process([signal()], [Gain], steps).signals] == [("one", 1.0), ("two", 2.0)]


def test_a_step_can_take_what_another_step_makes():
    steps = [ProcessStep("count", "mine"), ProcessStep("gain", "a", "mine")]
    assert len(process([signal()], [Gain, Count], steps).events) == 1


def test_what_is_not_default_runs_only_when_asked():
    assert process([signal()], [Optional]).signals == []
    assert len(process([signal()], [Optional], [ProcessStep("optional", "a")]).signals) == 1


@pytest.mark.parametrize(
    ("broken", "note"),
    [
        (Broken, "broken of a failed: ZeroDivisionError: by zero (test_processing.py, line "),
        (Unwilling, "unwilling of a: not computable, because the unit is unknown"),
        (Unmakeable, "unmakeable failed: RuntimeError: no"),
        (Lying, "lying of a failed: ValueError: the samples of x do not fit its time and channels"),
    ],
)
def test_a_processor_that_raises_takes_no_other_down(broken, note):
    result = process([signal()], [broken, Gain, Count])
    assert [s.id for s in result.signals] == ["a.gain"]
    assert len(result.events) == 1
    assert len(result.notes) == 1
    assert result.notes[0].startswith(note)


def test_wrong_steps_are_told_with_what_is_wrong():
    steps = [ProcessStep("gian", "a"), ProcessStep("gain", "a", "", {"gian": 1}), ProcessStep("count", "nowhere")]
    notes = process([signal()], [Gain, Count], steps).notes
    assert "there is no processor 'gian'; installed are count, gain" in notes[0]
    assert "gian" in notes[1]
    assert "there is no signal 'nowhere'" in notes[2]


def test_no_two_signals_get_one_id():
    steps = [ProcessStep("gain", "raw", "loud")]
    assert [s.id for s in process([signal(), signal("b")], [Gain], steps).signals] == ["loud", "loud-2"]


class Elsewhere(Processor):
    name, accepts = "elsewhere", "raw"

    def whole(self, signal):
        times = (1.0, 2.05, 2.5, -0.5, -1e6, 1e6, np.nan, np.inf, "1")
        sound = [Event(time, "marker", source=signal.id) for time in times]
        odd = [None, "IC", Event(1.0, None), Event(1.0, "IC", confidence=7.0), Event(1.0, "IC", confidence="0.5")]
        return Product(events=(*sound, *odd))


def test_an_event_of_no_time_of_the_signal_is_left_out_and_said():
    result = process([signal()], [Elsewhere])
    assert [event.time for event in result.events] == [1.0, 2.05]
    (note,) = result.notes
    assert note.startswith("elsewhere of a: 12 of 14 events are left out")


class Endless(Processor):
    name, accepts = "endless", "raw"

    def whole(self, signal):
        return Product(events=3)


def test_events_that_are_no_sequence_take_no_other_down():
    result = process([signal()], [Endless, Gain, Count])
    assert len(result.events) == 1
    assert result.notes[0].startswith("endless of a failed: TypeError")
