"""The sit-to-stand processor: rising from a chair and sitting down, from the vertical force under the feet."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.signal import butter, sosfiltfilt

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
_HELD_S = 0.4
_LOADED_SHARE = 0.7  # of the greatest load that is held: what lies above is standing, more or less
_HALFWAY = 0.5
_LEAST_STANDING_N = 100.0  # under one foot; less is no person
_LEAST_SEATED_SHARE = 0.05  # of the standing load, which a foot that rests on the ground always carries
_LEAST_SEATED_S, _LEAST_UP_S, _DIP_S = 0.35, 0.3, 0.15
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
        A plate that carries less than this (N) has no foot on it: who lifts a foot walks.
    still_share : float
        Sitting and standing are still while the force stays within this share of the standing load of its level ...
    still_s : float
        ... for at least so long (s).
    """

    low_pass_hz: Positive = 10.0
    unloaded_n: Positive = 20.0
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
        for run in signal.segments():
            if run.stop - run.start >= signal.rate and np.isfinite(vertical[run]).all():
                threes = self._find(SignalForm.of(signal), signal.time[run], vertical[run])
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
            force, found = _bridged(np.abs(signal.samples[:, 0])), list[Three]()
            for run in finite_runs(force):
                if run.stop - run.start >= signal.rate and self._may_have_sat(force[run], signal.rate):
                    found += self._find(form, signal.time[run], force[run], signal.rate)
            return found

        def stage(thin: SignalForm) -> Stage:
            return RollingRises(thin, look, span_s=_SPAN_S, settle_s=_SETTLE_S, every_s=_EVERY_S)

        return Thinned(form, [vertical_column(form)], _LIVE_RATE, stage)

    @staticmethod
    def _check(form: SignalForm) -> None:
        if form.rate < _LEAST_RATE:
            raise NotComputable(f"{form.id} is sampled at {form.rate:.0f} Hz, and {_LEAST_RATE:.0f} Hz is the least")

    def _may_have_sat(self, force: Floats, rate: float) -> bool:
        """Whether a foot carried little for a while, as that of one who sits does: who walks need not be looked at."""
        little = (force > 0.8 * self.settings.unloaded_n) & (force < 0.6 * force.max())
        return any(run.stop - run.start > 0.8 * _LEAST_SEATED_S * rate for run in _runs(little))

    def _find(self, form: SignalForm, time: Floats, force: Floats, rate: float = 0.0) -> list[Three]:
        """The rises, and what is sitting down, in a stretch without a gap."""
        rate = rate or form.rate
        site, side = form.channels[0].site or form.id, form.channels[0].side
        lowpass = butter(2, min(self.settings.low_pass_hz, 0.4 * rate), fs=rate, output="sos")
        smooth = sosfiltfilt(lowpass, force)
        last = len(smooth) - 1.0

        def event(kind: EventKind, index: float) -> Event:
            return Event(_at(time, index), kind, side, site, _CONFIDENCE)

        found: list[Three] = [
            (event("seated", rise.begins), event("seat_off", rise.off), event("standing", rise.ends))
            for rise in find_rises(smooth, rate, self.settings)
        ]
        return found + [
            (
                event("standing", last - fall.ends),
                event("seat_on", last - fall.off),
                event("seated", last - fall.begins),
            )
            for fall in find_rises(smooth[::-1], rate, self.settings)
        ]


@dataclass(frozen=True)
class FoundRise:
    """Where a rise begins, leaves the seat and ends, in samples (not whole)."""

    begins: float
    off: float
    ends: float


def find_rises(force: Floats, rate: float, settings: SitToStandSettings) -> list[FoundRise]:
    """Find the rises in a smooth vertical force (N) under a foot or both."""
    # What a plate carries for a while: the push of a jump or a step is greater, and over at once.
    held = float(minimum_filter1d(force, max(1, round(_HELD_S * rate))).max(initial=0.0))
    if held < _LEAST_STANDING_N:
        return []
    usual = float(np.median(force[force > _LOADED_SHARE * held]))
    up = _without_short(force >= _HALFWAY * usual, round(_DIP_S * rate))
    edges = np.flatnonzero(np.diff(up.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(force)]
    found = []
    for a, b, c in zip(bounds, bounds[1:], bounds[2:], strict=False):
        seated = force[a:b]
        foot_down = seated.min() >= max(settings.unloaded_n, _LEAST_SEATED_SHARE * usual)
        if up[a] or not foot_down or b - a < _LEAST_SEATED_S * rate or c - b < _LEAST_UP_S * rate:
            continue
        rise = _rise(force, (a, b, c), rate, usual, settings)
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
    band, least = settings.still_share * standing, max(1, round(settings.still_s * rate))
    # In quick repetitions most of the time between two rises is spent on the way down and up.
    sitting = float(np.percentile(force[max(a, b - look) : b], 25))
    still = _runs(np.abs(force[a:i] - sitting) <= band)
    long = [run for run in still if run.stop - run.start >= least] or still
    begins = a + long[-1].stop - 1 if long else b
    peak = i + int(np.argmax(force[i : min(c, i + look)]))
    rest = _runs(np.abs(force[peak:c] - standing) <= band)
    at_rest = [run for run in rest if run.stop - run.start >= least] or rest
    if not at_rest:
        return None
    return FoundRise(float(begins), float(off), float(peak + at_rest[0].start))


def _bridged(force: Floats) -> Floats:
    """The same without missing samples that stand alone."""
    alone = np.flatnonzero(np.isnan(force[1:-1]) & np.isfinite(force[:-2]) & np.isfinite(force[2:])) + 1
    whole = force.copy()
    whole[alone] = (force[alone - 1] + force[alone + 1]) / 2
    return whole


def _without_short(up: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Fill dips shorter than `least` samples: the body that is slowed down at the top weighs less for a moment."""
    filled = up.copy()
    for run in _runs(~up):
        if run.stop - run.start < least and run.start > 0 and run.stop < len(up):
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
