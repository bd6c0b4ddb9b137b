"""Values as MATLAB keeps them in HDF5: numbers, char, cell and struct, told by attributes.

Source: what MATLAB 7.3 files hold, as hdf5storage and mat73 describe it. MATLAB counts the first dimension fastest,
HDF5 the last: so every array stands turned round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import h5py
import numpy as np

_CLASSES = {"float64": "double", "float32": "single"}
USER_BLOCK = 512
_MOST_NAME = 63


def user_block() -> bytes:
    """The first bytes of a MAT file, by which MATLAB knows its version."""
    text = b"MATLAB 7.3 MAT-file, written by groundup. HDF5 schema 1.00 ."
    return (text.ljust(116) + b"\x00" * 8 + b"\x00\x02IM").ljust(USER_BLOCK, b"\x00")


def field_names(keys: Iterable[str]) -> dict[str, str]:
    """A name for each key that MATLAB takes for a field, no two the same."""
    found: dict[str, str] = {}
    for key in keys:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", key)
        plain = (plain if re.match(r"[A-Za-z]", plain) else f"x{plain}")[: _MOST_NAME - 5]
        name, number = plain, 2
        while name in found.values():
            name, number = f"{plain}_{number}", number + 1
        found[key] = name
    return found


class MatFile:
    """An open MAT file, the cells it has so far, and how many texts had bytes that are no text (`replaced`)."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._texts: dict[str, h5py.Reference] = {}
        self.replaced = 0

    def struct(self, parent: h5py.Group, name: str, fields: Sequence[str]) -> h5py.Group:
        """An empty struct, whose fields are to be added under their names."""
        group = parent.create_group(name, track_order=True)
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        letters = np.empty(len(fields), dtype=object)
        for index, field in enumerate(fields):
            letters[index] = np.array([letter.encode() for letter in field], "S1")
        group.attrs.create("MATLAB_fields", letters, dtype=h5py.special_dtype(vlen=np.dtype("S1")))
        return group

    def matrix(self, parent: h5py.Group, name: str, shape: tuple[int, int], dtype: np.dtype[Any]) -> h5py.Dataset:
        """A matrix of so many rows and columns (as MATLAB counts them), to be filled as ``[:, rows]``."""
        if 0 in shape:
            made = parent.create_dataset(name, data=np.asarray(shape, np.uint64))
            made.attrs["MATLAB_empty"] = np.uint8(1)
        else:
            chunks = (shape[1], max(1, min(shape[0], (1 << 17) // shape[1])))
            made = parent.create_dataset(
                name, shape[::-1], dtype, chunks=chunks, compression="gzip", compression_opts=3
            )
        made.attrs["MATLAB_class"] = np.bytes_(_CLASSES.get(dtype.name, dtype.name))
        return made

    def add(self, parent: h5py.Group, name: str, value: Any) -> None:
        """Add a value: text, a number, an array, a list of texts (a cell), or a mapping (a struct)."""
        if isinstance(value, Mapping):
            names = field_names(value)
            group = self.struct(parent, name, list(names.values()))
            for key, field in names.items():
                self.add(group, field, value[key])
        elif isinstance(value, str):
            self._char(parent, name, value)
        elif isinstance(value, list):
            self._cell(parent, name, value)
        else:
            array = np.atleast_1d(np.asarray(value))
            column = array[:, None] if array.ndim == 1 else array
            made = self.matrix(parent, name, (column.shape[0], column.shape[1]), column.dtype)
            if column.size:
                made[...] = column.T

    def _char(self, parent: h5py.Group, name: str, text: str) -> h5py.Dataset:
        self.replaced += any("\ud800" <= letter <= "\udfff" for letter in text)
        codes = np.frombuffer(text.encode("utf-16-le", "replace"), "<u2")
        if len(codes):
            made = parent.create_dataset(name, data=codes[:, None])
        else:
            made = parent.create_dataset(name, data=np.zeros(2, np.uint64))
            made.attrs["MATLAB_empty"] = np.uint8(1)
        made.attrs["MATLAB_class"] = np.bytes_("char")
        made.attrs["MATLAB_int_decode"] = np.int32(2)
        return made

    def _cell(self, parent: h5py.Group, name: str, texts: list[str]) -> None:
        if not texts:
            made = parent.create_dataset(name, data=np.zeros(2, np.uint64))
            made.attrs["MATLAB_empty"] = np.uint8(1)
        else:
            refs = self._file.require_group("#refs#")
            made = parent.create_dataset(name, (1, len(texts)), dtype=h5py.ref_dtype)
            places = np.empty((1, len(texts)), h5py.ref_dtype)
            for index, text in enumerate(texts):
                if text not in self._texts:  # the same words are kept once
                    self._texts[text] = self._char(refs, f"r{len(self._texts)}", text).ref
                places[0, index] = self._texts[text]
            made[...] = places
        made.attrs["MATLAB_class"] = np.bytes_("cell")
