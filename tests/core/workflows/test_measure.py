"""A metric tried on a recording: by object or name, with settings, and nothing is written."""

from pathlib import Path

import pytest
from tests.conftest import Once
from tests.virtual_walk import before

import groundup
from groundup.plugin import Settings, Stance, Trace, grf, metric


class ShareSettings(Settings, frozen=True):
    share: float = 1.0


@metric("m_peak", of=Stance, unit="N", needs=[grf("v")], settings_type=ShareSettings, reference="a test")
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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("walk.h5", peak), r"the first argument is a recording, groundup.open\(path\), and not str \('walk.h5'\)"),
        ((None, peak), "the first argument is a recording"),
        (("recording", 3), "the second argument is a metric, or the name of one, and not int"),
        (("recording", lambda stance: 1.0), "what the @metric decorator made"),
        (("recording", [peak]), "and not list"),
        (("recording", "stance_time", 5), "settings are a mapping of keys to values"),
        (("recording", peak, "share=1"), "settings are a mapping"),
        (("recording", peak, [("share", 1)]), "settings are a mapping"),
    ],
)
def test_what_is_no_recording_metric_or_settings_is_refused_in_a_sentence(
    once: Once, arguments: tuple[object, ...], words: str
) -> None:
    with groundup.open(before(once)) as recording, pytest.raises(TypeError, match=words):
        groundup.measure(*(recording if one == "recording" else one for one in arguments))  # type: ignore[arg-type]


def test_settings_of_another_metric_are_named(once: Once) -> None:
    class Other(Settings, frozen=True):
        factor: float = 1.0

    with groundup.open(before(once)) as recording, pytest.raises(ValueError, match='unknown key "factor"'):
        groundup.measure(recording, peak, Other())
