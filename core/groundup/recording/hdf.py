"""How format 1 lies in HDF5: chunked datasets with checksums, text, attributes, and a stream's description."""

import json
from collections.abc import Mapping
from typing import Any, cast

import h5py
import numpy as np
from h5py import h5a
from numpy.typing import NDArray

from groundup.model.anatomy import Side
from groundup.model.streams import Channel, Format, Plate, StreamSpec
from groundup.recording.structure import DAMAGE, RecordingError, plain_value
from groundup.recording.tables import text_of, utf8

FORMAT = "groundup"
VERSION = 1

_CHUNK_BYTES = 1 << 18


def chunk_rows(dtype: np.dtype[Any], columns: int, count: int) -> int:
    """Rows of a chunk: about 256 KiB, never more than there are rows, at least one."""
    row = max(dtype.itemsize * max(columns, 1), 1)
    return max(1, min(_CHUNK_BYTES // row, max(count, 1)))


def create(parent: h5py.Group, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> h5py.Dataset:
    """An empty dataset of format 1: chunked, with Fletcher-32; text, which is mostly padding, is deflated.

    Parameters
    ----------
    parent : h5py.Group
    name : str
    shape : tuple of int
        (N,) or (N, C); either may be 0.
    dtype : dtype
    """
    columns = shape[1] if len(shape) > 1 else 1
    chunks = (chunk_rows(dtype, columns, shape[0]), *(max(n, 1) for n in shape[1:]))
    padded = dtype.kind == "S" or any(dtype[field].kind == "S" for field in dtype.names or ())
    return parent.create_dataset(
        name,
        shape=shape,
        dtype=dtype,
        chunks=chunks,
        # A fixed extent may not be smaller than its chunk, so an empty dataset must be free to grow.
        maxshape=(None, *(n or None for n in shape[1:])),
        fletcher32=True,
        shuffle=padded,
        compression="gzip" if padded else None,
        compression_opts=1 if padded else None,
    )


def put(parent: h5py.Group, name: str, array: NDArray[Any]) -> h5py.Dataset:
    """Write an array or a table as a dataset of format 1."""
    dataset = create(parent, name, array.shape, array.dtype)
    if array.size:
        dataset[...] = array
    return dataset


def put_table(parent: h5py.Group, name: str, array: NDArray[np.void], version: int) -> h5py.Dataset:
    """Write a table that has grown, with the version of its columns."""
    dataset = put(parent, name, array)
    dataset.attrs["table_version"] = version
    return dataset


def put_text(parent: h5py.Group, name: str, text: str) -> h5py.Dataset:
    """Write one text, verbatim and of any length, as a dataset of one fixed-length string."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = utf8(text)
    return put(parent, name, np.array([raw], h5py.string_dtype("utf-8", max(len(raw), 1))))


def get_text(dataset: h5py.Dataset) -> str:
    """Read what `put_text` wrote."""
    raw: bytes = read(dataset).tobytes()
    return "" if raw == b"\0" else raw.decode("utf-8", "surrogateescape")


def read(dataset: h5py.Dataset, part: slice = slice(None)) -> NDArray[Any]:
    """Some rows of a dataset.

    Raises
    ------
    RecordingError
        If they are damaged.
    """
    try:
        values: NDArray[Any] = dataset[part]
    except DAMAGE as error:
        path = dataset.file.filename
        raise RecordingError(
            f"{path}: {dataset.name} is damaged and cannot be read; groundup verify {path} says what is"
        ) from error
    return values


def set_attrs(target: h5py.Group | h5py.Dataset, values: Mapping[str, Any]) -> None:
    """Write attributes; text becomes fixed-length UTF-8, a dict or a tuple of text becomes JSON.

    Text of the variable kind would lie in HDF5's global heap, the one place without checksums, where a flipped bit can
    make the library loop for ever (``docs/decisions/strings-in-hdf5.md``).
    """
    for name, value in values.items():
        if isinstance(value, dict) or (isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)):
            value = json.dumps(value, ensure_ascii=False, default=str)
        if isinstance(value, str):
            raw = utf8(value)
            value = np.array(raw, h5py.string_dtype("utf-8", max(len(raw), 1)))
        target.attrs[name] = value


def attr(target: h5py.Group | h5py.Dataset, name: str) -> Any:
    """An attribute: numbers or text as format 1 has them; None if there is none, or it is anything else."""
    at = name.encode("utf-8", "surrogateescape")
    return plain_value(h5a.open(target.id, at)) if h5a.exists(target.id, at) else None


def attr_text(target: h5py.Group | h5py.Dataset, name: str) -> str:
    """A text attribute, or empty if there is none."""
    return _text(attr(target, name))


def _text(value: Any) -> str:
    return text_of(value) if isinstance(value, bytes | str) else ""


def attr_number(target: h5py.Group | h5py.Dataset, name: str, default: float = float("nan")) -> float:
    """A numeric attribute, or `default` if there is none."""
    value = attr(target, name)
    return float(value) if isinstance(value, int | float | np.integer | np.floating) else default


def attr_json(target: h5py.Group | h5py.Dataset, name: str, default: Any) -> Any:
    """An attribute that holds JSON, or `default` if there is none, or it is none or of another kind than `default`."""
    return json_of(attr(target, name), default)


def json_of(value: Any, default: Any) -> Any:
    """What the value of an attribute says in JSON; `default` as in `attr_json`."""
    try:
        value = json.loads(_text(value))
    except (ValueError, RecursionError):
        return default
    allowed = list if isinstance(default, tuple) else object if default is None else type(default)
    return value if isinstance(value, allowed) else default


def plate_attrs(plate: Plate | None) -> dict[str, Any]:
    """A force plate's geometry as attributes."""
    if plate is None:
        return {}
    attrs: dict[str, Any] = {
        "plate_type": plate.type,
        "plate_corners_m": np.array(plate.corners_m, float),
        "plate_origin_m": np.array(plate.origin_m, float),
    }
    if plate.calibration is not None:
        attrs["plate_calibration"] = np.array(plate.calibration, float)
    return attrs


def read_plate(target: h5py.Group) -> Plate | None:
    """A force plate's geometry from attributes, or None."""
    plate_type, corners, origin, calibration = (
        attr(target, name) for name in ("plate_type", "plate_corners_m", "plate_origin_m", "plate_calibration")
    )
    if plate_type is None:
        return None
    x, y, z = (float(v) for v in origin)
    return Plate(
        type=int(plate_type),
        corners_m=tuple((float(a), float(b), float(c)) for a, b, c in corners),
        origin_m=(x, y, z),
        calibration=None if calibration is None else tuple(tuple(float(v) for v in row) for row in calibration),
    )


def spec_attrs(spec: StreamSpec) -> dict[str, Any]:
    """A stream's description, but for its channels, as attributes."""
    return {
        "name": spec.name,
        "type": spec.type,
        "source_id": spec.source_id,
        "hostname": spec.hostname,
        "role": spec.role,
        "rate": float(spec.rate),
        "format": spec.format,
        "latency_s": float(spec.latency_s),
        "inputs": spec.inputs,
        "extra": spec.extra,
        **plate_attrs(spec.plate),
    }


def read_spec(group: h5py.Group) -> StreamSpec:
    """A stream's description as it was sealed: with the lab's sites, sides, units and plate."""
    return StreamSpec(
        name=attr_text(group, "name"),
        type=attr_text(group, "type"),
        rate=attr_number(group, "rate", 0.0),
        format=cast(Format, attr_text(group, "format")),
        channels=read_channels(read(group["channels"])),
        source_id=attr_text(group, "source_id"),
        hostname=attr_text(group, "hostname"),
        plate=read_plate(group),
        latency_s=attr_number(group, "latency_s", 0.0),
        role=attr_text(group, "role"),
        inputs=tuple(attr_json(group, "inputs", ())),
        extra=dict(attr_json(group, "extra", {})),
    )


def read_channels(table: NDArray[np.void]) -> tuple[Channel, ...]:
    """Channels from the table ``channels``."""
    return tuple(
        Channel(text_of(r["label"]), text_of(r["unit"]), text_of(r["site"]), cast(Side, text_of(r["side"])))
        for r in table
    )
