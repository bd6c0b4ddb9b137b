"""Processed signals of a recording, some rows at a time: as a whole, an hour of them would fill the memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel
from groundup.recording import Recording


def processed_channels(recording: Recording, key: str) -> tuple[Channel, ...]:
    """Channels of a processed signal."""
    rows = recording.hdf5[f"processed/{key}/channels"][:]
    return tuple(Channel(*(_text(row[name]) for name in ("label", "unit", "site", "side"))) for row in rows)  # type: ignore[arg-type]


def processed_pieces(
    recording: Recording, key: str, rows: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Times (lab clock, s) and samples of a processed signal from its start to its end, so many rows at a time."""
    group = recording.hdf5[f"processed/{key}"]
    for begin in range(0, len(group["time"]), rows):
        part = slice(begin, begin + rows)
        yield group["time"][part], group["samples"][part]


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
