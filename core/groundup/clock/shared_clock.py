"""Whether two streams of one host are on the same clock, by their measurements."""

import numpy as np

from groundup.clock.clock_steps import usual_drift
from groundup.clock.probes import Probes

_AGREE_SHARE = 0.9
_AGREE_ROW = 3  # probes in a row that disagree are no accident


def same_clock(a: Probes, b: Probes) -> bool:
    """Whether two streams of one host can be on the same clock.

    Their steps must come together, and their probes agree within half their round trips wherever both were asked.
    """
    if len(a.time) == 0 or len(b.time) == 0 or len(a.steps) != len(b.steps):
        return False
    return all(_same_line(a, mine, b, theirs) for mine, theirs in zip(a.pieces, b.pieces, strict=True))


def _same_line(a: Probes, mine: slice, b: Probes, theirs: slice) -> bool:
    if theirs.stop - theirs.start < mine.stop - mine.start:
        a, mine, b, theirs = b, theirs, a, mine
    time, lab = b.time[theirs], b.lab[theirs]
    inside = (a.lab[mine] >= lab[0]) & (a.lab[mine] <= lab[-1])
    if not bool(inside.any()):
        return False
    order = np.argsort(time)
    expected = np.interp(a.time[mine], time[order], b.offset[theirs][order])
    trips = (a.trip[mine] + np.interp(a.time[mine], time[order], b.trip[theirs][order])) / 2.0
    noise = max(usual_drift(a)[1], usual_drift(b)[1])
    off = (np.abs(a.offset[mine] - expected) > trips + 4.0 * noise)[inside]
    row = np.convolve(off, np.ones(_AGREE_ROW), "valid") if len(off) >= _AGREE_ROW else np.zeros(1)
    return bool(np.mean(~off) >= _AGREE_SHARE and row.max() < _AGREE_ROW)
