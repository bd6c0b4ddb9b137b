"""What a driver's process tells the recorder that started it: one JSON object a line."""

import json
from dataclasses import asdict, dataclass

_LONGEST = 2000  # characters of a message: a line of the pipe, and of the ledger, has an end


@dataclass(frozen=True)
class Report:
    """Something that belongs into the ledger.

    Attributes
    ----------
    kind : str
        ``refused``, ``left_out``, ``failed``, ``command``, ``command_failed``, ``health``, ``health_well``; ``away``:
        why a stream is silent. Three are no rows of the ledger: ``announced``, a stream that is to be expected,
        ``options``, those that are not as lab.toml has them, and ``levels``, how a stream does (JSON: words, colour).
    source : str
        Source id of the stream, or empty for the whole device.
    count : int
        How many samples.
    message : str
    time : float, optional
        When, on the LSL clock of the computer that both run on; None: when it is heard.
    """

    kind: str
    source: str
    count: int
    message: str
    time: float | None = None

    def line(self) -> str:
        """As it goes over the pipe."""
        return json.dumps(asdict(self) | {"message": _short(self.message)}) + "\n"


def report_of(line: bytes) -> Report | None:
    """What a line tells; None for whatever else a process prints."""
    try:
        decoded = json.loads(line)
        return Report(
            str(decoded["kind"]),
            str(decoded["source"]),
            int(decoded["count"]),
            str(decoded["message"]),
            None if decoded["time"] is None else float(decoded["time"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _short(message: str) -> str:
    """Text fit for a ledger and a screen, whatever a driver says."""
    text = "".join(c if c.isprintable() else " " for c in message[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
