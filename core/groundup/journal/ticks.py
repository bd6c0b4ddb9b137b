"""Which streams have a driver that told what it made their stamps of, and what it told."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput
from groundup.lsl.ticks import are_ticks, index_of, source_of
from groundup.model.source import TICK
from groundup.model.streams import StreamSpec

_COLUMNS = 1 + len(TICK.names or ())


def with_ticks(
    clocked: Sequence[ClockInput], specs: Sequence[StreamSpec], read: Callable[[int], NDArray[np.float64]]
) -> list[ClockInput]:
    """The same streams, each with its driver's ticks where there are any.

    Parameters
    ----------
    clocked : sequence of ClockInput
    specs : sequence of StreamSpec
        Of the same streams, in the same order.
    read : callable
        Gives all samples of the stream at a place, shape (N, 6); asked of streams of ticks only.
    """
    parts_of: dict[str, list[NDArray[np.float64]]] = {}
    for place, spec in enumerate(specs):
        if are_ticks(spec) and spec.source_id and len(spec.channels) == _COLUMNS:
            parts_of.setdefault(spec.source_id, []).append(np.asarray(read(place), np.float64))
    every = {source: np.concatenate(parts) for source, parts in parts_of.items()}
    return [
        replace(stream, ticks=rows_of(spec, every[source_of(spec)])) if source_of(spec) in every else stream
        for stream, spec in zip(clocked, specs, strict=True)
    ]


def rows_of(spec: StreamSpec, samples: NDArray[np.float64]) -> NDArray[np.void]:
    """Those of one stream, as `groundup.model.source.TICK`.

    Parameters
    ----------
    spec : StreamSpec
        Of the stream that was stamped.
    samples : ndarray, shape (n, 6)
        All that its driver told.
    """
    mine = samples[samples[:, 0] == float(index_of(spec))] if index_of(spec) >= 0 else samples[:0]
    rows = np.empty(len(mine), TICK)
    for column, name in enumerate(TICK.names or (), 1):
        rows[name] = mine[:, column]
    return rows
