"""OTB+ files of OT BioLab+: a tar of numbers (.sig) and XML; in volts where the amplifier's conversion is published.

Source: OTBioelettronica's OpenOTBfilesConvFact (BSD-3 by permission), as MNE-Python has it: a count is range / 2^bits
/ gain volts, by device and adapter. A device that is not in that table stays in counts, without a unit.
"""

import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Floats, Imported, ImportedStream, guessed_site
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.streams import new_stream

_DIRECT = (5.0, 0.5)
# Range in V and gain of what is measured, by device; of a SyncStation by adapter.
_CONVERSION = {
    "QUATTRO": (5.0, 150.0),
    "QUATTROCENTO": (5.0, 150.0),
    "DUE": (5.0, 200.0),
    "DUE+": (3.3, 202.0),
    "QUATTRO+": (3.3, 202.0),
}
_OF_SYNCSTATION = {"Due+": (3.3, 202.0), "Quattro+": (3.3, 202.0), "AdapterLoadCell": (5.0, 0.5)}
_CONTROL = ("AdapterControl", "AdapterQuaternions")
_MOST_XML = 1 << 24


@dataclass(frozen=True)
class _Column:
    """A channel: its place in a row, label, volts a count (0: not known), stream, muscle as people wrote it."""

    index: int
    label: str
    volts: float
    key: str
    muscle: str


def is_otb(path: Path) -> bool:
    """Whether a file is a tar with a file of samples in it."""
    try:
        with tarfile.open(path, "r:*") as archive:
            return any(name.endswith(".sig") for name in archive.getnames())
    except (tarfile.TarError, OSError, EOFError):
        return False


def read_otb(path: Path, sites: bool) -> Imported:
    """Read a file.

    Parameters
    ----------
    path : Path
    sites : bool
        Whether the muscles that people wrote down are taken for sites, where they mean one.

    Raises
    ------
    ValueError
        If it is no OTB+ file, damaged, or holds several acquisitions.
    """
    try:
        with tarfile.open(path, "r:*") as archive:
            names = [name for name in archive.getnames() if name.endswith(".sig")]
            if len(names) != 1:
                raise ValueError(f"{path.name} holds {len(names)} files of samples: export one acquisition by itself")
            about = _xml(path, _bytes(archive, f"{names[0][:-4]}.xml", _MOST_XML))
            data = _bytes(archive, names[0])
    except (tarfile.TarError, OSError, EOFError, KeyError) as error:
        raise ValueError(f"{path.name} is damaged, or no OTB+ file: {error}") from error
    try:
        device, bits = about.get("Name", ""), int(about.get("ad_bits", "0"))
        count, rate = int(about.get("DeviceTotalChannels", "0")), float(about.get("SampleFrequency", "0"))
    except ValueError as error:
        raise ValueError(f"{path.name}: its device is not described as OT BioLab+ does: {error}") from error
    if bits not in (16, 24) or not 0 < count < 10_000 or not 0 < rate < 1e6:
        raise ValueError(
            f"{path.name} tells of {count} channels of {bits} bits at {rate:g} Hz, which no OTB+ file known here has"
        )
    notes: list[str] = []
    faults = []
    if len(data) % (count * bits // 8):
        faults.append(f"{path.name} ends within a sample: it is cut short")
    rows = _counts(data, count, bits)
    columns = _columns(path, about, device, bits, count, notes)
    time = np.arange(len(rows)) / rate
    streams = [
        _stream(path, key, columns, rows, rate, time, sites, notes) for key in dict.fromkeys(c.key for c in columns)
    ]
    return Imported(tuple(streams), notes=tuple(notes), faults=tuple(faults))


def _bytes(archive: tarfile.TarFile, name: str, most: int = -1) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(f"there is no file {name} in it")
    return file.read(most)


def _xml(path: Path, data: bytes) -> ET.Element:
    if re.search(rb"<!(DOCTYPE|ENTITY)", data):
        raise ValueError(f"{path.name} declares entities, which no OTB+ file does: it is not read")
    try:
        found = ET.fromstring(data)
    except ET.ParseError as error:
        raise ValueError(f"{path.name} is damaged: its description is no XML ({error})") from error
    device = found if found.tag == "Device" else found.find(".//Device")
    if device is None:
        raise ValueError(f"{path.name} does not describe its device: is it of OT BioLab+?")
    return device


def _counts(data: bytes, count: int, bits: int) -> NDArray[np.int32]:
    """Numbers as stored, shape (N, count): little-endian, with a sign."""
    size = bits // 8
    whole = len(data) // (count * size) * count * size
    if bits == 16:
        return np.frombuffer(data[:whole], "<i2").reshape(-1, count).astype(np.int32)
    raw = np.zeros((whole // 3, 4), np.uint8)
    raw[:, 1:] = np.frombuffer(data[:whole], np.uint8).reshape(-1, 3)
    return (raw.reshape(-1).view("<i4") >> 8).reshape(-1, count)


def _columns(path: Path, about: ET.Element, device: str, bits: int, count: int, notes: list[str]) -> list[_Column]:
    found: list[_Column] = []
    for adapter in about.iter("Adapter"):
        name, start = adapter.get("ID", ""), _number(adapter.get("ChannelStartIndex", "0"))
        scale = _conversion(path, device, name, _number(adapter.get("Gain", "1")), notes)
        for channel in adapter.iter("Channel"):
            index = int(start + _number(channel.get("Index", "0")))
            if not 0 <= index < count:
                raise ValueError(f"{path.name} describes a channel {index + 1} of {count}")
            label = channel.get("ID", "") or name
            kind = _key(name, label)
            gain = _number(channel.get("Gain", "1")) or 1.0
            volts = (
                0.0 if scale is None or kind in ("orientation", "control") else scale[0] / 2**bits / (scale[1] * gain)
            )
            muscle = " ".join(filter(None, (channel.get("Muscle", ""), channel.get("Side", ""))))
            found.append(_Column(index, label, volts, kind, muscle))
    if sorted(column.index for column in found) != list(range(count)):
        raise ValueError(f"{path.name} describes {len(found)} channels, and its samples have {count}")
    return found


def _conversion(path: Path, device: str, adapter: str, gain: float, notes: list[str]) -> tuple[float, float] | None:
    """Range in V and gain; None where no table has them."""
    if adapter in _CONTROL:
        return None
    if adapter.startswith("Direct connection"):
        scale: tuple[float, float] | None = _DIRECT
    else:
        scale = _OF_SYNCSTATION.get(adapter) if device == "SYNCSTATION" else _CONVERSION.get(device)
    if scale is not None and gain in (1.0, scale[1]):
        return scale
    why = (
        "is in no published table"
        if scale is None
        else f"has a gain of {gain:g} in the file and {scale[1]:g} in the table"
    )
    notes.append(
        f"{path.name}: what a count of {device} with {adapter} is worth {why}: its channels are in counts, without a "
        "unit. Export volts from OT BioLab+, or give their unit in lab.toml"
    )
    return None


def _key(adapter: str, label: str) -> str:
    if adapter == "AdapterQuaternions" or label.startswith("Quaternion"):
        return "orientation"
    if adapter == "AdapterControl" or re.match(r"buffer|ramp", label, re.IGNORECASE):
        return "control"
    return "aux" if re.match(r"aux|load ?cell", label, re.IGNORECASE) or adapter.startswith("Direct") else "emg"


def _stream(
    path: Path, key: str, columns: list[_Column], rows: NDArray[np.int32], rate: float, time: Floats, sites: bool,
    notes: list[str],
) -> ImportedStream:  # fmt: skip
    members = [column for column in columns if column.key == key]
    names = unique([column.label for column in members], "channel")
    channels = []
    for name, column in zip(names, members, strict=True):
        site, side = guessed_site(column.muscle, "emg") if sites and key == "emg" and column.muscle else ("", "")
        channels.append(Channel(name, "V" if column.volts else "", site, side))
    guessed = [f"{c.label} = {c.site} {c.side}" for c in channels if c.site]
    if guessed:
        notes.append(f"check the muscles, as they stand in the file: {'; '.join(guessed[:8])}")
    samples = rows[:, [column.index for column in members]] * np.array([column.volts or 1.0 for column in members])
    kind = {"emg": "EMG", "orientation": "Model", "aux": "Analog"}.get(key, "Other")
    return new_stream(path, key, kind, rate, channels, samples, time)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
