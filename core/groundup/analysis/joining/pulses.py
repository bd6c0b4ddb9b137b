"""Trains of pulses in one file: the channels that switch, and the streams of markers."""

from collections.abc import Sequence

import numpy as np

from groundup.analysis.joining.channel_grids import ChannelSeries
from groundup.analysis.joining.trains import Train, make_train
from groundup.analysis.sync_events.transients import is_trigger
from groundup.model.events import Event
from groundup.model.signals import Floats

_FEWEST = 3
_IDLE = 0.5  # a line is at rest where it is more often
_MOST = 3000


def pulses_of(channel: ChannelSeries) -> Train | None:
    """When a channel that switches between two levels leaves the one at which it rests; None if it does not switch.

    So a line that is turned over, or rests high, gives the same moments.
    """
    good = np.isfinite(channel.values) & np.isfinite(channel.time)
    time, values = channel.time[good], channel.values[good]
    if len(values) < 10 or not is_trigger(values):
        return None
    up = values > (float(values.min()) + float(values.max())) / 2.0
    active = up if float(np.mean(up)) <= _IDLE else ~up
    first = np.flatnonzero(active[1:] & ~active[:-1]) + 1
    if len(first) < _FEWEST or len(first) > _MOST:
        return None
    after, before = time[first], time[first - 1]
    span = (float(time[0]), float(time[-1]))
    return make_train(f"pulses of {channel.name}", (after + before) / 2.0, after - before, span)


def marker_trains(events: Sequence[Event], span: tuple[float, float]) -> list[Train]:
    """Events that came as text: all of a stream, and those of one text, where there are several."""
    found: dict[str, list[float]] = {}
    for event in events:
        found.setdefault(f"events of {event.source or 'the file'}", []).append(event.time)
        if event.text:
            found.setdefault(f"events {event.text[:40]!r}", []).append(event.time)
        elif event.kind not in ("marker", "IC", "FO"):
            found.setdefault(f"events {event.kind[:40]!r}", []).append(event.time)
    trains: list[Train] = []
    seen: set[tuple[float, ...]] = set()
    for name, times in found.items():
        values: Floats = np.unique(np.array(times, np.float64))
        key = tuple(values.tolist())
        if _FEWEST <= len(values) <= _MOST and key not in seen:
            seen.add(key)
            trains.append(make_train(name, values, np.zeros(len(values)), span))
    return trains
