"""Events that can be: of a kind and a confidence, at a time at which something was recorded."""

from collections.abc import Iterable, Sequence

import numpy as np

from groundup.model.events import Event, is_event
from groundup.model.signals import Signal

MARGIN_S = 0.1  # between samples, and what a filter rounds off
FAR_S = 60.0
"""So long before and after all samples a marker may lie: a lab marks before the first device sends."""
WRONG = (
    "are left out: they are none, have no kind, no time or no confidence from 0 to 1, or lie where nothing was recorded"
)


def sound(events: Iterable[object], t0: float, t1: float) -> tuple[Event, ...]:
    """Those that are events and lie between two times (s, lab clock), or `MARGIN_S` beside."""
    return tuple(one for one in events if is_event(one) and t0 - MARGIN_S <= one.time <= t1 + MARGIN_S)


def span_of(signals: Iterable[Signal]) -> tuple[float, float]:
    """From the first sample of all signals to the last (s, lab clock); endless without any."""
    spans = [(float(s.time[0]), float(s.time[-1])) for s in signals if len(s.time)]
    return min((a for a, _ in spans), default=-np.inf), max((b for _, b in spans), default=np.inf)


def near(markers: Sequence[Event], span: tuple[float, float]) -> tuple[list[Event], list[str]]:
    """Markers that lie in a recording of that span, and what is to be noted of the others."""
    t0, t1 = span
    far: dict[str, list[Event]] = {}
    kept = []
    for one in markers:
        if np.isfinite(one.time) and t0 - FAR_S <= one.time <= t1 + FAR_S:
            kept.append(one)
        else:
            far.setdefault(one.source or "the file", []).append(one)
    return kept, [
        f"{source}: {len(some)} of its markers left out of the events: stamped at no time of the recording "
        f"(the first, {some[0].text or some[0].kind!r}, {_where(some[0].time, t0, t1)})"
        for source, some in sorted(far.items())
    ]


def _where(time: float, t0: float, t1: float) -> str:
    if not np.isfinite(time):
        return "at no time at all"
    return f"{t0 - time:.0f} s before its first sample" if time < t0 else f"{time - t1:.0f} s after its last sample"
