"""Steps at the low back: peaks of acceleration, and which of them begin to carry the body to the other side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from groundup.plugin import Floats
from groundup_plugins.processors.runs import last_below
from groundup_plugins.processors.worn_imus import band_pass, low_pass

LONGEST_STEP_S = 2.6
_STEP_BAND_HZ = (0.6, 4.0)
_LEAST_PEAK, _LEAST_PROMINENCE = 0.2, 0.3  # m/s²
_LEAST_STEP_S = 0.25
_LEAST_STEPS = 3
_RISEN = 0.85  # of the peak: at half-way a patient's contacts were told 0.11 s early


@dataclass(frozen=True)
class Steps:
    """Contacts in the order of time.

    Attributes
    ----------
    at : ndarray, shape (n,)
        In samples, not whole.
    pushes : ndarray, shape (n - 1,)
        Mean sideways acceleration from a contact to the next, m/s². The leg that stands pushes the body to the other
        side, so it changes its sign with each step.
    """

    at: Floats
    pushes: Floats

    def part(self, first: int, end: int) -> "Steps":
        """The contacts from `first` until before `end`."""
        return Steps(self.at[first:end], self.pushes[first : end - 1])


def find_peaks_of_steps(acceleration: Floats, rate: float) -> Floats:
    """Where the length of an acceleration, shape (n, 3) in m/s², has nearly risen to a peak; samples, not whole."""
    rhythm = band_pass(np.linalg.norm(acceleration, axis=1), _STEP_BAND_HZ, rate)
    peaks = find_peaks(
        rhythm, height=_LEAST_PEAK, prominence=_LEAST_PROMINENCE, distance=max(1, round(_LEAST_STEP_S * rate))
    )[0]
    found = np.array([_risen(rhythm, peak) for peak in peaks.tolist()])
    if len(found) == 0:
        return found
    rows = np.split(found, np.flatnonzero(np.diff(found) > LONGEST_STEP_S * rate) + 1)
    return np.concatenate([row if len(row) >= _LEAST_STEPS else row[:0] for row in rows])


def steps_by_sway(peaks: Floats, sideways: Floats, rate: float, slowest_hz: float) -> Steps:
    """The peaks at which the sideways acceleration changes its sign: others lie within a step.

    Parameters
    ----------
    peaks : ndarray, shape (n,)
        Samples.
    sideways : ndarray
        m/s².
    rate : float
        Hz.
    slowest_hz : float
        Slower movement to the side is none of the steps, as in a turn.
    """
    sway = np.concatenate([[0.0], np.cumsum(sideways - low_pass(sideways, slowest_hz, rate))])
    pushed = np.diff(np.interp(peaks, np.arange(len(sway)), sway))
    changes = np.diff(np.sign(pushed)) != 0
    apart: NDArray[np.bool_] = np.diff(peaks) >= LONGEST_STEP_S * rate
    kept = np.concatenate([[True], changes | apart[1:] | apart[:-1], [True]])
    at = peaks[kept]
    return Steps(at, np.diff(np.interp(at, np.arange(len(sway)), sway)) / np.diff(at))


def _risen(rhythm: Floats, peak: int) -> float:
    """Where a signal has nearly risen to a peak."""
    level = _RISEN * rhythm[peak]
    i = last_below(rhythm, level, peak)
    if i is None:
        return 0.0
    return float(i + (level - rhythm[i]) / (rhythm[i + 1] - rhythm[i]))
