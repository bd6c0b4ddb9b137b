"""Names: which journal belongs to which recording, and what the streams of a device are called."""

import platform
from pathlib import Path

SUFFIX = ".journal.xdf"


def journal_path(recording: Path) -> Path:
    """The journal that is written beside a recording."""
    return recording.with_name(recording.name.removesuffix(".h5") + SUFFIX)


def source_prefix(device: str) -> str:
    """What the source ids of a device's streams begin with, on this machine."""
    return f"groundup/{platform.node()}/{device}/"
