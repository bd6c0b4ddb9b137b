"""How far the belt of a treadmill goes: by a stream of its speed, or by what lab.toml says of it."""

import math
from collections.abc import Sequence

import numpy as np

from groundup.lab.stream_tables import table_of
from groundup.model.events import Stance, Stride
from groundup.model.signals import Signal
from groundup.model.subject import Treadmill
from groundup.model.units import SPEED, factor_of
from groundup.plugin.not_computable import NotComputableError

_LONGEST_S = 2.0
"""A belt that says its speed says it again within this, or is not known to go on so."""
_STILL_M_S = 0.02  # a belt that stands still: the person walks on the floor


def belt_distance(signals: Sequence[Signal], treadmill: Treadmill, stretch: Stance | Stride) -> float | None:
    """Distance (m) that the belt under a foot goes in a stretch of its side; None without one, or if it stands still.

    Parameters
    ----------
    signals : sequence of Signal
        Streams of kind ``treadmill`` among them: channels with a unit of speed, of one side or of both.
    treadmill : Treadmill
        What is believed without such a stream.
    stretch : Stance or Stride
        Its side tells whose belt, its trial what lab.toml says.

    Raises
    ------
    NotComputableError
        If the belt says no speed in the stretch.
    """
    for signal in signals:
        columns = [
            (i, factor)
            for i, c in enumerate(signal.channels)
            if signal.kind == "treadmill" and c.side in (stretch.side, "") and (factor := factor_of(c.unit, SPEED))
        ]
        if columns:
            # The belt of that side is its own channel, where a split belt has one.
            column, factor = max(columns, key=lambda found: signal.channels[found[0]].side == stretch.side)
            return _gone(signal, column, stretch) * factor or None
        if signal.kind == "treadmill":
            raise NotComputableError(
                f"{signal.id} has no channel in m/s, km/h or mph: set its unit under {table_of(signal.id, 'channels')}"
            )
    speed = treadmill.speed(stretch.trial)
    return speed * (stretch.t1 - stretch.t0) if speed > _STILL_M_S else None


def _gone(signal: Signal, column: int, stretch: Stance | Stride) -> float:
    """Integral of a speed that holds until the next is said; 0 of a belt that stands still."""
    first, last = np.searchsorted(signal.time, [stretch.t0, stretch.t1], side="right")
    first = max(int(first) - 1, 0)
    time, speed = signal.time[first:last], np.abs(signal.samples[first:last, column])
    edges = np.append(np.maximum(time, stretch.t0), stretch.t1)
    whole = len(time) > 0 and time[0] <= stretch.t0 + 1.5 / max(signal.rate, 1.0) and np.isfinite(speed).all()
    if not whole or float(np.diff(np.append(time, stretch.t1)).max()) > _LONGEST_S:
        raise NotComputableError(f"{signal.id} says no speed of the belt", (stretch.t0, stretch.t1))
    lasts = np.diff(edges)
    gone = float(speed @ lasts)
    return gone if gone > _STILL_M_S * math.fsum(lasts) else 0.0
