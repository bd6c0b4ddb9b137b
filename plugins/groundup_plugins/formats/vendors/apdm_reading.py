"""HDF5 files of APDM (Opal sensors, format 5): a stream for each sensor, at the place that its label names.

Source: APDM's "HDF5 file format" (Motion Studio / Moveo), as scikit-digital-health reads it: acceleration in m/s²
with gravity, angular rate in rad/s, magnetic field in µT, time in microseconds since 1970 (UTC).
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from groundup.plugin import Channel, Imported, ImportedStream, Side, as_key
from groundup_plugins.formats.csv.rates import agreed_rate, rate_of
from groundup_plugins.formats.vendors.streams import new_stream

_MEASURED = (("Accelerometer", "acc", "m/s^2"), ("Gyroscope", "gyr", "rad/s"), ("Magnetometer", "mag", "uT"))
_MORE = (("Barometer", "kPa"), ("Temperature", "°C"))
_WORN = {
    "foot": "foot",
    "lower leg": "shank",
    "upper leg": "thigh",
    "lumbar": "pelvis",
    "sternum": "trunk",
    "forehead": "head",
    "head": "head",
}
"""Segments of the places that APDM's program offers."""
_SIDES: dict[str, Side] = {"left": "L", "right": "R"}


def is_apdm(path: Path) -> bool:
    """Whether a file is one of APDM's: HDF5 with sensors and a format version."""
    try:
        with h5py.File(path, "r") as file:
            return "FileFormatVersion" in file.attrs and ("Sensors" in file or "MonitorLabelList" in file.attrs)
    except OSError:
        return False


def read_apdm(path: Path) -> Imported:
    """Read a file.

    Raises
    ------
    ValueError
        If it is of a format before 5, damaged, or a sensor's columns do not fit its times.
    """
    try:
        with h5py.File(path, "r") as file:
            return _read(path, file)
    except (OSError, KeyError, RuntimeError, TypeError) as error:
        raise ValueError(f"{path.name} is damaged, or no file of APDM's format 5: {error}") from error


def _read(path: Path, file: h5py.File) -> Imported:
    if "Sensors" not in file:
        version = file.attrs.get("FileFormatVersion", "?")
        raise ValueError(f"{path.name} is of APDM's format {version}: export it again from Motion Studio or Moveo (5)")
    notes: list[str] = []
    streams: list[ImportedStream] = []
    for name, group in file["Sensors"].items():
        label = _text(group["Configuration"].attrs.get("Label 0", "")) if "Configuration" in group else ""
        streams += _sensor(path, label or str(name), group, [stream.id for stream in streams], notes)
    if not streams:
        raise ValueError(f"{path.name} holds no sensor with samples")
    return Imported(tuple(streams), notes=tuple(notes))


def _sensor(path: Path, label: str, group: Any, taken: list[str], notes: list[str]) -> list[ImportedStream]:
    time = np.asarray(group["Time"][...], np.float64).reshape(-1) / 1e6
    if not len(time):
        notes.append(f"{path.name}: the sensor {label} has no samples and is left out")
        return []
    if (np.diff(time) <= 0).any() or not np.isfinite(time).all():
        raise ValueError(f"{path.name}: the times of the sensor {label} do not go on")
    site, side = _place(label)
    if not site:
        notes.append(f'{path.name}: where the sensor "{label}" was worn is not known: give its site in lab.toml')
    declared = float(group["Configuration"].attrs.get("Sample Rate", 0)) if "Configuration" in group else 0.0
    rate = agreed_rate(rate_of(time), declared, f"{path.name}: the sensor {label}", notes)
    channels: list[Channel] = []
    columns = []
    for name, short, unit in _MEASURED:
        if name in group:
            columns.append(_values(path, label, name, group, len(time), 3))
            channels += (Channel(f"{short}_{axis}", unit, site, side) for axis in "xyz")
    key = as_key(label, taken)
    found = [new_stream(path, key, "IMU", rate, channels, np.hstack(columns), time)] if columns else []
    more = [(name, unit) for name, unit in _MORE if name in group]
    if more:
        values = np.hstack([_values(path, label, name, group, len(time), 1) for name, _ in more])
        about = [Channel(name, unit) for name, unit in more]
        found.append(new_stream(path, as_key(f"{key}_more", taken), "Other", rate, about, values, time))
    return found


def _values(path: Path, label: str, name: str, group: Any, count: int, width: int) -> Any:
    values = np.asarray(group[name][...], np.float64)
    values = values.reshape(count, -1) if values.size == count * width else values
    if values.shape != (count, width):
        raise ValueError(f"{path.name}: {name} of the sensor {label} has the shape {values.shape} for {count} times")
    return values


def _place(label: str) -> tuple[str, Side]:
    words = label.strip().lower()
    first, _, rest = words.partition(" ")
    side = _SIDES.get(first, "")
    return _WORN.get(rest if side else words, ""), side


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
