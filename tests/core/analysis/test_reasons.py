"""A reason has its moment as numbers on the lab clock; a person is told it since the recording began."""

import math
from dataclasses import replace

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.strategy_profile import strategy_profile
from groundup.model.events import Stride
from groundup.model.reasons import Reason, usual_reason
from groundup.plugin import NotComputableError, metric


@metric("share", of=Stride, unit="1", axis="gluteal role")
def share(stride):
    """Share of what is shared."""
    return 0.0


def test_moments_are_told_since_the_recording_began():
    assert Reason("it has a gap", 81234.5, 81234.5).since(81200.0) == "it has a gap, at 34.500 s"
    assert Reason("it is too short", 81230.0, 81231.25).since(81200.0) == "it is too short, from 30.000 to 31.250 s"
    assert Reason("it has a gap", -3.0, -3.0).since(-10.0) == "it has a gap, at 7.000 s"
    assert Reason("it has a gap", 5.0, 5.0).since(math.nan) == "it has a gap, at 5.000 s on the lab clock"


def test_a_reason_without_a_moment_is_its_text():
    text = "the contact lasts 81234.5 s, which is standing and no step"
    assert Reason(text).since(81200.0) == text


def test_what_a_metric_raises_has_its_moment():
    assert NotComputableError("it has a gap", 3.5).reason == Reason("it has a gap", 3.5, 3.5)
    assert NotComputableError("it has a gap", (3.0, 4.0)).reason == Reason("it has a gap", 3.0, 4.0)
    assert math.isnan(NotComputableError("it rained").reason.t0)
    assert str(NotComputableError("it rained")) == "it rained"


def test_the_usual_reason_is_the_first_of_its_kind():
    gaps = [Reason(f"{n} samples are missing", n + 0.5, n + 0.5) for n in range(3)]
    rain = Reason("it rained")
    assert usual_reason([rain, *gaps, rain]) == replace(gaps[0], several=True)
    assert usual_reason([rain, gaps[1]]) == rain
    assert usual_reason([gaps[1]]).since(0.0) == "1 samples are missing, at 1.500 s"


def test_the_profile_tells_moments_since_the_recording_began():
    rows = [
        MetricRow("share", n, n + 1, "", n, "L", math.nan, "1", "not_computable", "no value", float(n), float(n))
        for n in (905, 906)
    ]
    entry = next(part for part in strategy_profile(rows, [share], origin=900.0) if part.entries).entries[0]
    assert (entry.status, entry.reason) == ("not_computable", "no value, first at 5.000 s")
