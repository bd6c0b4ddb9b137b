"""Names: which journal belongs to which recording, and what the streams of a device are called."""

import platform
import re
from pathlib import Path

from groundup.model.stream_keys import is_key, stream_id

_OF_DRIVER = re.compile(r"(?P<prefix>groundup/[^/]*/(?P<device>\w[\w-]{0,63})/)(?P<key>[^/]*)")
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
    """What the source ids of a device's streams begin with, on this machine; behind it stands the stream's key."""
    return f"groundup/{platform.node()}/{device}/"


def id_of_source(source_id: str) -> str:
    """What a stream of a driver is called in a recording, wherever the driver runs: ``mill.left``; empty of others."""
    found = _OF_DRIVER.fullmatch(source_id)
    if found is None or (found["key"] and not is_key(found["key"])):
        return ""
    return stream_id(found["device"], found["key"])


def prefix_of_source(source_id: str) -> str:
    """What the source ids of a driver's streams begin with, by one of them; empty of others."""
    found = _OF_DRIVER.fullmatch(source_id)
    return found["prefix"] if found is not None else ""
