"""The samples of a stream on the lab clock: lines on a grid, and draws of their error there."""

import numpy as np

from groundup.clock.clock_segments import to_lab
from groundup.clock.dejitter import Dejittered
from groundup.clock.device_stream import DeviceStream
from groundup.clock.lab_time import Line
from groundup.clock.line_uncertainty import without_overlap
from groundup.clock.smoother import DRAWS, Floats
from groundup.clock.stamps import Stamps, plausible

_GRID = 400
_SURE = 1.9  # of its standard deviation, an error is surely no larger than


def even_lines(device: DeviceStream, straight: Dejittered) -> tuple[list[Line], Floats]:
    """Lab time of straightened samples on a grid, and draws of its error there."""
    lines: list[Line] = []
    drawn: list[tuple[int, Floats]] = []
    for stretch in straight.stretches:
        for segment in device.in_order:
            a, b = max(stretch.start, segment.start), min(stretch.stop, segment.stop)
            if a >= b:
                continue
            # On a grid: the curves bend over seconds, and a straight line between its points is exact enough.
            first, last = straight.elapsed.at(a), straight.elapsed.at(b - 1)
            grid = np.linspace(first, last, _points(b - a, last - first))
            stamp = stretch.at(grid) - segment.shift
            lab, errors = to_lab(stamp, segment)
            errors = errors + stretch.curve.errors_at(grid) + device.errors_before(stamp)
            unsure = stretch.uncertainty / 2.0 + segment.uncertainty / _SURE
            lines.append(Line(a, b, grid, lab, np.hypot(errors.std(axis=0), unsure)))
            drawn.append((b - a, errors))
    return without_overlap(lines, straight), _weighted(drawn)


def lines_as_sent(device: DeviceStream, late: float) -> tuple[list[Line], Floats]:
    """What is added to stamps as they came, on a grid, and draws of its error there; each is late by so much."""
    lines: list[Line] = []
    drawn: list[tuple[int, Floats]] = []
    for segment in device.segments:
        count, low, high = _range(device.moved.part(segment.start, segment.stop))
        if count == 0 or segment.piece is None:
            continue
        grid = np.linspace(low, high, _points(count, high - low))
        lab, errors = to_lab(grid, segment)
        errors = errors + device.errors_before(grid)
        sd = np.hypot(errors.std(axis=0), late + segment.uncertainty / _SURE)
        lines.append(
            Line(
                segment.start,
                segment.stop,
                grid,
                lab - grid,
                sd,
            )
        )
        drawn.append((count, errors))
    return lines, _weighted(drawn)


def _range(stamps: Stamps) -> tuple[int, float, float]:
    """How many can be times, and the lowest and the highest of these."""
    count, low, high = 0, np.inf, -np.inf
    for _, values in stamps.pieces():
        known = values[plausible(values)]
        if len(known):
            count, low, high = count + len(known), min(low, float(known.min())), max(high, float(known.max()))
    return count, low, high


def _points(count: int, span: float) -> int:
    return int(min(count, max(2, min(_GRID, span * 4.0)), _GRID)) if count > 1 else 1


def _weighted(drawn: list[tuple[int, Floats]]) -> Floats:
    """Draws of the error at moments that stand for equally many samples each, shape (DRAWS, moments)."""
    if not drawn:
        return np.full((DRAWS, 1), np.nan)
    total = sum(count for count, _ in drawn)
    parts = []
    for count, errors in drawn:
        wanted = max(1, round(_GRID * count / total))
        parts.append(errors[:, np.linspace(0, errors.shape[1] - 1, wanted).round().astype(int)])
    return np.concatenate(parts, axis=1)
