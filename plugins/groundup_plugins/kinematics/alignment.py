"""How a sensor sits on thigh, shank or foot: by gravity, and by the axis about which the segment turns in walking.

Nobody mounts a sensor along a bone. What the segment's own left is, is taken from some seconds of walking: the
horizontal axis about which it turns most (as McGrath, Fineman & Stirling 2018, Sensors 18:1882, find the knee's axis by
principal components; functional calibration: Favre et al. 2009, J Biomech 42:2330, Cutti et al. 2010, Med Biol Eng
Comput 48:17). Which end of that axis is left follows from swing: thigh and shank swing forward faster than they go back
in stance, and the heel rises further than the toes do. What is horizontal is told by gravity, so no heading is needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats

SITES = ("thigh", "shank", "foot")
LEAST_TURNING = 0.6
"""rad/s, RMS: a thigh, which turns least, does 1.4 to 2.3 in walking (markers, seven walks)."""
LEAST_SHARE = 0.85
"""Of the horizontal turning that is about one axis; straight walking has 0.91 to 0.99 (the same)."""
MOST_TURNING = 35.0
"""rad/s: a sprinter's shank stays below."""
_LEAST_RHYTHM = 0.6
_STRIDE_S = (0.6, 2.0)
_LEAST_PART = 0.5
_LEAST_SKEWNESS = {"thigh": 0.25, "shank": 0.25, "foot": 0.3}

ALIGNED, NOBODY_WALKED, NO_FORWARD, TOO_FAST, SETTLING = 0, 1, 2, 3, 4
REASONS = {
    NOBODY_WALKED: "it has seen no 4 s of straight walking yet: how it sits on the leg is not known",
    NO_FORWARD: "its turning does not tell where forward is: the walking is none, or the sensor is on another segment",
    TOO_FAST: f"it turns faster than {MOST_TURNING:.0f} rad/s, as no leg does: its unit is not the one that is told",
    SETTLING: "it was moving when its recording began, or after a gap: where up is takes seconds to be known",
}
"""Why a sensor is not aligned, by the number in the channel ``state``."""


@dataclass(frozen=True)
class Alignment:
    """The segment's axes in those of the sensor.

    Attributes
    ----------
    forward, left, upward : ndarray, shape (3,)
        Upward is the mean over the walking by which it was aligned.
    """

    forward: Floats
    left: Floats
    upward: Floats

    def angle(self, up: Floats) -> Floats:
        """How far the segment is turned about its left axis (rad), the top to the front positive. Shape (n,)."""
        return np.arctan2(-_along(up, self.forward), _along(up, self.upward))

    def lean(self, up: Floats) -> Floats:
        """How far its left end is up (rad), shape (n,)."""
        return np.arcsin(np.clip(_along(up, self.left), -1.0, 1.0))


def align(up: Floats, turning: Floats, site: str, rate: float) -> Alignment | int:
    """The alignment by some seconds, or why they tell none: a key of `REASONS`.

    Parameters
    ----------
    up, turning : ndarray, shape (n, 3)
        Of `groundup_plugins.kinematics.inclination`, without NaN.
    site : {"thigh", "shank", "foot"}
    rate : float
        Hz.
    """
    if float((turning * turning).sum(axis=1).max()) > MOST_TURNING**2:
        return TOO_FAST
    upward = up.mean(axis=0)
    upward = upward / np.linalg.norm(upward)
    horizontal = turning - np.outer(turning @ upward, upward)
    sizes, axes = np.linalg.eigh(horizontal.T @ horizontal)
    left = axes[:, -1]
    about = horizontal @ left
    # In each second a foot swings, or is about to.
    strength = float(np.sqrt(np.mean(about**2)))
    weakest = min(float(np.sqrt(np.mean(part**2))) for part in np.array_split(about, max(1, int(len(about) / rate))))
    if strength < LEAST_TURNING or weakest < _LEAST_PART * strength or sizes[-1] < LEAST_SHARE * sizes.sum():
        return NOBODY_WALKED
    if not _is_rhythmic(about, rate):
        return NOBODY_WALKED
    found = Alignment(np.cross(left, upward), left, upward)
    skewness = _skewness(found.angle(up)) if site == "foot" else -_skewness(about)
    if abs(skewness) < _LEAST_SKEWNESS[site]:
        return NO_FORWARD
    return found if skewness > 0 else Alignment(-found.forward, -left, upward)


def _along(vectors: Floats, axis: Floats) -> Floats:
    # Term by term: a product of matrices may round otherwise for a chunk of another length.
    return np.asarray(vectors[:, 0] * axis[0] + vectors[:, 1] * axis[1] + vectors[:, 2] * axis[2])


def _is_rhythmic(values: Floats, rate: float) -> bool:
    """Whether values repeat after the time of a stride."""
    values = values - values.mean()
    lags = range(round(_STRIDE_S[0] * rate), min(round(_STRIDE_S[1] * rate), len(values) - 1))
    best = max((_alike(values[:-lag], values[lag:]) for lag in lags), default=0.0)
    return best >= _LEAST_RHYTHM


def _alike(one: Floats, other: Floats) -> float:
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0 else 0.0


def _skewness(values: NDArray[np.float64]) -> float:
    values = values - values.mean()
    return float(np.mean(values**3) / max(float(np.mean(values**2)) ** 1.5, 1e-12))
