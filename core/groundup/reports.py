"""What a driver's process tells the recorder that started it: one JSON object a line."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Report:
    """Something that belongs into the ledger.

    Attributes
    ----------
    kind : str
        ``refused`` or ``failed``.
    source : str
        Source id of the stream, or empty for the whole device.
    count : int
        How many samples.
    message : str
    """

    kind: str
    source: str
    count: int
    message: str

    def line(self) -> str:
        """As it goes over the pipe."""
        return json.dumps(asdict(self)) + "\n"


def report_of(line: bytes) -> Report | None:
    """What a line tells; None for whatever else a process prints."""
    try:
        told = json.loads(line)
        return Report(str(told["kind"]), str(told["source"]), int(told["count"]), str(told["message"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
