"""Lines of lab time, made less sure by what is not known, or so that they meet in order."""

from dataclasses import replace

import numpy as np

from groundup.clock.dejitter import Dejittered
from groundup.clock.lab_time import LabTime, Line
from groundup.clock.sample_order import Order

_LEAST_APART = 0.5  # of an interval, that the last sample of a stretch is before the first of the next
_GIVES_WAY_S, _GIVES_WAY = 1.0, 20.0


def with_uncertainty(time: LabTime, off: float) -> LabTime:
    """The same time, which may be off by so many seconds more (95 %)."""
    return replace(time, lines=tuple(replace(line, sd=np.hypot(line.sd, off / 2.0)) for line in time.lines))


def with_order_uncertainty(line: Line, taken: Order) -> Line:
    """The same line, as well known as the place of its samples is."""
    first = taken.sent(line.start)
    off = [
        oddity.off
        for oddity in taken.oddities
        if oddity.off != 0.0 and oddity.start <= first < oddity.start + oddity.count
    ]
    return replace(line, sd=np.hypot(line.sd, float(np.max(off)) / 2.0)) if off else line


def without_overlap(lines: list[Line], straight: Dejittered) -> list[Line]:
    """The same where each ends before the next begins: two that overlap give way to each other, each by half."""
    met = list(lines)
    for index in range(1, len(met)):
        before, after = met[index - 1], met[index]
        low = float(np.interp(straight.elapsed.at(before.stop - 1), before.along, before.lab))
        high = float(np.interp(straight.elapsed.at(after.start), after.along, after.lab))
        over = low + _LEAST_APART * straight.interval - high
        if over > 0.0:
            met[index - 1] = _bent(before, -over / 2.0, last=True)
            met[index] = _bent(after, over / 2.0, last=False)
    return met


def _bent(line: Line, by: float, *, last: bool) -> Line:
    """A line whose last or first part gives way, the less the farther from its end: its samples keep their order."""
    span = float(line.along[-1] - line.along[0])
    length = min(span, max(_GIVES_WAY_S, _GIVES_WAY * abs(by)))
    edge = line.along[-1] - length if last else line.along[0] + length
    along = np.unique(np.append(line.along, edge))
    share = (along - edge) / length if last else (edge - along) / length
    share = np.clip(share, 0.0, 1.0) if length > 0.0 else np.ones(len(along))
    lab, sd = (np.interp(along, line.along, values) for values in (line.lab, line.sd))
    return Line(line.start, line.stop, along, lab + by * share, np.hypot(sd, by * share))
