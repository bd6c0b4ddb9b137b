"""The shank-contacts processor: initial contacts and foot offs from an IMU on the shank."""

from collections.abc import Iterable

import numpy as np
from scipy.signal import find_peaks

from groundup.plugin import Floats, Processor, hookimpl
from groundup_plugins.processors.worn_contacts import Contacts, WornContacts
from groundup_plugins.processors.worn_imus import low_pass

_CONFIDENCE = 0.7
_SMOOTH_HZ = 10.0
_SWING = 1.5  # rad/s at mid-swing, at least
_SHARE = 0.5  # of the usual mid-swing
_LEAST_STRIDE_S = 0.5
_BEFORE_S, _AFTER_S = 0.6, 0.4
_LEAST_BACK = 0.15  # of the mid-swing: how fast the shank turns back at contact and foot off


class ShankContacts(WornContacts):
    """IC and FO from how the shank turns about its left-right axis.

    In mid-swing the shank turns forward fastest. Initial contact is the first trough of angular velocity after it, foot
    off the last deep trough before it. The axis is the one about which the shank turns most; its sense is that of
    swing, which is faster than all else, so the sensor may be mounted in any way. After Salarian et al. 2004 (IEEE
    Trans Biomed Eng 51:1434).
    """

    name = "shank_contacts"
    segment = "shank"

    def swings(self, acceleration: Floats, turning: Floats, rate: float) -> Contacts:
        """The swings of a shank."""
        for off, contact in find_swings(turning, rate):
            yield off, contact, _CONFIDENCE


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
