"""Which foot landed, at the low back: by which way the pelvis is pushed while the leg stands, and how it turns."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from groundup.plugin import Floats
from groundup_plugins.processors.low_back_steps import Steps
from groundup_plugins.processors.pelvis_movement import PelvisMovement

_STEADY = 0.5  # least share of forward and vertical movement that is a quarter of a step apart
_TURNS_SO = 0.6  # least share of the turning about the vertical that one foot accounts for, where it alone speaks
_LEAST_TURNS = 12  # contacts in rows, for it to speak alone: few may turn so by chance
_IN_THE_AIR = 4.0  # m/s²: who weighs less in each step runs
_AGAINST = -0.3  # share of it that contradicts


def first_is_right(rows: Sequence[Steps], moved: PelvisMovement) -> list[bool | None]:
    """For each row of sure steps, whether the right foot landed at its first contact; None where it is not known.

    One decision for the whole recording: how the sensor is mounted does not change, nor do people change feet. Which of
    the two level directions is forward, walking tells: the body slows down as it rises over the leg that stands and
    gets faster as it falls, so vertical acceleration follows forward acceleration by a quarter of a step. The leg that
    stands pushes the pelvis to the other side (Zijlstra & Hof 2003, Gait Posture 18:1), and as a foot lands the pelvis
    turns away from its side (McCamley et al. 2012, Gait Posture 36:316). Where the two contradict, nothing is said.
    """
    ahead, turned = _ahead(rows, moved), _turned(rows, moved)
    if abs(ahead) >= _STEADY:
        way = 0.0 if turned * np.sign(ahead) < _AGAINST else float(np.sign(ahead))
    else:  # as in running
        alone = abs(turned) >= _TURNS_SO and sum(len(row.at) for row in rows) >= _LEAST_TURNS
        way = float(np.sign(turned)) if alone else 0.0
    return [bool(row.pushes[0] * way > 0) if way else None for row in rows]


def _ahead(rows: Sequence[Steps], moved: PelvisMovement) -> float:
    """How far `forward` is forward: 1 surely, -1 surely backward, 0 where it is not known, as in running."""
    steps = [(round(begin), round(end)) for row in rows for begin, end in pairwise(row.at.tolist())]
    least = [float(np.percentile(moved.vertical[begin:end], 5)) for begin, end in steps]
    if not steps or np.median(least) < _IN_THE_AIR:
        return 0.0
    parts = np.array([_quarter(begin, end, moved) for row in rows for begin, end in pairwise(row.at.tolist())])
    return float(parts[:, 0].sum() / max(parts[:, 1].sum(), 1e-12))


def _quarter(begin: float, end: float, moved: PelvisMovement) -> tuple[float, float]:
    """The product of forward and vertical movement once a step, a quarter apart; and the greatest that it can be."""
    at = np.arange(int(np.ceil(begin)), int(end))
    wave = np.exp(-2j * np.pi * (at - begin) / (end - begin))
    vertical, forward = (((part[at] - part[at].mean()) * wave).mean() for part in (moved.vertical, moved.forward))
    return float((forward * np.conj(vertical)).imag), float(abs(forward) * abs(vertical))


def _turned(rows: Sequence[Steps], moved: PelvisMovement) -> float:
    """Whether the pelvis turns to the left as a foot lands that then pushes it along `sideways`: 1 always, -1 never."""
    if not len(moved.yaw) or not rows:
        return 0.0
    values = np.array([_turns(row.at[k - 1 : k + 2], moved) for row in rows for k in range(1, len(row.at) - 1)])
    signs = np.sign(np.concatenate([row.pushes[1:] for row in rows]))
    total = float(np.abs(values).sum())
    return float(values @ signs) / total if total > 0 else 0.0


def _turns(contacts: Floats, moved: PelvisMovement) -> float:
    """How much the pelvis turns to the left at the middle one of three contacts, more than at the other two."""
    at = np.arange(int(np.ceil(contacts[0])), int(contacts[2]))
    wave = np.cos(np.pi * np.interp(at, contacts, [-1.0, 0.0, 1.0]))
    return float(((moved.yaw[at] - moved.yaw[at].mean()) * wave).mean())
