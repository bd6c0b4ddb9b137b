"""Curves of every stance and stride on one axis, 0 to 100 %, cut as the metrics see them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import numpy as np

from groundup.analysis.gait.event_fusion import fuse_events
from groundup.analysis.gait.strides import cut_stances, cut_strides
from groundup.analysis.gait.walking_bouts import cut_walks
from groundup.analysis.metrics.needs import Resolver
from groundup.model.anatomy import SEGMENT_RANK, Side
from groundup.model.events import Stance, Stride
from groundup.model.signals import Floats, Trace
from groundup.plugin.need import Need
from groundup.plugin.need_functions import acc, emg, grf, joint
from groundup.plugin.not_computable import NotComputableError
from groundup.recording import Recording
from groundup.recording.raw_signals import raw_signals
from groundup.report.chosen import Chosen

T = TypeVar("T")
Joint = Literal["ankle", "knee", "hip"]
Quantity = Literal["angle", "moment", "power"]
_POINTS = 101
_MOST_DRAWN = 50  # of a side: a hundred strides on one another are a blot, and an hour's are megabytes
_MOST_AVERAGED = 500  # where the file has no mean of what is shown: as many, evenly chosen
_JOINTS: tuple[Joint, ...] = ("hip", "knee", "ankle")
QUANTITIES: tuple[Quantity, ...] = ("angle", "moment", "power")
_BEFORE_S, _AFTER_S = 0.05, 0.20
SIDES: tuple[Side, Side] = ("L", "R")


@dataclass(frozen=True)
class Curves:
    """One quantity in many stances or strides.

    Attributes
    ----------
    name : str
        What it is: a muscle, a component of the force, a segment.
    side : {"L", "R", ""}
    unit : str
    x : ndarray, shape (n,)
        Percent of the stance or stride; for impacts, seconds from the contact.
    each : ndarray, shape (k, n)
        A row for each of some stances or strides that have no gap, evenly chosen.
    mean, sd : ndarray, shape (n,)
        Those that the file has (``/curves``), where everything is shown; else those of what is shown.
    count : int
        Of how many stances or strides they are.
    """

    name: str
    side: Side
    unit: str
    x: Floats
    each: Floats
    mean: Floats
    sd: Floats
    count: int = 0

    @property
    def known(self) -> bool:
        """Whether there is anything to draw."""
        return bool(np.isfinite(self.mean).any())


@dataclass(frozen=True)
class Walked:
    """What a recording says of walking: stances, strides, and what cuts signals by them."""

    stances: tuple[Stance, ...]
    strides: tuple[Stride, ...]
    resolver: Resolver
    stored: Mapping[tuple[str, str, str], tuple[Floats, Floats, int]] = field(default_factory=dict)
    """Mean and SD of the file and of how many they are, by what (``grf``, ``emg``), name and side."""

    def foot_off(self, side: Side) -> float:
        """When the foot leaves the ground, percent of the gait cycle, the mean of the strides; NaN where not known."""
        offs = [(s.foot_off - s.t0) / (s.t1 - s.t0) for s in self.strides if s.side == side]
        known = [off for off in offs if math.isfinite(off)]
        return 100.0 * float(np.mean(known)) if known else math.nan


def walked(recording: Recording, chosen: Chosen | None = None) -> Walked:
    """Cut stances and strides out of a recording's own events and processed signals.

    Parameters
    ----------
    recording : Recording
    chosen : Chosen, optional
        Only what lies in it.
    """
    part = chosen or Chosen()
    # As the analysis does: a doubtful contact that a better source saw too is no doubt.
    events, trials = fuse_events(recording.event_list()), recording.trial_list()
    processed = list(recording.processed.values())
    strides = cut_strides(events, processed, trials)
    stances = cut_stances(events, strides, trials)
    forces = [signal for signal in processed if signal.kind == "grf"]
    # Of an hour, raw EMG is gigabytes, and no curve is drawn of it.
    worn = (stream for stream in recording.streams.values() if stream.spec.kind in ("imu", "model"))
    raw = raw_signals(worn, lambda signal: signal)
    walks = cut_walks(forces, stances)
    resolver = Resolver([*processed, *raw], stances, strides, walks, recording.participant)
    shown, stood = [s for s in strides if part.has(s)], [s for s in stances if part.has(s)]
    whole = len(shown) == len(strides) and len(stood) == len(stances)
    stored = {
        (str(what), str(name), str(side)): (one["mean"].to_numpy(), one["sd"].to_numpy(), int(one["count"].iloc[0]))
        for (what, name, side), one in recording.curves.groupby(["what", "name", "side"])
        if whole and len(one) == _POINTS
    }
    return Walked(tuple(stood), tuple(shown), resolver, stored)


def force_curves(walk: Walked) -> list[Curves]:
    """Ground reaction force of every stance on a plate: vertical, forward and sideways, in N."""
    found = []
    for need, name in ((grf("v"), "vertical"), (grf("ap"), "forward"), (grf("ml"), "to the left")):
        for side in SIDES:
            found += _curves(walk, "grf", name, side, need, [s for s in walk.stances if s.side == side])
    return found


def muscle_curves(walk: Walked) -> list[Curves]:
    """EMG envelope of every muscle in every stride of its side."""
    found = []
    for side in SIDES:
        mine = [s for s in walk.strides if s.side == side]
        for site, need in _muscles(walk, side).items():
            found += _curves(walk, "emg", site, side, need, mine)
    return found


def joint_curves(walk: Walked) -> dict[Quantity, list[Curves]]:
    """Angle (degrees), moment (N·m/kg) and power (W/kg) of each joint in every stride of its side, where any is."""
    found: dict[Quantity, list[Curves]] = {}
    for quantity in QUANTITIES:
        for name in _JOINTS:
            for side in SIDES:
                mine = [s for s in walk.strides if s.side == side]
                made = _curves(walk, quantity, name, side, joint(name, quantity), mine)
                if made:
                    found.setdefault(quantity, []).extend(_in_degrees(one) for one in made)
    return found


def _in_degrees(curve: Curves) -> Curves:
    if curve.unit != "rad":
        return curve
    each, mean, sd = (np.degrees(part) for part in (curve.each, curve.mean, curve.sd))
    return replace(curve, unit="deg", each=each, mean=mean, sd=sd)


def impact_curves(walk: Walked) -> list[Curves]:
    """Resultant acceleration of every segment around the contacts of each side, gravity taken off, in m/s²."""
    found = []
    x = np.linspace(-_BEFORE_S, _AFTER_S, _POINTS)
    for side in SIDES:
        contacts = [Stride(s.t0, s.t0 + _AFTER_S, np.nan, side, s.number) for s in walk.strides if s.side == side]
        for segment in SEGMENT_RANK:
            each = []
            for contact, trace in _traces(walk, acc(segment, before_s=_BEFORE_S), some(contacts, _MOST_AVERAGED), side):
                size = np.linalg.norm(trace.values, axis=1)
                each.append(np.interp(x, trace.time - contact.t0, size - float(np.median(size))))
            if each:
                drawn = np.array(some(each, _MOST_DRAWN))
                found.append(Curves(segment, side, "m/s²", x, drawn, *_mean_sd(np.array(each)), len(each)))
    return found


def some(every: Sequence[T], most: int) -> list[T]:
    """As many at most, evenly chosen."""
    if len(every) <= most:
        return list(every)
    return [every[int(k)] for k in np.linspace(0, len(every) - 1, most).round()]


def _traces(
    walk: Walked, need: Need, stretches: Sequence[Stance | Stride], side: Side
) -> Iterator[tuple[Stance | Stride, Trace]]:
    for stretch in stretches:
        with suppress(NotComputableError):
            trace = walk.resolver.resolve(need, stretch, side)
            if isinstance(trace, Trace) and len(trace.time) > 2:
                yield stretch, trace


def _muscles(walk: Walked, side: Side) -> dict[str, Need]:
    sites = {
        channel.site: None
        for signal in walk.resolver.signals
        if signal.kind == "envelope"
        for channel in signal.channels
        if channel.site and channel.side == side
    }
    return {site: emg(site) for site in sites}


def _curves(
    walk: Walked, what: str, name: str, side: Side, need: Need, stretches: Sequence[Stance | Stride]
) -> list[Curves]:
    stored = walk.stored.get((what, name, side))
    x = np.linspace(0.0, 100.0, _POINTS)
    each, unit = [], ""
    for stretch, trace in _traces(walk, need, some(stretches, _MOST_AVERAGED if stored is None else _MOST_DRAWN), side):
        each.append(np.interp(stretch.t0 + x / 100.0 * (stretch.t1 - stretch.t0), trace.time, trace.values))
        unit = trace.unit
    if not each:
        return []
    mean, sd, count = stored if stored is not None else (*_mean_sd(np.array(each)), len(each))
    return [Curves(name, side, unit, x, np.array(some(each, _MOST_DRAWN)), mean, sd, count)]


def _mean_sd(each: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of rows; the SD of one is not known."""
    alone = len(each) < 2
    return each.mean(axis=0), np.full(each.shape[1], np.nan) if alone else each.std(axis=0, ddof=1)
