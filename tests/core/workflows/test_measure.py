"""A metric tried on a recording: by object or name, with settings, and nothing is written."""

from pathlib import Path

import pytest
from tests.conftest import Once
from tests.virtual_walk import before

import groundup
from groundup.plugin import Settings, Stance, Trace, grf, metric


class ShareSettings(Settings, frozen=True):
    share: float = 1.0


@metric("m_peak", of=Stance, unit="N", needs=[grf("v")], settings_type=ShareSettings, source="a test")
def peak(stance: Stance, force: Trace, settings: ShareSettings) -> float:
    """A share of the largest force."""
    return float(force.values.max()) * settings.share


def test_a_metric_is_tried_without_being_installed_and_nothing_is_written(once: Once) -> None:
    path: Path = before(once)
    stamp = (path.stat().st_mtime_ns, path.stat().st_size)
    with groundup.open(path) as recording:
        whole = groundup.measure(recording, peak)
        for settings in (ShareSettings(share=0.5), {"share": 0.5}):
            half = groundup.measure(recording, peak, settings)
            assert half["value"].tolist() == pytest.approx((whole["value"] / 2).tolist(), nan_ok=True)
        stored = recording.metrics["stance_time"]
        assert groundup.measure(recording, "stance_time")["value"].tolist() == stored["value"].tolist()
        with pytest.raises(ValueError, match='did you mean "stance_time"'):
            groundup.measure(recording, "stance_tim")
        with pytest.raises(ValueError, match='unknown key "shar"'):
            groundup.measure(recording, peak, {"shar": 1})
    assert (whole["status"] == "ok").sum() > 10
    assert set(whole["unit"]) == {"N"}
    assert 500.0 < whole["value"].median() < 1500.0
    assert (path.stat().st_mtime_ns, path.stat().st_size) == stamp
