"""One signal in two files: found among all pairs of channels that may be one, and its delay."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundup.analysis.joining.channel_delay import ChannelDelay, measure_delay
from groundup.analysis.joining.channel_grids import ChannelSeries, Even, on_even, whitened
from groundup.analysis.joining.channel_search import search
from groundup.analysis.joining.line_fit import ClockLine, fit_line
from groundup.analysis.joining.uniqueness import stands_out

Pair = tuple[ChannelSeries, ChannelSeries]

_SEARCH_HZ = 250.0
_MOST_PAIRS = 80
_MOST_WORK = 1e8  # samples that are transformed: about half a minute
_LEAST_HZ = 10.0
_ALIKE = 0.8  # so alike are stretches of a signal that repeats, where it does
_KINDS = {
    "force": ("n", "kn", "mn"),
    "moment": ("nm", "n·m", "n*m", "nmm", "n·mm", "n*mm"),
    "voltage": ("v", "mv", "uv", "µv", "μv", "nv", "volt", "volts"),
    "acceleration": ("g", "m/s2", "m/s^2", "m/s²", "mg", "mm/s2", "mm/s^2"),
    "turning": ("deg/s", "rad/s", "°/s", "dps"),
    "length": ("m", "mm", "cm"),
    "angle": ("deg", "rad", "°"),
}


@dataclass(frozen=True, eq=False)
class SharedChannel:
    """A channel that two files share.

    Attributes
    ----------
    ours, theirs : ChannelSeries
    delay : ChannelDelay
    reversed : bool
        Whether one of the two is turned over.
    evidence, second_best : float
    """

    ours: ChannelSeries
    theirs: ChannelSeries
    delay: ChannelDelay
    reversed: bool
    evidence: float
    second_best: float


def find_shared(a: Sequence[ChannelSeries], b: Sequence[ChannelSeries]) -> list[SharedChannel] | str:
    """Channels that both files have, the best known first.

    Parameters
    ----------
    a, b : sequence of ChannelSeries
        Of the reference, and of the file that is to be joined.

    Returns
    -------
    list of SharedChannel or str
        Why there are none.
    """
    pairs, left = _pairs(a, b)
    if not pairs:
        return "no two channels could be one signal: of one unit, and with samples that change"
    found: list[SharedChannel] = []
    nearest = (0.0, "nothing in them is alike")
    kept: dict[tuple[int, float], Even] = {}
    for ours, theirs in pairs:
        one = _tried(ours, theirs, len(pairs), kept)
        if isinstance(one, SharedChannel):
            found.append(one)
        elif one[0] > nearest[0]:
            nearest = one
        if len(found) >= 6:
            break
    if not found:
        more = f" ({left} more pairs were not tried)" if left else ""
        return f"of {len(pairs)} pairs of channels{more} none is one signal: {nearest[1]}"
    return sorted(found, key=lambda one: one.delay.line.offset_half)


def _tried(
    ours: ChannelSeries, theirs: ChannelSeries, tried: int, kept: dict[tuple[int, float], Even]
) -> SharedChannel | tuple[float, str]:
    rate = min(ours.rate, theirs.rate, _SEARCH_HZ)
    both = []
    for series in (ours, theirs):
        key = (id(series), rate)
        if key not in kept:
            kept[key] = whitened(on_even(series, rate))
        both.append(kept[key])
    found = search(*both)
    if found is None:
        return 0.0, "they are too short"
    best, names = found.best, f"{ours.name} and {theirs.name}"
    if found.alike > _ALIKE:
        return best.score, f"{names} fit at another offset nearly as well, where it can be seen"
    if not stands_out(best.score, [*found.far, 0.0], tried, float(np.sqrt(len(best.times))), found.near):
        return best.score, f"{names} fit at several offsets nearly alike, or hardly at any"
    line = fit_line(best.times, best.lags, np.full(len(best.times), 1.0 / rate))
    rough = ClockLine(line.pivot, line.offset, line.offset_half, line.drift, line.drift_half, line.spread)
    if line.spread > 3.0 / rate:
        return 0.1, f"{names} are alike, but at offsets that lie on no line"
    turned = theirs if best.sign > 0 else _turned(theirs)
    delay = measure_delay(ours, turned, rough)
    if isinstance(delay, str):
        return best.score, f"{names}: {delay}"
    return SharedChannel(ours, theirs, delay, best.sign < 0, best.score, max([*found.far, 0.0]))


def _turned(series: ChannelSeries) -> ChannelSeries:
    return replace(series, values=-series.values)


def _pairs(a: Sequence[ChannelSeries], b: Sequence[ChannelSeries]) -> tuple[list[Pair], int]:
    """Pairs that may be one signal, the likelier first; and how many more there are."""
    able = [[one for one in side if one.says and one.rate >= _LEAST_HZ] for side in (a, b)]
    rated = [(_likeness(x, y), i, j) for i, x in enumerate(able[0]) for j, y in enumerate(able[1])]
    rated = sorted((one for one in rated if one[0] > 0), key=lambda one: (-one[0], one[1:]))
    work = 0.0
    taken: list[Pair] = []
    for _, i, j in rated[:_MOST_PAIRS]:
        x, y = able[0][i], able[1][j]
        rate = min(x.rate, y.rate, _SEARCH_HZ)
        work += 13.0 * rate * max(len(x.time) / x.rate, len(y.time) / y.rate)
        if work > _MOST_WORK and taken:
            break
        taken.append((x, y))
    return taken, len(rated) - len(taken)


def _likeness(a: ChannelSeries, b: ChannelSeries) -> int:
    """How likely two channels are one signal by what they are called; 0: they cannot be."""
    one, two = _kind(a.unit), _kind(b.unit)
    if one and two and one != two and "voltage" not in (one, two):  # a spare input records anything in volts
        return 0
    words = [set(re.findall(r"[a-z]+|\d+", series.label.lower())) for series in (a, b)]
    same = 4 if words[0] and words[0] == words[1] else 2 if words[0] & words[1] else 0
    return 1 + same + (2 if one and one == two else 0) + (2 if a.place and a.place == b.place else 0)


def _kind(unit: str) -> str:
    plain = unit.strip().lower()
    return next((kind for kind, units in _KINDS.items() if plain in units), "")
