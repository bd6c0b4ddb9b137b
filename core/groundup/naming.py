"""Names: which journal belongs to which recording, and what the streams of a device are called."""

import platform
from pathlib import Path

SUFFIX = ".journal.xdf"

LIVE = "live.analysis"
"""What the source ids of a live analysis name as the device: no device can be called so."""
LIVE_EVENTS, LIVE_METRICS = "groundup.events", "groundup.metrics"
"""Names of the streams that a live analysis publishes; a processed signal's is ``groundup.`` and its id."""


def journal_path(recording: Path) -> Path:
    """The journal that is written beside a recording."""
    return recording.with_name(recording.name.removesuffix(".h5") + SUFFIX)


def source_prefix(device: str) -> str:
    """What the source ids of a device's streams begin with, on this machine."""
    return f"groundup/{platform.node()}/{device}/"
