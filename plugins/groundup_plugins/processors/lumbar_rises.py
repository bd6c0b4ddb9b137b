"""The lumbar-rises processor: rising from a chair and sitting down, from an accelerometer on the ``pelvis``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from groundup.plugin import Event, EventKind, Floats, Processor, Product, Settings, Signal, SignalForm, Stage, hookimpl
from groundup_plugins.processors.rises_live import RollingRises, Thinned, Three
from groundup_plugins.processors.rolling import Idle
from groundup_plugins.processors.worn_imus import low_pass, upwards, whole_runs, worn

Indices = NDArray[np.int64]

LEAST_RATE = 25.0
_CONFIDENCE = 0.6
_SMOOTH_HZ, _UP_HZ = 5.0, 0.8
_POWER_S = 0.32  # width of the Gaussian whose derivative finds the turn from speeding up to slowing down
_WINDOW_S, _LONG_STILL_S = 0.3, 0.5
_STILL_MEAN, _STILL_SD = 0.2, 0.1  # m/s²
_STILL_JERK_MEAN, _STILL_JERK_SD = 2.5, 3.0  # m/s³
_LEAST_SPEED = 0.2  # m/s
_LEAST_LIFT_M = 0.125
_LIFT_SHARE = 0.75  # of the usual lift
_LONGEST_S = 4.5
_UNEVEN = 10.0  # how much longer the first part may be than the second
_FAR_S, _SOON_S, _REST_S = 30.0, 2.0, 5.0
LEAST_REPEATED = 3
_LONGEST_CYCLE_S = 8.0
_AS_HIGH = 0.3  # how much the lifts of repetitions differ at most, as a share of the usual one
_APART_S = 0.4
_LIVE_RATE = 100.0
_SPAN_S, _SETTLE_S, _EVERY_S = 40.0, 6.0, 1.0


class LumbarRisesSettings(Settings, frozen=True):
    """Settings of the lumbar-rises processor.

    Attributes
    ----------
    from_stillness : bool
        A rise begins where the person has sat still right before, or is one of `LEAST_REPEATED` in a row: as high as
        the others, with as much of sitting down between each two. Without it, whatever lifts the body so far is a rise,
        and movements that are none are found with them.
    """

    from_stillness: bool = True


class LumbarRises(Processor):
    """Rising: ``seated``, ``seat_off``, ``standing``; sitting down: ``standing``, ``seat_on``, ``seated``.

    Where acceleration turns from speeding up to slowing down, vertical acceleration is integrated twice between
    stretches of stillness; what is lifted fast and far enough is a rise (Adamowicz et al. 2020, Sensors 20:6618).
    Sitting down is a rise backwards in time. ``seat_off`` is put where the body is pushed up hardest: right after the
    seat has been left; a plate sees it better.
    """

    name = "lumbar_rises"
    accepts = "imu"
    settings_type = LumbarRisesSettings
    settings: LumbarRisesSettings

    def whole(self, signal: Signal) -> Product:
        """Rises of a whole recording.

        Raises
        ------
        NotComputableError
            If the sensor's acceleration has no known unit, or less than 25 Hz.
        """
        return Product(events=tuple(sorted(event for three in self._find(signal) for event in three)))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 40 s at 100 Hz; a rise is told 6 s after it ended, with all its three events.

        By then the drift of what is integrated is known, from the stillness that follows or, where the body does not
        come to rest for 5 s, without it.
        """
        imus = worn(form, "pelvis", least_rate=LEAST_RATE, turning=False)
        if not imus:
            return Idle()
        columns = [column for imu in imus for column in imu.columns]

        def stage(thin: SignalForm) -> Stage:
            return RollingRises(thin, self._find, span_s=_SPAN_S, settle_s=_SETTLE_S, every_s=_EVERY_S)

        return Thinned(form, columns, _LIVE_RATE, stage)

    def _find(self, signal: Signal) -> list[Three]:
        found: list[Three] = []
        for imu in worn(SignalForm.of(signal), "pelvis", least_rate=LEAST_RATE, turning=False):
            for time, acceleration, _ in whole_runs(signal, imu, _SOON_S):

                def event(kind: EventKind, index: int, time: Floats = time, source: str = imu.source) -> Event:
                    return Event(float(time[index]), kind, "", source, _CONFIDENCE)

                rises, falls = find_both(acceleration, signal.rate, self.settings.from_stillness)
                found += [
                    (event("seated", rise.begins), event("seat_off", rise.off), event("standing", rise.ends))
                    for rise in rises
                ]
                found += [
                    (event("standing", fall.begins), event("seat_on", fall.off), event("seated", fall.ends))
                    for fall in falls
                ]
        return found


@dataclass(frozen=True)
class Lift:
    """A rise: where it begins, where the body is pushed up hardest, where it ends (samples); how far it goes (m)."""

    begins: int
    off: int
    ends: int
    lift: float


@dataclass(frozen=True)
class _Still:
    """Where stretches of stillness begin and end, and those of the longer ones."""

    stops: Indices
    long_starts: Indices
    long_stops: Indices


def find_both(acceleration: Floats, rate: float, from_stillness: bool) -> tuple[list[Lift], list[Lift]]:
    """Rises, and what is sitting down, in an acceleration of shape (n, 3), m/s²."""
    every = _both(acceleration, rate, from_stillness=False)
    if not from_stillness:
        return every
    still = _both(acceleration, rate, from_stillness=True)
    again = _repeated(*every, rate)
    return _joined(still[0], again[0]), _joined(still[1], again[1])


def _both(acceleration: Floats, rate: float, from_stillness: bool) -> tuple[list[Lift], list[Lift]]:
    last = len(acceleration) - 1
    falls = find_rises(acceleration[::-1], rate, from_stillness)
    turned = [Lift(last - fall.ends, last - fall.off, last - fall.begins, fall.lift) for fall in falls]
    return find_rises(acceleration, rate, from_stillness), turned[::-1]


def _repeated(rises: Sequence[Lift], falls: Sequence[Lift], rate: float) -> tuple[list[Lift], list[Lift]]:
    """Those that are repetitions: one after the other, with one sitting down between each two, all as high."""
    kept: tuple[list[Lift], list[Lift]] = ([], [])
    row: list[Lift] = []
    between: list[Lift] = []
    for rise in (*rises, None):
        down = [f for f in falls if row and rise is not None and row[-1].off < f.off < rise.off]
        if rise is not None and len(down) == 1 and rise.off - row[-1].off <= _LONGEST_CYCLE_S * rate:
            row.append(rise)
            between.append(down[0])
            continue
        lifts = np.array([one.lift for one in (*row, *between)])
        if len(row) >= LEAST_REPEATED and np.abs(lifts / np.median(lifts) - 1.0).max() <= _AS_HIGH:
            kept[0].extend(row)
            kept[1].extend(between)
        row, between = [rise] if rise is not None else [], []
    return kept


def _joined(first: Sequence[Lift], more: Sequence[Lift]) -> list[Lift]:
    """Both, without those of the second that are also among the first."""
    new = [one for one in more if not any(one.begins < other.ends and other.begins < one.ends for other in first)]
    return sorted([*first, *new], key=lambda lift: lift.begins)


def find_rises(acceleration: Floats, rate: float, from_stillness: bool = True) -> list[Lift]:
    """Rises in an acceleration of shape (n, 3), m/s²."""
    length = low_pass(np.linalg.norm(acceleration, axis=1), _SMOOTH_HZ, rate, order=4)
    vertical = (acceleration * upwards(acceleration, _UP_HZ, rate)).sum(axis=1)
    power = -gaussian_filter1d(length, _POWER_S * rate, order=1)
    peaks = find_peaks(power, height=float(power.std()))[0]
    still = _stillness(length, rate)
    found: list[Lift] = []
    for peak in peaks.tolist():
        lift = _lift(vertical, still, peak, rate, from_stillness)
        if lift is not None and (not found or lift.begins - found[-1].begins > _APART_S * rate):
            found.append(lift)
    usual = float(np.median([lift.lift for lift in found])) if found else 0.0
    return [lift for lift in found if lift.lift >= _LIFT_SHARE * usual]


def _lift(vertical: Floats, still: _Still, peak: int, rate: float, from_stillness: bool) -> Lift | None:
    """The rise whose speed is greatest near a peak of power, if it is one."""
    before, within = (still.stops, _SOON_S) if from_stillness else (still.long_stops, _FAR_S)
    before = before[before < peak]
    if len(before) == 0 or peak - before[-1] > within * rate:
        return None
    first = int(before[-1])
    after = still.long_starts[still.long_starts > peak]
    rests = len(after) > 0 and after[0] - peak < _FAR_S * rate
    stop = int(after[0]) if rests else min(peak + round(_REST_S * rate), len(vertical))
    speed, height = _integrate(vertical[first:stop], rate, rests)
    at = peak - first
    if at >= len(speed) or speed[at] < _LEAST_SPEED:
        return None
    falls = np.flatnonzero((speed[:-1] > 0) & (speed[1:] <= 0)) + 1
    rises = np.flatnonzero((speed[:-1] < 0) & (speed[1:] >= 0)) + 1
    end = next((int(i) for i in falls if i > at), len(speed) - 1)
    begin = 0
    if not from_stillness:
        begin = max((int(i) for i in rises if i < at), default=0)
        near = still.stops[still.stops < peak]
        if len(near) and -0.5 < (near[-1] - first - begin) / rate < 0.7:
            begin = int(near[-1]) - first
    too_uneven = at - begin > _UNEVEN * (end - at)
    if not begin < end <= begin + _LONGEST_S * rate or too_uneven or height[end] - height[begin] <= _LEAST_LIFT_M:
        return None
    off = begin + 1 + int(np.argmax(vertical[first + begin + 1 : first + max(at, begin + 1) + 1]))
    return Lift(first + begin, first + off, first + end, float(height[end] - height[begin]))


def _integrate(vertical: Floats, rate: float, rests: bool) -> tuple[Floats, Floats]:
    """Speed and height; the drift is taken off so that the person rests at the end, where they do."""
    speed = cumulative_trapezoid(vertical, dx=1 / rate, initial=0.0)
    count = np.arange(len(speed))
    if rests:
        speed = speed - speed[-1] * count / max(len(speed) - 1, 1)
    else:
        speed = speed - np.polyval(np.polyfit(count, speed, 1), count)
        if abs(speed[0]) > 0.05:
            speed = speed - speed[0]
    return speed, cumulative_trapezoid(speed, dx=1 / rate, initial=0.0)


def _stillness(length: Floats, rate: float) -> _Still:
    window = max(2, round(_WINDOW_S * rate))
    jerk = np.gradient(length, 1 / rate)
    usual = float(np.median(length))
    mean, sd = _moving(length, window)
    jerk_mean, jerk_sd = _moving(jerk, window)
    still = (np.abs(mean - usual) < _STILL_MEAN) & (sd < _STILL_SD)
    still &= (np.abs(jerk_mean) < _STILL_JERK_MEAN) & (jerk_sd < _STILL_JERK_SD)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]])))
    starts, stops = edges[::2].astype(np.int64), edges[1::2].astype(np.int64)
    long = stops - starts > _LONG_STILL_S * rate
    return _Still(stops, starts[long], stops[long])


def _moving(values: Floats, window: int) -> Sequence[Floats]:
    mean = uniform_filter1d(values, window)
    return mean, np.sqrt(np.maximum(uniform_filter1d(values**2, window) - mean**2, 0.0))


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The lumbar-rises processor."""
    return [LumbarRises]
