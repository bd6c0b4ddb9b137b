"""The C3D importer: force plates, EMG, other analog channels, markers and events, on the file's own clock."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Event, Imported, ImportedStream, Importer, Plate, StreamSpec, event_json, hookimpl
from groundup_plugins.formats.c3d_events import events
from groundup_plugins.formats.c3d_file import declared_frames
from groundup_plugins.formats.c3d_parameters import Parameters, subject
from groundup_plugins.formats.c3d_plates import FilePlate, plates
from groundup_plugins.processors.plate_units import is_voltage

# What is in volts and yet no muscle.
_NOT_EMG = re.compile(
    r"sync|trig|switch|gonio|pulse|clock|button|load ?cell|force|moment|torque|treadmill"
    r"|\b(acc|accel|gyr|gyro|mag|imu|temp|temperature|speed|start|stop|ecg|ekg|plate)\d*[xyz]?\b"
    r"|\b[fm][xyz]\d*\b|\b[fm]\d*[xyz]\b|\bfz",
    re.IGNORECASE,
)
_MODELLED = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "MODELED_MARKERS", "REACTIONS")


class C3DImporter(Importer):
    """Reads C3D files with ezc3d.

    Streams: ``plate_1``, ``plate_2`` ... (raw channels, with type, corners, origin and calibration), ``emg``,
    ``analog``, ``mocap`` (markers, NaN where one was not seen) and ``events``; those the file has nothing for are
    absent. Times are seconds on the file's clock, on which frame 1 of the measurement is 0 s, so that a file cut out
    of a longer one starts later and its events lie where its samples do.
    """

    name = "c3d"
    suffixes = (".c3d",)

    def read(self, path: Path) -> Imported:
        """Read a C3D file.

        Raises
        ------
        ValueError
            If it is no C3D file or damaged, holds neither markers nor analog channels, or ezc3d is not installed.
        """
        declared = declared_frames(path)
        file = _load(path)
        parameters = Parameters.of(file["parameters"])
        points, analog = _arrays(file["data"])
        clock = _clock(parameters, file["header"], analog.shape[1])
        found, notes = plates(parameters, analog.shape[0])
        streams = _analog_streams(path, parameters, analog, found, clock)
        streams += _mocap(path, parameters, points, file["data"], clock)
        if not streams:
            raise ValueError(f"{path.name} holds neither markers nor analog channels: there is nothing to read in it")
        streams += _events(path, events(parameters, file["header"]))
        person, more = subject(parameters)
        return Imported(tuple(streams), person, (*_cut(path, points.shape[2], declared), *notes, *more))


@dataclass(frozen=True)
class _Clock:
    """Time in the file: start (s) and the two rates (Hz)."""

    start: float
    point_rate: float
    analog_rate: float


def _load(path: Path) -> Mapping[str, Any]:
    try:
        import ezc3d
    except ImportError as error:
        raise ValueError(
            f"{path.name} is a C3D file, and ezc3d, which reads them, is not installed: "
            'install it with `pip install "groundup[formats]"`'
        ) from error
    try:
        content: Mapping[str, Any] = ezc3d.c3d(str(path), extract_forceplat_data=False)
        content["data"], content["header"], content["parameters"]
    except Exception as error:  # whatever the C++ below throws means the same to the person at the screen
        raise ValueError(f"{path.name} is damaged, or no C3D file that ezc3d can read: {error}") from error
    return content


def _arrays(data: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points, shape (4, points, frames), and analog samples, (channels, N)."""
    points = np.asarray(data["points"], dtype=np.float64)
    analog = np.asarray(data["analogs"], dtype=np.float64)
    if points.ndim != 3:
        points = np.empty((4, 0, 0))
    return points, analog[0] if analog.ndim == 3 and analog.size else np.empty((0, 0))


def _cut(path: Path, frames: int, declared: int) -> list[str]:
    if 0 < frames < declared:
        return [f"{path.name} is cut short: {frames} of its {declared} frames are there, and only those are read"]
    return []


def _clock(parameters: Parameters, header: Mapping[str, Any], analog_count: int) -> _Clock:
    point_rate = parameters.number("POINT", "RATE", 0.0)
    if not point_rate > 0:
        point_rate = float(header["points"]["frame_rate"])
    analog_rate = parameters.number("ANALOG", "RATE", 0.0)
    if not analog_rate > 0:
        analog_rate = float(header["analogs"]["frame_rate"])
    # The header counts frames in 16 bits; TRIAL:ACTUAL_START_FIELD holds two words and counts from 1.
    first = int(header["points"]["first_frame"])
    words = parameters.numbers("TRIAL", "ACTUAL_START_FIELD")
    if len(words) >= 2:
        actual = (int(words[0]) % 65536) + (int(words[1]) % 65536) * 65536 - 1
        if actual >= 0 and actual % 65536 == first % 65536:
            first = actual
    if point_rate > 0:
        return _Clock(first / point_rate, point_rate, analog_rate)
    start = int(header["analogs"]["first_frame"]) / analog_rate if analog_rate > 0 and analog_count else 0.0
    return _Clock(start, point_rate, analog_rate)


def _analog_streams(
    path: Path, parameters: Parameters, analog: NDArray[np.float64], found: Sequence[FilePlate], clock: _Clock
) -> list[ImportedStream]:
    if analog.size == 0:
        return []
    if not clock.analog_rate > 0:
        raise ValueError(f"{path.name} has analog channels and no rate for them (ANALOG:RATE)")
    labels = _padded(parameters.texts("ANALOG", "LABELS"), len(analog), "analog")
    units = (parameters.texts("ANALOG", "UNITS") + [""] * len(analog))[: len(analog)]
    notes = (parameters.texts("ANALOG", "DESCRIPTIONS") + [""] * len(analog))[: len(analog)]
    time = clock.start + np.arange(analog.shape[1]) / clock.analog_rate

    def stream(
        key: str, kind: str, indices: Sequence[int], site: str = "", plate: Plate | None = None
    ) -> ImportedStream:
        channels = tuple(Channel(labels[i], units[i], site) for i in indices)
        name = f"{path.stem} {key}"
        spec = StreamSpec(name, kind, clock.analog_rate, "double64", channels, _source(path, key), plate=plate)
        return ImportedStream(key, spec, np.ascontiguousarray(analog[list(indices)].T), time)

    taken = {index for plate in found for index in plate.channels}
    rest = [index for index in range(len(analog)) if index not in taken]
    emg = [index for index in rest if _is_emg(labels[index], units[index], notes[index])]
    other = [index for index in rest if index not in emg]
    streams = [stream(f"plate_{p.number}", "Force", p.channels, f"plate:{p.number}", p.plate) for p in found]
    streams += [stream("emg", "EMG", emg)] if emg else []
    streams += [stream("analog", "Analog", other)] if other else []
    return streams


def _is_emg(label: str, unit: str, description: str) -> bool:
    if "emg" in f"{label} {description}".lower():
        return True
    return is_voltage(unit) and _NOT_EMG.search(label.replace("_", " ")) is None


def _mocap(
    path: Path, parameters: Parameters, points: NDArray[np.float64], data: Mapping[str, Any], clock: _Clock
) -> list[ImportedStream]:
    if points.size == 0 or not clock.point_rate > 0:
        return []
    labels = _padded(parameters.texts("POINT", "LABELS"), points.shape[1], "point")
    modelled = {label for group in _MODELLED for label in parameters.texts("POINT", group) if label}
    real = [index for index, label in enumerate(labels) if label not in modelled]
    if not real:
        return []
    unit = next(iter(parameters.texts("POINT", "UNITS")), "")
    xyz = np.array(points[:3, real, :])  # (3, points, frames)
    residuals = np.asarray(data.get("meta_points", {}).get("residuals", np.empty(0)), dtype=np.float64)
    if residuals.ndim == 3 and residuals.shape[1] == points.shape[1] and residuals.shape[2] >= points.shape[2]:
        xyz[:, residuals[0, real, : points.shape[2]] < 0] = np.nan  # the standard's mark of a point that was not seen
    channels = tuple(Channel(f"{labels[i]}.{axis}", unit) for i in real for axis in "xyz")
    spec = StreamSpec(f"{path.stem} mocap", "MoCap", clock.point_rate, "double64", channels, _source(path, "mocap"))
    samples = np.ascontiguousarray(xyz.transpose(2, 1, 0).reshape(points.shape[2], -1))
    time = clock.start + np.arange(points.shape[2]) / clock.point_rate
    return [ImportedStream("mocap", spec, samples, time)]


def _events(path: Path, found: Sequence[Event]) -> list[ImportedStream]:
    if not found:
        return []
    spec = StreamSpec(f"{path.stem} events", "Markers", 0.0, "string", (Channel("event"),), _source(path, "events"))
    samples = [[event_json(event)] for event in found]
    return [ImportedStream("events", spec, samples, np.array([event.time for event in found]))]


def _source(path: Path, key: str) -> str:
    return f"{path.name}:{key}"


def _padded(labels: Sequence[str], count: int, word: str) -> list[str]:
    """As many labels as there are channels, none of them empty or twice."""
    names: list[str] = []
    for index in range(count):
        name = labels[index] if index < len(labels) and labels[index] else f"{word} {index + 1}"
        names.append(name if name not in names else f"{name} ({index + 1})")
    return names


@hookimpl
def groundup_importers() -> Iterable[type[Importer]]:
    """Return the C3D importer."""
    return [C3DImporter]
