"""A trigger in two files: pulses or markers on either side, some of them missing or more than the other has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.analysis.joining.edge_intervals import line_of_edges
from groundup.analysis.joining.line_fit import ClockLine, fit_line
from groundup.analysis.joining.train_matching import match_trains
from groundup.analysis.joining.trains import Train

_FLOOR_S, _CAP_S = 0.3e-3, 3e-3  # how markers of a program scatter around the edge they are of
_MOST_PAIRS = 60
_EARNEST = 3.0  # if the edges fit their samples no better than this, it is no edge of one line


@dataclass(frozen=True, eq=False)
class SharedTrain:
    """Events that two files share, and the line between their clocks.

    Attributes
    ----------
    ours, theirs : Train
    line : ClockLine
    count, missed : int
        How many are in both; in only one of them.
    first, last : float
        On the file's clock, in s.
    evidence, second_best : float
    """

    ours: Train
    theirs: Train
    line: ClockLine
    count: int
    missed: int
    first: float
    last: float
    evidence: float
    second_best: float


def find_trigger(a: Sequence[Train], b: Sequence[Train]) -> list[SharedTrain] | str:
    """Pulses and markers that two files share, the best known first; or why there are none."""
    if not a or not b:
        return "there are no pulses or markers in " + ("either file" if not a and not b else "one of them")
    single = _one_each(a, b)
    pairs = [(one, two) for one in a for two in b][:_MOST_PAIRS]
    found, why = [], []
    for ours, theirs in pairs:
        shared = _shared(ours, theirs, len(pairs))
        if isinstance(shared, SharedTrain):
            found.append(shared)
        else:
            why.append(f"{ours.name} and {theirs.name}: {shared}")
    if not found:
        return single or min(why, key=lambda text: "ambiguous" not in text)
    return sorted(found, key=lambda one: one.line.offset_half)


def _one_each(a: Sequence[Train], b: Sequence[Train]) -> str:
    return "" if a and b else "there are no pulses"


def _shared(a: Train, b: Train, tried: int) -> SharedTrain | str:
    widest = float(np.median(a.widths) + np.median(b.widths)) / 2.0
    floor = max(_FLOOR_S, widest / 1.5)
    found = match_trains(a, b, floor, max(_CAP_S, 2.0 * floor), tried)
    if isinstance(found, str):
        return found
    times = b.times[found.theirs]
    lags = a.times[found.ours] - times
    half = (a.widths[found.ours] + b.widths[found.theirs]) / 2.0
    line = found.line
    off = np.abs(lags - line.at(times))
    close = off <= np.maximum(half + _FLOOR_S, 3.0 * line.spread)
    edges = line_of_edges(times[close], lags[close], half[close], line.pivot)
    robust = fit_line(times, lags, np.full(len(lags), 1.0), common=float(np.median(half)))
    # Edges that scatter more than samples are wide are late at random: then the scatter says how well it is known.
    final = edges if edges.offset_half <= _EARNEST * max(float(np.median(half)), _FLOOR_S) else robust
    return SharedTrain(
        a, b, final, len(times), found.missed, float(times[0]), float(times[-1]), found.evidence, found.second_best
    )
