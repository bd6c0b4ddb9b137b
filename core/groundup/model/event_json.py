"""Events as text and back: how they travel in marker streams."""

import json
import math
from dataclasses import asdict
from typing import cast, get_args

from groundup.model.anatomy import Side
from groundup.model.events import LONGEST_KIND, Event, EventKind

_OUR_KINDS = get_args(EventKind)
_LONGEST_TEXT = 1000  # characters


def event_json(event: Event) -> str:
    """One event as a JSON object with the columns of ``/events``; a value that is not known is null."""
    fields = asdict(event)
    if not math.isfinite(event.value):
        fields["value"] = None
    return json.dumps(fields, separators=(",", ":"))


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
        fields = json.loads(text)
    except (ValueError, RecursionError):  # text from the network may be anything
        fields = None
    if not isinstance(fields, dict):
        return Event(time, "marker", source=source, text=_short(text))
    kind = fields.get("kind")
    if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST_KIND or not kind.isprintable():
        words = fields.get("text") or "" if fields.get("event") == "marker" else text
        return Event(time, "marker", source=source, text=_short(str(words)))
    side = fields.get("side", "")
    # A stranger's JSON that has a kind has its words somewhere in it.
    words = fields.get("text", "" if kind in _OUR_KINDS else text)
    words = "" if words is None else words
    return Event(
        time=time,
        kind=kind,
        side=cast(Side, side if side in ("L", "R") else ""),
        source=_short(str(fields.get("source") or source)),
        confidence=_share(fields.get("confidence", 1.0)),
        trial=_short(str(fields.get("trial") or "")),
        evidence=_short(str(fields.get("evidence") or "")),
        text=_short(str(words)),
        channel=_short(str(fields.get("channel") or "")),
        value=_number(fields.get("value")),
        unit=_short(str(fields.get("unit") or "")),
    )


def _short(text: str) -> str:
    """Fit for a table, whose rows are all as long as the longest; whole it stays in its stream."""
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


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
