"""Which way the person goes, from the ground's push: a stance brakes first and propels later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundup.model.events import Stance
from groundup.model.signals import Floats, Signal

_LEAST_SHARE = 0.02  # of the vertical impulse; walking has about 0.1, standing and jumping on the spot almost none
_MOST_AGAINST = 0.2  # of the stances may push the other way before it is no one direction
_LONGEST_S = 2.0  # what lasts longer is no step


@dataclass(frozen=True)
class Push:
    """Of one stance: how far it propels more than it brakes, (x, y) in N·s, and its vertical impulse in N·s."""

    forward: Floats
    load: float


def progression(signals: Sequence[Signal], stances: Sequence[Stance]) -> tuple[float, float] | None:
    """Find the direction of progression in the lab's horizontal plane.

    The horizontal impulse of the second half of each stance less that of its first half points forward, overground
    as on a treadmill, whichever way the lab's axes lie; its sideways part cancels between left and right. So a walk
    that crosses the lab at any angle keeps its braking and its propulsion: no axis of the lab draws it to itself.

    Parameters
    ----------
    signals : sequence of Signal
        Ground reaction forces (kind ``grf``; channels Fx, Fy, Fz in N, z up).
    stances : sequence of Stance
        Their `source` is the site of the plate (``plate:1``), or the signal's id.

    Returns
    -------
    tuple of float, or None
        Unit vector (x, y); None when there is no stance, the push is too small against the load to tell, or the
        stances go both ways (a person who walks back and forth: ask for each pass by itself).
    """
    return direction(stance_pushes(signals, stances))


def stance_pushes(signals: Sequence[Signal], stances: Sequence[Stance]) -> list[Push | None]:
    """The push of each stance; None where no force shows it."""
    by_source = {source_of(signal): signal for signal in signals}
    return [_push(*part) if (part := _force(by_source, stance)) is not None else None for stance in stances]


def direction(pushes: Iterable[Push | None]) -> tuple[float, float] | None:
    """What `progression` says of stances with these pushes."""
    known = [push for push in pushes if push is not None]
    load = sum(push.load for push in known)
    if not known or not load > 0:
        return None
    push = np.sum([one.forward for one in known], axis=0)
    size = float(np.hypot(*push))
    if size < _LEAST_SHARE * load:
        return None
    against = [float(one.forward @ push) / size < -_LEAST_SHARE * one.load for one in known]
    if sum(against) > _MOST_AGAINST * len(against):
        return None
    return (float(push[0]) / size, float(push[1]) / size)


def _force(by_source: Mapping[str, Signal], stance: Stance) -> tuple[Floats, Floats] | None:
    signal = by_source.get(stance.source)
    if signal is None or stance.t1 - stance.t0 > _LONGEST_S:
        return None
    i, j = (int(n) for n in (signal.time.searchsorted(stance.t0), signal.time.searchsorted(stance.t1, "right")))
    if j - i < 4 or signal.gaps.searchsorted(i) < signal.gaps.searchsorted(j - 1):
        return None
    labels = [channel.label for channel in signal.channels]
    force = signal.samples[i:j, [labels.index(label) for label in ("Fx", "Fy", "Fz")]]
    return (signal.time[i:j], force) if np.isfinite(force).all() else None


def _push(time: Floats, force: Floats) -> Push:
    # By count: by times the sample in the middle belongs to one half or to the other as they are rounded.
    late = np.sign(2.0 * np.arange(len(time)) - (len(time) - 1))
    impulse: Floats = np.trapezoid(np.column_stack([force[:, :2] * late[:, None], force[:, 2]]), time, axis=0)
    return Push(impulse[:2], float(impulse[2]))


def source_of(signal: Signal) -> str:
    """What events found in a ground reaction force name as their source: the plate's site, else the signal's id."""
    return (signal.channels[0].site if signal.channels else "") or signal.id
