"""Which contacts are whole contacts of one foot: cut, crossed and partial ones get a confidence below 0.5."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

from groundup.plugin import Floats, Signal
from groundup_plugins.processors.contact_spans import Contact

CUT = 0.4
CROSSED = 0.3
BESIDE = 0.3
_LEAST_PEERS = 5
_LONGER = 0.25  # than its peers, as a share
_CLEARLY_S = 0.04
_DIP = 0.35  # of the lower of the two peaks beside it: one foot never unloads so far in mid-stance
STANDING_S = 3.0
"""What stands longer on a plate is no step."""
_BESIDE_M = 0.01
_BESIDE_SHARE = 0.1
_LOADED_SHARE = 0.2


def confidences(signal: Signal, vertical: Floats, found: Sequence[Contact]) -> list[float]:
    """Confidence of each contact, 0 to 1.

    Crossed (both feet on one plate) shows in two ways: a contact that lasts, rises or falls clearly longer than the
    plate's others, and, with no others to compare with, a deep dip or a third peak in mid-stance.
    """
    whole = [c for c in found if c.begins and c.ends]
    odd = set(_unlike_peers(vertical, signal.rate, whole))
    result: list[float] = []
    for contact in found:
        if not (contact.begins and contact.ends):
            result.append(CUT)
        elif contact in odd or two_feet(vertical[contact.start : contact.stop], signal.rate, contact):
            result.append(CROSSED)
        else:
            result.append(1.0)
    return result


def _unlike_peers(vertical: Floats, rate: float, whole: Sequence[Contact]) -> list[Contact]:
    """Contacts that last, rise or fall clearly longer than the plate's quicker ones.

    The other foot only ever adds load, so a crossed contact is longer, and on a treadmill with careless feet most may
    be crossed: the measure is the quicker quarter, not the median.
    """
    times = np.array([phases(vertical[c.start : c.stop], rate) for c in whole]).reshape(-1, 3)
    return [c for c, bad in zip(whole, clearly_longer(times), strict=True) if bad]


def clearly_longer(times: Floats) -> NDArray[np.bool_]:
    """Which of the contacts with these `phases`, shape (n, 3), are clearly longer than the quicker quarter of them."""
    if len(times) < _LEAST_PEERS:
        return np.zeros(len(times), bool)
    usual = np.percentile(times, 25, axis=0)
    return np.asarray((times - usual > np.maximum(_LONGER * usual, _CLEARLY_S)).any(axis=1))


def phases(force: Floats, rate: float) -> tuple[float, float, float]:
    """How long a contact lasts, takes to rise to half its greatest force, and to fall from it (s)."""
    half = np.flatnonzero(force >= force.max() / 2)
    return len(force) / rate, int(half[0]) / rate, (len(force) - 1 - int(half[-1])) / rate


def two_feet(force: Floats, rate: float, contact: Contact) -> bool:
    """Whether a contact, seen by itself, has a second foot in it: a deep dip, or three peaks of gait."""
    if contact.t1 - contact.t0 > STANDING_S or rate <= 25.0 or len(force) < 20:
        return False
    smooth = sosfiltfilt(_lowpass(rate), force)
    peaks, _ = find_peaks(smooth, prominence=0.1 * float(smooth.max()))
    for a, b in zip(peaks[:-1].tolist(), peaks[1:].tolist(), strict=True):
        if smooth[a:b].min() < _DIP * min(smooth[a], smooth[b]):
            return True
    return len(peaks) > 2 and contact.t1 - contact.t0 > 0.9


@lru_cache(maxsize=16)
def _lowpass(rate: float) -> Floats:
    sections: Floats = np.asarray(butter(2, 10.0, fs=rate, output="sos"), dtype=np.float64)
    return sections


def off_the_plate(signal: Signal, vertical: Floats, found: Sequence[Contact]) -> list[bool]:
    """Whether the centre of pressure of a loaded contact lies off the plate: the foot was partly beside it."""
    corners = np.array(signal.plate.corners_m, float) if signal.plate is not None else np.empty(0)
    if corners.shape != (4, 3):
        return [False] * len(found)
    try:
        cop = np.column_stack([signal.column("CoPx"), signal.column("CoPy")])
    except KeyError:
        return [False] * len(found)
    result: list[bool] = []
    for contact in found:
        span = slice(contact.start, contact.stop)
        loaded = vertical[span] > _LOADED_SHARE * vertical[span].max()
        outside = _distance_outside(cop[span][loaded], corners[:, :2]) > _BESIDE_M
        result.append(bool(len(outside) and outside.mean() > _BESIDE_SHARE))
    return result


def _distance_outside(points: Floats, corners: Floats) -> Floats:
    """How far points lie outside a convex polygon (m); 0 inside, and for NaN."""
    middle = corners.mean(axis=0)
    worst = np.zeros(len(points))
    for corner, following in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        edge = following - corner
        normal = np.array([edge[1], -edge[0]]) / max(float(np.linalg.norm(edge)), 1e-9)
        if normal @ (middle - corner) > 0:
            normal = -normal
        worst = np.fmax(worst, (points - corner) @ normal)
    return worst
