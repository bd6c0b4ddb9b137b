"""What devices say of themselves, as it stands: read from the status streams of all drivers on the network."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from groundup import lsl
from groundup.lsl.device_status import Health, is_status, row_of
from groundup.lsl.stream_names import prefix_of_source
from groundup.model.health import HealthRow
from groundup.model.health_groups import health_groups

_OLD_S = 30.0  # a level that is not said again any more
_MOST = 10_000  # levels that are kept


class Statuses:
    """Listens to every status stream.

    Parameters
    ----------
    submit : callable
        Opens a stream in another thread.
    """

    def __init__(self, submit: Callable[..., "Future[lsl.TextReader]"]) -> None:
        self._submit = submit
        self._readers: dict[str, tuple[str, Future[lsl.TextReader]]] = {}
        self._levels: dict[tuple[str, str, str, str], tuple[float, Health]] = {}

    def look(self, found: Iterable[lsl.Found]) -> None:
        """Open what is new, let go of what has gone, and read what has come; never waits."""
        there = {one.uid: one for one in found if is_status(one.spec)}
        for uid in self._readers.keys() - there.keys():
            self._readers.pop(uid)[1].add_done_callback(_let_go)
        for uid, one in there.items():
            if uid not in self._readers:
                self._readers[uid] = prefix_of_source(one.spec.source_id), self._submit(lsl.TextReader, one)
        now = time.monotonic()
        for prefix, reader in self._readers.values():
            if reader.done() and reader.exception() is None:
                for row in map(row_of, reader.result().read()):
                    key = (prefix, row.source, row.channel, row.name) if isinstance(row, Health) else None
                    if key is not None and isinstance(row, Health) and (key in self._levels or self._room()):
                        self._levels[key] = now, row
        self._levels = {key: one for key, one in self._levels.items() if now - one[0] < _OLD_S}

    def of(self, source_id: str) -> list[dict[str, Any]]:
        """How the stream of a source id does, and its device, for the browser: words and colour."""
        prefix = prefix_of_source(source_id)
        rows = [
            HealthRow(row.time, row.device, row.source, row.channel, row.name, row.value, row.unit, row.colour)
            for (device, source, _, _), (_, row) in self._levels.items()
            if prefix and device == prefix and source in ("", source_id)
        ]
        return [{"words": group.words, "colour": group.colour} for group in health_groups(rows)]

    def close(self) -> None:
        """Listen to nothing more."""
        for _, reader in self._readers.values():
            reader.add_done_callback(_let_go)
        self._readers.clear()

    def _room(self) -> bool:
        return len(self._levels) < _MOST


def _let_go(reader: "Future[lsl.TextReader]") -> None:
    if not reader.cancelled() and reader.exception() is None:
        reader.result().destroy()
