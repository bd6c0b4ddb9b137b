"""The sit-to-stand processor: rising from a chair and sitting down, from the vertical force under the feet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from groundup.plugin import (
    Event,
    EventKind,
    Floats,
    NotComputable,
    Processor,
    Product,
    Settings,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.processors.contacts import vertical_column, vertical_force
from groundup_plugins.processors.rises_live import RollingRises, Thinned, Three
from groundup_plugins.processors.runs import finite_runs

Positive = Annotated[float, msgspec.Meta(gt=0)]

_CONFIDENCE = 0.8
_LEAST_RATE = 25.0
_HELD_S = 0.25
_LOADED_SHARE = 0.7  # of the greatest load that is held: what lies above is standing, more or less
_HALFWAY = 0.5
_LEAST_STANDING_N = 100.0  # under one foot; less is no person
_LIFTED_S = 0.2  # without load for so long a foot was lifted; who falls back on a chair takes it off for less
_LEAST_LOADING_S = 0.15  # from sitting to the standing load; a foot that lands is loaded sooner ...
_FROM_NOTHING_S = 0.2  # ... and one that was off the ground, however short, can be no other unless it takes so long
_LEAST_SEATED_S, _LEAST_UP_S, _DIP_S = 0.25, 0.3, 0.15
_DIP_SHARE = 0.38  # of the standing load: a dip above it is the body slowed down at the top, and no seat
_THROWN_UP = 1.05  # times the standing load, which only a body carries that is thrown up or caught
_LOOK_S = 1.0
_STANDING_LASTS = 3  # times that: then how a person stands after this rise is known by itself
_LIVE_RATE = 100.0
_SPAN_S, _SETTLE_S, _EVERY_S = 30.0, 3.2, 0.5


class SitToStandSettings(Settings, frozen=True):
    """Settings of the sit-to-stand processor.

    Attributes
    ----------
    low_pass_hz : float
        The vertical force is low-passed here (second order, forwards and backwards).
    unloaded_n : float
        A plate that carries less than this (N) for 0.2 s has no foot on it: who lifts a foot walks.
    still_share : float
        Sitting and standing are still while the force stays within this share of the standing load of its level ...
    still_s : float
        ... for at least so long (s).
    """

    low_pass_hz: Positive = 10.0
    unloaded_n: Positive = 10.0
    still_share: Positive = 0.025
    still_s: Positive = 0.15


class SitToStandEvents(Processor):
    """Rising: ``seated``, ``seat_off``, ``standing``; sitting down: ``standing``, ``seat_on``, ``seated``.

    A rise is a foot that stays on the plate while its load grows from less than half of the standing load to all of it.
    Seat-off is when the load first reaches the standing load: what the seat still carries before, the feet do not.
    The rise begins when the load leaves its sitting level for good and ends when it comes to rest at the standing
    level, after the body was slowed down. Sitting down is a rise backwards in time. Each plate is looked at by itself;
    rises that two plates see are joined later, and one that the other plate sees as sitting down (a person who shifts
    from foot to foot) is none.
    """

    name = "sit_to_stand"
    accepts = "grf"
    settings_type = SitToStandSettings
    settings: SitToStandSettings

    def whole(self, signal: Signal) -> Product:
        """Find the rises of a whole ground reaction force."""
        vertical = vertical_force(signal)
        self._check(SignalForm.of(signal))
        events: list[Event] = []
        runs = [r for r in signal.segments() if _length(r) >= signal.rate and np.isfinite(vertical[r]).all()]
        smooth = [self._smooth(vertical[run], signal.rate) for run in runs]
        usual = standing_load(smooth, signal.rate)
        for run, force in zip(runs, smooth, strict=True):
            threes = self._find(SignalForm.of(signal), signal.time[run], force, usual, signal.rate)
            events += (event for three in threes for event in three)
        return Product(events=tuple(sorted(events)))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 30 s at 100 Hz; a rise is told about 3 s after it ended, with all its three events.

        By then how the person stands is known by itself. What tells a person from a foot is the greatest load that
        was held in these 30 s.
        """
        self._check(form)

        def look(signal: Signal) -> list[Three]:
            # A plate may learn in the first rise which way its load points, at a sample that it leaves out.
            force = _bridged(np.abs(signal.samples[:, 0]))
            runs = [run for run in finite_runs(force) if _length(run) >= signal.rate]
            if not any(self._may_have_sat(force[run], signal.rate) for run in runs):
                return []
            smooth = [self._smooth(force[run], signal.rate) for run in runs]
            usual = standing_load(smooth, signal.rate)
            return [
                three
                for run, part in zip(runs, smooth, strict=True)
                for three in self._find(form, signal.time[run], part, usual, signal.rate)
            ]

        def stage(thin: SignalForm) -> Stage:
            return RollingRises(thin, look, span_s=_SPAN_S, settle_s=_SETTLE_S, every_s=_EVERY_S)

        return Thinned(form, [vertical_column(form)], _LIVE_RATE, stage)

    @staticmethod
    def _check(form: SignalForm) -> None:
        if form.rate < _LEAST_RATE:
            raise NotComputable(f"{form.id} is sampled at {form.rate:.0f} Hz, and {_LEAST_RATE:.0f} Hz is the least")

    def _may_have_sat(self, force: Floats, rate: float) -> bool:
        """Whether a foot carried little for a while, as that of one who sits does: who walks need not be looked at."""
        return any(
            _length(run) > 0.8 * _LEAST_SEATED_S * rate and not (force[run] < 0.8 * self.settings.unloaded_n).all()
            for run in _runs(force < 0.6 * force.max())
        )

    def _smooth(self, force: Floats, rate: float) -> Floats:
        lowpass = butter(2, min(self.settings.low_pass_hz, 0.4 * rate), fs=rate, output="sos")
        return np.asarray(sosfiltfilt(lowpass, force))

    def _find(self, form: SignalForm, time: Floats, force: Floats, usual: float, rate: float) -> list[Three]:
        """The rises, and what is sitting down, in a smooth force (N) without a gap."""
        if not usual:
            return []
        site, side = form.channels[0].site or form.id, form.channels[0].side
        last = len(force) - 1.0
        stepping = _stepping(force, rate, usual, self.settings)

        def event(kind: EventKind, index: float) -> Event:
            return Event(_at(time, index), kind, side, site, _CONFIDENCE)

        found: list[Three] = [
            (event("seated", rise.begins), event("seat_off", rise.off), event("standing", rise.ends))
            for rise in find_rises(force, stepping, rate, usual, self.settings)
        ]
        return found + [
            (
                event("standing", last - fall.ends),
                event("seat_on", last - fall.off),
                event("seated", last - fall.begins),
            )
            for fall in find_rises(force[::-1], stepping[::-1], rate, usual, self.settings)
        ]


@dataclass(frozen=True)
class FoundRise:
    """Where a rise begins, leaves the seat and ends, in samples (not whole)."""

    begins: float
    off: float
    ends: float


def standing_load(parts: Sequence[Floats], rate: float) -> float:
    """What a plate carries (N) when a person stands on it, by all parts of a force; 0 where nobody does."""
    # What it carries for a while: the push of a jump or a step is greater, and over at once.
    size = max(1, round(_HELD_S * rate))
    held = max((float(minimum_filter1d(part, size).max()) for part in parts), default=0.0)
    if held < _LEAST_STANDING_N:
        return 0.0
    return float(np.median(np.concatenate([part[part > _LOADED_SHARE * held] for part in parts])))


def _stepping(force: Floats, rate: float, usual: float, settings: SitToStandSettings) -> NDArray[np.bool_]:
    """Which samples have little load because a foot is lifted, before it lands: of one who walks or jumps."""
    lifted = np.zeros(len(force), bool)
    for run in _runs(force < settings.unloaded_n):
        lifted[run] = _length(run) >= _LIFTED_S * rate
    for run in _runs(~_standing(force, rate, usual)):
        loaded = np.flatnonzero(force[run.stop :] >= usual)
        if len(loaded):
            begins = _begins(force, run.start, run.stop + int(loaded[0]), run.stop, rate, usual, settings)
            least_s = _LEAST_LOADING_S if force[run].min() >= settings.unloaded_n else _FROM_NOTHING_S
            lifted[run] |= run.stop + int(loaded[0]) - begins < least_s * rate
    return lifted


def _standing(force: Floats, rate: float, usual: float) -> NDArray[np.bool_]:
    return _without_dips(force, force >= _HALFWAY * usual, round(_DIP_S * rate), _DIP_SHARE * usual)


def find_rises(
    force: Floats, stepping: NDArray[np.bool_], rate: float, usual: float, settings: SitToStandSettings
) -> list[FoundRise]:
    """Find the rises in a smooth vertical force (N) under a foot or both, of one who stands with the `usual` load."""
    up = _standing(force, rate, usual)
    edges = np.flatnonzero(np.diff(up.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(force)]
    found = []
    for a, b, c in zip(bounds, bounds[1:], bounds[2:], strict=False):
        if up[a] or b - a < _LEAST_SEATED_S * rate or c - b < _LEAST_UP_S * rate:
            continue
        steps = np.flatnonzero(stepping[a:b])
        stepped = len(steps) > 0 and b - a - int(steps[-1]) < _LOOK_S * rate
        jumped = c - b < _LOOK_S * rate and bool(stepping[c : c + round(_DIP_S * rate)].any())
        # Who sits may have put the feet on the plate before.
        first = a + int(steps[-1]) + 1 if len(steps) else a
        rise = None if stepped or jumped else _rise(force, (first, b, c), rate, usual, settings)
        if rise is not None:
            found.append(rise)
    return found


def _rise(
    force: Floats, bounds: tuple[int, int, int], rate: float, usual: float, settings: SitToStandSettings
) -> FoundRise | None:
    a, b, c = bounds
    look = round(_LOOK_S * rate)
    # How a person stands in the end, where the standing lasts; in quick repetitions, how they stand at all.
    standing = float(np.median(force[b + look : c])) if c - b > _STANDING_LASTS * look else usual
    above = np.flatnonzero(force[b:c] >= standing)
    if len(above) == 0 or above[0] == 0:
        return None
    i = b + int(above[0])
    off = i - 1 + (standing - force[i - 1]) / (force[i] - force[i - 1])
    begins = _begins(force, a, i, b, rate, standing, settings)
    peak = i + int(np.argmax(force[i : min(c, i + look)]))
    band, least = settings.still_share * standing, max(1, round(settings.still_s * rate))
    ends = _stands(force[peak:c], standing, band, least)
    return None if ends is None else FoundRise(float(begins), float(off), peak + ends)


def _begins(
    force: Floats, first: int, off: int, halfway: int, rate: float, standing: float, settings: SitToStandSettings
) -> int:
    """When the load leaves its sitting level for good, of a rise that is halfway and off the seat at these samples."""
    # In quick repetitions most of the time between two rises is spent on the way down and up.
    sitting = float(np.percentile(force[max(first, halfway - round(_LOOK_S * rate)) : halfway], 25))
    still = _runs(np.abs(force[first:off] - sitting) <= settings.still_share * standing)
    long = [run for run in still if _length(run) >= settings.still_s * rate] or still
    return first + int(long[-1].stop) - 1 if long else halfway


def _stands(force: Floats, standing: float, band: float, least: int) -> float | None:
    """When the body is up, in samples after the greatest force; None when it is not to be seen.

    After it was thrown up the body is slowed down, and carries less than its weight: it is up when the load comes back
    to the weight and rests there. Without a rest it is up where the load comes back for a moment before it falls again,
    on the way down; and where it does not come back but to catch the body, in the middle of the dip, since it is slowed
    down on the way up as it is let go on the way down.
    """
    fallen = np.flatnonzero(force < standing)
    dip = np.flatnonzero(force < standing - band)
    first = int(dip[0]) if len(dip) else 0
    rest = [first + run.start for run in _runs(np.abs(force[first:] - standing) <= band) if _length(run) >= least]
    if len(dip) == 0:
        return float(rest[0] if rest else fallen[0]) if rest or len(fallen) else None
    back = np.flatnonzero(force[first:] >= standing - band)
    comes = first + int(back[0]) if len(back) else len(force) - 1
    if rest and rest[0] - comes <= 2 * least:
        return float(rest[0])
    again = np.flatnonzero(force[comes:] < standing - band)
    if len(back) and not force[comes : comes + int(again[0]) if len(again) else None].max() > _THROWN_UP * standing:
        return float(comes)
    tops, _ = find_peaks(force[first:comes], prominence=2 * band)
    return float(first + tops[0]) if len(tops) else (int(fallen[0]) + comes) / 2


def _length(run: slice) -> int:
    return int(run.stop - run.start)


def _bridged(force: Floats) -> Floats:
    """The same without missing samples that stand alone."""
    alone = np.flatnonzero(np.isnan(force[1:-1]) & np.isfinite(force[:-2]) & np.isfinite(force[2:])) + 1
    whole = force.copy()
    whole[alone] = (force[alone - 1] + force[alone + 1]) / 2
    return whole


def _without_dips(force: Floats, up: NDArray[np.bool_], least: int, deep: float) -> NDArray[np.bool_]:
    """Fill dips that are short or not deep: the body that is slowed down at the top weighs less for a moment."""
    filled = up.copy()
    for run in _runs(~up):
        short = run.stop - run.start < least or float(force[run].min()) > deep
        if short and run.start > 0 and run.stop < len(up):
            filled[run] = True
    return filled


def _runs(true: NDArray[np.bool_]) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False]))))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _at(time: Floats, index: float) -> float:
    before = int(index)
    after = min(before + 1, len(time) - 1)
    return float(time[before] + (index - before) * (time[after] - time[before]))


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the sit-to-stand processor."""
    return [SitToStandEvents]
