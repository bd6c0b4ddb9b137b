"""Channels that together are one thing a metric can ask for, and whole pieces cut out of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from groundup.model.anatomy import SEGMENT_RANK, Side
from groundup.model.reasons import Reason
from groundup.model.signals import Floats, Signal, Trace
from groundup.model.units import ACCELERATION, ANGULAR_VELOCITY, LENGTH, factor_of
from groundup.plugin.metric import NotComputableError

_PIECE = 1 << 16  # samples


@dataclass
class _LastStretch:
    """What was found of the stretch of a signal that was last looked at: one channel after another asks for it."""

    span: tuple[float, float, float, int, int, float | None] | None = None
    finite: tuple[int, int, bool] | None = None
    judged: tuple[float, float, tuple[int, int, bool]] | None = None


@dataclass(frozen=True)
class ChannelGroup:
    """Columns of a signal that together are one thing a metric can ask for.

    Attributes
    ----------
    signal : Signal
    columns : tuple of int
    site, side : str
    unit : str
        Unit of the trace.
    factor : float
        What the samples are multiplied by to be in that unit.
    quality : Signal, optional
        What a processor says of these channels: see `flaw`.
    last : _LastStretch
        The same for all groups of a signal.
    """

    signal: Signal
    columns: tuple[int, ...]
    site: str
    side: Side
    unit: str
    factor: float = 1.0
    quality: Signal | None = None
    last: _LastStretch = field(default_factory=_LastStretch, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Site, side and signal, for the reason why something is not computable."""
        where = f"{self.site}_{self.side}" if self.side else self.site
        return f"{where} ({self.signal.id})"


def muscles(signals: Sequence[Signal], kind: str) -> list[ChannelGroup]:
    """EMG channels (kind ``emg``) or envelopes (kind ``envelope``) that have a site and any value at all."""
    qualities = [signal for signal in signals if signal.kind == "quality"]
    found = []
    for signal in signals:
        if signal.kind == kind:
            quality, last = _quality_of(signal, qualities), _LastStretch()
            found += [
                ChannelGroup(signal, (index,), one.site, one.side, one.unit, quality=quality, last=last)
                for index, one in enumerate(signal.channels)
                if one.site and _any_value(signal.samples[:, index])
            ]
    return found


def _any_value(values: Floats) -> bool:
    """Whether any sample is a number: of an hour the first piece tells."""
    return any(np.isfinite(values[i : i + _PIECE]).any() for i in range(0, len(values), _PIECE))


def accelerations(signals: Sequence[Signal]) -> list[ChannelGroup]:
    """Three-axis accelerometers on segments of the body, in m/s²."""
    return _vectors(signals, "imu", ACCELERATION, "m/s^2")


def angular_velocities(signals: Sequence[Signal]) -> list[ChannelGroup]:
    """Three-axis gyroscopes on segments of the body, in rad/s."""
    return _vectors(signals, "imu", ANGULAR_VELOCITY, "rad/s")


def positions(signals: Sequence[Signal], kind: str) -> list[ChannelGroup]:
    """Where segments of the body are, in m: markers (kind ``mocap``), or what sensors add up to (``foothold``)."""
    return _vectors(signals, kind, LENGTH, "m")


def _vectors(signals: Iterable[Signal], kind: str, units: dict[str, float], unit: str) -> list[ChannelGroup]:
    found = []
    for signal in signals:
        if signal.kind != kind:
            continue
        axes: dict[tuple[str, Side], list[int]] = {}
        for index, channel in enumerate(signal.channels):
            if channel.site in SEGMENT_RANK and factor_of(channel.unit, units) is not None:
                axes.setdefault((channel.site, channel.side), []).append(index)
        last = _LastStretch()
        for (site, side), columns in axes.items():
            if len(columns) >= 3:
                factor = factor_of(signal.channels[columns[0]].unit, units) or 1.0
                found.append(ChannelGroup(signal, tuple(columns[:3]), site, side, unit, factor, last=last))
    return found


def cut(source: ChannelGroup, t0: float, t1: float, *, nan: bool = False) -> Trace:
    """Samples with ``t0 <= time <= t1``, whole, without a gap, and good by all that is known.

    Parameters
    ----------
    source : ChannelGroup
    t0, t1 : float
        s.
    nan : bool
        Whether samples may be NaN.

    Raises
    ------
    NotComputableError
        If the stretch is not within the data, there is a gap or NaN in it, or the channel is flawed there.
    """
    signal = source.signal
    if not signal.rate > 0:
        raise NotComputableError(f"{source.name} has no sampling rate")
    step = 1.5 / signal.rate
    if len(signal.time) == 0 or signal.time[0] > t0 + step or signal.time[-1] < t1 - step:
        raise NotComputableError(f"{source.name} was not recorded for all of it", (t0, t1))
    time, i, gap = _span(source, t0, t1, step)
    if gap is not None:
        raise NotComputableError(f"{source.name} has a gap", gap)
    j = i + len(time)
    one = len(source.columns) == 1
    values: Floats = signal.samples[i:j, source.columns[0]] if one else signal.samples[i:j, list(source.columns)]
    if source.factor != 1.0:
        values = values * source.factor
    if not nan and not _finite(source, i, j):
        good = np.isfinite(values) if one else np.isfinite(values).all(axis=1)
        if not good.all():
            raise NotComputableError(f"{source.name} has no valid value", float(time[int(np.argmin(good))]))
    found = flaw(source, t0, t1)
    if found is not None:
        raise NotComputableError.of(found)
    bandwidth = float(signal.attrs.get("bandwidth_hz", math.nan))
    return Trace(time, values, signal.rate, source.unit, source.site, source.side, bandwidth)


def _span(source: ChannelGroup, t0: float, t1: float, step: float) -> tuple[Floats, int, float | None]:
    """Times of a stretch, the number of the first, and where there is a gap."""
    time, known = source.signal.time, source.last.span
    if known is None or known[:3] != (t0, t1, step):
        i, j = (int(n) for n in np.searchsorted(time, [t0, np.nextafter(t1, np.inf)]))
        # The samples just outside are looked at too: the edge of the stretch may lie in a gap.
        around = time[max(i - 1, 0) : j + 1]
        gaps = np.flatnonzero(np.diff(around) > step)
        gap = float(around[gaps[0]]) if len(gaps) else None
        known = source.last.span = (t0, t1, step, i, j, t0 if gap is None and j - i < 2 else gap)
    i, j, found = known[3:]
    return time[i:j], i, found


def _finite(source: ChannelGroup, i: int, j: int) -> bool:
    """Whether all channels of a stretch are numbers."""
    known = source.last.finite
    if known is None or known[:2] != (i, j):
        known = source.last.finite = (i, j, bool(np.isfinite(source.signal.samples[i:j]).all()))
    return known[2]


def flaw(source: ChannelGroup, t0: float, t1: float) -> Reason | None:
    """What is wrong with a source in a stretch of time; None when nothing is known.

    A signal of kind ``quality`` names the signal it judges as its input and has the same channel labels. Each sample
    judges the time up to the next: 0 is good, any other number n is what its attribute ``flaw_n`` says.
    """
    if source.quality is None:
        return None
    first, last, flawless = _judged(source.last, source.quality, t0, t1)
    if flawless:
        return None
    time = source.quality.time
    labels = [channel.label for channel in source.quality.channels]
    for column in source.columns:
        label = source.signal.channels[column].label
        if label in labels:
            judged = source.quality.samples[first:last, labels.index(label)]
            bad = np.flatnonzero(judged)
            if len(bad):
                what = source.quality.attrs.get(f"flaw_{judged[bad[0]]:.0f}", "is flawed")
                at = max(t0, float(time[first + bad[0]]))
                return Reason(f"{source.name} {what}", at, at)
    return None


def _judged(last: _LastStretch, quality: Signal, t0: float, t1: float) -> tuple[int, int, bool]:
    """Which of its samples judge a stretch, and whether they find all channels good."""
    if last.judged is None or last.judged[:2] != (t0, t1):
        begin, end = (int(n) for n in np.searchsorted(quality.time, [t0, t1], side="right"))
        begin = max(begin - 1, 0)
        last.judged = (t0, t1, (begin, end, not quality.samples[begin:end].any()))
    return last.judged[2]


def _quality_of(signal: Signal, qualities: Sequence[Signal]) -> Signal | None:
    """Of a processed signal, what is said of the signal it was made from."""
    return next((q for q in qualities if signal.id in q.inputs or set(signal.inputs) & set(q.inputs)), None)
