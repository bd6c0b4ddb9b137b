"""EDF, EDF+, BDF and BDF+ files, through edfio: signals of one rate and kind are a stream, annotations are events.

In a file that groundup wrote, the field of the sensor says stream, site and side, and an annotation where nothing was
recorded.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, Channel, Event, Floats, Imported, ImportedStream, Side
from groundup_plugins.formats.libraries import library
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.streams import new_events, new_stream, said_units, with_muscles
from groundup_plugins.processors.plate_units import force_unit, is_voltage, length_unit, moment_unit

_NOT_EMG = re.compile(r"\b(e[ceo]g|ekg|status|trig\w*|sync|ref|resp\w*|ground)\b", re.IGNORECASE)
_MISSING = "BAD_missing "
_CONTACT = re.compile(r"(IC|FO) ([LR])")


@dataclass(frozen=True)
class _Signal:
    """A signal, what its head says of it, and where it goes: key of a stream, content type, site, side."""

    signal: Any
    label: str
    unit: str
    rate: float
    key: str
    kind: str
    site: str = ""
    side: Side = ""


def read_edf(path: Path, sites: bool) -> Imported:
    """Read a file.

    Parameters
    ----------
    path : Path
    sites : bool
        Whether muscles are guessed from the labels.

    Raises
    ------
    ValueError
        If it is damaged, has pauses (EDF+D), or edfio is not installed.
    """
    edfio: Any = library("edfio", "edfio", "edf")
    with path.open("rb") as file:
        bdf = file.read(8) == b"\xffBIOSEMI"
    try:
        with warnings.catch_warnings(record=True) as odd:
            warnings.simplefilter("always")
            edf = (edfio.read_bdf if bdf else edfio.read_edf)(path)
            whole, annotations = edf.is_continuous, list(edf.annotations)
            ours = " groundup" in f" {edf.local_recording_identification}"
            streams = _streams(
                path, [_described(signal, ours) for signal in edf.signals], edf.duration, annotations if ours else []
            )
    except Exception as error:  # whatever edfio meets in a damaged file
        raise ValueError(f"{path.name} is damaged or no EDF or BDF file: {error}") from error
    if not whole:
        raise ValueError(f"{path.name} was recorded with pauses (EDF+D), which are not read: export it as EDF+C")
    if not streams:
        raise ValueError(f"{path.name} holds no signal")
    notes: list[str] = []
    if sites and not ours:
        streams = with_muscles(streams, "edf", notes)
    said_units(streams, path.name, notes)
    kept = [a for a in annotations if a.text and not (ours and a.text.startswith(_MISSING))]
    events = [_event(float(a.onset), str(a.text), ours) for a in kept]
    if events:
        streams.append(new_events(path, events))
    faults = dict.fromkeys(f"{path.name}: {warning.message}" for warning in odd)
    return Imported(tuple(streams), notes=tuple(notes), faults=tuple(faults))


def _event(time: float, text: str, ours: bool) -> Event:
    contact = _CONTACT.fullmatch(text) if ours else None
    if contact:
        return Event(time, contact[1], cast(Side, contact[2]), "file")
    return Event(time, "marker", source="file", text=text)


def _described(signal: Any, ours: bool) -> _Signal:
    label, unit = str(signal.label).strip(), str(signal.physical_dimension).strip()
    sensor, rate = str(signal.transducer_type).strip(), float(signal.sampling_frequency)
    key, kind = _kind(label, sensor, unit)
    words = sensor.split()
    if not ours or not words:
        return _Signal(signal, label, unit, rate, key, kind)
    if length_unit(unit) is not None and re.search(r"[._ ][xyz]$", label):
        kind = "MoCap"
    side = cast(Side, words[-1] if len(words) > 1 and words[-1] in ("L", "R") else "")
    site = words[1] if len(words) > 1 + bool(side) else ""
    return _Signal(signal, label, unit, rate, words[0], kind, site, side)


def _kind(label: str, sensor: str, unit: str) -> tuple[str, str]:
    """Key and content type of the stream that a signal goes into."""
    plain = unit.lower()
    if is_voltage(unit) and re.search(r"emg", f"{label} {sensor}", re.IGNORECASE) and not _NOT_EMG.search(label):
        return "emg", "EMG"
    if plain in ACCELERATION or plain in ANGULAR_VELOCITY:
        return "imu", "IMU"
    if force_unit(unit) is not None or moment_unit(unit) is not None:
        return "forces", "Force"
    return "analog", "Analog"


def _streams(
    path: Path, signals: Sequence[_Signal], seconds: float, annotations: Sequence[Any]
) -> list[ImportedStream]:
    groups: dict[tuple[str, float], list[_Signal]] = {}
    for one in signals:
        if one.rate > 0:
            groups.setdefault((one.key, one.rate), []).append(one)
    found: list[ImportedStream] = []
    for (key, rate), members in groups.items():
        name = key if all(stream.id != key for stream in found) else f"{key}_{rate:g}".replace(".", "_")
        labels = unique([one.label for one in members], "signal")
        channels = [Channel(label, one.unit, one.site, one.side) for label, one in zip(labels, members, strict=True)]
        samples = np.empty((round(seconds * rate), len(members)))
        for column, one in enumerate(members):
            samples[:, column] = _values(one, seconds, annotations)
        time = np.arange(len(samples)) / rate
        found.append(new_stream(path, name, members[0].kind, rate, channels, samples, time))
    return found


def _values(one: _Signal, seconds: float, annotations: Sequence[Any]) -> Floats:
    """Its samples; NaN where an annotation says that nothing was recorded, and the least number stands."""
    values = np.array(one.signal.get_data_slice(0, seconds), np.float64)  # `data` would keep all that was read
    gaps = [a for a in annotations if str(a.text) == f"{_MISSING}{one.key}" and a.duration]
    if gaps:
        least = one.signal.get_digital_slice(0, seconds) == one.signal.digital_min
        for gap in gaps:
            begin, end = int(gap.onset * one.rate), int(np.ceil((gap.onset + gap.duration) * one.rate)) + 1
            part = slice(max(begin - 1, 0), end)
            values[part][least[part]] = np.nan
    return values
