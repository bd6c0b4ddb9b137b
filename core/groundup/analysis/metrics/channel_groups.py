"""Channels that together are one thing a metric can ask for, and whole pieces cut out of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from groundup.model.anatomy import SEGMENT_RANK, Side
from groundup.model.reasons import Reason
from groundup.model.signals import Floats, Places, Signal, Trace
from groundup.model.units import ACCELERATION, ANGULAR_VELOCITY, LENGTH, VOLTAGE, factor_of
from groundup.plugin.not_computable import NotComputableError

_PIECE = 1 << 16  # samples


@dataclass
class _LastSpan:
    """Where the stretch lies that a signal was last cut at: one channel after another asks for it."""

    t0: float = math.nan
    t1: float = math.nan
    first: int = 0
    time: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class Quality:
    """What a processor says of the channels of a signal.

    Attributes
    ----------
    signal : Signal
        Of kind ``quality``: it has the labels of the channels it judges, and names their signal as its input. Each
        sample judges the time up to the next: 0 is good, any other number n is what the attribute ``flaw_n`` says.
    flawed : ndarray
        Numbers of the samples that find a flaw in any channel.
    """

    signal: Signal
    flawed: Places

    @classmethod
    def of(cls, signal: Signal) -> "Quality":
        """Look once where there is any flaw."""
        return cls(signal, np.flatnonzero(signal.samples.any(axis=1)))


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
    quality : Quality, optional
        What a processor says of these channels.
    last : _LastSpan
        The same for all groups of a signal, so that their traces of one stretch have one `time`.
    """

    signal: Signal
    columns: tuple[int, ...]
    site: str
    side: Side
    unit: str
    factor: float = 1.0
    quality: Quality | None = None
    last: _LastSpan = field(default_factory=_LastSpan, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Site, side and signal, for the reason why something is not computable."""
        where = f"{self.site}_{self.side}" if self.side else self.site
        return f"{where} ({self.signal.id})"


def muscles(signals: Sequence[Signal], kind: str) -> list[ChannelGroup]:
    """EMG channels (kind ``emg``) or envelopes (kind ``envelope``) that have a site and any value at all.

    In volts; where the unit is no known voltage, in the unit it has.
    """
    qualities = [Quality.of(signal) for signal in signals if signal.kind == "quality"]
    found = []
    for signal in signals:
        if signal.kind == kind:
            quality, last = quality_of(signal, qualities, signals), _LastSpan()
            for index, one in enumerate(signal.channels):
                if one.site and _any_value(signal.samples[:, index]):
                    volts = factor_of(one.unit, VOLTAGE)
                    unit, factor = (one.unit, 1.0) if volts is None else ("V", volts)
                    found.append(ChannelGroup(signal, (index,), one.site, one.side, unit, factor, quality, last))
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
        # Three channels of one unit are a vector: one axis in g beside two in m/s^2 would bend it.
        axes: dict[tuple[str, Side, float], list[int]] = {}
        for index, channel in enumerate(signal.channels):
            factor = factor_of(channel.unit, units)
            if channel.site in SEGMENT_RANK and factor is not None:
                axes.setdefault((channel.site, channel.side, factor), []).append(index)
        last = _LastSpan()
        for (site, side, factor), columns in axes.items():
            if len(columns) >= 3:
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
    signal, span = source.signal, source.last
    if (span.t0, span.t1) != (t0, t1):
        i, j = _whole_span(source, t0, t1)
        span.t0, span.t1, span.first, span.time = t0, t1, i, signal.time[i:j]
    time, i = span.time, span.first
    j = i + len(time)
    one = len(source.columns) == 1
    values: Floats = signal.samples[i:j, source.columns[0]] if one else signal.samples[i:j, list(source.columns)]
    if source.factor != 1.0:
        values = values * source.factor
    found = flaw(source, t0, t1)  # which may say why there is no value
    if found is not None:
        raise NotComputableError.of(found)
    if not nan and len(_within(signal.not_finite, i, j)):
        good = np.isfinite(values) if one else np.isfinite(values).all(axis=1)
        if not good.all():
            raise NotComputableError(f"{source.name} has no valid value", float(time[int(np.argmin(good))]))
    bandwidth = float(signal.attrs.get("bandwidth_hz", math.nan))
    return Trace(time, values, signal.rate, source.unit, source.site, source.side, bandwidth)


def _whole_span(source: ChannelGroup, t0: float, t1: float) -> tuple[int, int]:
    """From which sample up to which a stretch goes, if it was recorded for all of it without a gap."""
    signal, time = source.signal, source.signal.time
    if not signal.rate > 0:
        raise NotComputableError(f"{source.name} has no sampling rate")
    step = 1.5 / signal.rate
    if len(time) == 0 or time[0] > t0 + step or time[-1] < t1 - step:
        raise NotComputableError(f"{source.name} was not recorded for all of it", (t0, t1))
    i, j = int(time.searchsorted(t0)), int(time.searchsorted(t1, "right"))
    # The samples just outside are looked at too: the edge of the stretch may lie in a gap.
    gaps = _within(signal.gaps, max(i - 1, 0), j)
    if len(gaps) or j - i < 2:
        raise NotComputableError(f"{source.name} has a gap", float(time[gaps[0]]) if len(gaps) else t0)
    return i, j


def _within(places: Places, first: int, last: int) -> Places:
    """Those of some places in order that are from `first` up to, and without, `last`."""
    if not len(places):  # so it usually is
        return places
    return places[places.searchsorted(first) : places.searchsorted(last)]


def flaw(source: ChannelGroup, t0: float, t1: float) -> Reason | None:
    """What is wrong with a source in a stretch of time; None when nothing is known."""
    if source.quality is None or not len(source.quality.flawed):
        return None
    quality = source.quality.signal
    first, last = (int(n) for n in quality.time.searchsorted([t0, t1], "right"))
    flawed = _within(source.quality.flawed, max(first - 1, 0), last)
    labels = [channel.label for channel in quality.channels] if len(flawed) else []
    for column in source.columns:
        label = source.signal.channels[column].label
        if label in labels:
            judged = quality.samples[flawed, labels.index(label)]
            bad = np.flatnonzero(judged)
            if len(bad):
                what = quality.attrs.get(f"flaw_{judged[bad[0]]:.0f}", "is flawed")
                at = max(t0, float(quality.time[flawed[bad[0]]]))
                return Reason(f"{source.name} {what}", at, at)
    return None


def quality_of(signal: Signal, qualities: Sequence[Quality], signals: Sequence[Signal] = ()) -> Quality | None:
    """Of a processed signal, what is said of the signal it was made from, or of one that was cleaned before it."""
    by_id = {one.id: one for one in signals}
    made_of, coming = {signal.id}, list(signal.inputs)
    while coming:
        id_ = coming.pop()
        if id_ not in made_of and id_ in by_id:
            coming += by_id[id_].inputs
        made_of.add(id_)
    return next((q for q in qualities if made_of & set(q.signal.inputs)), None)
