"""Which contacts are whole contacts of one foot: cut, crossed and partial ones get a confidence below 0.5."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, sosfiltfilt

from groundup.plugin import Channel, Floats, Plate, Signal
from groundup_plugins.processors.butterworth import sections
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
_OUTSIDE_M = 0.01
_OUTSIDE_SHARE = 0.1
_LOADED_SHARE = 0.2


def confidences(signal: Signal, vertical: Floats, found: Sequence[Contact]) -> list[float]:
    """Confidence of each contact, 0 to 1.

    Crossed (both feet on one plate) shows in two ways: a contact that lasts, rises or falls clearly longer than the
    plate's others, and, with no others to compare with, a deep dip or a third peak in mid-stance.
    """
    whole = [c for c in found if c.begins and c.ends]
    unlike = set(_unlike_peers(vertical, signal.rate, whole))
    result: list[float] = []
    for contact in found:
        if not (contact.begins and contact.ends):
            result.append(CUT)
        elif contact in unlike or two_feet(vertical[contact.start : contact.stop], signal.rate, contact):
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
    smooth = sosfiltfilt(sections(2, 10.0, "lowpass", rate), force)
    peaks, _ = find_peaks(smooth, prominence=0.1 * float(smooth.max()))
    for a, b in zip(peaks[:-1].tolist(), peaks[1:].tolist(), strict=True):
        if smooth[a:b].min() < _DIP * min(smooth[a], smooth[b]):
            return True
    return len(peaks) > 2 and contact.t1 - contact.t0 > 0.9


def off_the_plate(signal: Signal, vertical: Floats, found: Sequence[Contact]) -> list[bool]:
    """Whether the centre of pressure of a loaded contact lies off the plate: the foot was partly beside it."""
    border = Border(signal.plate, signal.channels)
    spans = [slice(c.start, c.stop) for c in found]
    return [mostly_outside(vertical[span], border.outside(signal.samples[span])) for span in spans]


def mostly_outside(force: Floats, outside: NDArray[np.bool_]) -> bool:
    """Whether the centre of pressure was `Border.outside` in too many of a contact's loaded samples."""
    loaded = force > _LOADED_SHARE * force.max()
    share_outside = outside[loaded]
    return bool(len(share_outside) and share_outside.mean() > _OUTSIDE_SHARE)


class Border:
    """The border of a plate, and where in a ground reaction force its centre of pressure is.

    Parameters
    ----------
    plate : Plate, optional
    channels : sequence of Channel
        Of the force. Without ``CoPx`` and ``CoPy``, or four corners, nothing is ever outside.
    """

    def __init__(self, plate: Plate | None, channels: Sequence[Channel]) -> None:
        corners = np.array(plate.corners_m, float) if plate is not None else np.empty(0)
        labels = [channel.label for channel in channels]
        self._known = corners.shape == (4, 3) and "CoPx" in labels and "CoPy" in labels
        if not self._known:
            return
        self._x, self._y = labels.index("CoPx"), labels.index("CoPy")
        edges = np.roll(corners[:, :2], -1, axis=0) - corners[:, :2]
        normals = np.column_stack([edges[:, 1], -edges[:, 0]])
        normals /= np.maximum(np.linalg.norm(edges, axis=1), 1e-9)[:, None]
        inward = ((corners[:, :2].mean(axis=0) - corners[:, :2]) * normals).sum(axis=1) > 0
        self._normals = np.where(inward[:, None], -normals, normals)
        self._corners = corners[:, :2]

    def outside(self, samples: Floats) -> NDArray[np.bool_]:
        """Which samples, shape (n, C), have their centre of pressure outside; it is not where it is NaN.

        Each by itself: the same whatever samples are beside it.
        """
        if not self._known:
            return np.zeros(len(samples), bool)
        far = (samples[:, self._x, None] - self._corners[:, 0]) * self._normals[:, 0]
        far += (samples[:, self._y, None] - self._corners[:, 1]) * self._normals[:, 1]
        return np.asarray((far > _OUTSIDE_M).any(axis=1))
