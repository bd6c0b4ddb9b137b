"""Chunks whose kind says nothing, or not what they are: of a kind that XDF does not know, or with a tag that was hit.

They are left out, counted and named. A chunk of samples whose tag is garbled looks like any other kind, and is
taken for none of them.
"""

import mmap
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup_ext._journal import BOUNDARY_UUID

_NAMES = {1: "a file header", 2: "a stream header", 3: "samples", 4: "a clock offset", 5: "a boundary", 6: "a footer"}
_OFFSET_BYTES = 20
_MOST_SPACE = 64  # bytes before the first "<" of what is XML


@dataclass
class UnreadableChunks:
    """Chunks of one tag that are left out.

    Attributes
    ----------
    tag : int
        Kind that they say they are.
    stream : int
        Number at the beginning of their content, where a stream's chunks have its number; -1 if none has it.
    count, size, first : int
        How many there are, their bytes, and where the first begins.
    """

    tag: int
    stream: int
    count: int = 0
    size: int = 0
    first: int = 0

    @property
    def harmless(self) -> bool:
        """Whether they may be what another program adds for itself, and are no samples that are lost."""
        return self.tag not in _NAMES and self.stream < 0

    def message(self, path: str, name: str) -> str:
        """What to say of them; `name` of the stream, or empty."""
        chunks = "1 chunk" if self.count == 1 else f"{self.count} chunks"
        where = f"{self.size} bytes, the first at byte {self.first} of {path}"
        if self.tag in _NAMES:
            says, whose = _NAMES[self.tag], f", of {name} it seems" if name else ""
            return f"{chunks} marked as {says}, but holding something else, left out{whose} ({where})"
        if self.harmless:
            return f"{chunks} of a kind that XDF does not know ({self.tag}) left out ({where}): they are of no stream"
        return (
            f"{chunks} of a kind that XDF does not know ({self.tag}) left out ({where}): "
            f"they begin as chunks of {name} do, so its samples may be missing here"
        )


class Kinds:
    """Takes out of a file's chunks those that cannot be read as what they say they are."""

    def __init__(self) -> None:
        self._unreadable: dict[tuple[int, int], UnreadableChunks] = {}

    def sound(self, data: mmap.mmap, chunks: NDArray[np.void]) -> NDArray[np.void]:
        """Chunks that are what their tag says; the others are counted.

        Parameters
        ----------
        data : mmap
            The file.
        chunks : structured ndarray, shape (K,)
            Rows of `groundup_ext._xdf.CHUNK_FORMAT`.
        """
        tags = chunks["tag"]
        unreadable = ~np.isin(tags, list(_NAMES)) | ((tags == 4) & (chunks["length"] != _OFFSET_BYTES))
        for place in np.flatnonzero(~unreadable & (tags != 3) & (tags != 4)).tolist():
            row = chunks[place]
            start = int(row["offset"])
            begin = bytes(data[start : start + min(int(row["length"]), 4 + _MOST_SPACE)])
            unreadable[place] = not _matches_its_tag(int(row["tag"]), begin)
        for row in chunks[unreadable]:
            start, length = int(row["offset"]), int(row["length"])
            self._count(int(row["tag"]), bytes(data[start : start + min(length, 4)]), start - int(row["start"]), length)
        sound: NDArray[np.void] = chunks[~unreadable]
        return sound

    def found(self, streams: Collection[int]) -> Iterator[UnreadableChunks]:
        """What was left out, in the order of the file: by tag, and by stream of those that there are."""
        merged: dict[tuple[int, int], UnreadableChunks] = {}
        for each in self._unreadable.values():
            stream = each.stream if each.stream in streams else -1
            one = merged.setdefault((each.tag, stream), UnreadableChunks(each.tag, stream, first=each.first))
            one.count, one.size = one.count + each.count, one.size + each.size
            one.first = min(one.first, each.first)
        yield from sorted(merged.values(), key=lambda each: each.first)

    def _count(self, tag: int, begin: bytes, first: int, length: int) -> None:
        stream = int.from_bytes(begin, "little") if len(begin) == 4 else -1
        key = (tag, stream)
        if key not in self._unreadable and len(self._unreadable) >= _MOST_DIFFERENT:
            key = (tag, -1) if (tag, -1) in self._unreadable else next(iter(self._unreadable))
        one = self._unreadable.setdefault(key, UnreadableChunks(*key, first=first))
        one.count, one.size = one.count + 1, one.size + length


_MOST_DIFFERENT = 10_000  # a file of nothing but odd chunks costs no memory


def _matches_its_tag(tag: int, begin: bytes) -> bool:
    if tag == 5:
        return begin.startswith(BOUNDARY_UUID)
    if tag == 1:
        return _is_xml(begin)
    return len(begin) >= 4 and (tag == 2 or _is_xml(begin[4:]))  # a stream's header is looked at for itself


def _is_xml(begin: bytes) -> bool:
    """Whether XML may begin so, in any encoding; a footer may be empty."""
    text = begin.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    return not text or text.replace(b"\0", b"").lstrip()[:1] in (b"<", b"")
