"""Events as text and back: nothing that somebody marked loses its words or its kind."""

import json

import pytest

from groundup.lsl.control_messages import marker_json
from groundup.model.event_json import event_from_marker, event_json
from groundup.model.events import Event


@pytest.mark.parametrize(
    "event",
    [
        Event(3.0, "IC", "L", "plate:1", 0.4, "walk", "shape load"),
        Event(3.0, "marker", source="mill", text="emergency stop"),
        Event(3.0, "belt stop", "R", "mill", text="E 17"),
    ],
)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert event_from_marker(event_json(event), 3.0, "x") == event


@pytest.mark.parametrize(
    ("confidence", "share"), [("0.3", 0.3), ("7", 0.0), ('"0.2"', 0.0), ("null", 0.0), ("[0.1]", 0.0), ("true", 0.0)]
)
def test_a_confidence_that_is_no_share_is_doubt(confidence: str, share: float) -> None:
    event = event_from_marker(f'{{"kind": "IC", "text": null, "confidence": {confidence}}}', 3.0, "x")
    assert (event.confidence, event.text) == (share, "")


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("emergency stop", "marker", "emergency stop"),
        ("12", "marker", "12"),
        ('{"stimulus": 5}', "marker", '{"stimulus": 5}'),
        ('{"kind": "stimulus", "value": 5}', "stimulus", '{"kind": "stimulus", "value": 5}'),
        ('{"kind": 7}', "marker", '{"kind": 7}'),
        ('{"kind": ""}', "marker", '{"kind": ""}'),
        (json.dumps({"kind": "a\x1b[31m"}), "marker", json.dumps({"kind": "a\x1b[31m"})),
        (marker_json("stumbled"), "marker", "stumbled"),
        ("[" * 100_000, "marker", "[" * 999 + "…"),
    ],
)
def test_what_a_stranger_writes_keeps_its_words(text: str, kind: str, words: str) -> None:
    event = event_from_marker(text, 3.0, "stream")
    assert (event.time, event.kind, event.source, event.text) == (3.0, kind, "stream", words)
