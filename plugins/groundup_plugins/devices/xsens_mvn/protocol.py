"""Datagrams of the *MVN real-time network streaming protocol* (revisions to N, 2018): 24 bytes of header, then items.

What belongs to one sample may come in several datagrams, in any order. All is big endian.
"""

import struct
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct(">6sIBBIB7x")  # id, sample counter, datagram counter, items, time code, character
_LAST = 0x80
_WAITING = 32  # samples whose other datagrams are waited for

JOINT_ANGLES, SEGMENTS, TRACKERS, CENTRE_OF_MASS = "20", "21", "23", "24"

_ITEM = {
    JOINT_ANGLES: np.dtype([("id", ">i4", 2), ("values", ">f4", 3)]),
    SEGMENTS: np.dtype([("id", ">i4"), ("values", ">f4", 9)]),
    TRACKERS: np.dtype([("id", ">i4"), ("pose", ">f4", 7), ("values", ">f4", 9)]),
    CENTRE_OF_MASS: np.dtype([("values", ">f4", 3)]),
}
_OLD_TRACKER = 44
"""Bytes of a tracker before June 2018: without what its accelerometer and gyroscope read."""

SEGMENT_NAMES = (
    "pelvis", "L5", "L3", "T12", "T8", "neck", "head",
    "right shoulder", "right upper arm", "right forearm", "right hand",
    "left shoulder", "left upper arm", "left forearm", "left hand",
    "right upper leg", "right lower leg", "right foot", "right toe",
    "left upper leg", "left lower leg", "left foot", "left toe",
)  # fmt: skip
"""By segment ID, from 1."""

_JOINTS = {
    ("pelvis", "L5"): "L5S1", ("L5", "L3"): "L4L3", ("L3", "T12"): "L1T12", ("T12", "T8"): "T9T8",
    ("T8", "neck"): "T1C7", ("neck", "head"): "C1 head",
    ("pelvis", "right upper leg"): "right hip", ("right upper leg", "right lower leg"): "right knee",
    ("right lower leg", "right foot"): "right ankle", ("right foot", "right toe"): "right ball of foot",
    ("pelvis", "left upper leg"): "left hip", ("left upper leg", "left lower leg"): "left knee",
    ("left lower leg", "left foot"): "left ankle", ("left foot", "left toe"): "left ball of foot",
    ("right shoulder", "right upper arm"): "right shoulder", ("right upper arm", "right forearm"): "right elbow",
    ("right forearm", "right hand"): "right wrist",
    ("left shoulder", "left upper arm"): "left shoulder", ("left upper arm", "left forearm"): "left elbow",
    ("left forearm", "left hand"): "left wrist",
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """All items of one kind at one moment.

    Attributes
    ----------
    kind : str
        The message type, two digits.
    counter : int
        Number of the sample; it wraps at 2³².
    time_ms : int
        MVN's time code; it wraps at 2³².
    names : tuple of str
        What each item is of.
    values : ndarray, shape (items, values)
    """

    kind: str
    counter: int
    time_ms: int
    names: tuple[str, ...]
    values: NDArray[np.float32]


class Assembler:
    """Puts samples together of datagrams.

    Attributes
    ----------
    characters : set of int
        Of whom anything came.
    old_trackers : bool
        Whether trackers came in the form that has no raw acceleration.
    """

    def __init__(self, character: int) -> None:
        self.characters: set[int] = set()
        self.old_trackers = False
        self._character = character
        self._parts: OrderedDict[tuple[str, int], dict[int, tuple[int, bytes]]] = OrderedDict()

    def add(self, datagram: bytes) -> Sample | None:
        """Take a datagram; the sample that is whole with it, if one is. What is none of MVN's is passed over."""
        if len(datagram) < _HEADER.size or not datagram.startswith(b"MXTP"):
            return None
        name, counter, part, count, time_ms, character = _HEADER.unpack_from(datagram)
        kind = name[4:].decode("ascii", "replace")
        self.characters.add(character)
        if kind not in _ITEM or character != self._character:
            return None
        parts = self._parts.setdefault((kind, counter), {})
        parts[part] = (count, datagram[_HEADER.size :])
        while len(self._parts) > _WAITING:
            self._parts.popitem(last=False)
        last = max(parts)
        if not last & _LAST or len(parts) <= last & ~_LAST:
            return None
        del self._parts[kind, counter]
        whole = [parts[key] for key in sorted(parts)]
        items, payload = sum(count for count, _ in whole), b"".join(payload for _, payload in whole)
        return self._sample(kind, counter, time_ms, items, payload)

    def _sample(self, kind: str, counter: int, time_ms: int, count: int, payload: bytes) -> Sample | None:
        item = _ITEM[kind]
        if kind == CENTRE_OF_MASS:  # later versions send its velocity and acceleration, too
            count, payload = 1, payload[: item.itemsize]
        if kind == TRACKERS and len(payload) == count * _OLD_TRACKER:
            self.old_trackers = True
            return None
        if not count or len(payload) != count * item.itemsize:
            return None
        items = np.frombuffer(payload, item)
        values = items["values"].astype(np.float32)
        return Sample(kind, counter, time_ms, _names(kind, items), values)


def _names(kind: str, items: NDArray[np.void]) -> tuple[str, ...]:
    if kind == CENTRE_OF_MASS:
        return ("centre of mass",)
    if kind != JOINT_ANGLES:
        return tuple(segment_name(int(number)) for number in items["id"])
    ends = [(segment_name(int(a) // 256), segment_name(int(b) // 256)) for a, b in items["id"]]
    return tuple(_JOINTS.get((a, b), f"{a} to {b}") for a, b in ends)


def segment_name(number: int) -> str:
    """The segment with this ID."""
    return SEGMENT_NAMES[number - 1] if 1 <= number <= len(SEGMENT_NAMES) else f"segment {number}"
