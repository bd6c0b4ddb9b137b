"""What is said in control streams: that a sender is done, that a trial begins or ends."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from groundup import lsl
from groundup.lsl.control import CONTROL, ENDED
from groundup.lsl.control_messages import MARKER, TRIAL_START, TRIAL_STOP, parse_control


@dataclass
class TrialsSaid:
    """What control streams, of this screen or of the desk, have said of trials and markers so far.

    Attributes
    ----------
    trial : str
        Name of the one that runs; empty when none does.
    trials, markers : int
        How many began, and were set.
    """

    trial: str = ""
    trials: int = 0
    markers: int = 0

    def hear(self, message: Mapping[str, Any]) -> bool:
        """Take in a message; whether it is of a trial that begins or ends."""
        event = message.get("event")
        if event == TRIAL_START:
            self.trial = str(message.get("name") or "without a name")
            self.trials += 1
        elif event == TRIAL_STOP:
            self.trial = ""
        elif event == MARKER:
            self.markers += 1
        return event in (TRIAL_START, TRIAL_STOP)


class ControlReaders:
    """Listens to every control stream on the network.

    Parameters
    ----------
    pool : Executor
        Opens them.
    """

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._readers: dict[str, Future[lsl.TextReader]] = {}

    def messages_of(self, found: Sequence[lsl.Found]) -> list[tuple[str, dict[str, Any]]]:
        """The uid of each control stream that has said something since the last call, and what."""
        for stream in found:
            if stream.spec.name == CONTROL and stream.spec.format == "string" and stream.uid not in self._readers:
                self._readers[stream.uid] = self._pool.submit(lsl.TextReader, stream)
        return [
            (uid, parse_control(text))
            for uid, reader in self._readers.items()
            if reader.done() and reader.exception() is None
            for text in reader.result().read()
        ]

    def opened(self) -> list[lsl.TextReader]:
        """The readers that are open; for the end, when nobody reads them any more."""
        done = [reader for reader in self._readers.values() if reader.done() and not reader.cancelled()]
        return [reader.result() for reader in done if reader.exception() is None]


def ended_sources(message: Mapping[str, Any]) -> list[str]:
    """Source ids of which a message says that they are done."""
    sources = message.get("source_ids")
    if message.get("event") != ENDED or not isinstance(sources, list):
        return []
    return [source for source in sources if isinstance(source, str)]
