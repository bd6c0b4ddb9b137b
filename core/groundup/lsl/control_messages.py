"""Trials and markers as a control stream says them: one JSON object a sample."""

import json
from collections.abc import Iterable
from typing import Any

from groundup.model.events import Trial

TRIAL_START, TRIAL_STOP, MARKER = "trial_start", "trial_stop", "marker"
"""The ``event`` of each."""


def trial_start_json(name: str, condition: str = "") -> str:
    """A trial begins."""
    return json.dumps({"event": TRIAL_START, "name": name, "condition": condition})


def trial_stop_json() -> str:
    """The trial that runs ends."""
    return json.dumps({"event": TRIAL_STOP})


def marker_json(text: str) -> str:
    """Something happened."""
    return json.dumps({"event": MARKER, "text": text})


def parse_control(text: str) -> dict[str, Any]:
    """What a sample of a control stream says; empty when it says nothing that can be read."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def trials_of_control(samples: Iterable[tuple[float, str]], end: float) -> list[Trial]:
    """The trials that a control stream tells of.

    Parameters
    ----------
    samples : iterable of (float, str)
        Time on the lab clock, and what was said; in the order of time.
    end : float
        When the recording ends: a trial that nobody ended lasts until then.

    Returns
    -------
    list of Trial
        A trial that begins ends the one before.
    """
    found: list[Trial] = []
    running: tuple[float, str, str] | None = None
    for time, text in samples:
        message = parse_control(text)
        event = message.get("event")
        if event not in (TRIAL_START, TRIAL_STOP):
            continue
        if running is not None:
            found.append(Trial(running[0], time, running[1], running[2]))
        running = None
        if event == TRIAL_START:
            running = (time, str(message.get("name") or ""), str(message.get("condition") or ""))
    if running is not None and end > running[0]:
        found.append(Trial(running[0], end, running[1], running[2]))
    return found
