"""What a stream is: its name, rate, format, and channels with their sites, sides and units.

A `StreamSpec` is what a driver or an importer announces, what travels as XML in LSL's stream header, and what the
recording is read back with.
"""

import math
from dataclasses import dataclass, field
from typing import Literal, get_args
from xml.etree import ElementTree as ET

from groundup.model.anatomy import MUSCLES, SEGMENT_RANK, Side

Format = Literal["float32", "double64", "string", "int32", "int16", "int8", "int64"]
"""The seven value formats of LSL, by their LSL names."""

FORMATS: tuple[str, ...] = get_args(Format)
DTYPES: dict[str, str] = {
    "float32": "<f4",
    "double64": "<f8",
    "int32": "<i4",
    "int16": "<i2",
    "int8": "<i1",
    "int64": "<i8",
}
"""NumPy type of each numeric format."""


@dataclass(frozen=True)
class Channel:
    """One channel of a stream.

    Attributes
    ----------
    label : str
        The device's or the lab's own name for it.
    unit : str
        Unit as LSL metadata gives it: ``V``, ``N``, ``Nm``, ``m/s^2``, ``rad/s`` ...
    site : str
        Muscle, segment or plate by the names of `groundup.model.anatomy`; empty when unknown.
    side : {"L", "R", ""}
        Left, right, or neither.
    """

    label: str
    unit: str = ""
    site: str = ""
    side: Side = ""


@dataclass(frozen=True)
class Plate:
    """A force plate's geometry, in the terms of the C3D standard, in metres.

    Attributes
    ----------
    type : int
        Of the C3D standard (`groundup.model.plate_types.PLATE_TYPES`).
    corners_m : tuple
        Four corners (x, y, z) in the lab frame, in the order of the C3D standard.
    origin_m : tuple
        C3D ORIGIN: for types 2 and 4 the vector from the sensors' origin to the middle of the top surface, in plate
        axes (its z is usually negative); for type 3 (a, b, az0).
    calibration : tuple of rows, optional
        Matrix that multiplies the column of channel values (type 4).
    """

    type: int
    corners_m: tuple[tuple[float, float, float], ...]
    origin_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    calibration: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class StreamSpec:
    """A stream, as announced.

    Attributes
    ----------
    name, type, source_id : str
        As in LSL. `type` is LSL's content type: ``EMG``, ``IMU``, ``Force``, ``Markers``, ``MoCap`` ...
    rate : float
        Nominal sampling rate in Hz; 0 for an irregular stream.
    format : str
        One of the seven LSL formats.
    channels : tuple of Channel
    plate : Plate, optional
        Geometry, when the stream is a force plate.
    latency_s : float
        How late the device stamps its samples, in seconds (positive: stamped late). Taken off on the lab clock.
    role : str
        ``"live"`` for a stream computed from others, ``"ticks"`` for what a driver made its time stamps of,
        ``"status"`` for what a device says of itself, else empty.
    inputs : tuple of str
        For a computed stream: the uids it was computed from.
    extra : dict
        Further metadata, each a word of XML and its text. What a driver sends names there the plugin that made it.
    """

    name: str
    type: str
    rate: float
    format: Format
    channels: tuple[Channel, ...]
    source_id: str = ""
    hostname: str = ""
    plate: Plate | None = None
    latency_s: float = 0.0
    role: str = ""
    inputs: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bool:
        """Whether it is what a device or a person sent, for an analysis."""
        return self.role not in ("live", "ticks", "status")

    @property
    def bandwidth_hz(self) -> float:
        """Up to which frequency the sensor passes what it measures, by its metadata; NaN where nothing says it."""
        try:
            found = float(self.extra.get("bandwidth_hz", ""))
        except ValueError:
            return math.nan
        return found if 0 < found < math.inf else math.nan

    @property
    def kind(self) -> str:
        """What the samples are, for the analysis: ``plate``, ``emg``, ``imu``, ``treadmill``, ``markers`` ..."""
        if self.plate is not None:
            return "plate"
        kind = _KINDS.get(self.type.lower().replace(" ", ""))
        if kind is not None:
            return kind
        if self.format == "string":
            return "markers"
        # A type that says nothing; the lab may still have said where the electrodes and sensors are.
        if any(c.site in MUSCLES for c in self.channels):
            return "emg"
        return "imu" if any(c.site in SEGMENT_RANK for c in self.channels) else "other"


_KINDS = {
    "emg": "emg",
    "imu": "imu",
    "acc": "imu",
    "accelerometer": "imu",
    "gyroscope": "imu",
    "markers": "markers",
    "marker": "markers",
    "events": "markers",
    "mocap": "mocap",
    "model": "model",
    "treadmill": "treadmill",
    "belt": "treadmill",
}


def desc_xml(spec: StreamSpec) -> str:
    """The stream's own metadata as LSL's ``<desc>`` element.

    Follows the XDF metadata convention (``channels/channel/{label,unit,type}``); ``site``, ``side`` and ``plate`` are
    ours.
    """
    desc = ET.Element("desc")
    channels = ET.SubElement(desc, "channels")
    for channel in spec.channels:
        node = ET.SubElement(channels, "channel")
        for key, value in (
            ("label", channel.label),
            ("unit", channel.unit),
            ("type", spec.type),
            ("site", channel.site),
            ("side", channel.side),
        ):
            if value:
                ET.SubElement(node, key).text = value
    if spec.plate is not None:
        desc.append(_plate_xml(spec.plate))
    if spec.latency_s:
        ET.SubElement(desc, "latency_s").text = repr(spec.latency_s)
    if spec.role:
        ET.SubElement(desc, "role").text = spec.role
    if spec.inputs:
        inputs = ET.SubElement(desc, "inputs")
        for uid in spec.inputs:
            ET.SubElement(inputs, "uid").text = uid
    for key, value in spec.extra.items():
        ET.SubElement(desc, key).text = value
    return ET.tostring(desc, encoding="unicode")


def _plate_xml(plate: Plate) -> ET.Element:
    node = ET.Element("plate")
    ET.SubElement(node, "type").text = str(plate.type)
    corners = ET.SubElement(node, "corners_m")
    for corner in plate.corners_m:
        ET.SubElement(corners, "corner").text = _numbers_text(corner)
    ET.SubElement(node, "origin_m").text = _numbers_text(plate.origin_m)
    if plate.calibration is not None:
        matrix = ET.SubElement(node, "calibration")
        for row in plate.calibration:
            ET.SubElement(matrix, "row").text = _numbers_text(row)
    return node


def _numbers_text(values: tuple[float, ...]) -> str:
    return " ".join(repr(float(value)) for value in values)
