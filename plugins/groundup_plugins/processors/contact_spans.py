"""Where a vertical force says that something stands on the plate: spans between two threshold crossings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats


@dataclass(frozen=True)
class Contact:
    """One span of load.

    Attributes
    ----------
    t0, t1 : float
        When the force goes up and down through the threshold (s), or the edge of the data.
    start, stop : int
        Samples at or above the threshold, as a half-open range.
    begins, ends : bool
        Whether the crossing itself is in the data.
    """

    t0: float
    t1: float
    start: int
    stop: int
    begins: bool
    ends: bool


def find_contacts(
    time: Floats,
    vertical: Floats,
    segments: Sequence[slice],
    *,
    threshold: float,
    sure: float,
    least_s: float,
    gap_s: float,
) -> list[Contact]:
    """Find the contacts in each stretch of data without a gap; NaN counts as a gap.

    A span counts when it reaches `sure` (hysteresis: what only touches the threshold is noise), and runs from where it
    rose through `threshold` to where it fell through it.
    """
    found: list[Contact] = []
    for segment in segments:
        for part in _finite_parts(vertical, segment):
            found += _in_part(time, vertical, part, threshold, sure, least_s, gap_s)
    return found


def _finite_parts(vertical: Floats, segment: slice) -> list[slice]:
    finite = np.isfinite(vertical[segment])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]))) + segment.start
    return [slice(a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _in_part(
    time: Floats, vertical: Floats, part: slice, threshold: float, sure: float, least_s: float, gap_s: float
) -> list[Contact]:
    force = vertical[part]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], force >= threshold, [False]]))) + part.start
    spans = [
        (a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True) if vertical[a:b].max() >= sure
    ]
    joined: list[tuple[int, int]] = []
    for a, b in spans:
        if joined and time[a] - time[joined[-1][1] - 1] < gap_s:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    contacts = [
        Contact(
            t0=_crossing(time, vertical, a - 1, threshold) if a > part.start else float(time[a]),
            t1=_crossing(time, vertical, b - 1, threshold) if b < part.stop else float(time[b - 1]),
            start=a,
            stop=b,
            begins=a > part.start,
            ends=b < part.stop,
        )
        for a, b in joined
    ]
    return [c for c in contacts if c.t1 - c.t0 >= least_s or not (c.begins and c.ends)]


def _crossing(time: Floats, vertical: Floats, i: int, threshold: float) -> float:
    return crossing(float(time[i]), float(vertical[i]), float(time[i + 1]), float(vertical[i + 1]), threshold)


def crossing(t0: float, before: float, t1: float, after: float, threshold: float) -> float:
    """Time between two samples at which the straight line between them meets the threshold."""
    share = (threshold - before) / (after - before) if after != before else 0.0
    return t0 + share * (t1 - t0)
