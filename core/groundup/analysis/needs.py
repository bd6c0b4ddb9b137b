"""Resolves what a metric needs of a stretch of time to traces cut from the processed signals."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from groundup.analysis.gait import Stance, Stride, Trial
from groundup.analysis.signals import Floats, Signal, Trace
from groundup.analysis.strides import SAME_CONTACT_S
from groundup.analysis.walks import Walk, direction_at
from groundup.body import SEGMENT_RANK, Side
from groundup.plugin.metric import Need, NotComputable
from groundup.subject import Subject

_KIND = {"emg": "envelope", "raw_emg": "emg", "acc": "imu", "grf": "grf"}
_THING = {"emg": "EMG envelope", "raw_emg": "EMG", "acc": "acceleration"}
_G = 9.80665
# Spellings of the unit of acceleration that devices and labs use, and what brings each to m/s².
_ACCELERATION = {"m/s^2": 1.0, "m/s²": 1.0, "m/s2": 1.0, "m/s/s": 1.0, "m*s^-2": 1.0, "g": _G, "mg": _G / 1000}
# A sensor on a leg has a side; one that names none could be on either, and stands for neither.
_MIDLINE = frozenset(site for site, rank in SEGMENT_RANK.items() if rank >= SEGMENT_RANK["pelvis"])
_SIDE_NAME: dict[Side, str] = {"L": "left", "R": "right", "": "no"}

Stretch = Stance | Stride | Trial


@dataclass(frozen=True)
class Source:
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
    """

    signal: Signal
    columns: tuple[int, ...]
    site: str
    side: Side
    unit: str
    factor: float = 1.0


@dataclass
class Resolver:
    """Cuts what metrics need out of the signals of one recording.

    Attributes
    ----------
    signals : sequence of Signal
        Raw and processed.
    stances, strides : sequences
    walks : sequence of Walk
        Which way the person goes when.
    subject : Subject
    """

    signals: Sequence[Signal]
    stances: Sequence[Stance] = ()
    strides: Sequence[Stride] = ()
    walks: Sequence[Walk] = ()
    subject: Subject = field(default_factory=Subject)
    _peaks: dict[tuple[str, tuple[int, ...]], float] = field(default_factory=dict)
    _kinds: dict[str, list[Source]] = field(default_factory=dict)

    def resolve(self, need: Need, stretch: Stretch, side: Side) -> Trace | dict[str, Trace] | Subject:
        """What a metric asked for, of one stretch of time and one side.

        Raises
        ------
        NotComputable
            If it was not recorded there, or has a gap or NaN there.
        """
        if need.what == "subject":
            return self.subject
        if need.what == "grf":
            return self._force(need.component, stretch, side)
        sources = self._sources(need, side)
        t0, t1 = stretch.t0 - need.before_s, stretch.t1 + need.after_s
        if need.first_s:
            t1 = min(t1, stretch.t0 + need.first_s)
        traces = {site: self._cut(source, t0, t1, need.normalised) for site, source in sources.items()}
        return traces if need.many else next(iter(traces.values()))

    def _sources(self, need: Need, side: Side) -> dict[str, Source]:
        """The sites a need asks for, on this side (accelerations of the midline too); of two sensors the first."""
        found: dict[str, Source] = {}
        kind = _KIND[need.what]
        if kind not in self._kinds:
            self._kinds[kind] = self._accelerations() if need.what == "acc" else self._muscles(kind)
        every = self._kinds[kind]
        for source in every:
            if need.sites and source.site not in need.sites:
                continue
            if source.side == side and (source.site not in found or found[source.site].side != side):
                found[source.site] = source
            elif source.side == "" and need.what == "acc" and source.site in _MIDLINE:
                found.setdefault(source.site, source)
        if not found:
            unnamed = [c.label for s in self.signals if s.kind == kind for c in s.channels if not c.site]
            raise NotComputable(_absent(need, side, every, unnamed))
        return found

    def _muscles(self, kind: str) -> list[Source]:
        return [
            Source(signal, (index,), channel.site, channel.side, channel.unit)
            for signal in self.signals
            if signal.kind == kind
            for index, channel in enumerate(signal.channels)
            if channel.site and not _dead(signal, index)
        ]

    def _accelerations(self) -> list[Source]:
        found = []
        for signal in self.signals:
            if signal.kind != "imu":
                continue
            axes: dict[tuple[str, Side], list[int]] = {}
            for index, channel in enumerate(signal.channels):
                if channel.site in SEGMENT_RANK and channel.unit.strip().lower() in _ACCELERATION:
                    axes.setdefault((channel.site, channel.side), []).append(index)
            for (site, side), columns in axes.items():
                if len(columns) >= 3:
                    factor = _ACCELERATION[signal.channels[columns[0]].unit.strip().lower()]
                    found.append(Source(signal, tuple(columns[:3]), site, side, "m/s^2", factor))
        return found

    def _cut(self, source: Source, t0: float, t1: float, normalised: bool) -> Trace:
        trace = cut(source, t0, t1)
        if not normalised:
            return trace
        peak = self._peak(source)
        if not peak > 0:
            raise NotComputable(f"{_name(source)} has no peak in a whole stride to be normalised by")
        return Trace(trace.time, trace.values / peak, trace.rate, "1", trace.site, trace.side)

    def _peak(self, source: Source) -> float:
        """Median over the strides of that side of the muscle's peak in each; one artefact then moves nothing."""
        key = (source.signal.id, source.columns)
        if key not in self._peaks:
            peaks = []
            for stride in self.strides:
                if stride.side == source.side:
                    with suppress(NotComputable):
                        peaks.append(float(cut(source, stride.t0, stride.t1).values.max()))
            self._peaks[key] = float(np.median(peaks)) if peaks else float("nan")
        return self._peaks[key]

    def _force(self, component: str, stretch: Stretch, side: Side) -> Trace:
        """Force under one foot: a stance exactly as its plate sampled it, else zero while the foot is off."""
        if isinstance(stretch, Stance):
            plate = self._plate(stretch.source)
            if plate is None:
                raise NotComputable(f"no force plate saw this stance (its contacts are from {stretch.source!r})")
            return self._component(cut(plate, stretch.t0, stretch.t1), component, stretch)
        steps = self._steps(stretch, side)
        first = self._plate(steps[0].source)
        assert first is not None
        whole = cut(first, stretch.t0, stretch.t1)
        total = np.zeros(len(whole.time))
        for step in steps:
            plate = self._plate(step.source)
            assert plate is not None
            on = (whole.time >= step.t0) & (whole.time <= step.t1)
            part = cut(plate, max(step.t0, stretch.t0), min(step.t1, stretch.t1))
            force = self._component(part, component, step)
            # On the first plate this takes the samples themselves: they are where the force is asked for.
            total[on] += np.interp(whole.time[on], force.time, force.values)
        return Trace(whole.time, total, whole.rate, "N", first.site, side)

    def _component(self, force: Trace, component: str, stance: Stance) -> Trace:
        """One component of Fx, Fy, Fz, in the person's own directions."""
        values = force.values[:, 2]
        if component != "v":
            way = direction_at(self.walks, stance.t0, stance.t1)
            if way is None:
                raise NotComputable("the direction of walking cannot be told from the force plates")
            # Left of a person who walks along (x, y), with z up, is (-y, x).
            x, y = way if component == "ap" else (-way[1], way[0])
            values = force.values[:, 0] * x + force.values[:, 1] * y
        return Trace(force.time, values, force.rate, "N", force.site, stance.side)

    def _steps(self, stretch: Stride | Trial, side: Side) -> list[Stance]:
        """Stances of this foot on plates within a stride or trial; a stride's first one has to be among them."""
        ours = [s for s in self.stances if s.side == side and self._plate(s.source) is not None]
        steps = [s for s in ours if s.t1 > stretch.t0 and s.t0 < stretch.t1 - SAME_CONTACT_S]
        if isinstance(stretch, Stride):
            begins = [s for s in steps if abs(s.t0 - stretch.t0) <= SAME_CONTACT_S]
            if not begins:
                raise NotComputable(f"no force plate saw the {_SIDE_NAME[side]} foot alone from contact to foot off")
            return begins + [s for s in steps if s not in begins]
        if not steps:
            raise NotComputable(f"no force plate saw a stance of the {_SIDE_NAME[side]} foot")
        return steps

    def _plate(self, source: str) -> Source | None:
        """Fx, Fy, Fz of the plate that a stance's contacts came from."""
        for signal in self.signals:
            if signal.kind == "grf" and any(c.site == source for c in signal.channels):
                labels = [c.label for c in signal.channels]
                if all(axis in labels for axis in ("Fx", "Fy", "Fz")):
                    columns = tuple(labels.index(axis) for axis in ("Fx", "Fy", "Fz"))
                    return Source(signal, columns, source, signal.channels[columns[0]].side, "N")
        return None


def cut(source: Source, t0: float, t1: float) -> Trace:
    """Samples with ``t0 <= time <= t1``, whole and without a gap.

    Raises
    ------
    NotComputable
        If the stretch is not within the data, or there is a gap or NaN in it.
    """
    signal = source.signal
    if not signal.rate > 0:
        raise NotComputable(f"{_name(source)} has no sampling rate")
    step = 1.5 / signal.rate
    if len(signal.time) == 0 or signal.time[0] > t0 + step or signal.time[-1] < t1 - step:
        raise NotComputable(f"{_name(source)} was not recorded for all of {t0:.3f} to {t1:.3f} s")
    i, j = np.searchsorted(signal.time, [t0, np.nextafter(t1, np.inf)])
    # The samples just outside are looked at too: the edge of the stretch may lie in a gap.
    around = signal.time[max(i - 1, 0) : j + 1]
    gaps = np.flatnonzero(np.diff(around) > step)
    if len(gaps) or j - i < 2:
        at = around[gaps[0]] if len(gaps) else t0
        raise NotComputable(f"{_name(source)} has a gap at {at:.3f} s")
    time = signal.time[i:j]
    values: Floats = signal.samples[i:j, list(source.columns)] * source.factor
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise NotComputable(f"{_name(source)} has no valid value at {time[bad[0]]:.3f} s")
    if values.shape[1] == 1:
        values = values[:, 0]
    return Trace(time, values, signal.rate, source.unit, source.site, source.side)


def _dead(signal: Signal, column: int) -> bool:
    """Whether a channel has no value at all, and so counts as not recorded."""
    return not np.isfinite(signal.samples[:, column]).any()


def _name(source: Source) -> str:
    where = f"{source.site}_{source.side}" if source.side else source.site
    return f"{where} ({source.signal.id})"


def _absent(need: Need, side: Side, every: Sequence[Source], unnamed: Sequence[str]) -> str:
    what = _THING[need.what]
    of = f" of {' or '.join(sorted(need.sites))}" if need.sites else ""
    on = f" on the {_SIDE_NAME[side]} side" if side else ""
    if any(s.side == "" and (not need.sites or s.site in need.sites) for s in every):
        return f"the {what}{of} has no side: give its channel one under [streams.ID.channels] in lab.toml"
    hint = f"; {len(unnamed)} channels have no site: name it under [streams.ID.channels] in lab.toml" if unnamed else ""
    return f"no {what}{of}{on} was recorded{hint}"
