"""What a recorder tells the drivers that it started: a recording or a trial begins or ends; a JSON object a line."""

import json
from dataclasses import dataclass, field
from typing import Any

NOTICES = {
    "recording_started": ("name",),
    "recording_stopping": (),
    "trial_started": ("name", "condition"),
    "trial_stopped": (),
}
"""The method of `groundup.plugin.Device` that each is, and its arguments, all text."""

_LONGEST = 200  # bytes of an argument: a line goes through a pipe at once, or not at all


@dataclass(frozen=True)
class Notice:
    """Something that devices are told.

    Attributes
    ----------
    name : str
        One of `NOTICES`.
    arguments : dict of str to str
    """

    name: str
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """As a call, for a person."""
        return f"{self.name}({', '.join(repr(value) for value in self.arguments.values())})"

    def line(self) -> bytes:
        """As it goes over the pipe."""
        short = {key: _short(value) for key, value in self.arguments.items()}
        return json.dumps({"notice": self.name, "arguments": short}).encode()


def _short(text: str) -> str:
    return text.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")


def notice_of(line: bytes) -> Notice | None:
    """What a line tells; None for any other."""
    try:
        found: Any = json.loads(line)
        name, arguments = found["notice"], dict(found["arguments"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if name not in NOTICES or tuple(arguments) != NOTICES[name]:
        return None
    return Notice(name, {key: str(value) for key, value in arguments.items()})
