"""C3D files with damaged headers, parameters and lengths: read, or refused with a sentence."""

from functools import cache
from pathlib import Path

from groundup_plugins.formats.c3d.plugin import C3DImporter
from tests.fuzz.mutations import Rng, mutated, refused
from tests.plugins.formats.made_c3d import DEC, INTEL, MIPS, Made, as_bytes

_HEADER_BYTES = 512 * 6
_KINDS = 6


def try_c3d(rng: Rng, folder: Path) -> str:
    """Markers and a plate of every processor and kind of number, damaged mostly where the file says what it holds."""
    path = folder / "x.c3d"
    sound = _sound(int(rng.integers(_KINDS)))
    path.write_bytes(mutated(rng, sound, 4, _HEADER_BYTES if rng.random() < 0.8 else None))
    try:
        imported = C3DImporter().read(path)
    except ValueError as error:
        return refused(error)
    for stream in imported.streams:
        assert len(stream.timestamps) == len(stream.samples)
    return "read"


@cache
def _sound(kind: int) -> bytes:
    return as_bytes(Made(processor=(INTEL, DEC, MIPS)[kind % 3], integers=kind >= 3, frames=20))
