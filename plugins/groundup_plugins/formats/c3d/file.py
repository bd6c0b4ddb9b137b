"""A C3D file's header and parameters: what it says of itself before its data are read.

Source of the format: The C3D File Format User Guide (Motion Lab Systems), and c3d.org.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundup_plugins.formats.c3d.numbers import DEC, INTEL, MIPS, Numbers
from groundup_plugins.formats.c3d.parameters import Parameters, read_section, text
from groundup_plugins.formats.c3d.remarks import Remarks

BLOCK = 512
_KEY = 0x50
_EVENT_KEY = 12345
_MOST_EVENTS = 18
_MEMBERS = {
    "POINT": {"USED", "SCALE", "RATE"},
    "ANALOG": {"USED", "SCALE", "GEN_SCALE"},
    "FORCE_PLATFORM": {"TYPE", "CORNERS", "CHANNEL"},
    "EVENT": {"TIMES", "LABELS"},
}


@dataclass(frozen=True)
class Header:
    """The first block of a file, as it stands there.

    Attributes
    ----------
    points : int
        3D points in a frame.
    analog : int
        Analog numbers in a frame: channels times samples.
    first, last : int
        Numbers of the first and last frame, from 1; in 16 bits.
    scale : float
        Of integer points; below zero where the data are real numbers.
    data_block : int
        Where the data begin, in blocks of 512 bytes from 1.
    per_frame : int
        Analog samples of a channel in a frame.
    rate : float
        Frames a second.
    events : tuple of (float, str)
        Up to 18 times (s) and labels, in files older than the EVENT group.
    """

    points: int
    analog: int
    first: int
    last: int
    scale: float
    data_block: int
    per_frame: int
    rate: float
    events: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Description:
    """What a file says of itself.

    Attributes
    ----------
    path : Path
    size : int
        Of the file in bytes, or of what of it is header, parameters, points and analog channels.
    numbers : Numbers
    header : Header
    parameters : Parameters
    earliest_data : int
        Byte before which no data can begin: where the parameters end.
    """

    path: Path
    size: int
    numbers: Numbers
    header: Header
    parameters: Parameters
    earliest_data: int

    @property
    def name(self) -> str:
        """Of the file, for messages."""
        return self.path.name

    def bytes_from(self, at: int) -> bytes:
        """The bytes from a place to the end."""
        with self.path.open("rb") as file:
            file.seek(at)
            return file.read(max(self.size - at, 0))


def describe(path: Path, remarks: Remarks) -> Description:
    """Read header and parameters.

    Raises
    ------
    ValueError
        If it is no C3D file, or ends before its data begin.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(BLOCK)
        if len(head) < 2 or head[1] != _KEY:
            raise ValueError(f"{path.name} is not a C3D file: its first bytes are not a C3D header's")
        start = (head[0] - 1) * BLOCK
        file.seek(max(0, start))
        first = file.read(4)
        if len(head) < BLOCK or len(first) < 4 or start < BLOCK:
            raise ValueError(f"{path.name} is cut short: it ends before its data begin. Copy it again from its source")
        if first[3] not in (INTEL, DEC, MIPS):
            raise ValueError(
                f"{path.name} is damaged, or no C3D file: it names a kind of computer that the format does not know "
                f"({first[3]}; 84, 85 and 86 are known)"
            )
        numbers = Numbers(first[3])
        header = read_header(head, numbers)
        until = max(start + first[2] * BLOCK, min((header.data_block - 1) * BLOCK, size))
        file.seek(start)
        section = file.read(until - start)
    found = read_section(section, numbers)
    earliest = start + found.end
    if earliest >= size:
        raise ValueError(f"{path.name} is cut short: it ends before its data begin. Copy it again from its source")
    remarks.faults.extend(f"{path.name} is damaged: {wrong}" for wrong in found.wrong)
    remarks.faults.extend(_misnamed(path.name, found.parameters))
    data = [(header.data_block - 1) * BLOCK, *((found.parameters.words("POINT", "DATA_START") - 1) * BLOCK)]
    ends = [first[2] * BLOCK, *(int(byte) - start for byte in data)]
    if not found.wrong and any(section[found.end + 2 : min((end for end in ends if end > found.end), default=0)]):
        remarks.notes.append(
            f"{path.name} has bytes after the last of its parameters, {found.last}: if they are parameters, they are "
            "not read"
        )
    return Description(path, size, numbers, header, found.parameters, earliest)


def _misnamed(name: str, parameters: Parameters) -> Iterator[str]:
    """Groups that the format knows, by what is in them, under a name that it does not know."""
    for group, members in _MEMBERS.items():
        if group not in parameters.groups:
            for other, found in parameters.groups.items():
                if other not in _MEMBERS and members <= set(found):
                    yield f"{name} has no group {group}, and a group {other} with its parameters: that is not read"


def read_header(head: bytes, numbers: Numbers) -> Header:
    """Read the first block, 512 bytes."""
    words = numbers.words(head)
    return Header(
        points=int(words[1]),
        analog=int(words[2]),
        first=int(words[3]),
        last=int(words[4]),
        scale=float(numbers.floats(head[12:16])[0]),
        data_block=int(words[8]),
        per_frame=int(words[9]),
        rate=float(numbers.floats(head[20:24])[0]),
        events=_events(head, int(words[150]), bool(words[149] == _EVENT_KEY), numbers),
    )


def _events(head: bytes, count: int, long_labels: bool, numbers: Numbers) -> tuple[tuple[float, str], ...]:
    if not 0 < count <= _MOST_EVENTS:
        return ()
    width = 4 if long_labels else 2
    times = numbers.floats(head[304 : 304 + 4 * count])
    labels = [text(head[at : at + width]) for at in range(396, 396 + width * count, width)]
    return tuple((float(time), label) for time, label in zip(times, labels, strict=True) if label and np.isfinite(time))
