"""Who and which session a recording is of: by the file, then by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from groundup.recording import Recording

_GROUPS = ("participant", "session", "condition")
_BIDS = {"participant": re.compile(r"(?<![a-z0-9])sub-([A-Za-z0-9]+)"), "session": re.compile(r"_?ses-([A-Za-z0-9]+)")}


class NamesError(ValueError):
    """A pattern of names that is none; the message says why."""


@dataclass(frozen=True)
class Identity:
    """Who and which session a recording is of, and under what condition; what is not known is empty."""

    participant: str = ""
    session: str = ""
    condition: str = ""


def check_pattern(names: str) -> None:
    """Refuse a pattern that finds nothing of what it is for.

    Raises
    ------
    NamesError
    """
    try:
        groups = set(re.compile(names).groupindex)
    except re.error as error:
        raise NamesError(f"--names {names!r} is no regular expression: {error}") from error
    if names and (not groups or not groups <= set(_GROUPS)):
        raise NamesError(f"--names {names!r}: it needs groups (?P<NAME>...) of these names: {', '.join(_GROUPS)}")


def identity_of(recording: Recording, path: Path, names: str = "") -> Identity:
    """Who and which session a recording is of.

    The participant is who the file says, else whom its name tells. The session is what the name tells, else the day.

    Parameters
    ----------
    recording : Recording
    path : Path
        Of the file, which may be another one than the recording: that of the program it was imported from.
    names : str
        A regular expression with groups participant, session and condition; where it has none of a name, the words
        ``sub-`` and ``ses-`` of BIDS are looked for.
    """
    text = path.absolute().as_posix()
    told = re.search(names, text) if names else None
    found = {key: value for key, value in (told.groupdict() if told else {}).items() if value}
    for key, pattern in _BIDS.items():
        if key not in found and (word := pattern.findall(text)):
            found[key] = word[-1]
    return Identity(
        recording.participant_id or found.get("participant", ""),
        found.get("session", "") or recording.started_utc[:10],
        found.get("condition", ""),
    )
