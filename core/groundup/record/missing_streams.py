"""Required streams that are not there: one line while they are waited for, then a fault for each that is missing."""

from collections.abc import Collection, Iterator

from groundup.inlets.open_streams import OpenStreams
from groundup.lab.errors import nearest
from groundup.model.ledger import LedgerRow

_WAITING_AFTER_S = 5.0
MISSING_AFTER_S = 60.0
"""A required stream that has not joined by then is missing: drivers take their time to find their hardware."""


class MissingStreams:
    """What the ledger says of required streams that have not joined, each once."""

    def __init__(self) -> None:
        self._waiting_reported = self._missing_reported = False

    def rows(self, streams: OpenStreams, known: Collection[str], now: float, elapsed_s: float) -> Iterator[LedgerRow]:
        """Report what is newly waited for, or missing.

        Parameters
        ----------
        streams : OpenStreams
        known : collection of str
            Ids of the streams that lab.toml has a table for.
        now : float
            Lab time of the rows, s.
        elapsed_s : float
            Since the recording began; infinite at its end, when what has not joined is missing.
        """
        if not self._waiting_reported and _WAITING_AFTER_S < elapsed_s < float("inf"):
            self._waiting_reported = True
            yield from _waiting(streams, now)
        if not self._missing_reported and elapsed_s > MISSING_AFTER_S:
            self._missing_reported = True
            yield from _missing(streams, known, now)


def _waiting(streams: OpenStreams, now: float) -> Iterator[LedgerRow]:
    """One line for all: devices that take their time are no faults."""
    if absent := streams.absent():
        names = list(dict.fromkeys(r.id or r.predicate for r in absent))  # devices name their stream
        yield LedgerRow(now, "", "waiting", "warning", len(names), f"still waiting for {', '.join(names)}")


def _missing(streams: OpenStreams, known: Collection[str], now: float) -> Iterator[LedgerRow]:
    for request in streams.absent():
        device = request.id.partition(".")[0]
        others = [s.id for s in streams.streams if s.id not in known and s.id.startswith(f"{device}.")]
        hint = nearest(request.id, others) if others and request.id in known else ""
        message = f"required, but not on the network: {request.words}{hint}"
        yield LedgerRow(now, request.id, "missing", "fault", 0, message)
