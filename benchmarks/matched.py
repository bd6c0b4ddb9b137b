"""What was found beside what is true: each truth with the nearest thing found, each found thing used once."""

from collections.abc import Iterable

import numpy as np


def matched(found: Iterable[float], truth: Iterable[float], within: float) -> np.ndarray:
    """Errors (s) of the truths that something was found near; what nothing was found near is left out."""
    left, errors = sorted(found), []
    for moment in truth:
        nearest = min(left, key=lambda t: abs(t - moment), default=np.inf)
        if abs(nearest - moment) <= within:
            left.remove(nearest)
            errors.append(nearest - moment)
    return np.array(errors)
