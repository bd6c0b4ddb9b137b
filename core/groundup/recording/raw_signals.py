"""The raw numeric streams of a recording as signals on the lab clock."""

from collections.abc import Callable, Iterable

import numpy as np

from groundup.clock.stamps import plausible
from groundup.model.signals import Signal, known_of
from groundup.recording.stream import Stream


def raw_signals(streams: Iterable[Stream], keep: Callable[[Signal], Signal]) -> list[Signal]:
    """In the order of their times, without samples that have none; see `groundup.recording.Recording.signals`."""
    found = []
    for stream in streams:
        spec = stream.spec
        if spec.format == "string" or not spec.raw:
            continue
        time = stream.time
        with np.errstate(invalid="ignore"):  # a signalling NaN is still only a NaN
            samples = np.asarray(stream.values(), np.float64)
        known = plausible(time)
        if not known.all():
            time, samples = time[known], samples[known]
        if (np.diff(time) < 0.0).any():  # sent out of order: they lie in the file as they were sent
            by = np.argsort(time, kind="stable")
            time, samples = time[by], samples[by]
        attrs = known_of(spec)
        found.append(
            keep(Signal(stream.id, spec.kind, time, samples, spec.channels, stream.rate, spec.plate, attrs=attrs))
        )
    return found
