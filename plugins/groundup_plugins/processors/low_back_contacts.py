"""The low-back-contacts processor: initial contacts of both feet from one IMU at the low back (site ``pelvis``)."""

from collections.abc import Iterable

import numpy as np
from scipy.signal import find_peaks

from groundup.plugin import Event, Floats, Processor, Product, Side, Signal, SignalForm, Stage, hookimpl
from groundup_plugins.processors.rolling import Idle, RollingEvents
from groundup_plugins.processors.worn_imus import band_pass, upwards, whole_runs, worn

LEAST_RATE = 25.0
_SURE, _NO_SIDE = 0.6, 0.5
_STEP_BAND_HZ = (0.6, 4.0)
_STRIDE_BAND_HZ = (0.4, 1.6)
_LEAST_PEAK, _LEAST_PROMINENCE = 0.2, 0.3  # m/s²
_LEAST_STEP_S, _LONGEST_STEP_S = 0.25, 1.3
_LEAST_STEPS = 3
_RISEN = 0.85  # of the peak: at half-way a patient's contacts were told 0.11 s early
_UP_HZ = 0.3
_LEAST_YAW = 0.05  # rad/s
_YAW_SHARE = 0.2  # of the usual yaw at contact
_LEAST_S = 3.0


class LowBackContacts(Processor):
    """Initial contacts from the step-to-step rhythm of acceleration, and their side from how the pelvis turns.

    The length of the acceleration, so that the mount does not matter, is band-passed to 0.6-4 Hz. Each peak that
    stands out is a step, and the contact is when it has nearly risen to it; only three steps and more in a row count.
    The side is the sign of the pelvis's turning about the vertical at the contact (McCamley et al. 2012, Gait Posture
    36:316): where it hardly turns, or without a gyroscope, the contact has no side. Foot offs are not told: no truth
    was at hand that they could be held against.
    """

    name = "low_back_contacts"
    accepts = "imu"

    def whole(self, signal: Signal) -> Product:
        """Contacts of both feet in a whole recording.

        Raises
        ------
        NotComputable
            If the sensor's acceleration has no known unit, or less than 25 Hz.
        """
        return Product(events=self._find(signal))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 12 s; each contact is told about 2 s after it happened."""
        if not worn(form, "pelvis", least_rate=LEAST_RATE, turning=False):
            return Idle()
        return RollingEvents(form, self._find, span_s=12.0, settle_s=2.0)

    def _find(self, signal: Signal) -> tuple[Event, ...]:
        events: list[Event] = []
        for imu in worn(SignalForm.of(signal), "pelvis", least_rate=LEAST_RATE, turning=False):
            for time, acceleration, turning in whole_runs(signal, imu, _LEAST_S):
                at = find_steps(acceleration, signal.rate)
                moments = np.interp(at, np.arange(len(time)), time)
                sides = _sides(acceleration, turning, at, signal.rate)
                for moment, side in zip(moments.tolist(), sides, strict=True):
                    events.append(Event(moment, "IC", side, imu.source, _SURE if side else _NO_SIDE))
        return tuple(sorted(events))


def find_steps(acceleration: Floats, rate: float) -> Floats:
    """Initial contacts in an acceleration of shape (n, 3) in m/s², in samples (not whole)."""
    rhythm = band_pass(np.linalg.norm(acceleration, axis=1), _STEP_BAND_HZ, rate)
    peaks = find_peaks(
        rhythm, height=_LEAST_PEAK, prominence=_LEAST_PROMINENCE, distance=max(1, round(_LEAST_STEP_S * rate))
    )[0]
    found = np.array([_risen(rhythm, peak) for peak in peaks.tolist()])
    if len(found) == 0:
        return found
    rows = np.split(found, np.flatnonzero(np.diff(found) > _LONGEST_STEP_S * rate) + 1)
    return np.concatenate([row if len(row) >= _LEAST_STEPS else row[:0] for row in rows])


def _risen(rhythm: Floats, peak: int) -> float:
    """Where a signal has nearly risen to a peak."""
    level = _RISEN * rhythm[peak]
    i = next((i for i in range(peak - 1, -1, -1) if rhythm[i] < level), None)
    if i is None:
        return 0.0
    return float(i + (level - rhythm[i]) / (rhythm[i + 1] - rhythm[i]))


def _sides(acceleration: Floats, turning: Floats, at: Floats, rate: float) -> list[Side]:
    """The foot that lands at each contact."""
    if len(turning) == 0 or len(at) == 0:
        return [""] * len(at)
    yaw = band_pass((turning * upwards(acceleration, _UP_HZ, rate)).sum(axis=1), _STRIDE_BAND_HZ, rate)
    there = np.interp(at, np.arange(len(yaw)), yaw)
    least = max(_LEAST_YAW, _YAW_SHARE * float(np.median(np.abs(there))))
    return ["" if abs(value) < least else "R" if value > 0 else "L" for value in there.tolist()]


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The low-back-contacts processor."""
    return [LowBackContacts]
