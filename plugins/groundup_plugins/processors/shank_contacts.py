"""The shank-contacts processor: initial contacts and foot offs from an IMU on the shank."""

from collections.abc import Iterable

import numpy as np
from scipy.signal import find_peaks

from groundup.plugin import Event, Floats, Processor, Product, Signal, SignalForm, Stage, hookimpl
from groundup_plugins.processors.rolling import Idle, RollingEvents
from groundup_plugins.processors.worn_imus import low_pass, whole_runs, worn

LEAST_RATE = 50.0
_CONFIDENCE = 0.7
_SMOOTH_HZ = 10.0
_SWING = 1.5  # rad/s at mid-swing, at least
_SHARE = 0.5  # of the usual mid-swing
_LEAST_STRIDE_S = 0.5
_BEFORE_S, _AFTER_S = 0.6, 0.4
_LEAST_BACK = 0.15  # of the mid-swing: how fast the shank turns back at contact and foot off
_LEAST_S = 2.0


class ShankContacts(Processor):
    """IC and FO from how the shank turns about its left-right axis.

    In mid-swing the shank turns forward fastest. Initial contact is the first trough of angular velocity after it, foot
    off the last deep trough before it. The axis is the one about which the shank turns most; its sense is that of
    swing, which is faster than all else, so the sensor may be mounted in any way. After Salarian et al. 2004 (IEEE
    Trans Biomed Eng 51:1434).
    """

    name = "shank_contacts"
    accepts = "imu"

    def whole(self, signal: Signal) -> Product:
        """Contacts by the shanks in a whole recording.

        Raises
        ------
        NotComputableError
            If the shank sensor lacks a gyroscope, a unit, or 50 Hz.
        """
        return Product(events=self._find(signal))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 10 s; each contact is told about 1 s after it happened."""
        if not worn(form, "shank", least_rate=LEAST_RATE):
            return Idle()
        return RollingEvents(form, self._find, span_s=10.0, settle_s=1.0)

    def _find(self, signal: Signal) -> tuple[Event, ...]:
        events: list[Event] = []
        for imu in worn(SignalForm.of(signal), "shank", least_rate=LEAST_RATE):
            for time, _, turning in whole_runs(signal, imu, _LEAST_S):
                for off, contact in find_swings(turning, signal.rate):
                    events.append(Event(float(time[off]), "FO", imu.side, imu.source, _CONFIDENCE))
                    events.append(Event(float(time[contact]), "IC", imu.side, imu.source, _CONFIDENCE))
        return tuple(sorted(events))


def find_swings(turning: Floats, rate: float) -> list[tuple[int, int]]:
    """Foot off and contact of each swing of a shank, in samples.

    Parameters
    ----------
    turning : ndarray, shape (n, 3)
        Angular velocity, rad/s.
    rate : float
        Hz.
    """
    fast = turning[np.linalg.norm(turning, axis=1) > _SWING / 2]
    if len(fast) < rate:
        return []
    axis = np.linalg.eigh(fast.T @ fast)[1][:, -1]
    pitch = low_pass(turning @ axis, _SMOOTH_HZ, rate)
    if ((pitch - pitch.mean()) ** 3).sum() < 0:
        pitch = -pitch
    apart = max(1, round(_LEAST_STRIDE_S * rate))
    middles = find_peaks(pitch, height=_SWING, distance=apart)[0]
    if len(middles) == 0:
        return []
    middles = middles[pitch[middles] >= _SHARE * float(np.median(pitch[middles]))]
    troughs = find_peaks(-pitch)[0]
    swings = []
    for middle in middles.tolist():
        deep = troughs[pitch[troughs] <= -_LEAST_BACK * pitch[middle]]
        before = deep[(deep < middle) & (deep >= middle - _BEFORE_S * rate)]
        after = deep[(deep > middle) & (deep <= middle + _AFTER_S * rate)]
        if len(before) and len(after):
            swings.append((int(before[-1]), int(after[0])))
    return swings


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The shank-contacts processor."""
    return [ShankContacts]
