"""From signals to rows, in memory: every stretch gets a value or the reason why not, whatever a plugin does."""

import math

import numpy as np
import pytest

from groundup.analysis.pipeline import run_pipeline
from groundup.model.events import Event, Stance, Stride, Trial
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.plugin import NotComputableError, Processor, Product, Subject, emg, grf, metric

EVENTS = [Event(t, kind, "R", "plate:1") for c in (1.0, 2.1, 3.2) for t, kind in ((c, "IC"), (c + 0.6, "FO"))]
TIME = np.arange(0.0, 4.0, 1e-3)
ENVELOPE = Signal("e", "envelope", TIME, np.ones((len(TIME), 1)), (Channel("x", "V", "soleus", "R"),), 1000.0)


@metric("stride_time", of=Stride, unit="s")
def stride_time(stride):
    """Length."""
    return stride.t1 - stride.t0


@metric("stance_time", of=Stance, unit="s")
def stance_time(stance):
    """Length."""
    return stance.t1 - stance.t0


@metric("trial_time", of=Trial, unit="s")
def trial_time(trial):
    """Length."""
    return trial.t1 - trial.t0


@metric("soleus", of=Stride, unit="V", needs=(emg("soleus"),))
def soleus(stride, trace):
    """Mean."""
    return trace.values.mean()


@metric("soleus_of_trial", of=Trial, unit="V", needs=(emg("soleus"),))
def soleus_of_trial(trial, trace):
    """Mean."""
    return trace.values.mean()


def broken(kind):
    @metric("broken", of=Stride, unit="1")
    def function(stride):
        """Does not work."""
        if isinstance(kind, Exception):
            raise kind
        return kind

    return function


def rows(result, name):
    return [row for row in result.rows if row.name == name]


def test_stances_strides_and_trials_get_a_row_each():
    trials = [Trial(0.5, 2.5, "usual", "usual")]
    result = run_pipeline(
        [ENVELOPE], EVENTS, Subject(), [], [stride_time, stance_time, trial_time, soleus], trials=trials
    )
    assert [(r.stride, r.side, r.trial) for r in rows(result, "stride_time")] == [(0, "R", "usual"), (1, "R", "")]
    assert [r.value for r in rows(result, "stride_time")] == pytest.approx([1.1, 1.1])
    assert [r.stride for r in rows(result, "stance_time")] == [0, 1, -1]
    assert [(r.value, r.trial) for r in rows(result, "trial_time")] == [(2.0, "usual")]
    assert [(r.value, r.status) for r in rows(result, "soleus")] == [(1.0, "ok"), (1.0, "ok")]
    assert [e.trial for e in result.events][:3] == ["usual"] * 3
    assert result.events[-1].trial == ""


def test_without_trials_the_recording_is_one():
    (row,) = rows(run_pipeline([ENVELOPE], [], Subject(), [], [trial_time]), "trial_time")
    assert row.value == pytest.approx(3.999)


def test_what_is_measured_of_one_leg_is_measured_of_each_leg_of_a_trial():
    left, right = rows(run_pipeline([ENVELOPE], [], Subject(), [], [soleus_of_trial]), "soleus_of_trial")
    assert (left.side, right.side, right.value) == ("L", "R", 1.0)
    assert left.reason.startswith("no EMG envelope of soleus on the left side")


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero (test_pipeline.py, line "),
        (NotComputableError("of the weather"), "not_computable", "of the weather"),
        (float("nan"), "not_computable", "the metric gave nan and no reason"),
        (float("inf"), "not_computable", "the metric gave inf and no reason"),
        ("1.0", "failed", "TypeError: it gave '1.0', which is no number"),
        (True, "failed", "TypeError: it gave True, which is no number"),
        (None, "failed", "TypeError"),
    ],
)
def test_a_metric_that_goes_wrong_takes_no_other_down(kind, status, reason):
    result = run_pipeline([], EVENTS, Subject(), [], [broken(kind), stride_time])
    assert all(math.isnan(row.value) and row.status == status for row in rows(result, "broken"))
    assert all(row.reason.startswith(reason) for row in rows(result, "broken"))
    assert len(rows(result, "broken")) == 2
    assert [row.status for row in rows(result, "stride_time")] == ["ok", "ok"]


def test_without_contacts_there_are_no_rows_and_it_is_said():
    result = run_pipeline([], [], Subject(), [], [stride_time, stance_time])
    assert result.rows == ()
    assert result.notes == (
        "2 metrics found nothing to describe: 1, because no strides were seen; 1, because no stances were seen",
    )
    (note,) = run_pipeline([], [], Subject(), [], [stride_time]).notes
    assert note == "1 metric found nothing to describe, because no strides were seen"


class Stepping(Processor):
    """Makes forces that brake first and propel later, along -y, and their contacts."""

    name, accepts = "stepping", "recipe"

    def whole(self, signal):
        force = np.zeros((len(signal.time), 5))
        events = []
        for contact in (1.0, 2.1, 3.2):
            on = (signal.time >= contact) & (signal.time <= contact + 0.6)
            force[on, 1] = 100 * np.sin(2 * np.pi * (signal.time[on] - contact) / 0.6)
            force[on, 2] = 700.0
            events += [Event(contact, "IC", "", "plate:1"), Event(contact + 0.6, "FO", "", "plate:1")]
        labels = ("Fx", "Fy", "Fz", "CoPx", "CoPy")
        channels = tuple(Channel(label, "N", "plate:1", "R") for label in labels)
        return Product((Signal("p.grf", "grf", signal.time, force, channels, signal.rate),), tuple(events))


def test_sides_direction_and_force_come_together():
    @metric("braking", of=Stride, unit="N", needs=(grf("ap"),))
    def braking(stride, ap):
        """Greatest."""
        return ap.values.min()

    recipe = Signal("p", "recipe", TIME, np.zeros((len(TIME), 1)), (Channel("x"),), 1000.0)
    result = run_pipeline([recipe], [], Subject(), [Stepping], [braking])
    assert {event.side for event in result.events} == {"R"}
    assert [(round(r.value), r.side, r.status) for r in result.rows] == [(-100, "R", "ok")] * 2


def test_an_author_sees_the_traceback_when_it_is_asked_for(monkeypatch, capsys):
    run_pipeline([], EVENTS, Subject(), [], [broken(ZeroDivisionError("by zero"))])
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("GROUNDUP_TRACEBACK", "1")
    run_pipeline([], EVENTS, Subject(), [], [broken(ZeroDivisionError("by zero"))])
    assert "Traceback" in capsys.readouterr().err
