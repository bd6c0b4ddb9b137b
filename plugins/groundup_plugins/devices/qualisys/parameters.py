"""What QTM says of its analog boards, force plates and rigid bodies: the XML of ``GetParameters``."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from groundup.plugin import Channel, Plate
from groundup_plugins.devices.qualisys.settings import QualisysChannel, QualisysSettings

_UNITS = {
    "volts": "V", "volt": "V", "millivolts": "mV", "microvolts": "uV", "newtons": "N", "newtonmeters": "Nm",
    "newtonmillimeters": "Nmm",
}  # fmt: skip
_METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "in": 0.0254, "ft": 0.3048}


@dataclass(frozen=True)
class Board:
    """An analog board: its number in the data packets, name, rate in Hz, and channels."""

    number: int
    name: str
    rate: float
    channels: tuple[Channel, ...]


@dataclass(frozen=True)
class ForcePlate:
    """A force plate: its number in the data packets, name, rate in Hz, and where it lies."""

    number: int
    name: str
    rate: float
    plate: Plate | None


def read_boards(xml: str, settings: QualisysSettings) -> list[Board]:
    """Analog boards, in QTM's order; `channels` of the settings give sites."""
    found = []
    for device in _root(xml).iterfind("Analog/Device"):
        number, count = int(_number(device, "Device_ID")), int(_number(device, "Channels"))
        listed = list(device.iterfind("Channel"))[:count]
        channels = [_channel(_text(node, "Label"), _text(node, "Unit"), settings) for node in listed]
        channels += [_channel(f"channel {i + 1}", _text(device, "Unit"), settings) for i in range(len(listed), count)]
        name = _text(device, "Device_Name") or f"board {number}"
        found.append(Board(number, name, _number(device, "Frequency"), tuple(channels)))
    return found


def read_plates(xml: str) -> list[ForcePlate]:
    """Force plates, in QTM's order. Their channels are force and moment about the middle of the top surface."""
    force = _root(xml).find("Force")
    if force is None:
        return []
    metres = _METRES.get(_text(force, "Unit_Length").lower(), 1e-3)
    found = []
    for node in force.iterfind("Plate"):
        number = int(_number(node, "Force_Plate_Index") or _number(node, "Plate_ID"))
        corners = []
        for corner in (node.find(f"Location/Corner{i}") for i in range(1, 5)):
            if corner is not None:
                corners.append(
                    (metres * _number(corner, "X"), metres * _number(corner, "Y"), metres * _number(corner, "Z"))
                )
        plate = Plate(2, tuple(corners)) if len(corners) == 4 else None
        found.append(ForcePlate(number, _text(node, "Name") or f"plate {number}", _number(node, "Frequency"), plate))
    return found


def read_bodies(xml: str) -> list[str]:
    """Names of the rigid bodies, in the order of the data packets."""
    names = [_text(body, "Name") for body in _root(xml).iterfind("The_6D/Body")]
    return [name or f"body {index}" for index, name in enumerate(names, 1)]


def read_rate(xml: str) -> float:
    """Rate of the cameras in Hz; 0 when QTM does not tell."""
    general = _root(xml).find("General")
    return 0.0 if general is None else _number(general, "Frequency")


def _channel(label: str, unit: str, settings: QualisysSettings) -> Channel:
    lab = settings.channels.get(label, QualisysChannel())
    return Channel(label, lab.unit or _UNITS.get(unit.lower().replace(" ", ""), unit), lab.site, lab.side)


def _root(xml: str) -> ET.Element:
    try:
        return ET.fromstring(xml)
    except ET.ParseError as error:
        raise OSError(f"QTM's parameters cannot be read: {error}") from error


def _text(node: ET.Element, path: str) -> str:
    return (node.findtext(path) or "").strip()


def _number(node: ET.Element, path: str) -> float:
    try:
        return float(_text(node, path) or 0.0)
    except ValueError:
        return 0.0
