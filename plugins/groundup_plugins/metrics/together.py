"""Several traces of one stretch of time, at the same times."""

from collections.abc import Sequence

import numpy as np

from groundup.plugin import Floats, Trace


def values_at(time: Floats, traces: Sequence[Trace]) -> Floats:
    """Traces of one quantity each at some times, shape (traces, n); channels of one stream are there already."""
    return np.array([t.values if t.time is time else np.interp(time, t.time, t.values) for t in traces])
