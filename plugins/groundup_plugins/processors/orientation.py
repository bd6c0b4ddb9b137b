"""The orientation processor: how each IMU is turned, by VQF (Laidig & Seel, Information Fusion 2023)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import (
    Channel,
    Floats,
    Made,
    NotComputableError,
    Processor,
    Product,
    Settings,
    Side,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.processors.imu_channels import ACCELERATION, ANGULAR_VELOCITY, MAGNETIC, Vector, vectors

_HELD_S = 0.1
"""How long the last value is taken for what is missing: a leg turns, and after longer it points elsewhere."""


class OrientationSettings(Settings, frozen=True):
    """Settings of the orientation processor.

    Attributes
    ----------
    magnetometer : bool
        Whether the heading is taken from the magnetic field, where the IMU measures it. Steel in force plates and
        treadmills bends the field: without it the heading drifts, slowly, and inclination is as good.
    """

    magnetometer: bool = False


class Orientation(Processor):
    """Quaternion (w, x, y, z) of every IMU: turns a vector of the sensor into a frame whose z is up.

    Offline VQF runs forwards and backwards, live forwards only. What is missing is NaN: for up to 0.1 s the filter goes
    on as though the last value had been repeated; it begins anew after more, as after a gap.
    """

    name = "orientation"
    accepts = "imu"
    default = False
    settings_type = OrientationSettings
    settings: OrientationSettings

    def whole(self, signal: Signal) -> Product:
        """Orientation over a whole recording, without lag.

        Raises
        ------
        NotComputableError
            If there is no accelerometer with a gyroscope (by unit and site), no rate, or vqf is not installed.
        """
        form = SignalForm.of(signal)
        sensors, library = self._sensors(form), vqf_library()
        samples = np.full((len(signal.time), 4 * len(sensors)), np.nan)
        for run in signal.segments():
            for number, sensor in enumerate(sensors):
                rows = sensor.rows(signal.samples[run])
                for part in _parts(_whole_rows(rows), _held_rows(signal.rate)):
                    good = _whole_rows(rows[part])
                    turning, force, field = _split(_held(rows[part], rows[part.start]))
                    found = library.offlineVQF(turning, force, field, 1.0 / signal.rate)
                    columns = slice(4 * number, 4 * number + 4)
                    samples[run.start + part.start : run.start + part.stop, columns] = _quaternions(found, good)
        return Product(signals=(self._made(form, sensors).signal(signal.time, samples),))

    def causal(self, form: SignalForm) -> Stage:
        """Orientation while it is recorded; VQF has no delay to take off."""
        sensors = self._sensors(form)
        return _Turning(self._made(form, sensors), sensors, vqf_library(), form.rate)

    def _sensors(self, form: SignalForm) -> list["_Sensor"]:
        if not form.rate > 0:
            raise NotComputableError(f"{form.id} is an IMU without a sampling rate")
        found = vectors(form)
        sensors = []
        for place in dict.fromkeys(vector.place for vector in found):
            here = [vector for vector in found if vector.place == place]
            force, turning, field = (
                next(((v, f) for v in here if (f := v.factor(units)) is not None), None)
                for units in (ACCELERATION, ANGULAR_VELOCITY, MAGNETIC)
            )
            if force is not None and turning is not None:
                sensors.append(_Sensor(place, turning, force, field if self.settings.magnetometer else None))
        if not sensors:
            raise NotComputableError(
                f"{form.id} has no accelerometer (m/s^2 or g) with a gyroscope (rad/s or deg/s) on one site: "
                "give the units in lab.toml"
            )
        return sensors

    def _made(self, form: SignalForm, sensors: list["_Sensor"]) -> SignalForm:
        channels = tuple(Channel(f"{sensor.name}_q{axis}", "1", *sensor.place) for sensor in sensors for axis in "wxyz")
        attrs: dict[str, float | str] = {"filter": "VQF, 6D" if not self.settings.magnetometer else "VQF, 9D"}
        return SignalForm(f"{form.id}.orientation", "orientation", channels, form.rate, inputs=(form.id,), attrs=attrs)


@dataclass(frozen=True)
class _Sensor:
    """The vectors of one IMU, each with the factor of its unit."""

    place: tuple[str, Side]
    turning: tuple[Vector, float]
    force: tuple[Vector, float]
    field: tuple[Vector, float] | None

    @property
    def name(self) -> str:
        site, side = self.place
        return f"{site}_{side}" if side else site or "imu"

    def rows(self, samples: Floats) -> Floats:
        """Angular velocity (rad/s), specific force (m/s²) and, where it is used, magnetic field side by side."""
        parts = [self.turning, self.force, *([self.field] if self.field is not None else [])]
        return np.hstack([samples[:, list(vector.columns)] * factor for vector, factor in parts]).astype(np.float64)


def _whole_rows(rows: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(rows).all(axis=1))


def _held_rows(rate: float) -> int:
    """How many samples in a row may be missing without a new beginning."""
    return int(_HELD_S * rate)


def _parts(good: NDArray[np.bool_], most: int) -> list[slice]:
    """From a whole row to a whole row, where no more than `most` are missing in between."""
    whole = np.flatnonzero(good)
    cuts = np.flatnonzero(np.diff(whole) - 1 > most)
    firsts = [*whole[:1].tolist(), *whole[cuts + 1].tolist()]
    lasts = [*whole[cuts].tolist(), *whole[-1:].tolist()]
    return [slice(first, last + 1) for first, last in zip(firsts, lasts, strict=True)]


def _held(rows: Floats, last: Floats) -> Floats:
    """The rows, with those that are missing as the last whole one before them."""
    good = _whole_rows(rows)
    at = np.maximum.accumulate(np.where(good, np.arange(len(rows)), -1))
    held: Floats = np.where((at < 0)[:, None], last, rows[at])
    return held


def _split(rows: Floats) -> tuple[Floats, Floats, Floats | None]:
    """As vqf takes them."""
    turning, force = np.ascontiguousarray(rows[:, :3]), np.ascontiguousarray(rows[:, 3:6])
    return turning, force, np.ascontiguousarray(rows[:, 6:]) if rows.shape[1] > 6 else None


def _quaternions(found: dict[str, Floats], good: NDArray[np.bool_]) -> Floats:
    """What vqf found, and NaN where nothing was measured."""
    result: Floats = np.where(good[:, None], found["quat9D" if "quat9D" in found else "quat6D"], np.nan)
    return result


def _alternating(good: NDArray[np.bool_]) -> list[tuple[slice, bool]]:
    """Runs of rows that are whole, and of rows that are not, in order."""
    edges = [0, *(np.flatnonzero(np.diff(good)) + 1).tolist(), len(good)]
    return [(slice(a, b), bool(good[a])) for a, b in pairwise(edges) if b > a]


class _Turning(Stage):
    """VQF of each sensor, fed as samples come."""

    def __init__(self, made: SignalForm, sensors: list[_Sensor], library: Any, rate: float) -> None:
        self.form = made
        self._sensors = sensors
        self._filters = [library.VQF(1.0 / rate) for _ in sensors]
        self._most = _held_rows(rate)
        self.reset()

    def reset(self) -> None:
        """Begin anew, at rest."""
        for one in self._filters:
            one.resetState()
        self._last: list[Floats | None] = [None] * len(self._sensors)
        self._missing = [0] * len(self._sensors)

    def process(self, time: Floats, samples: Floats) -> Made:
        """Quaternions; NaN before the first whole sample."""
        result = np.full((len(samples), 4 * len(self._sensors)), np.nan)
        for number, (sensor, one) in enumerate(zip(self._sensors, self._filters, strict=True)):
            rows = sensor.rows(samples)
            for part, whole in _alternating(_whole_rows(rows)):
                columns = slice(4 * number, 4 * number + 4)
                if whole:
                    if self._missing[number] > self._most:
                        one.resetState()
                    found = one.updateBatch(*_split(rows[part]))
                    result[part, columns] = _quaternions(found, np.ones(len(rows[part]), bool))
                    self._last[number], self._missing[number] = rows[part][-1].copy(), 0
                    continue
                count, last = part.stop - part.start, self._last[number]
                feed = min(count, self._most - self._missing[number])
                if last is not None and feed > 0:
                    one.updateBatch(*_split(np.tile(last, (feed, 1))))
                self._missing[number] += count
        return Made(result)


def vqf_library() -> Any:
    """The package vqf, or why it is not there."""
    try:
        import vqf
    except ImportError as error:
        raise NotComputableError("orientation needs the package vqf: pip install 'groundup[imu]'") from error
    return vqf


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The orientation processor."""
    return [Orientation]
