"""XDF that is compressed (``.xdfz``, ``.xdf.gz``): unpacked into a file without a name, which goes with its reader.

Memory holds a megabyte of it at a time; the disk never fills: some of it is left free.
"""

import errno
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_READ, _WRITE = 1 << 16, 1 << 20
_LEFT_FREE = 256 << 20
_CHECK_EVERY = 64 << 20


def is_packed(begin: bytes) -> bool:
    """Whether a file that begins so is compressed."""
    return begin.startswith(_MAGIC)


def begin_of(path: Path, size: int) -> bytes:
    """The first bytes of a file, unpacked where it is compressed; fewer where it is damaged."""
    with path.open("rb") as file:
        begin = file.read(_READ)
    if not is_packed(begin):
        return begin[:size]
    try:
        return zlib.decompressobj(_GZIP).decompress(begin, size)
    except zlib.error:
        return b""


def unpack(file: BinaryIO, path: Path) -> tuple[IO[bytes], str]:
    """Unpack a compressed file.

    Parameters
    ----------
    file : binary file
        At its begin.
    path : Path
        Its name, for errors.

    Returns
    -------
    unpacked : binary file
        Without a name, in the system's folder for such files (``TMPDIR``).
    flaw : str
        Why not all of it could be unpacked; empty if it was.

    Raises
    ------
    OSError
        If the disk has no room for it.
    """
    folder = tempfile.gettempdir()
    out: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (given to the caller)
    try:
        return out, _unpack(file, out, path, folder)
    except OSError as error:
        out.close()
        if error.errno == errno.ENOSPC and error.filename is None:
            raise _no_room(path, folder) from error
        raise


def _no_room(path: Path, folder: str) -> OSError:
    return OSError(
        errno.ENOSPC,
        f"there is no room to unpack it in {folder}: make some, or set TMPDIR to a folder on a larger disk",
        str(path),
    )


def _unpack(file: BinaryIO, out: IO[bytes], path: Path, folder: str) -> str:
    unpacking, checked, offset = zlib.decompressobj(_GZIP), 0, 0
    while raw := file.read(_READ):
        while raw:
            if unpacking.eof:
                if not raw.strip(b"\0"):
                    break
                if not raw.startswith(_MAGIC):
                    return "what stands behind its end is left out"
                unpacking = zlib.decompressobj(_GZIP)  # one more: gzip files may be put together
            before = unpacking.copy()
            try:
                out.write(unpacking.decompress(raw, _WRITE))
            except zlib.error as error:
                _byte_by_byte(before, raw, out)
                if "incorrect" in str(error):  # the sum or the length at its end
                    return f"its content is not what was compressed ({error}): any of it may be wrong"
                return f"it is damaged behind byte {offset} ({error}): what stands before is read"
            raw = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
            if out.tell() - checked >= _CHECK_EVERY:
                checked = out.tell()
                out.flush()
                if shutil.disk_usage(folder).free < _LEFT_FREE:
                    raise _no_room(path, folder)
        offset = file.tell()
    out.write(unpacking.flush() if not unpacking.eof else b"")
    return "" if unpacking.eof else f"it breaks off after {offset} bytes: what stands before is read"


def _byte_by_byte(unpacking: "zlib._Decompress", raw: bytes, out: IO[bytes]) -> None:
    """What can be had before the byte that is wrong."""
    try:
        for at in range(len(raw)):
            out.write(unpacking.decompress(raw[at : at + 1]))
    except zlib.error:
        return
