"""Parts of a recording in which a person walks one way: back and forth over the plates are two."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from groundup.analysis.gait.progression import direction, stance_pushes
from groundup.model.events import Stance
from groundup.model.signals import Signal

LONGEST_PAUSE_S = 1.0
"""Nobody turns round in less time between two stances on plates."""


@dataclass(frozen=True)
class WalkingBout:
    """Stances in a row.

    Attributes
    ----------
    t0, t1 : float
        From the first contact to the last foot off, s.
    direction : (x, y), optional
        Unit vector of progression in the lab frame; None when it cannot be told.
    """

    t0: float
    t1: float
    direction: tuple[float, float] | None


def cut_walks(signals: Sequence[Signal], stances: Sequence[Stance]) -> list[WalkingBout]:
    """Group stances into walks, and find which way each goes.

    A walk whose own stances do not tell goes the way of the whole recording, if that has one.

    Parameters
    ----------
    signals : sequence of Signal
        Ground reaction forces among them.
    stances : sequence of Stance
    """
    groups: list[list[Stance]] = []
    ordered = sorted(stances, key=lambda s: s.t0)
    pushes = dict(zip(ordered, stance_pushes(signals, ordered), strict=True))
    end = -math.inf  # of the last group
    for stance in ordered:
        if groups and stance.t0 - end <= LONGEST_PAUSE_S:
            groups[-1].append(stance)
        else:
            groups.append([stance])
            end = -math.inf
        end = max(end, stance.t1)
    overall = direction(pushes[s] for s in stances)
    return [
        WalkingBout(group[0].t0, max(s.t1 for s in group), direction(pushes[s] for s in group) or overall)
        for group in groups
    ]


def direction_at(walks: Sequence[WalkingBout], t0: float, t1: float) -> tuple[float, float] | None:
    """Which way the person goes in a stretch of time, by the walk that shares most of it."""
    best = max(walks, key=lambda w: min(w.t1, t1) - max(w.t0, t0), default=None)
    return best.direction if best is not None and min(best.t1, t1) > max(best.t0, t0) else None
