"""What is in a recording, in short and in words."""

import json
from pathlib import Path

from made import LONG

import groundup
from groundup.recording.info import in_words, summary


def test_the_summary_is_plain_json(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    plate = next(s for s in found["streams"] if s["id"] == "plate")
    assert (plate["samples"], plate["rate_hz"], plate["lost_samples"]) == (40, 100.0, 3)
    assert plate["lost_share"] == 3 / 43
    assert plate["sync_bound_ms"] == 0.05
    assert found["participant"] == {"id": "P 1/ä", "mass_kg": 70.0, "height_m": None}


def test_the_words_fit_a_terminal_whatever_the_network_sent(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        text = in_words(summary(recording))
    assert "plate" in text
    assert "in sync to ±0.05 ms (95%)" in text
    assert "fault at 2.000 s, plate: wrong rate" in text  # since the recording began, on a lab clock of 7 s
    assert "\x1b" not in text
    assert LONG not in text


def test_what_the_analysis_could_not_do_is_told(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    text = in_words({**found, "notes": ["[[process]]: there is no processor 'nonsense'"]})
    assert "! [[process]]: there is no processor 'nonsense'" in text
