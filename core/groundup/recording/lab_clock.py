"""The times of all streams for sealing: a stream that the clock cannot map never costs another its time.

It is sealed with the stamps that its device sent, and its certificate says that nothing is known of their sync.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict

import h5py
import numpy as np

from groundup.clock import Certificate, ClockInput, LabTime, LazySyncedTime, TimeSource
from groundup.clock.stamps import Stamps
from groundup.clock.timestamp_flaw import timestamp_flaw
from groundup.model.clock_limits import REACH_S
from groundup.model.ledger import LedgerRow
from groundup.recording import hdf
from groundup.recording.atomic import Sink
from groundup.recording.checksums import Checksums
from groundup.recording.chunks import DatasetWriter

Clock = Callable[[Sequence[ClockInput]], Sequence[TimeSource]]


def on_lab_clock(clocked: Sequence[ClockInput], follow: Clock) -> list[TimeSource]:
    """Time of every stream.

    Parameters
    ----------
    clocked : sequence of ClockInput
    follow : callable
        The clock.
    """
    timed: dict[str, TimeSource] = {}
    sound = []
    with np.errstate(all="ignore"):
        for stream in clocked:
            why = timestamp_flaw(stream.timestamps, stream.rate)
            if why is None:
                sound.append(stream)
            else:
                timed[stream.id] = unmapped(stream, why)
        timed |= _followed(sound, follow)
    return [timed[stream.id] for stream in clocked]


def _followed(clocked: Sequence[ClockInput], follow: Clock) -> dict[str, TimeSource]:
    """The clock's answer for all together; if it has none, for all but those for which it has none alone."""
    if not clocked:
        return {}
    try:
        return dict(zip((stream.id for stream in clocked), follow(clocked), strict=True))
    except Exception as error:  # whatever a stream's stamps or probes lead to, the others are sealed
        if len(clocked) == 1:
            return {clocked[0].id: unmapped(clocked[0], _words(error))}
    alone = {stream.id: _followed([stream], follow)[stream.id] for stream in clocked}
    sound = [stream for stream in clocked if not isinstance(alone[stream.id], Unmapped)]
    if len(sound) == len(clocked):
        return alone
    return {**alone, **_followed(sound, follow)}


class Unmapped(LazySyncedTime):
    """The time of a stream that the clock cannot map."""


def unmapped(stream: ClockInput, why: str) -> Unmapped:
    """The device's own time, moved by the middle of its probes: no more is known, and the certificate says so."""
    offsets = np.asarray(stream.probes["offset"], np.float64)
    offset = float(np.median(offsets)) if len(offsets) and bool((np.abs(offsets) <= REACH_S).all()) else 0.0
    time = LabTime.shifted(stream.timestamps, offset, stream.latency_s)
    message = f"the time of {stream.id} is not known: {why}; its stamps are kept as they were sent"
    row = LedgerRow(np.nan, stream.id, "clock", "fault", len(stream.timestamps), message)
    return Unmapped(time, stream.rate, Certificate(np.nan, np.nan, np.nan, f"sync unknown: {why}"), (row,))


def write_sync(
    group: h5py.Group, stream: ClockInput, timed: TimeSource, sink: Sink, sums: Checksums
) -> tuple[TimeSource, float]:
    """Write times, uncertainties and certificate of a stream; those of an unmapped one at need.

    Returns
    -------
    Timed
        What was written.
    float
        The first of its times; infinity where none is known.

    Raises
    ------
    ValueError
        If there are not as many times as samples.
    """
    time, uncertainty = (
        hdf.create(group, name, (len(stream.timestamps),), np.dtype("<f8")) for name in ("time", "uncertainty")
    )
    first = math.inf
    with np.errstate(all="ignore"):
        try:
            why, first = _fill(time, uncertainty, stream, timed, sink, sums)
        except (ArithmeticError, IndexError, MemoryError) as error:
            why = _words(error)
        if why:
            for dataset in (time, uncertainty):
                sums.pieces.pop(dataset.name, None)
            timed = unmapped(stream, why)
            why, first = _fill(time, uncertainty, stream, timed, sink, sums)
    if why:
        raise ValueError(f"stream {stream.id}: {why}")
    hdf.set_attrs(group, {**asdict(timed.certificate), "rate": float(timed.rate)})
    return timed, math.inf if isinstance(timed, Unmapped) else first


def _fill(
    time: h5py.Dataset, uncertainty: h5py.Dataset, stream: ClockInput, timed: TimeSource, sink: Sink, sums: Checksums
) -> tuple[str, float]:
    """Write what the clock says; gives what is wrong with it, or empty, and the first time."""
    times, uncertainties = DatasetWriter(time, sums), DatasetWriter(uncertainty, sums)
    stamps = Stamps(stream.timestamps)
    stamps_kept = any(row.kind == "stamps" for row in timed.ledger)
    written, first = 0, math.inf
    for part, values, sd in timed.pieces():
        missing = np.isfinite(stamps[part]) & ~np.isfinite(values)
        if stamps_kept:  # such as samples that were sent twice: the clock says of which it knows no time
            missing &= ~(np.isnan(values) & np.isnan(sd))
        if bool(missing.any()) or bool((sd < 0).any()):
            return "the clock gives no number for a time", first
        times.add(values)
        uncertainties.add(sd)
        first = min(first, float(np.min(values, initial=np.inf, where=np.isfinite(values))))
        written = part.stop
        sink.check()
    if written != len(stamps):
        return f"the clock gave times of {written} of {len(stamps)} samples", first
    return "", first


def _words(error: Exception) -> str:
    return f"the clock cannot follow its time stamps ({str(error) or type(error).__name__})"
