"""The data of a C3D file: points and analog channels in the units that the file declares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats
from groundup_plugins.formats.c3d.file import BLOCK, Description
from groundup_plugins.formats.c3d.layout import Layout
from groundup_plugins.formats.c3d.numbers import DEC
from groundup_plugins.formats.c3d.remarks import Remarks

Stored = NDArray[np.int16] | NDArray[np.uint16] | NDArray[np.float32] | Floats
_LEAST, _MOST = 1e-15, 1e12  # what a scale can be
_MIDDLE = range(24576, 40961)  # of 16 bits without a sign, by a quarter


@dataclass(frozen=True)
class Data:
    """What was measured.

    Attributes
    ----------
    points : ndarray, shape (frames, P, 3)
        In the file's unit of length; NaN where a point was not seen; no points where nothing tells their scale.
    analog : ndarray, shape (N, C)
        In the channels' units; NaN in channels that have no scale.
    known : ndarray, shape (C,), bool
        Whether a channel has one.
    """

    points: Floats
    analog: Floats
    known: NDArray[np.bool_]


def read_data(file: Description, layout: Layout, frames: int, remarks: Remarks) -> Data:
    """Read and scale the data.

    Raises
    ------
    ValueError
        If the file became shorter meanwhile.
    """
    raw = _raw(file, layout, frames, remarks)
    points = _points(raw[:, : 4 * layout.points].reshape(frames, layout.points, 4), file, layout, remarks)
    analog = raw[:, 4 * layout.points :].reshape(frames * layout.per_frame, layout.channels)
    if layout.channels == 0:
        return Data(points, np.empty((0, 0)), np.empty(0, bool))
    return Data(points, *_analog(analog, file, layout, remarks))


def _raw(file: Description, layout: Layout, frames: int, remarks: Remarks) -> Stored:
    """Every number of the data as it is stored, shape (frames, numbers a frame)."""
    count = frames * layout.frame_numbers
    order = file.numbers.order
    with file.path.open("rb") as stream:
        stream.seek(layout.start)
        if layout.word == 2:
            raw: Stored = np.fromfile(stream, f"{order}i2", count)
        elif file.numbers.processor == DEC:
            raw = file.numbers.floats(stream.read(4 * count))
        else:
            raw = np.fromfile(stream, f"{order}f4", count)
        rest = stream.read(max(file.size - stream.tell(), 0))
    # Up to a block of zeros is what a last block is filled up with; what is none may be frames, or another layout.
    if len(rest) > BLOCK or (len(rest) >= layout.frame_bytes and any(rest)):
        rows = remarks.faults if any(rest) else remarks.notes
        rows.append(
            f"{file.name} goes on for {len(rest)} bytes after the last of the {frames} frames that it tells of: "
            "they are not read"
        )
    if len(raw) < count:
        raise ValueError(f"{file.name} became shorter while it was read")
    return raw.reshape(frames, layout.frame_numbers)


def _points(raw: Stored, file: Description, layout: Layout, remarks: Remarks) -> Floats:
    with np.errstate(invalid="ignore"):
        points = raw[:, :, :3].astype(np.float64)
        seen = np.asarray(raw[:, :, 3] >= 0)  # the standard's mark of a point that was not seen; NaN is none either
        if np.any(raw[:, :, 3] > 0):
            remarks.left_out.append("residuals and cameras of its points")
    if layout.word == 2 and layout.points:
        scale = _point_scale(file, remarks)
        if scale is None:
            return np.empty((len(raw), 0, 3))
        points *= scale
    points[~seen] = np.nan
    return points


def _point_scale(file: Description, remarks: Remarks) -> float | None:
    """What an integer is worth; None if the file does not tell."""
    stated = [abs(s) for s in (file.parameters.number("POINT", "SCALE"), file.header.scale) if _LEAST < abs(s) < _MOST]
    if stated and all(abs(scale - stated[0]) <= 1e-6 * stated[0] for scale in stated):
        return stated[0]
    what = " and ".join(f"{scale:g}" for scale in stated) or "none"
    remarks.faults.append(f"{file.name} names no one scale of its points (POINT:SCALE; {what}): they are left out")
    return None


def _analog(raw: Stored, file: Description, layout: Layout, remarks: Remarks) -> tuple[Floats, NDArray[np.bool_]]:
    """Samples in the channels' units: (number - OFFSET) x SCALE x GEN_SCALE."""
    unsigned = _unsigned(file, layout, remarks)
    if unsigned and layout.word == 2:
        raw = raw.view(raw.dtype.str.replace("i2", "u2"))
    scale = _scales(file, layout, remarks)
    known = np.isfinite(scale)
    with np.errstate(invalid="ignore"):
        analog = raw.astype(np.float64)
        analog -= _offsets(file, layout, unsigned, remarks)
        analog *= scale
    return analog, known


def _unsigned(file: Description, layout: Layout, remarks: Remarks) -> bool:
    """Whether integers have no sign: by ANALOG:FORMAT, or by offsets in the middle of 16 bits where that is absent."""
    declared = next(iter(file.parameters.texts("ANALOG", "FORMAT")), "").upper()
    if declared in ("SIGNED", "UNSIGNED"):
        return declared == "UNSIGNED"
    offsets = file.parameters.words("ANALOG", "OFFSET")[: layout.channels]
    if declared:
        remarks.notes.append(f"{file.name} has an ANALOG:FORMAT that is neither SIGNED nor UNSIGNED ({declared[:20]})")
    unsigned = layout.word == 2 and len(offsets) > 0 and all(offset in _MIDDLE for offset in offsets.tolist())
    if unsigned:
        remarks.notes.append(
            f"{file.name} does not say ANALOG:FORMAT, and has offsets in the middle of numbers without a sign: "
            "it is read as UNSIGNED"
        )
    return unsigned


def _offsets(file: Description, layout: Layout, unsigned: bool, remarks: Remarks) -> Floats:
    found = file.parameters.numbers("ANALOG", "OFFSET")
    if unsigned:
        # In 16 bits the upper half reads as negative. Beside real numbers a small negative offset is what it says.
        without_sign = found % 65536
        of_words = (found == np.rint(found)) & ((layout.word == 2) | np.isin(without_sign, _MIDDLE))
        found = np.where((found < 0) & of_words, without_sign, found)
    if len(found) < layout.channels and layout.word == 2:
        remarks.notes.append(f"{file.name} has no ANALOG:OFFSET for all its channels: 0 is taken")
    offsets = np.zeros(layout.channels)
    offsets[: len(found)] = found[: layout.channels]
    return offsets


def _scales(file: Description, layout: Layout, remarks: Remarks) -> Floats:
    """SCALE x GEN_SCALE of each channel, shape (C,); NaN where there is none."""
    general = file.parameters.numbers("ANALOG", "GEN_SCALE")[:1]
    found = file.parameters.numbers("ANALOG", "SCALE")[: layout.channels]
    scale = np.full(layout.channels, np.nan)
    scale[: len(found)] = found
    lacking = ["GEN_SCALE"] * (len(general) == 0) + ["SCALE"] * (len(found) < layout.channels)
    if layout.word == 4:
        # Real numbers are mostly stored as what they mean; integers never are.
        scale[len(found) :] = 1.0
        general = general if len(general) else np.ones(1)
        remarks.notes.extend(
            f"{file.name} has no ANALOG:{name} for all its channels: 1 is taken, as its numbers are real ones"
            for name in lacking
        )
    elif lacking:
        remarks.faults.append(
            f"{file.name} stores integers and has no ANALOG:{' and no ANALOG:'.join(lacking)} for all its channels: "
            "those whose scale is not known are left out"
        )
    scale = scale * (general[0] if len(general) else np.nan)
    stated = np.arange(layout.channels) < (len(found) if len(general) else 0)
    wrong = stated & ~((np.abs(scale) > _LEAST) & (np.abs(scale) < _MOST))
    if wrong.any():
        numbers = ", ".join(str(index + 1) for index in np.flatnonzero(wrong)[:10])
        more = f" and {wrong.sum() - 10} more" if wrong.sum() > 10 else ""
        of = f"the scale of the analog channels {numbers}{more} (ANALOG:SCALE x GEN_SCALE)"
        if np.any(scale[wrong]):
            remarks.faults.append(f"{of} is none that can be: they are left out")
        else:
            remarks.notes.append(f"{of} is 0: they are left out")
    scale[wrong] = np.nan
    return scale
