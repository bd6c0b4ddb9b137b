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


def is_stream_id(text: str) -> bool:
    """Whether a text can name a stream in a recording: HDF5 must be able to hold it as one name."""
    plain = text.encode("utf-8", "replace").decode("utf-8") == text
    return plain and text not in ("", ".", "..") and "/" not in text and "\0" not in text


def source_prefix(device: str) -> str:
    """What the source ids of a device's streams begin with, on this machine."""
    return f"groundup/{platform.node()}/{device}/"
