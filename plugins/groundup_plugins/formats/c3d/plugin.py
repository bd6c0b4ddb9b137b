"""C3D in and out: plates, EMG, analog channels, markers, what a model computed, and events, on the file's own clock."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
import numpy as np

from groundup.plugin import (
    Channel,
    Event,
    Exporter,
    Floats,
    Imported,
    ImportedStream,
    Importer,
    Plate,
    Progress,
    Settings,
    StreamSpec,
    event_json,
    hookimpl,
)
from groundup_plugins.formats.c3d.baseline import check_baseline
from groundup_plugins.formats.c3d.data import Data, read_data
from groundup_plugins.formats.c3d.events import events
from groundup_plugins.formats.c3d.file import describe
from groundup_plugins.formats.c3d.layout import data_layout, empty_layout
from groundup_plugins.formats.c3d.left_out import say_left_out
from groundup_plugins.formats.c3d.model import modelled, read_model
from groundup_plugins.formats.c3d.own import is_own, stated_places
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.plates import plates
from groundup_plugins.formats.c3d.rates import Clock, clock
from groundup_plugins.formats.c3d.remarks import Remarks
from groundup_plugins.formats.c3d.rotations import Rotations, read_rotations, rotations_in
from groundup_plugins.formats.c3d.subject import subject
from groundup_plugins.formats.columns import columns_of
from groundup_plugins.formats.names import unique
from groundup_plugins.processors.plate_units import is_voltage

if TYPE_CHECKING:
    from groundup.recording import Recording

# What is in volts and yet no muscle.
_NOT_EMG = re.compile(
    r"sync|trig|switch|gonio|pulse|clock|button|load ?cell|force|moment|torque|treadmill"
    r"|\b(acc|accel|gyr|gyro|mag|imu|temp|temperature|speed|start|stop|ecg|ekg|plate)\d*[xyz]?\b"
    r"|\b[fm][xyz]\d*\b|\b[fm]\d*[xyz]\b|\bfz",
    re.IGNORECASE,
)
_MARGIN_S = 0.5  # by which an event may lie outside the recording without a word


class C3DSettings(Settings, frozen=True, kw_only=True):
    """``[import.c3d]``: what the files do not tell.

    Attributes
    ----------
    frame_rate : float
        Frames a second, where a file names none or several; 0 leaves it to the file.
    """

    frame_rate: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 0.0


class C3DImporter(Importer):
    """Reads C3D files of every kind of computer, with integers or real numbers.

    Streams: ``plate_1``, ``plate_2`` ... (raw channels, with type, corners, origin and calibration), ``emg``,
    ``analog``, ``mocap`` (markers, NaN where one was not seen), ``model`` (angles, moments, powers and forces that the
    mocap system computed, in SI units), ``rotations`` (of segments, as markerless systems write them) and ``events``;
    those the file has nothing for are absent. Times are seconds on the file's clock, on which frame 1 of the
    measurement is 0 s, so that a file cut out of a longer one starts later and its events lie where its samples do.

    Header, parameters and the size of the file are held against each other; what they do not agree on, and what is
    left out, is told in the notes and faults.
    """

    name = "c3d"
    suffixes = (".c3d",)
    settings_type: ClassVar[type[Settings]] = C3DSettings

    def read(self, path: Path) -> Imported:
        """Read a C3D file.

        Raises
        ------
        ValueError
            If it is no C3D file, holds neither markers nor analog channels, or is damaged so that what it means
            cannot be told.
        """
        settings = self.settings if isinstance(self.settings, C3DSettings) else C3DSettings()
        remarks = Remarks()
        file = describe(path, remarks)
        place = rotations_in(file, remarks)
        rest = file if place is None else replace(file, size=place.start)
        alone = place is not None and rest.header.points == rest.header.analog == 0
        layout, frames = empty_layout(rest) if alone else data_layout(rest, remarks)
        time = clock(file, layout, settings.frame_rate, remarks)
        data = read_data(rest, layout, frames, remarks)
        streams = _analog_streams(path, file.parameters, data, time, remarks)
        check_baseline(file.parameters, [s for s in streams if s.spec.plate is not None], time, remarks)
        streams += _mocap(path, file.parameters, data.points, time, remarks)
        if place is not None:
            streams += _rotations(path, read_rotations(file, place, frames, file.size, remarks), time)
        if not streams:
            why = f": {remarks.faults[0]}" if remarks.faults else ""
            raise ValueError(f"{path.name} holds no markers and no analog channels that can be read{why}")
        streams += _events(path, events(file, remarks), time, frames, remarks)
        say_left_out(path.name, file.parameters, remarks)
        person, more = subject(file.parameters)
        return Imported(tuple(streams), person, (*remarks.notes, *more), tuple(remarks.faults))


def _analog_streams(
    path: Path, parameters: Parameters, data: Data, time: Clock, remarks: Remarks
) -> list[ImportedStream]:
    count = len(data.known)
    if not data.known.any():
        return []
    labels = unique(_of(parameters, "ANALOG", "LABELS", count, remarks), "analog")
    units = _of(parameters, "ANALOG", "UNITS", count, remarks)
    notes = (parameters.texts("ANALOG", "DESCRIPTIONS") + [""] * count)[:count]
    times = time.start + np.arange(len(data.analog)) / time.analog_rate
    found = plates(parameters, data.known, units, remarks)
    ours = is_own(parameters)
    stated = stated_places(parameters, "ANALOG", count)

    def stream(
        key: str, kind: str, indices: Sequence[int], site: str = "", plate: Plate | None = None
    ) -> ImportedStream:
        channels = tuple(Channel(labels[i], units[i], site or stated[i][0], stated[i][1]) for i in indices)
        name = f"{path.stem} {key}"
        spec = StreamSpec(name, kind, time.analog_rate, "double64", channels, _source(path, key), plate=plate)
        return ImportedStream(key, spec, columns_of(data.analog, indices), times)

    taken = {index for plate in found for index in plate.channels}
    rest = [index for index in range(count) if index not in taken and data.known[index]]
    emg = {
        index
        for index in rest
        if (notes[index].startswith("EMG:") if ours else _is_emg(labels[index], units[index], notes[index]))
    }
    other = [index for index in rest if index not in emg]
    streams = [stream(f"plate_{p.number}", "Force", p.channels, f"plate:{p.number}", p.plate) for p in found]
    streams += [stream("emg", "EMG", sorted(emg))] if emg else []
    streams += [stream("analog", "Analog", other)] if other else []
    return streams


def _of(parameters: Parameters, group: str, name: str, count: int, remarks: Remarks) -> list[str]:
    """As many texts as there are channels or points; of those without one the remarks are told."""
    texts = parameters.texts(group, name)
    if len(texts) < count:
        remarks.notes.append(f"{group}:{name} has {len(texts)} entries for {count}: the others have none")
    return (texts + [""] * count)[:count]


def _is_emg(label: str, unit: str, description: str) -> bool:
    if "emg" in f"{label} {description}".lower():
        return True
    return is_voltage(unit) and _NOT_EMG.search(label.replace("_", " ")) is None


def _mocap(path: Path, parameters: Parameters, points: Floats, time: Clock, remarks: Remarks) -> list[ImportedStream]:
    frames, count = points.shape[:2]
    if count == 0:
        return []
    labels = unique(_of(parameters, "POINT", "LABELS", count, remarks), "point")
    outputs = modelled(parameters)
    real = [index for index, label in enumerate(labels) if label not in outputs]
    times = time.start + np.arange(frames) / time.point_rate

    def stream(
        key: str, kind: str, channels: tuple[Channel, ...], samples: Floats, extra: dict[str, str] | None = None
    ) -> ImportedStream:
        name = f"{path.stem} {key}"
        spec = StreamSpec(name, kind, time.point_rate, "double64", channels, _source(path, key), extra=extra or {})
        return ImportedStream(key, spec, samples, times)

    streams = []
    if real:
        unit = next(iter(_of(parameters, "POINT", "UNITS", 1, remarks)))
        stated = stated_places(parameters, "POINT", count)
        channels = tuple(Channel(f"{labels[i]}.{axis}", unit, *stated[i]) for i in real for axis in "xyz")
        streams.append(stream("mocap", "MoCap", channels, points[:, real].reshape(frames, -1)))
    model = read_model(parameters, labels, points, path.name, remarks)
    if model is not None:
        streams.append(stream("model", "Model", model.channels, model.samples, {"declared_units": model.declared}))
    return streams


def _rotations(path: Path, found: Rotations | None, time: Clock) -> list[ImportedStream]:
    if found is None:
        return []
    rate = time.point_rate * found.ratio
    spec = StreamSpec(f"{path.stem} rotations", "Model", rate, "double64", found.channels, _source(path, "rotations"))
    times = time.start + np.arange(len(found.samples)) / rate
    return [ImportedStream("rotations", spec, found.samples, times)]


def _events(path: Path, found: Sequence[Event], time: Clock, frames: int, remarks: Remarks) -> list[ImportedStream]:
    if not found:
        return []
    end = time.start + frames / time.point_rate
    outside = sum(not time.start - _MARGIN_S <= event.time <= end + _MARGIN_S for event in found)
    if outside:
        remarks.notes.append(
            f"{outside} of {len(found)} events lie outside the recording, which goes from "
            f"{time.start:.3f} s to {end:.3f} s"
        )
    spec = StreamSpec(f"{path.stem} events", "Markers", 0.0, "string", (Channel("event"),), _source(path, "events"))
    samples = [[event_json(event)] for event in found]
    return [ImportedStream("events", spec, samples, np.array([event.time for event in found]))]


def _source(path: Path, key: str) -> str:
    return f"{path.name}:{key}"


class C3DExporter(Exporter):
    """Writes C3D: markers, plates, EMG and other analog channels on one clock, events, the person."""

    name = "c3d"
    suffix = ".c3d"
    rearranges = True

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as one C3D file."""
        from groundup_plugins.formats.c3d.writing import write_c3d

        return write_c3d(recording, out, progress)


@hookimpl
def groundup_importers() -> Iterable[type[Importer]]:
    """Return the C3D importer."""
    return [C3DImporter]


@hookimpl
def groundup_exporters() -> Iterable[type[Exporter]]:
    """Return the C3D exporter."""
    return [C3DExporter]
