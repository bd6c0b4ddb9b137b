"""What a C3D file's first bytes say before ezc3d sees them: whether it is one, and how much it should hold.

ezc3d crashes on a file that ends in its parameters, and reads one that ends in its data without a word.
"""

from pathlib import Path
from typing import Literal

_BLOCK = 512
_KEY = 0x50
_MIPS = 86  # processor type of big-endian files


def declared_frames(path: Path) -> int:
    """How many frames the header promises (files of more than 65535 promise fewer than they have).

    Raises
    ------
    ValueError
        If it is no C3D file, or ends before its data begin.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_BLOCK)
        if len(header) < 2 or header[1] != _KEY:
            raise ValueError(f"{path.name} is not a C3D file: its first bytes are not a C3D header's")
        start = (header[0] - 1) * _BLOCK
        file.seek(max(0, start))
        parameters = file.read(4)
    if len(header) < _BLOCK or len(parameters) < 4 or start < 0 or size <= start + parameters[2] * _BLOCK:
        raise ValueError(f"{path.name} is cut short: it ends before its data begin. Copy it again from its source")
    order: Literal["big", "little"] = "big" if parameters[3] == _MIPS else "little"
    first, last = (int.from_bytes(header[at : at + 2], order) for at in (6, 8))
    return max(0, last - first + 1)
