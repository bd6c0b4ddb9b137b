"""What events cut out of time: stances, strides, rises from a chair, and which way each walk goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundup.analysis.fusing import seen_once
from groundup.analysis.gait import Event, SitToStand, Stance, Stride, Trial
from groundup.analysis.progression import progression
from groundup.analysis.rises import cut_rises
from groundup.analysis.seats import without_seats
from groundup.analysis.sides import with_sides
from groundup.analysis.signals import Signal
from groundup.analysis.strides import cut_stances, cut_strides, trial_at
from groundup.analysis.walks import Walk, cut_walks


@dataclass(frozen=True)
class Cuts:
    """What a recording, or the part of it that has come so far, is cut into.

    Attributes
    ----------
    events : tuple of Event
        In order of time, with sides and trials filled in where they are known.
    strides, stances, walks, rises : tuples
    """

    events: tuple[Event, ...]
    strides: tuple[Stride, ...]
    stances: tuple[Stance, ...]
    walks: tuple[Walk, ...]
    rises: tuple[SitToStand, ...] = ()


def cut_gait(found: Sequence[Event], signals: Sequence[Signal], trials: Sequence[Trial]) -> Cuts:
    """Cut strides, stances and rises, offline as live.

    Parameters
    ----------
    found : sequence of Event
    signals : sequence of Signal
        Raw and processed: ground reaction forces tell sides and direction, all of them show gaps.
    trials : sequence of Trial
    """
    grf = [signal for signal in signals if signal.kind == "grf"]
    found = without_seats(sorted(found), grf)
    if any(event.kind in ("IC", "FO") and not event.side for event in found):
        found = sorted(with_sides(found, grf, progression(grf, cut_stances(found))))
    events = [replace(e, trial=trial) if (trial := _trial(e, trials)) != e.trial else e for e in found]
    once = seen_once(events)
    strides = cut_strides(once, signals, trials)
    stances = cut_stances(once, strides, trials)
    walks, rises = cut_walks(grf, stances), cut_rises(events, trials)
    return Cuts(tuple(events), tuple(strides), tuple(stances), tuple(walks), tuple(rises))


def _trial(event: Event, trials: Sequence[Trial]) -> str:
    return event.trial or trial_at(trials, event.time, event.time)
