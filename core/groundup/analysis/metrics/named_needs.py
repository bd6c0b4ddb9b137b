"""Markers, and signals, streams and events that a metric asks for by a name."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from groundup.analysis.gait.heel_markers import heel_markers
from groundup.analysis.metrics.channel_groups import ChannelGroup, Quality, positions, quality_of
from groundup.model.anatomy import Side
from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.model.units import LENGTH, factor_of
from groundup.plugin.need import Need
from groundup.plugin.need_match import asks_for
from groundup.plugin.not_computable import NotComputableError

_SIDE_NAME = {"L": "left", "R": "right", "": ""}
_AXIS = re.compile(r"[._ ][xyz]$", re.IGNORECASE)


def named(need: Need, signals: Sequence[Signal], side: Side) -> dict[str, ChannelGroup]:
    """What a need of a marker, signal or stream is cut from, by the name that a dict of them has.

    Raises
    ------
    NotComputableError
        If there is none, or nothing tells which of several is meant.
    """
    if need.what == "marker":
        return _markers(need, signals, side)
    found = [one for one in signals if asks_for(need, one)]
    qualities = [Quality.of(one) for one in signals if one.kind == "quality"]
    return _channels(need, found, side, qualities) if need.what == "signal" else _stream(need, found, side)


def events_in(
    need: Need, events: Mapping[str, Sequence[Event]], known: frozenset[str], t0: float, t1: float, side: Side
) -> list[Event]:
    """Events of the kind that is asked for, of that side or of none.

    Parameters
    ----------
    need : Need
    events : mapping of kind to sequence of Event
        In order of time.
    known : frozenset of str
        The kinds that were ever found.
    t0, t1 : float
        s.
    side : Side

    Raises
    ------
    NotComputableError
        If there never was one: nothing tells none from not looked for.
    """
    if need.name not in known:
        raise NotComputableError(f'no event of the kind "{need.name}" was found in the recording')
    every = events.get(need.name, ())
    first, last = bisect_left(every, t0, key=_time), bisect_right(every, t1, key=_time)
    return [
        event
        for event in every[first:last]
        if (not side or event.side in (side, ""))
        and (not need.sites or any(re.search(rf"(^|:){re.escape(site)}(_[LR])?$", event.source) for site in need.sites))
    ]


def by_kind(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Events of each kind, in order of time."""
    found: dict[str, list[Event]] = {}
    for event in sorted(events, key=_time):
        found.setdefault(event.kind, []).append(event)
    return found


def _time(event: Event) -> float:
    return event.time


def _markers(need: Need, signals: Sequence[Signal], side: Side) -> dict[str, ChannelGroup]:
    if need.sites:
        (site,) = need.sites
        on = f" on the {_SIDE_NAME[side]} side" if side else ""
        heel = heel_markers(signals).get(side) if need.name == "heel" and site == "foot" else None
        there = [p for p in positions(signals, "mocap") if p.site == site and p.side in (side, "")]
        found = heel if heel is not None else next(iter(sorted(there, key=lambda p: p.side == "")), None)
        if found is None:
            what = f"marker on the {need.name or site}"
            raise NotComputableError(f"no {what}{on} was recorded: name it under [streams.ID.channels] in lab.toml")
        return {site: found}
    return {label: _marker(label, signals) for label in need.labels}


def _marker(label: str, signals: Sequence[Signal]) -> ChannelGroup:
    """The marker of a name, with or without that of its subject before it (``Subject:LHEE``)."""
    found = []
    for signal in signals:
        columns = [
            index
            for index, channel in enumerate(signal.channels if signal.kind == "mocap" else ())
            if label.lower() in _names(channel.label)
        ]
        factors = {factor_of(signal.channels[index].unit, LENGTH) for index in columns}
        if len(columns) == 3 and len(factors) == 1 and (factor := factors.pop()) is not None:
            channel = signal.channels[columns[0]]
            found.append(ChannelGroup(signal, tuple(columns), channel.site or label, channel.side, "m", factor))
        elif columns:
            raise NotComputableError(f'the marker "{label}" ({signal.id}) is not three channels of one unit of length')
    if len(found) != 1:
        raise NotComputableError(
            f'two markers are called "{label}"' if found else f'no marker called "{label}" was recorded'
        )
    return found[0]


def _names(label: str) -> tuple[str, str]:
    plain = _AXIS.sub("", label).lower()
    return plain, plain.rsplit(":", 1)[-1]


def _channels(
    need: Need, signals: Sequence[Signal], side: Side, qualities: Sequence[Quality]
) -> dict[str, ChannelGroup]:
    """Channels of a signal that a processor made: one for each site, of two the first."""
    if not signals:
        raise NotComputableError(f'no processor made a signal "{need.name}"')
    found: dict[str, ChannelGroup] = {}
    for one in signals:
        for index, channel in enumerate(one.channels):
            if (need.sites and channel.site not in need.sites) or (side and channel.side not in (side, "")):
                continue
            name = channel.site or channel.label
            name = f"{name}_{channel.side}" if not side and channel.side else name
            group = ChannelGroup(
                one, (index,), channel.site or channel.label, channel.side, channel.unit,
                quality=quality_of(one, qualities),
            )  # fmt: skip
            if name not in found or (found[name].side == "" and channel.side):
                found[name] = group
    if not found:
        of = f" of {' or '.join(sorted(need.sites))}" if need.sites else ""
        on = f" on the {_SIDE_NAME[side]} side" if side else ""
        raise NotComputableError(f'the signal "{need.name}" has no channel{of}{on}')
    return found


def _stream(need: Need, signals: Sequence[Signal], side: Side) -> dict[str, ChannelGroup]:
    what = f'"{need.key}"' if need.key else f'of the type "{need.name}"'
    found = []
    for one in signals:
        mine = [i for i, c in enumerate(one.channels) if not side or c.side == side]
        mine = mine or [i for i, c in enumerate(one.channels) if not c.side]
        if mine:
            found.append(ChannelGroup(one, tuple(mine), one.channels[mine[0]].site, side, one.channels[mine[0]].unit))
    if not found:
        on = f" with a channel of the {_SIDE_NAME[side]} side" if signals else ""
        raise NotComputableError(f"no stream {what}{on} was recorded")
    own = [one for one in found if any(one.signal.channels[i].side == side for i in one.columns)] if side else found
    chosen = own or found
    if len(chosen) > 1:
        ids = ", ".join(one.signal.id for one in chosen)
        raise NotComputableError(f"{len(chosen)} streams {what} were recorded ({ids}): ask for one by its key")
    units = {chosen[0].signal.channels[i].unit for i in chosen[0].columns}
    if len(units) > 1:
        raise NotComputableError(f"{chosen[0].signal.id} is in several units: {', '.join(sorted(units))}")
    return {what: chosen[0]}
