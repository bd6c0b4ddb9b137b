"""What of an HDF5 file is read at all: its own groups and datasets, of sizes that it can really hold.

HDF5 files may point into other files, into themselves and in circles, and may claim sizes of which they hold nothing.
None of that is in a recording; a file is looked at here before anything in it is read. What somebody added beside a
recording may be anything: it is left alone where it is not plain.
"""

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5o, h5t, h5z

RESULTS = ("processed", "events", "trials", "metrics", "sync_events", "curves")
"""What an analysis writes."""

_MEMBER = re.compile(
    r"/(lab(/(lab_toml|body_map|participant))?|ledger|devices|health|options|joined|checksums"
    r"|streams(/[^/]+(/(samples|lengths|timestamps|channels|probes|arrivals|ledger|header))?)?"
    r"|sync(/[^/]+(/(time|uncertainty))?)?|aligned(/(samples|time|channels))?"
    r"|events|trials|sync_events|curves|metrics(/[^/]+)?|processed(/[^/]+(/(samples|time|channels))?)?)?"
)

_DEEPEST = 64
_MOST_OBJECTS = 200_000
_MOST_ATTRIBUTES = 10_000
_MOST_FIELDS = 64
_ATTRIBUTE_BYTES = 1 << 26
CHUNK_BYTES = 1 << 28
"""Of a piece that HDF5 reads at once: no sample is larger."""
_AT_ONCE_BYTES = 1 << 29
"""Of a table or a text, which are read whole."""
_UNPACKED_BYTES, _UNPACKED_TIMES = 1 << 30, 100
"""Numbers may unpack to so many bytes, or to so many times the size of the file; sensors do not pack better."""

DAMAGE = (OSError, RuntimeError, LookupError, TypeError, ValueError, ArithmeticError, MemoryError)
"""What h5py raises for structures that it cannot read."""


class RecordingError(ValueError):
    """A file that is no recording, or cannot be read: a sentence that says which and why."""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a recording.

    Attributes
    ----------
    where : str
        Path in the file, such as ``/streams/emg/samples``.
    message : str
        What is wrong.
    """

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass
class Structure:
    """What there is in a file.

    Attributes
    ----------
    objects : list of h5py.Group and h5py.Dataset
        What can be read, the file itself first, in the order of their paths.
    paths : dict of path to h5py.Group or h5py.Dataset
        The same.
    problems : list of Problem
        What no recording has; where there is any, nothing of the file is to be read.
    unreadable : list of Problem
        Datasets of the recording that are not to be read, and why.
    """

    objects: list[h5py.Group | h5py.Dataset] = field(default_factory=list)
    paths: dict[str, h5py.Group | h5py.Dataset] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[Problem] = field(default_factory=list)

    @property
    def datasets(self) -> list[h5py.Dataset]:
        """The datasets that can be read."""
        return [item for item in self.objects if isinstance(item, h5py.Dataset)]


def structure(file: h5py.File) -> Structure:
    """Look at everything in a file, and read none of it."""
    look = _Look(file)
    try:
        look.at([name for name in file if is_member(f"/{name}")])
        look.at([name for name in file if not is_member(f"/{name}")])
    except DAMAGE as error:
        look.problem("/", f"the structure is damaged: {error}")
    look.found.objects = [look.found.paths[path] for path in sorted(look.found.paths)]
    return look.found


def is_member(path: str) -> bool:
    """Whether format 1 has this path; anything else was added by somebody."""
    return _MEMBER.fullmatch(path) is not None


class _Look:
    def __init__(self, file: h5py.File) -> None:
        self.found = Structure(paths={"/": file})
        self._file = file
        self._bytes = max(_UNPACKED_BYTES, _UNPACKED_TIMES * int(file.id.get_filesize()))
        self._seen = {_address(file)}
        self._attributes("/", file)

    def at(self, names: Iterable[str]) -> None:
        """Look at some members of the file, and all that is in them."""
        inside: deque[tuple[h5py.Group, Iterable[str], int]] = deque([(self._file, names, 1)])
        while inside and not self.found.problems:
            group, names, depth = inside.popleft()
            if depth > _DEEPEST:
                self.problem(group.name, f"groups lie in groups more than {_DEEPEST} deep")
            elif len(self.found.paths) + len(group) > _MOST_OBJECTS:
                self.problem(group.name, f"there are more than {_MOST_OBJECTS} groups and datasets")
            else:
                inside += ((found, found, depth + 1) for found in self._groups(group, names))

    def problem(self, path: str, message: str) -> None:
        self.found.problems.append(Problem(path, message))

    def _groups(self, group: h5py.Group, names: Iterable[str]) -> Iterator[h5py.Group]:
        for name in names:
            path = f"{group.name.rstrip('/')}/{name}"
            ours = is_member(path)
            try:
                if isinstance(group.get(name, getlink=True), h5py.HardLink):
                    yield from self._item(path, group[name], ours)
                elif ours:
                    self.problem(path, "is a link to somewhere else, which no recording has")
            except DAMAGE as error:
                if ours:
                    self.problem(path, f"its structure is damaged: {error}")

    def _item(self, path: str, item: object, ours: bool) -> Iterator[h5py.Group]:
        if isinstance(item, h5py.Dataset):
            self._dataset(path, item, ours)
        elif isinstance(item, h5py.Group) and _address(item) not in self._seen:
            self._seen.add(_address(item))
            self.found.paths[path] = item
            yield item
        elif ours:
            self.problem(path, "is neither a dataset nor a group of its own")
        if ours:
            self._attributes(path, item)

    def _dataset(self, path: str, dataset: h5py.Dataset, ours: bool) -> None:
        why = _not_plain(dataset)
        if not why and dataset.dtype.kind not in "SV":
            self._bytes -= _bytes(dataset)
            if self._bytes < 0:
                why = "claims to hold more numbers than a file of this size can"
        if not why:
            self.found.paths[path] = dataset
        elif ours:
            self.found.unreadable.append(Problem(path, why))

    def _attributes(self, path: str, item: Any) -> None:
        if len(item.attrs) > _MOST_ATTRIBUTES:
            self.problem(path, f"has more than {_MOST_ATTRIBUTES} attributes")


def _not_plain(dataset: h5py.Dataset) -> str:
    """Why a dataset is not to be read; empty when it is."""
    kind = dataset.id.get_type()
    try:
        plain = _readable(kind.encode())
    except DAMAGE:
        plain = False
    if not plain:
        return "holds a type that no recording has"
    layout = dataset.id.get_create_plist()
    how = layout.get_layout()
    if how == h5d.VIRTUAL or layout.get_external_count():
        return "lies in another file, which no recording does"
    filters = [layout.get_filter(k)[0] for k in range(layout.get_nfilters())]
    if len(set(filters)) < len(filters) or not all(map(h5z.filter_avail, filters)):
        return "is packed in a way that is not understood here"
    shape = dataset.shape
    if shape is None:
        return "holds nothing"
    size = math.prod(shape) * kind.get_size()
    if how == h5d.CHUNKED:
        chunks = layout.get_chunk()
        chunk = math.prod(chunks) * kind.get_size()
        if chunk > CHUNK_BYTES:
            return f"is stored in chunks of {chunk} bytes, more than is read at once"
        cuts = (-(-extent // cut) for extent, cut in zip(shape, chunks, strict=True))
        stored = dataset.id.get_num_chunks() == math.prod(cuts)
    else:
        stored = dataset.id.get_storage_size() >= size
    if not stored:
        return "parts of it are missing: its index of chunks is damaged"
    whole = kind.get_class() == h5t.COMPOUND or math.prod(shape) == 1
    if whole and size > _AT_ONCE_BYTES:
        return f"has {size} bytes, more than is read at once"
    return ""


def plain_value(attribute: h5a.AttrID) -> Any:
    """The value of an attribute that is numbers or fixed-length text of a reasonable size; None if it is not."""
    kind, shape = attribute.get_type(), attribute.shape
    if shape is None or math.prod(shape) * kind.get_size() > _ATTRIBUTE_BYTES or not _plain(kind.encode()):
        return None
    value = np.zeros(shape, kind.dtype)
    attribute.read(value)
    return value[()]


def variable_text(target: h5py.Group | h5py.Dataset, name: str) -> bool:
    """Whether an attribute is one text of variable length."""
    attribute = target.attrs.get_id(name)
    kind = attribute.get_type()
    return bool(attribute.shape == () and kind.get_class() == h5t.STRING and kind.is_variable_str())


# A recording holds the same few types thousands of times, and each time they would be taken apart anew.
@lru_cache(maxsize=4096)
def _plain(encoded: bytes) -> bool:
    return _plain_type(h5t.decode(encoded))


@lru_cache(maxsize=4096)
def _readable(encoded: bytes) -> bool:
    """Whether a type is plain, and there is one of numpy for it that takes up room."""
    return _plain(encoded) and h5t.decode(encoded).dtype.itemsize > 0


def _plain_type(kind: Any, *, within: bool = False) -> bool:
    """Whether values of this type are numbers, fixed-length text, or rows of a table of such."""
    what = kind.get_class()
    if what in (h5t.INTEGER, h5t.FLOAT, h5t.ENUM):
        return bool(kind.get_size() <= 8)
    if what == h5t.STRING:
        return not kind.is_variable_str()
    if what != h5t.COMPOUND or within or not 0 < kind.get_nmembers() <= _MOST_FIELDS:
        return False
    return all(_plain_type(kind.get_member_type(k), within=True) for k in range(kind.get_nmembers()))


def _bytes(dataset: h5py.Dataset) -> int:
    size: int = math.prod(dataset.shape) * dataset.id.get_type().get_size()
    return size


def _address(item: h5py.Group) -> int:
    return int(h5o.get_info(item.id).addr)
