"""The IMUs that one stream brings from a segment of the body: acceleration in m/s², turning in rad/s, mount unknown."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import sosfiltfilt

from groundup.plugin import Floats, NotComputableError, Side, Signal, SignalForm
from groundup_plugins.processors.butterworth import sections
from groundup_plugins.processors.imu_channels import ACCELERATION, ANGULAR_VELOCITY, Vector, vectors


@dataclass(frozen=True)
class WornImu:
    """One IMU on a segment.

    Attributes
    ----------
    site, side : str
    acceleration : (Vector, float)
        With what brings it to m/s².
    turning : (Vector, float), optional
        With what brings it to rad/s.
    """

    site: str
    side: Side
    acceleration: tuple[Vector, float]
    turning: tuple[Vector, float] | None

    @property
    def source(self) -> str:
        """What its events name as their source: ``imu:foot_R``, ``imu:pelvis``."""
        return f"imu:{self.site}_{self.side}" if self.side else f"imu:{self.site}"

    def read(self, samples: Floats) -> tuple[Floats, Floats]:
        """Acceleration (m/s²) and angular velocity (rad/s; empty without a gyroscope), each of shape (n, 3)."""
        parts = [np.empty((0, 3)) if v is None else samples[:, list(v[0].columns)] * v[1] for v in self._vectors]
        return np.asarray(parts[0], np.float64), np.asarray(parts[1], np.float64)

    @property
    def columns(self) -> list[int]:
        """Columns of the stream that it is."""
        return [column for v in self._vectors if v is not None for column in v[0].columns]

    @property
    def _vectors(self) -> tuple[tuple[Vector, float] | None, ...]:
        return self.acceleration, self.turning


def worn(form: SignalForm, site: str, *, least_rate: float, turning: bool = True) -> list[WornImu]:
    """The IMUs of a stream on one segment.

    Parameters
    ----------
    form : SignalForm
    site : str
    least_rate : float
        Hz.
    turning : bool
        Whether a gyroscope is needed.

    Returns
    -------
    list of WornImu
        Empty when the stream has none on that segment: nothing is wrong with that.

    Raises
    ------
    NotComputableError
        If one is there and will not do: too slow, or of unknown units.
    """
    found = []
    here = [vector for vector in vectors(form) if vector.channel.site == site]
    for place in dict.fromkeys(vector.place for vector in here):
        mine = [vector for vector in here if vector.place == place]
        force, turn = (
            next(((v, f) for v in mine if (f := v.factor(units)) is not None), None)
            for units in (ACCELERATION, ANGULAR_VELOCITY)
        )
        if force is not None and (turn is not None or not turning):
            found.append(WornImu(*place, force, turn))
    if here and not found:
        what = "acceleration (m/s^2 or g) and angular velocity (rad/s or deg/s)" if turning else "acceleration"
        raise NotComputableError(f"the {site} sensor of {form.id} does not give {what}: name the units in lab.toml")
    if found and not form.rate >= 0.99 * least_rate:
        raise NotComputableError(f"{form.id} is sampled at {form.rate:.0f} Hz, and {least_rate:.0f} Hz is the least")
    return found


def whole_runs(signal: Signal, imu: WornImu, least_s: float) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Times, acceleration and angular velocity of each stretch that has no gap and no NaN and lasts long enough."""
    for run in signal.segments():
        good = np.isfinite(signal.samples[run][:, imu.columns]).all(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]))) + run.start
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if b - a >= least_s * signal.rate:
                yield signal.time[a:b], *imu.read(signal.samples[a:b])


def low_pass(values: Floats, corner_hz: float, rate: float, order: int = 2) -> Floats:
    """Butterworth low-pass forwards and backwards along the first axis; the corner stays below Nyquist."""
    lowpass = sections(order, min(corner_hz, 0.45 * rate), "lowpass", rate)
    smooth: Floats = sosfiltfilt(lowpass, values, axis=0, padlen=min(len(values) - 1, round(rate)))
    return smooth


def band_pass(values: Floats, band_hz: tuple[float, float], rate: float) -> Floats:
    """Butterworth band-pass of second order, forwards and backwards along the first axis."""
    part: Floats = sosfiltfilt(
        sections(2, band_hz, "bandpass", rate), values, axis=0, padlen=min(len(values) - 1, round(3 * rate))
    )
    return part


def upwards(acceleration: Floats, corner_hz: float, rate: float) -> Floats:
    """Unit vectors that point up in the sensor's frame, by slow acceleration; shape (n, 3)."""
    slow = low_pass(acceleration, corner_hz, rate)
    length = np.linalg.norm(slow, axis=1, keepdims=True)
    up: Floats = slow / np.maximum(length, 1e-9)
    return up
