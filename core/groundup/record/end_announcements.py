"""What senders say of themselves in their control streams: that they are done."""

import json
from collections.abc import Sequence
from concurrent.futures import Executor, Future

from groundup import lsl
from groundup.lsl.control import CONTROL, ENDED


class EndAnnouncements:
    """Listens to every control stream on the network.

    Parameters
    ----------
    pool : Executor
        Opens them.
    """

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._readers: dict[str, Future[lsl.TextReader]] = {}

    def done(self, found: Sequence[lsl.Found]) -> list[str]:
        """Source ids that have been said to be done since the last call."""
        for stream in found:
            if stream.spec.name == CONTROL and stream.spec.format == "string" and stream.uid not in self._readers:
                self._readers[stream.uid] = self._pool.submit(lsl.TextReader, stream)
        texts: list[str] = []
        for reader in self._readers.values():
            if reader.done() and reader.exception() is None:
                texts += reader.result().read()
        return [source for text in texts for source in _sources(text)]

    def opened(self) -> list[lsl.TextReader]:
        """The readers that are open; for the end, when nobody reads them any more."""
        done = [reader for reader in self._readers.values() if reader.done() and not reader.cancelled()]
        return [reader.result() for reader in done if reader.exception() is None]


def _sources(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    if not isinstance(found, dict) or found.get("event") != ENDED or not isinstance(found.get("source_ids"), list):
        return []
    return [source for source in found["source_ids"] if isinstance(source, str)]
