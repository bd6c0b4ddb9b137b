"""Names of files: which journal belongs to which recording."""

from pathlib import Path

SUFFIX = ".journal.xdf"


def journal_path(recording: Path) -> Path:
    """The journal that is written beside a recording."""
    return recording.with_name(recording.name.removesuffix(".h5") + SUFFIX)
