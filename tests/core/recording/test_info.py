"""What is in a recording, in short and in words."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made import LONG, simple_clock, source, stream

import groundup
from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import AnalysisResult
from groundup.clock import Certificate
from groundup.model.ledger import LedgerRow, Severity
from groundup.recording import seal as sealing
from groundup.recording.info import in_words, summary
from groundup.recording.results import write_results


def test_the_summary_is_plain_json(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    plate = next(s for s in found["streams"] if s["id"] == "plate")
    assert (plate["samples"], plate["rate_hz"], plate["lost_samples"]) == (40, 100.0, 3)
    assert plate["lost_share"] == 3 / 43
    assert plate["sync_bound_ms"] == 0.05
    assert found["participant"] == {
        "id": "P 1/ä",
        "mass_kg": 70.0,
        "height_m": None,
        "age_years": None,
        "leg_length_m": None,
    }


def test_the_words_fit_a_terminal_whatever_the_network_sent(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        text = in_words(summary(recording))
    assert "plate" in text
    assert "in sync to ±0.05 ms (95%)" in text
    assert "fault at 2.000 s, plate: wrong rate" in text  # since the recording began, on a lab clock of 7 s
    assert "\x1b" not in text
    assert LONG not in text


@pytest.mark.survives(
    "time",
    fault="The times of a stream are known to hundreds of milliseconds only: it is on another clock, or jumps.",
    happens="It is nowhere called in sync.",
    said="“not in sync, placed to ±… ms (95%): …”",
    lost="Nothing.",
)
def test_what_is_hardly_placed_is_not_called_in_sync(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    plate = next(s for s in found["streams"] if s["id"] == "plate")
    why = "its stamps are of another clock (Unix time), and are placed by when they arrived"
    text = in_words({**found, "streams": [{**plate, "sync_bound_ms": 763.0, "sync_reason": why}]})
    assert f"not in sync, placed to ±763 ms (95%): {why}" in text
    assert "in sync to" not in text
    assert "not in sync, placed to ±763 ms (95%)" in Certificate(763.0, 0.95, 0.1, why)._repr_html_()


def test_a_bound_of_seconds_is_told_in_seconds(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    plate = next(s for s in found["streams"] if s["id"] == "plate")
    for bound, words in ((999.4, "±999 ms (95%)"), (999.6, "±1 s (95%)"), (7194.6, "±7.19 s (95%)")):
        assert words in in_words({**found, "streams": [{**plate, "sync_bound_ms": bound}]})


def test_what_the_analysis_could_not_do_is_told(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    text = in_words({**found, "notes": ["[[process]]: there is no processor 'nonsense'"]})
    assert "! [[process]]: there is no processor 'nonsense'" in text


def test_a_metric_without_any_value_says_why_and_when_since_the_recording_began(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        origin = recording.clock_origin
    at = origin + 1.5
    rows = [
        MetricRow("symmetry_index", origin, origin + 3, "", n, "", math.nan, "%", "not_computable", "no value", at, at)
        for n in range(2)
    ]
    write_results(sealed, AnalysisResult(rows=tuple(rows)))
    with groundup.open(sealed) as recording:
        text = in_words(summary(recording))
        table = recording.metrics["symmetry_index"]
        assert set(zip(table["status"], table["reason"], table["reason_t0"], strict=True)) == {
            ("not_computable", "no value", at)
        }
    assert "not computable: symmetry_index: no value, at 1.500 s" in text


@pytest.mark.parametrize("severity", ["info", "warning"])
def test_nothing_is_called_lost_or_whole_where_nobody_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, severity: Severity
) -> None:
    row = LedgerRow(1.0, "", "stamps", severity, 0, "a program times the samples; 2 pauses are sleep or losses")
    monkeypatch.setattr(sealing, "follow", lambda given: [replace(one, ledger=(row,)) for one in simple_clock(given)])
    sealing.seal(source([stream("a", np.arange(4.0)[:, None])]), tmp_path / "x.h5")
    with groundup.open(tmp_path / "x.h5") as recording:
        found = summary(recording)
    assert (found["streams"][0]["lost_samples"] is None) == (severity == "warning")
    assert ("losses unknown" in in_words(found)) == (severity == "warning")


def test_what_a_device_was_told_is_shown_though_nothing_went_wrong(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        found = summary(recording)
    row = {"time": 8.5, "stream": "", "kind": "command", "severity": "info", "count": 0, "message": "me told it tare()"}
    assert "info at 1.500 s: me told it tare()" in in_words({**found, "ledger": [row], "clock_origin": 7.0})
