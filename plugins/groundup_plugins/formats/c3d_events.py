"""The events of a C3D file: foot strikes and foot offs from its EVENT group, or from an old file's header."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from groundup.plugin import Event, Side
from groundup_plugins.formats.c3d_parameters import Parameters

_CONTACT = re.compile(r"foot ?strike|heel ?strike|initial ?contact|foot ?contact|foot ?down|touch ?down|heel ?on")
_OFF = re.compile(r"foot ?off|toe ?off|foot ?up|take ?off|lift ?off|terminal ?contact")
_SHORT = re.compile(r"([lr]?)(ic|fs|hs|fc|fd|hc|fo|to)([lr]?)")
_OFF_SHORT = {"fo", "to"}
_SIDES: dict[str, Side] = {"l": "L", "left": "L", "r": "R", "right": "R"}


def events(parameters: Parameters, header: Mapping[str, Any]) -> list[Event]:
    """Events in the order of time, in seconds on the file's clock; those that are no contact become markers.

    Parameters
    ----------
    header : mapping
        What ezc3d calls ``header``; it holds up to 18 events in files older than the EVENT group.
    """
    found = _group_events(parameters) or _header_events(header)
    return sorted(found)


def _group_events(parameters: Parameters) -> list[Event]:
    times = parameters.columns("EVENT", "TIMES")
    for part in range(2, 100):  # files with more than 255 events go on in TIMES2 ...
        more = parameters.columns("EVENT", f"TIMES{part}")
        if more.size == 0 or more.shape[0] != times.shape[0]:
            break
        times = np.hstack([times, more])
    if times.size == 0:
        return []
    # A single event may come as two numbers without a second index: minutes and seconds.
    seconds = times[0] * 60.0 + times[1] if times.shape[0] >= 2 else times[0]
    labels = parameters.texts("EVENT", "LABELS")
    contexts = parameters.texts("EVENT", "CONTEXTS")
    used = parameters.number("EVENT", "USED", len(seconds))
    count = int(used) if 0 <= used <= len(seconds) else len(seconds)
    return [
        _event(float(seconds[i]), labels[i] if i < len(labels) else "", contexts[i] if i < len(contexts) else "")
        for i in range(count)
        if np.isfinite(seconds[i])
    ]


def _header_events(header: Mapping[str, Any]) -> list[Event]:
    try:
        times, labels = header["events"]["events_time"], header["events"]["events_label"]
    except (KeyError, TypeError):
        return []
    named = [(float(time), str(label).strip()) for time, label in zip(times, labels, strict=False)]
    return [_event(time, label, "") for time, label in named if label and np.isfinite(time)]


def _event(time: float, label: str, context: str) -> Event:
    text = label.lower().replace("_", " ").replace("-", " ").strip()
    side: Side = _SIDES.get(context.strip().lower(), "")
    words = text.split()
    for word in words:
        side = side or _SIDES.get(word, "")
    if _CONTACT.search(text):
        return Event(time, "IC", side, "file")
    if _OFF.search(text):
        return Event(time, "FO", side, "file")
    for word in words:
        short = _SHORT.fullmatch(word)
        if short is not None:
            side = side or _SIDES.get(short[1] or short[3], "")
            return Event(time, "FO" if short[2] in _OFF_SHORT else "IC", side, "file")
    return Event(time, "marker", side, f"file: {label}" if label else "file")
