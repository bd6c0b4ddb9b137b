"""What contact events cut out of time: events with their sides, stances, strides, and which way each walk goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundup.analysis.gait import Event, Stance, Stride, Trial
from groundup.analysis.progression import progression
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
    strides, stances, walks : tuples
    """

    events: tuple[Event, ...]
    strides: tuple[Stride, ...]
    stances: tuple[Stance, ...]
    walks: tuple[Walk, ...]


def cut_gait(found: Sequence[Event], signals: Sequence[Signal], trials: Sequence[Trial]) -> Cuts:
    """Cut strides and stances, offline as live.

    Parameters
    ----------
    found : sequence of Event
    signals : sequence of Signal
        Raw and processed: ground reaction forces tell sides and direction, all of them show gaps.
    trials : sequence of Trial
    """
    found = sorted(found)
    grf = [signal for signal in signals if signal.kind == "grf"]
    direction = progression(grf, cut_stances(found))
    events = [
        replace(event, trial=event.trial or trial_at(trials, event.time, event.time))
        for event in sorted(with_sides(found, grf, direction))
    ]
    strides = cut_strides(events, signals, trials)
    stances = cut_stances(events, strides, trials)
    return Cuts(tuple(events), tuple(strides), tuple(stances), tuple(cut_walks(grf, stances)))
