"""The report's table of muscle timing: early, long and out of phase by as much as was put in."""

import pytest

from groundup.report.timing import MuscleTiming


@pytest.mark.parametrize(
    ("on", "off", "normal", "early", "longer"),
    [
        (7.0, 51.0, ((7.0, 51.0),), 0.0, 0.0),
        (1.0, 51.0, ((7.0, 51.0),), 6.0, 6.0),
        (86.0, 24.0, ((96.0, 14.0),), 10.0, 20.0),
        (2.0, 14.0, ((96.0, 14.0),), -6.0, -6.0),
        (90.0, 10.0, ((48.0, 70.0), (93.0, 12.0)), 3.0, 1.0),
    ],
)
def test_early_and_long_are_told_against_the_phase_the_burst_is_in(on, off, normal, early, longer):
    found = MuscleTiming("soleus", "L", on, off, 100.0, normal)
    assert found.early == pytest.approx(early)
    assert found.longer == pytest.approx(longer)
