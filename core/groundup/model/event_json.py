"""Events as text and back: how they travel in marker streams."""

import json
from dataclasses import asdict
from typing import cast, get_args

from groundup.model.anatomy import Side
from groundup.model.events import Event, EventKind

_KINDS = get_args(EventKind)


def event_json(event: Event) -> str:
    """One event as a JSON object with the columns of ``/events``."""
    return json.dumps(asdict(event), separators=(",", ":"))


def event_from_marker(text: str, time: float, source: str) -> Event:
    """The event a marker stands for: our JSON, or a plain marker of somebody else's.

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
    if not isinstance(fields, dict) or fields.get("kind") not in _KINDS:
        return Event(time, "marker", source=source)
    side = fields.get("side", "")
    confidence = fields.get("confidence", 1.0)
    return Event(
        time=time,
        kind=cast(EventKind, fields["kind"]),
        side=cast(Side, side if side in ("L", "R") else ""),
        source=str(fields.get("source") or source),
        confidence=_share(confidence),
        trial=str(fields.get("trial") or ""),
        evidence=str(fields.get("evidence") or ""),
    )


def _share(value: object) -> float:
    """A confidence, 0 to 1: sure when none is given, doubtful when what is given is no share."""
    if not isinstance(value, int | float):
        return 1.0
    return float(value) if 0.0 <= value <= 1.0 else 0.0
