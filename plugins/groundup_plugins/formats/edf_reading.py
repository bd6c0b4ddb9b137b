"""EDF, EDF+, BDF and BDF+ files, through edfio: signals of one rate and kind are a stream, annotations are events."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, Channel, Event, Imported, ImportedStream
from groundup_plugins.formats.libraries import library
from groundup_plugins.formats.vendor_streams import new_events, new_stream, said_units, unique, with_muscles
from groundup_plugins.processors.plate_units import force_unit, is_voltage, moment_unit

_NOT_EMG = re.compile(r"\b(e[ceo]g|ekg|status|trig\w*|sync|ref|resp\w*|ground)\b", re.IGNORECASE)


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
        edf = (edfio.read_bdf if bdf else edfio.read_edf)(path, lazy_load_data=True)
        whole, signals, annotations = edf.is_continuous, list(edf.signals), list(edf.annotations)
        known = [_Signal(signal) for signal in signals]
    except Exception as error:  # whatever it meets in a damaged file
        raise ValueError(f"{path.name} is damaged or no EDF or BDF file: {error}") from error
    if not whole:
        raise ValueError(f"{path.name} was recorded with pauses (EDF+D), which are not read: export it as EDF+C")
    notes: list[str] = []
    groups: dict[tuple[str, str, float], list[_Signal]] = {}
    for one in known:
        if one.rate > 0:
            groups.setdefault((*_kind(one), one.rate), []).append(one)
    streams: list[ImportedStream] = []
    for (key, kind, rate), members in groups.items():
        same = sum(stream.id.split("_")[0] == key for stream in streams)
        labels = unique([one.label for one in members], "signal")
        channels = [Channel(label, one.unit) for label, one in zip(labels, members, strict=True)]
        try:
            samples = np.column_stack([one.data for one in members])
        except Exception as error:
            raise ValueError(f"{path.name} is damaged: its signals cannot be read ({error})") from error
        time = np.arange(len(samples)) / rate
        streams.append(new_stream(path, f"{key}_{same + 1}" if same else key, kind, rate, channels, samples, time))
    if sites:
        streams = with_muscles(streams, "edf", notes)
    said_units(streams, path.name, notes)
    events = [Event(float(a.onset), "marker", source="file", text=str(a.text)) for a in annotations if a.text]
    if events:
        streams.append(new_events(path, events))
    if not streams:
        raise ValueError(f"{path.name} holds no signal")
    return Imported(tuple(streams), notes=tuple(notes))


class _Signal:
    """A signal with what its head says of it."""

    def __init__(self, signal: Any) -> None:
        self._signal = signal
        self.label = str(signal.label).strip()
        self.unit = str(signal.physical_dimension).strip()
        self.sensor = str(signal.transducer_type).strip()
        self.rate = float(signal.sampling_frequency)

    @property
    def data(self) -> Any:
        return np.asarray(self._signal.data, np.float64)


def _kind(one: _Signal) -> tuple[str, str]:
    """Key and content type of the stream that a signal goes into."""
    unit, words = one.unit.strip().lower(), f"{one.label} {one.sensor}"
    if is_voltage(unit) and re.search(r"emg", words, re.IGNORECASE) and not _NOT_EMG.search(one.label):
        return "emg", "EMG"
    if unit in ACCELERATION or unit in ANGULAR_VELOCITY:
        return "imu", "IMU"
    if force_unit(unit) is not None or moment_unit(unit) is not None:
        return "forces", "Force"
    return "analog", "Analog"
