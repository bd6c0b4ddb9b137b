"""Events as text and back: how they travel in marker streams."""

import json
import math
from dataclasses import asdict, fields
from typing import Any, get_args

from groundup.model.events import LONGEST_KIND, Event, EventKind

_OUR_KINDS = get_args(EventKind)
_LONGEST_TEXT = 1000  # characters


def event_json(event: Event) -> str:
    """One event as a JSON object with the columns of ``/events``; a value that is not known is null."""
    return json.dumps({name: _finite(value) for name, value in asdict(event).items()}, separators=(",", ":"))


def event_from_marker(text: str, time: float, source: str) -> Event:
    """The event a marker stands for: our JSON, of any kind, or a plain marker of somebody else's with its words.

    Parameters
    ----------
    text : str
        The marker as received.
    time : float
        The marker's time stamp on the lab clock; it, not the time inside the JSON, says when.
    source : str
        What to name as the source of a plain marker.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # text from the network may be anything
        found = None
    if not isinstance(found, dict):
        return Event(time, "marker", source=source, text=_short(text))
    kind = found.get("kind")
    if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST_KIND or not kind.isprintable():
        words = found.get("text") or "" if found.get("event") == "marker" else text
        return Event(time, "marker", source=source, text=_short(str(words)))
    side = found.get("side", "")
    # A stranger's JSON that has a kind has its words somewhere in it.
    words = found.get("text", "" if kind in _OUR_KINDS else text)
    own: dict[str, Any] = {
        "time": time,
        "kind": kind,
        "side": side if side in ("L", "R") else "",
        "source": _short(str(found.get("source") or source)),
        "confidence": _share(found.get("confidence", 1.0)),
        "text": _short("" if words is None else str(words)),
    }
    for column in fields(Event):
        if column.name not in own:
            value = found.get(column.name)
            own[column.name] = _number(value) if column.type is float else _short(str(value or ""))
    return Event(**own)


def _short(text: str) -> str:
    """Fit for a table, whose rows are all as long as the longest; whole it stays in its stream."""
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _finite(value: object) -> object:
    """A value as it is, or None in place of a number that JSON has no word for."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: object) -> float:
    """A finite number, or NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value) if math.isfinite(value) else math.nan
    except OverflowError:  # an integer that no float holds
        return math.nan


def _share(value: object) -> float:
    """A confidence, 0 to 1: sure when none is given, doubtful when what is given is no share."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0.0 <= value <= 1.0 else 0.0
