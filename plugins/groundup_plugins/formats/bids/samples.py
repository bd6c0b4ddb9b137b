"""Samples as BIDS's text: motion as it was sent with the time of each sample, physio on evenly spaced times."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.one_grid import Feed, Grid, on_grid
from groundup.plugin import Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.bids.channels import names, place
from groundup_plugins.formats.bids.tables import NOT_KNOWN

_ROWS = 4096
_DIGITS = {"float32": "%.9g", "float64": "%.17g"}


def write_motion(stream: Stream, out: Path, start: float, progress: Progress) -> None:
    """Write the time of each sample from `start` on (s), and the samples as sent; BIDS has no line of names there."""
    done = 0
    with out.open("x", encoding="ascii", newline="\n") as file:
        for time, _, values in stream.timed_pieces(_ROWS):
            file.write(_lines(np.asarray(values), time - start))
            done += len(time)
            progress(done / len(stream))


def write_physio(
    recording: Recording, stream: Stream, out: Path, seconds: Grid, progress: Progress
) -> tuple[dict[str, dict[str, str]], float, str]:
    """Write a stream on evenly spaced times.

    Returns
    -------
    columns : dict
        What each column is.
    rate : float
        Hz.
    remark : str
        What was done to the samples.
    """
    rate = stream.spec.rate or stream.rate
    grid = Grid(seconds.start, max(1, round(len(seconds) * rate)), rate)
    placed = on_grid(stream, grid)
    feed = Feed(placed.blocks(recording), len(stream.channels))
    with out.open("xb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=4, mtime=0) as file:
        for begin in range(0, len(grid), _ROWS):
            rows = feed.take(min(_ROWS, len(grid) - begin))
            file.write(_lines(rows if stream.samples.dtype != np.float32 else rows.astype(np.float32)).encode("ascii"))
            progress(min(1.0, (begin + _ROWS) / len(grid)))
    columns = {
        name: {"Description": f"{place(channel) or stream.id} {channel.label}", "Units": channel.unit or NOT_KNOWN}
        for name, channel in zip(names(stream), stream.channels, strict=True)
    }
    return columns, rate, placed.remark


def _lines(values: NDArray[Any], time: NDArray[np.float64] | None = None) -> str:
    """Rows as text, with as many digits as it takes to read them back to the bit."""
    digits = _DIGITS.get(values.dtype.name, "%d")
    pattern = "\t".join([digits] * values.shape[1]) + "\n"
    if time is None:
        text = "".join([pattern % tuple(row) for row in values.tolist()])
    else:
        pairs = zip(time.tolist(), values.tolist(), strict=True)
        text = "".join([("%.17g\t" + pattern) % (moment, *row) for moment, row in pairs])
    if np.isfinite(values).all() and (time is None or np.isfinite(time).all()):
        return text
    return text.replace("-inf", NOT_KNOWN).replace("inf", NOT_KNOWN).replace("nan", NOT_KNOWN)
