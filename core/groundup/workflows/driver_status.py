"""What a driver says of its device: checked, sent beside its streams, and its changes told to who records."""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from groundup.lsl.device_status import Changed, Happened, Health, Identity, Row
from groundup.lsl.status_outlet import StatusOutlet
from groundup.model.health import About, HealthLevel, HealthRow, health_flaw
from groundup.model.health_groups import health_groups
from groundup.model.option_changes import OptionChange
from groundup.model.streams import StreamSpec
from groundup.system.driver_reports import Report

_LONGEST = 300  # characters of a word that a device says
_MOST = 10_000  # levels at once
_MOST_REFUSED = 20  # sentences
_MOST_SHOWN = 5  # figures of a stream that a screen has room for
_MOST_OPTIONS = 50  # values that are said again to whoever begins to listen


class DriverStatus:
    """The status of one device. Thread-safe.

    Parameters
    ----------
    device : str
        Key of ``[devices.NAME]``.
    streams : mapping of str to (StreamSpec, str)
        What the driver announces by key, and the source id of each.
    outlet : StatusOutlet
    tell : callable
        Told what belongs into the ledger of who records.
    """

    def __init__(
        self,
        device: str,
        streams: Mapping[str, tuple[StreamSpec, str]],
        outlet: StatusOutlet,
        tell: Callable[[Report], None],
    ) -> None:
        self._device, self._streams, self._outlet, self._tell = device, streams, outlet, tell
        self._identity: Identity | None = None
        self._levels: Sequence[Health] = ()
        self._options: deque[Changed] = deque(maxlen=_MOST_OPTIONS)
        self._shown: dict[str, str] = {}
        self._colours: dict[tuple[str, str, str], str] = {}
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def about(self, about: About, now: float) -> None:
        """Keep and send which device it is."""
        more = {str(k)[:_LONGEST]: str(v)[:_LONGEST] for k, v in about.more.items()}
        model, serial, firmware = (str(word)[:_LONGEST] for word in (about.model, about.serial, about.firmware))
        with self._lock:
            self._identity = Identity(now, self._device, model, serial, firmware, more)
            self._stand(now)

    def health(self, levels: Sequence[HealthLevel], now: float) -> None:
        """Send how it does; a change to amber or red, or back, is told."""
        good: list[Health] = []
        with self._lock:
            for level in list(levels)[:_MOST]:
                why = health_flaw(level)
                place = None if why else self._place(level.of)
                if place is None:
                    self._refuse(why or f"{level.name} is of {level.of!r:.40}: neither a stream nor a channel", now)
                    continue
                name, unit = level.name[:_LONGEST], str(level.unit)[:_LONGEST]
                row = Health(now, self._device, name, float(level.value), *place, unit, level.colour)
                good.append(row)
                self._changed(row, level)
            self._levels = good
            self._stand(now)
            self._show(now)

    def _show(self, now: float) -> None:
        """Tell who records how each stream does, for its screen, where that has changed."""
        rows = [
            HealthRow(r.time, r.device, r.source, r.channel, r.name, r.value, r.unit, r.colour) for r in self._levels
        ]
        groups = health_groups(rows)
        shown = {
            source: json.dumps([[g.words[:_LONGEST], g.colour] for g in groups if g.stream == source][:_MOST_SHOWN])
            for source in dict.fromkeys(group.stream for group in groups)
        }
        for source in dict.fromkeys([*self._shown, *shown]):
            if self._shown.get(source) != shown.get(source, "[]"):
                self._tell(Report("levels", source, 0, shown.get(source, "[]"), now))
        self._shown = shown

    def changed(self, change: OptionChange, number: int, source: str, first: float, now: float) -> None:
        """Send which sample of a stream is the first of a value of an option."""
        option, value, unit, alters = (
            text[:_LONGEST] for text in (change.option, change.value, change.unit, change.alters)
        )
        with self._lock:
            row = Changed(first, self._device, source, option, value, number, unit, alters)
            self._options.append(row)
            self._outlet.push([row], now)
            self._stand(now)

    def happened(self, kind: str, text: str, begun: float, over: float | None = None) -> None:
        """Send that it was told something, or did."""
        with self._lock:
            self._outlet.push([Happened(begun, self._device, kind, text[:_LONGEST], over)], begun)

    def look(self, now: float) -> None:
        """Send what is due once more."""
        with self._lock:
            self._outlet.look(now)

    def end(self, now: float) -> None:
        """Send everything a last time."""
        with self._lock:
            self._outlet.end(now)

    def _refuse(self, why: str, now: float) -> None:
        if why not in self._refused and len(self._refused) < _MOST_REFUSED:
            self._refused.add(why)
            self._tell(Report("refused", "", 0, f"what it says of its health is left out: {why}", now))

    def _stand(self, now: float) -> None:
        identity: list[Row] = [self._identity] if self._identity is not None else []
        self._outlet.stand([*identity, *self._levels, *self._options], now)

    def _place(self, of: str) -> tuple[str, str] | None:
        """The source id and the channel that a level is of; None if there is none."""
        if not of:
            return "", ""
        if of in self._streams:
            return self._streams[of][1], ""
        found = [source for spec, source in self._streams.values() if any(c.label == of for c in spec.channels)]
        return (found[0], of) if len(found) == 1 else None

    def _changed(self, row: Health, level: HealthLevel) -> None:
        key = (row.source, row.channel, row.name)
        before, self._colours[key] = self._colours.get(key, "green"), row.colour
        if row.colour == before or not row.colour:
            return
        which = f" of {row.channel}" if row.channel else ""
        sign = "below" if level.red < level.amber else "above"
        limits = f"amber {sign} {level.amber:g}, red {sign} {level.red:g}"
        kind = "health_well" if row.colour == "green" else "health"
        self._tell(Report(kind, row.source, 0, f"{level.words}{which} is {row.colour} ({limits})", row.time))
