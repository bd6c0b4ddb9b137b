"""Rises from a chair in the vertical force under the feet, and what tells them from steps and jumps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.signal import find_peaks

from groundup.plugin import Floats, Settings
from groundup_plugins.processors.runs import first_reaching

Positive = Annotated[float, msgspec.Meta(gt=0)]

_HELD_S = 0.25
_LOADED_SHARE = 0.7  # of the greatest load that is held: what lies above is standing, more or less
_HALFWAY = 0.5
_LEAST_STANDING_N = 100.0  # under one foot; less is no person
_LIFTED_S = 0.2  # without load for so long a foot was lifted; who falls back on a chair takes it off for less
_LEAST_LOADING_S = 0.15  # from sitting to the standing load; a foot that lands is loaded sooner ...
_FROM_NOTHING_S = 0.2  # ... and one that was off the ground, however short, can be no other unless it takes so long
LEAST_SEATED_S, _LEAST_UP_S, _DIP_S = 0.25, 0.3, 0.15
_DIP_SHARE = 0.38  # of the standing load: a dip above it is the body slowed down at the top, and no seat
_THROWN_UP = 1.05  # times the standing load, which only a body carries that is thrown up or caught
_LOOK_S = 1.0
_STANDING_LASTS = 3  # times that: then how a person stands after this rise is known by itself


class SitToStandSettings(Settings, frozen=True):
    """Settings of the sit-to-stand processor.

    Attributes
    ----------
    low_pass_hz : float
        The vertical force is low-passed here (second order, forwards and backwards).
    unloaded_n : float
        A plate that carries less than this (N) for 0.2 s has no foot on it: who lifts a foot walks.
    still_share : float
        Sitting and standing are still while the force stays within this share of the standing load of its level ...
    still_s : float
        ... for at least so long (s).
    """

    low_pass_hz: Positive = 10.0
    unloaded_n: Positive = 10.0
    still_share: Positive = 0.025
    still_s: Positive = 0.15


@dataclass(frozen=True)
class FoundRise:
    """Where a rise begins, leaves the seat and ends, in samples (not whole)."""

    begins: float
    off: float
    ends: float


def standing_load(parts: Sequence[Floats], rate: float) -> float:
    """What a plate carries (N) when a person stands on it, by all parts of a force; 0 where nobody does."""
    # What it carries for a while: the push of a jump or a step is greater, and over at once.
    size = max(1, round(_HELD_S * rate))
    held = max((float(minimum_filter1d(part, size).max()) for part in parts), default=0.0)
    if held < _LEAST_STANDING_N:
        return 0.0
    return float(np.median(np.concatenate([part[part > _LOADED_SHARE * held] for part in parts])))


def stepping_in(force: Floats, rate: float, usual: float, settings: SitToStandSettings) -> NDArray[np.bool_]:
    """Which samples have little load because a foot is lifted, before it lands: of one who walks or jumps."""
    lifted = np.zeros(len(force), bool)
    for run in runs_of(force < settings.unloaded_n):
        lifted[run] = length(run) >= _LIFTED_S * rate
    for run in runs_of(~_standing(force, rate, usual)):
        loaded = first_reaching(force, usual, run.stop)
        if loaded is not None:
            begins = _begins(force, run.start, loaded, run.stop, rate, usual, settings)
            least_s = _LEAST_LOADING_S if force[run].min() >= settings.unloaded_n else _FROM_NOTHING_S
            lifted[run] |= loaded - begins < least_s * rate
    return lifted


def _standing(force: Floats, rate: float, usual: float) -> NDArray[np.bool_]:
    return _without_dips(force, force >= _HALFWAY * usual, round(_DIP_S * rate), _DIP_SHARE * usual)


def find_rises(
    force: Floats, stepping: NDArray[np.bool_], rate: float, usual: float, settings: SitToStandSettings
) -> list[FoundRise]:
    """Find the rises in a smooth vertical force (N) under a foot or both, of one who stands with the `usual` load."""
    up = _standing(force, rate, usual)
    edges = np.flatnonzero(np.diff(up.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(force)]
    found = []
    for a, b, c in zip(bounds, bounds[1:], bounds[2:], strict=False):
        if up[a] or b - a < LEAST_SEATED_S * rate or c - b < _LEAST_UP_S * rate:
            continue
        steps = np.flatnonzero(stepping[a:b])
        stepped = len(steps) > 0 and b - a - int(steps[-1]) < _LOOK_S * rate
        jumped = c - b < _LOOK_S * rate and bool(stepping[c : c + round(_DIP_S * rate)].any())
        # Who sits may have put the feet on the plate before.
        first = a + int(steps[-1]) + 1 if len(steps) else a
        rise = None if stepped or jumped else _rise(force, (first, b, c), rate, usual, settings)
        if rise is not None:
            found.append(rise)
    return found


def _rise(
    force: Floats, bounds: tuple[int, int, int], rate: float, usual: float, settings: SitToStandSettings
) -> FoundRise | None:
    a, b, c = bounds
    look = round(_LOOK_S * rate)
    # How a person stands in the end, where the standing lasts; in quick repetitions, how they stand at all.
    standing = float(np.median(force[b + look : c])) if c - b > _STANDING_LASTS * look else usual
    above = np.flatnonzero(force[b:c] >= standing)
    if len(above) == 0 or above[0] == 0:
        return None
    i = b + int(above[0])
    off = i - 1 + (standing - force[i - 1]) / (force[i] - force[i - 1])
    begins = _begins(force, a, i, b, rate, standing, settings)
    peak = i + int(np.argmax(force[i : min(c, i + look)]))
    band, least = settings.still_share * standing, max(1, round(settings.still_s * rate))
    ends = _stands(force[peak:c], standing, band, least)
    return None if ends is None else FoundRise(float(begins), float(off), peak + ends)


def _begins(
    force: Floats, first: int, off: int, halfway: int, rate: float, standing: float, settings: SitToStandSettings
) -> int:
    """When the load leaves its sitting level for good, of a rise that is halfway and off the seat at these samples."""
    # In quick repetitions most of the time between two rises is spent on the way down and up.
    sitting = float(np.percentile(force[max(first, halfway - round(_LOOK_S * rate)) : halfway], 25))
    still = runs_of(np.abs(force[first:off] - sitting) <= settings.still_share * standing)
    long = [run for run in still if length(run) >= settings.still_s * rate] or still
    return first + int(long[-1].stop) - 1 if long else halfway


def _stands(force: Floats, standing: float, band: float, least: int) -> float | None:
    """When the body is up, in samples after the greatest force; None when it is not to be seen.

    After it was thrown up the body is slowed down, and carries less than its weight: it is up when the load comes back
    to the weight and rests there. Without a rest it is up where the load comes back for a moment before it falls again,
    on the way down; and where it does not come back but to catch the body, in the middle of the dip, since it is slowed
    down on the way up as it is let go on the way down.
    """
    fallen = np.flatnonzero(force < standing)
    dip = np.flatnonzero(force < standing - band)
    first = int(dip[0]) if len(dip) else 0
    rest = [first + run.start for run in runs_of(np.abs(force[first:] - standing) <= band) if length(run) >= least]
    if len(dip) == 0:
        return float(rest[0] if rest else fallen[0]) if rest or len(fallen) else None
    back = np.flatnonzero(force[first:] >= standing - band)
    comes = first + int(back[0]) if len(back) else len(force) - 1
    if rest and rest[0] - comes <= 2 * least:
        return float(rest[0])
    again = np.flatnonzero(force[comes:] < standing - band)
    if len(back) and not force[comes : comes + int(again[0]) if len(again) else None].max() > _THROWN_UP * standing:
        return float(comes)
    tops, _ = find_peaks(force[first:comes], prominence=2 * band)
    return float(first + tops[0]) if len(tops) else (int(fallen[0]) + comes) / 2


def length(run: slice) -> int:
    """How many samples a run has."""
    return int(run.stop - run.start)


def _without_dips(force: Floats, up: NDArray[np.bool_], least: int, deep: float) -> NDArray[np.bool_]:
    """Fill dips that are short or not deep: the body that is slowed down at the top weighs less for a moment."""
    filled = up.copy()
    for run in runs_of(~up):
        short = run.stop - run.start < least or float(force[run].min()) > deep
        if short and run.start > 0 and run.stop < len(up):
            filled[run] = True
    return filled


def runs_of(true: NDArray[np.bool_]) -> list[slice]:
    """Where this is true, run by run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False]))))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
