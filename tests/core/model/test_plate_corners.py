"""Four points are the corners of a plate, or the reason why not is said."""

import numpy as np
import pytest

from groundup.model.plate_corners import corners_flaw

PLATE = np.array([[0.3, 0.2, 0], [-0.3, 0.2, 0], [-0.3, -0.2, 0], [0.3, -0.2, 0]])


@pytest.mark.parametrize("degrees", [0, 17, 90, 211])
def test_a_plate_may_lie_anyhow_and_be_measured_with_markers(degrees: float) -> None:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    slope = np.array([[1, 0, 0], [0, 0.98, -0.2], [0, 0.2, 0.98]])
    turned = PLATE @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) @ slope + [5, -3, 0.1]
    noise = np.random.default_rng(1).normal(0, 0.002, (4, 3))
    assert corners_flaw(turned + noise) == ""
    assert corners_flaw(turned[::-1]) == ""


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        (PLATE[:3], "are not four points"),
        (np.where(PLATE == 0.2, np.nan, PLATE), "are no numbers"),
        (PLATE[[0, 2, 1, 3]], "are no rectangle in this order"),
        (PLATE[[0, 1, 1, 3]], "are no rectangle in this order"),
        (PLATE * [1, 1e-9, 1], "make a plate of 0.6 m by 4e-10 m"),
        (PLATE * 1e300, "make a plate of 6e+299 m by 4e+299 m"),
        (PLATE * 1000, "make a plate of 600 m by 400 m"),
        (np.add(PLATE, [[1e20, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]), "make a plate of 1e+20 m by 1e+20 m"),
        (np.add(PLATE, [[0.1, 0, 0], [0.1, 0, 0], [0, 0, 0], [0, 0, 0]]), "are no rectangle in this order"),
    ],
)
def test_what_is_no_plate_says_why(corners: np.ndarray, says: str) -> None:
    assert corners_flaw(corners) == says
