"""The checksum of a file's raw data: by it two names are the same recording, and an analysed one is what it was."""

from __future__ import annotations

from pathlib import Path

import h5py
from xxhash import xxh3_128

from groundup.archives.sources import fingerprint
from groundup.recording import checksums
from groundup.recording.checksums import ChecksumTableError
from groundup.recording.open_file import open_recording
from groundup.recording.results import is_result
from groundup.recording.structure import RecordingError

_PIECE = 1 << 22


def raw_checksum(path: Path) -> str:
    """XXH3-128, as 32 hexadecimal digits.

    Of a recording: of the checksums that it holds of all but its results, so that analysing it makes no other one of
    it, and nothing large is read. Of any other file, and of a recording without such sums: of its bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if h5py.is_hdf5(path):
        try:
            with open_recording(path) as file:
                known = checksums.read(file)
        except (RecordingError, ChecksumTableError):
            known = None  # what is wrong with it is said when it is analysed
        if known is not None and known.made == checksums.AT_SEALING:
            raw = known.only(lambda at, name: not is_result(at, name))
            pieces = [f"{at} {piece}" for at, mine in sorted(raw.pieces.items()) for piece in mine]
            named = [
                f"{at} {name} {one}" for at, m in sorted(raw.attributes.items()) for name, one in sorted(m.items())
            ]
            return fingerprint([*pieces, *named])
    return bytes_checksum(path)


def bytes_checksum(path: Path) -> str:
    """XXH3-128 of the bytes of a file.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    found = xxh3_128()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
