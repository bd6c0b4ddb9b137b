"""A reason names its moments on the lab clock in the file, and since the recording began to a person."""

import math

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.strategy_profile import strategy_profile
from groundup.model.events import Stride
from groundup.model.reasons import lab_time, since_start, usual_reason
from groundup.plugin import metric


@metric("share", of=Stride, unit="1", axis="gluteal role")
def share(stride):
    """Share of what is shared."""
    return 0.0


def test_moments_are_told_since_the_recording_began():
    text = f"it has a gap at {lab_time(81234.5)}, was not recorded for all of {lab_time(81230.0, 81231.25)} at 50 Hz"
    assert (
        since_start(text, 81200.0)
        == "it has a gap at 34.500 s, was not recorded for all of 30.000 to 31.250 s at 50 Hz"
    )
    assert since_start(f"at {lab_time(-3.0)}", -10.0) == "at 7.000 s"
    assert since_start(text, math.nan) == text


def test_what_is_no_moment_stays():
    text = "the contact lasts 81234.5 s, which is standing and no step"
    assert since_start(text, 81200.0) == text


def test_the_usual_reason_is_the_first_of_its_kind():
    gaps = [f"a gap at {lab_time(n + 0.5)}" for n in range(3)]
    assert usual_reason(["it rained", *gaps, "it rained"]) == gaps[0]


def test_the_profile_tells_moments_since_the_recording_began():
    rows = [MetricRow("share", n, n + 1, "", n, "L", math.nan, "1", f"no value at {lab_time(n)}") for n in (905, 906)]
    entry = next(part for part in strategy_profile(rows, [share], origin=900.0) if part.entries).entries[0]
    assert entry.reason == "no value at 5.000 s"
