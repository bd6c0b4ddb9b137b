"""How many frames a C3D file has: four places say it, some in 16 bits, and are held against the size of the file."""

import numpy as np

from groundup_plugins.formats.c3d.file import BLOCK, Description
from groundup_plugins.formats.c3d.remarks import Remarks

_MOST_WORD = 65535


def frame_counts(file: Description) -> dict[str, int]:
    """What each place says, by its name; those in 16 bits that only say "many" stand with what they can say."""
    # Both numbers are in 16 bits: the last of a long file may be the smaller.
    found = {"the header": (file.header.last - file.header.first + 1) % (_MOST_WORD + 1)}
    for name in ("FRAMES", "LONG_FRAMES"):
        values = file.parameters.words("POINT", name)
        if len(values) and values[0] > 0:
            found[f"POINT:{name}"] = int(values[0])
    begin, end = actual_field(file, "START"), actual_field(file, "END")
    if begin is not None and end is not None and end >= begin:
        found["TRIAL:ACTUAL_END_FIELD"] = end - begin + 1
    return found


def actual_field(file: Description, which: str) -> int | None:
    """TRIAL:ACTUAL_START_FIELD or ACTUAL_END_FIELD: a frame number from 1 in two words, low and high."""
    words = file.parameters.words("TRIAL", f"ACTUAL_{which}_FIELD")
    if len(words) < 2 or (words > _MOST_WORD).any():
        return None
    number = int(words[0]) + int(words[1]) * (_MOST_WORD + 1)
    return number if number > 0 else None


def frames_in(file: Description, start: int, frame_bytes: int, remarks: Remarks) -> int:
    """The number of frames to read.

    Parameters
    ----------
    file : Description
    start : int
        First byte of the data.
    frame_bytes : int
        Of one frame.
    remarks : Remarks
        Is told of a file that is cut short, and of counts that contradict each other.

    Raises
    ------
    ValueError
        If there is not one whole frame.
    """
    counts = frame_counts(file)
    room = file.size - start
    there = room // frame_bytes
    if there == 0:
        raise ValueError(f"{file.name} is cut short: it ends in its first frame. Copy it again from its source")
    filling = {count for count in counts.values() if 0 <= room - count * frame_bytes <= BLOCK and count > 0}
    longest = max(counts.values())
    if not filling and _only_many(file, counts, longest):
        zeros = _zeros(file.bytes_from(max(start, file.size - BLOCK))) - room % frame_bytes
        there -= max(0, zeros) // frame_bytes
        remarks.notes.append(
            f"{file.name} has more frames than its counts can tell: the {there} that fill it are read, without "
            "zeros at the end of its last block"
        )
        return there
    # Of several that fill it, those that most places mean, then those without anything left.
    chosen = (
        max(filling, key=lambda n: (_agreeing(n, file, counts), n * frame_bytes == room, n)) if filling else longest
    )
    if _agreeing(chosen, file, counts) < len(counts):
        others = ", ".join(f"{name} says {count}" for name, count in counts.items())
        if not filling and chosen > there:
            fitting = [count for count in counts.values() if 0 < count <= there]
            chosen = max(fitting, default=there)
        stated = f"{file.name} contradicts itself on how many frames it has ({others}): {chosen} are read"
        if filling:
            remarks.notes.append(f"{stated}, which fill it to its end")
        else:
            remarks.faults.append(f"{stated}, of the {there} for which there are bytes")
    elif chosen > there:
        remarks.faults.append(
            f"{file.name} is cut short: {there} of its {chosen} frames are there, and only those are read"
        )
        return there
    return chosen


def _zeros(data: bytes) -> int:
    return len(data) - len(data.rstrip(b"\0"))


def _agreeing(count: int, file: Description, counts: dict[str, int]) -> int:
    """How many places can mean this count; one of 16 bits holds the rest of it, or stays at its most."""
    agreeing = 0
    for name, stated in counts.items():
        short = name in ("the header", "POINT:FRAMES")
        full = file.header.last == _MOST_WORD if name == "the header" else stated == _MOST_WORD
        agreeing += stated == count or (short and count > stated and (full or (count - stated) % (_MOST_WORD + 1) == 0))
    return agreeing


def _only_many(file: Description, counts: dict[str, int], longest: int) -> bool:
    """Whether every count that is given stands at the most that 16 bits can hold."""
    return bool(np.all([_agreeing(longest + n, file, counts) == len(counts) for n in (1, 2)]))
