"""Markers at no time of the recording are no events, and what was left out is noted with its words."""

import numpy as np

from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.sound_events import near, span_of
from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.model.subject import Subject

TIME = np.arange(100.0, 110.0, 0.01)
SIGNAL = Signal("emg", "emg", TIME, np.zeros((len(TIME), 1)), (Channel("a", "V"),), 100.0)


def marker(time: float, text: str = "go", kind: str = "marker") -> Event:
    return Event(time, kind, source="button", text=text)


def test_markers_of_the_recording_keep_their_words_and_kinds() -> None:
    markers = [marker(101.0, "first"), marker(102.0, "", "belt stop"), marker(50.0), marker(165.0)]
    result = run_pipeline([SIGNAL], markers, Subject(), [], [])
    assert [(e.time, e.kind, e.text) for e in result.events] == [
        (50.0, "marker", "go"),
        (101.0, "marker", "first"),
        (102.0, "belt stop", ""),
        (165.0, "marker", "go"),
    ]
    assert result.notes == ()


def test_markers_far_away_are_left_out_and_noted_by_their_source() -> None:
    far = [marker(1e6, "late"), marker(-1e6), marker(np.nan), Event(0.0, "sync", source="other")]
    result = run_pipeline([SIGNAL], [*far, marker(105.0)], Subject(), [], [])
    assert [event.time for event in result.events] == [105.0]
    assert result.notes == (
        "button: 3 of its markers left out of the events: stamped at no time of the recording "
        "(the first, 'late', 999890 s after its last sample)",
        "other: 1 of its markers left out of the events: stamped at no time of the recording "
        "(the first, 'sync', 100 s before its first sample)",
    )


def test_without_any_signal_what_has_a_time_is_kept() -> None:
    kept, notes = near([marker(1e9), marker(np.nan)], span_of([]))
    assert [event.time for event in kept] == [1e9]
    assert "at no time at all" in notes[0]
