"""Curves of every stance and stride on one axis, 0 to 100 %, cut as the metrics see them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from groundup.analysis.gait.event_fusion import fuse_events
from groundup.analysis.gait.strides import cut_stances, cut_strides
from groundup.analysis.gait.walking_bouts import cut_walks
from groundup.analysis.metrics.needs import Resolver
from groundup.model.anatomy import SEGMENT_RANK, Side
from groundup.model.events import Stance, Stride
from groundup.model.signals import Floats, Trace
from groundup.plugin.need import Need
from groundup.plugin.need_functions import acc, emg, grf
from groundup.plugin.not_computable import NotComputableError
from groundup.recording import Recording

_POINTS = 101
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
        A row for every stance or stride that has no gap.
    mean, sd : ndarray, shape (n,)
        Those that the file has (``/curves``), where it has any; else those of `each`.
    """

    name: str
    side: Side
    unit: str
    x: Floats
    each: Floats
    mean: Floats
    sd: Floats


@dataclass(frozen=True)
class Walked:
    """What a recording says of walking: stances, strides, and what cuts signals by them."""

    stances: tuple[Stance, ...]
    strides: tuple[Stride, ...]
    resolver: Resolver
    stored: Mapping[tuple[str, str, str], tuple[Floats, Floats]] = field(default_factory=dict)
    """Mean and SD of the file, by what (``grf``, ``emg``), name and side."""


def walked(recording: Recording) -> Walked:
    """Cut stances and strides out of a recording's own events and processed signals."""
    # As the analysis does: a doubtful contact that a better source saw too is no doubt.
    events, trials = fuse_events(recording.event_list()), recording.trial_list()
    processed = list(recording.processed.values())
    strides = cut_strides(events, processed, trials)
    stances = cut_stances(events, strides, trials)
    forces = [signal for signal in processed if signal.kind == "grf"]
    impacts = [signal for signal in recording.signals() if signal.kind == "imu"]
    walks = cut_walks(forces, stances)
    resolver = Resolver([*processed, *impacts], stances, strides, walks, recording.participant)
    stored = {
        (str(what), str(name), str(side)): (one["mean"].to_numpy(), one["sd"].to_numpy())
        for (what, name, side), one in recording.curves.groupby(["what", "name", "side"])
        if len(one) == _POINTS
    }
    return Walked(tuple(stances), tuple(strides), resolver, stored)


def force_curves(walk: Walked) -> list[Curves]:
    """Ground reaction force of every stance on a plate: vertical, forward and sideways, in N."""
    found = []
    for need, name in ((grf("v"), "vertical"), (grf("ap"), "forward"), (grf("ml"), "to the left")):
        for side in SIDES:
            mine = [s for s in walk.stances if s.side == side]
            found += _curves(walk, "grf", name, side, list(_traces(walk, need, mine, side)))
    return found


def muscle_curves(walk: Walked) -> list[Curves]:
    """EMG envelope of every muscle in every stride of its side."""
    found = []
    for side in SIDES:
        by_site: dict[str, list[tuple[Stance | Stride, Trace]]] = {}
        for stride in (s for s in walk.strides if s.side == side):
            for site, need in _muscles(walk, side).items():
                with suppress(NotComputableError):
                    trace = walk.resolver.resolve(need, stride, side)
                    if isinstance(trace, Trace):
                        by_site.setdefault(site, []).append((stride, trace))
        for site, traces in by_site.items():
            found += _curves(walk, "emg", site, side, traces)
    return found


def impact_curves(walk: Walked) -> list[Curves]:
    """Resultant acceleration of every segment around the contacts of each side, gravity taken off, in m/s²."""
    found = []
    for side in SIDES:
        contacts = [Stride(s.t0, s.t0 + _AFTER_S, np.nan, side, s.number) for s in walk.strides if s.side == side]
        for segment in SEGMENT_RANK:
            need = acc(segment, before_s=_BEFORE_S)
            each = []
            for contact, trace in _traces(walk, need, contacts, side):
                x = np.linspace(-_BEFORE_S, _AFTER_S, _POINTS)
                size = np.linalg.norm(trace.values, axis=1)
                each.append(np.interp(x, trace.time - contact.t0, size - float(np.median(size))))
            if each:
                found.append(Curves(segment, side, "m/s²", x, np.array(each), *_mean_sd(np.array(each))))
    return found


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
    walk: Walked, what: str, name: str, side: Side, traces: Sequence[tuple[Stance | Stride, Trace]]
) -> list[Curves]:
    if not traces:
        return []
    x = np.linspace(0.0, 100.0, _POINTS)
    each = np.array([np.interp(s.t0 + x / 100.0 * (s.t1 - s.t0), trace.time, trace.values) for s, trace in traces])
    mean, sd = walk.stored.get((what, name, side)) or _mean_sd(each)
    return [Curves(name, side, traces[0][1].unit, x, each, mean, sd)]


def _mean_sd(each: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of rows; the SD of one is not known."""
    alone = len(each) < 2
    return each.mean(axis=0), np.full(each.shape[1], np.nan) if alone else each.std(axis=0, ddof=1)
