"""The laws of what a driver pushes: held by the testing kit, and while it is driven.

Each gives a sentence that says what to do, or nothing when the law is kept.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.model.streams import DTYPES, StreamSpec

BEFORE_S, AFTER_S = 60.0, 1.0
"""How far from `Sink.clock` a sample's time may lie: taken a while before it is pushed, and never after."""
OVERTAKEN_S = 0.5
"""How far times may go back between two packets: one was overtaken on its way (see `SampleClock.stamp`)."""

_SINGLE = float(np.finfo(np.float32).max)
_KINDS = frozenset("iuf")


def misfit(spec: StreamSpec, samples: object) -> str:
    """What is wrong with samples, which are to be numbers or text as announced, a column for each channel."""
    if spec.format == "string":
        return _text_misfit(spec, samples)
    try:
        array = np.asarray(samples)
    except ValueError:
        return f"{spec.name}: samples are of different lengths: push an array of shape (n, {len(spec.channels)})"
    if array.ndim != 2 or array.shape[1] != len(spec.channels):
        shape = f"(n, {len(spec.channels)}), a column for each channel"
        return f"{spec.name}: samples have the shape {array.shape}: it is {shape}"
    floats = spec.format in ("float32", "double64")
    if array.dtype.kind not in _KINDS or not (floats or array.dtype == DTYPES[spec.format]):
        return f"{spec.name}: samples are {array.dtype}, and {spec.format} is announced"
    if spec.format == "float32" and array.dtype.kind == "f" and array.dtype.itemsize > 4 and array.size:
        # NaN and infinity are sent as they are; a number that would become infinite is another number.
        large = float(np.abs(array).max(initial=0.0, where=np.isfinite(array)))
        if large > _SINGLE:
            return f"{spec.name}: {large:g} is more than float32 can hold: announce double64"
    return ""


def _text_misfit(spec: StreamSpec, samples: object) -> str:
    count = len(spec.channels)
    try:
        rows = list(samples)  # type: ignore[call-overload]
        good = all(
            not isinstance(row, str | bytes) and len(row) == count and all(isinstance(text, str) for text in row)
            for row in rows
        )
    except TypeError:
        good = False
    if not good:
        return f"{spec.name}: push a list of {count} strings for each sample"
    if any("\0" in text for row in rows for text in row):
        return f"{spec.name}: a text holds a NUL, at which LSL cuts it off: leave it out"
    if not all(text.isascii() or _is_unicode(text) for row in rows for text in row):
        return f"{spec.name}: a text holds half a character, which cannot be sent: decode it with errors='replace'"
    return ""


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def mistimed(spec: StreamSpec, times: NDArray[np.generic], count: int) -> str:
    """What is wrong with times by themselves, which are to be float64, one for each sample, and to go forwards."""
    if times.dtype != np.float64:
        return f"{spec.name}: times are {times.dtype}: send float64, in seconds"
    if times.shape != (count,):
        shape = f"{len(times)} times" if times.ndim == 1 else f"times of the shape {times.shape}"
        return f"{spec.name}: {count} samples came with {shape}: push one time for each sample"
    if not np.isfinite(times).all():
        return f"{spec.name}: a time is {times[~np.isfinite(times)][:1]}"
    if (np.diff(times.astype(np.float64, copy=False)) < 0).any():
        return f"{spec.name}: times go back: push samples in order"
    return ""


def misplaced(spec: StreamSpec, times: NDArray[np.float64], begun: float, ended: float) -> str:
    """What is wrong with when times are, of samples pushed from one moment of `Sink.clock` to another."""
    if len(times) == 0 or (begun - BEFORE_S < times[0] and times[-1] < ended + AFTER_S):
        return ""
    return (
        f"{spec.name}: {times[0]:.1f} to {times[-1]:.1f} s are not of sink.clock(), which said {begun:.1f}: map the "
        "device's clock onto it, with a SampleClock"
    )


class Pushed:
    """Holds the laws over the chunks of one stream, while it is driven.

    Parameters
    ----------
    spec : StreamSpec
    """

    def __init__(self, spec: StreamSpec) -> None:
        self._spec = spec
        self._last = -np.inf

    def refusal(self, samples: object, times: object, now: float) -> str:
        """Why a chunk is refused, or nothing.

        Parameters
        ----------
        samples, times
            As for `Sink.push`.
        now : float
            `Sink.clock`.
        """
        stamps = np.asarray(times)
        if count_of(samples) == 0 and stamps.size == 0:
            return ""
        wrong = misfit(self._spec, samples)
        wrong = wrong or mistimed(self._spec, stamps, count_of(samples)) or misplaced(self._spec, stamps, now, now)
        if wrong:
            return wrong
        if stamps[0] < self._last - OVERTAKEN_S:
            return f"{self._spec.name}: times go back: push samples in order"
        self._last = max(self._last, float(stamps[-1]))
        return ""


def count_of(samples: object) -> int:
    """How many samples a chunk has, as far as it can be said."""
    if isinstance(samples, np.ndarray):
        return len(samples) if samples.ndim else 1
    return len(samples) if isinstance(samples, Sequence) else 1
