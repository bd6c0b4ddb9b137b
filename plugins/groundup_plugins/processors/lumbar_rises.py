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
_APART_S = 0.4
_LIVE_RATE = 100.0
_SPAN_S, _SETTLE_S, _EVERY_S = 40.0, 6.0, 1.0


class LumbarRisesSettings(Settings, frozen=True):
    """Settings of the lumbar-rises processor.

    Attributes
    ----------
    from_stillness : bool
        A rise begins where the person has sat still right before. Without it, quick repetitions are found too, and
        movements that are none with them: what the chair would show is then only told from how far the body is lifted.
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
        NotComputable
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

                last, still = len(time) - 1, self.settings.from_stillness
                found += [
                    (event("seated", rise.begins), event("seat_off", rise.off), event("standing", rise.ends))
                    for rise in find_rises(acceleration, signal.rate, still)
                ]
                for fall in find_rises(acceleration[::-1], signal.rate, still):
                    stands, sits = event("standing", last - fall.ends), event("seated", last - fall.begins)
                    found.append((stands, event("seat_on", last - fall.off), sits))
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
