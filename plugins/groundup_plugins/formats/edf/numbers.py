"""Samples as the whole numbers of EDF (16 bits) and BDF (24 bits), and what these are worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats
from groundup_plugins.formats.edf.header import outwards


def limits(low: float, high: float) -> tuple[str, str]:
    """What the least and the greatest number are worth, as the head has it: a little beyond the channel's range."""
    margin = max(1e-4 * (high - low), 1e-6 * max(abs(low), abs(high)), 1e-6)
    return outwards(low - margin, False), outwards(high + margin, True)


def stored(
    values: Floats, scale: Floats, worth: Sequence[tuple[str, str]], records: int, width: int, *, whole: bool
) -> NDArray[np.uint8]:
    """Samples as bytes.

    Parameters
    ----------
    values : ndarray, shape (n, C)
        Of some whole records; what is no number becomes the least one.
    scale : ndarray, shape (C,)
        What they are multiplied by, to be in the unit of the file.
    worth : sequence of (str, str)
        What the least and the greatest number of each channel are worth.
    records : int
    width : int
        Bytes of a number.
    whole : bool
        Whether all are known to be numbers between those two.

    Returns
    -------
    ndarray, shape (records, bytes of the stream in a record)
    """
    least, most = -(1 << (8 * width - 1)), (1 << (8 * width - 1)) - 1
    low, high = np.array(worth, np.float64).reshape(-1, 2).T
    step = (high - low) / (most - least)
    with np.errstate(invalid="ignore"):
        steps = values * (scale / step)
        steps += least - low / step
    np.rint(steps, out=steps)
    if not whole:
        missing = ~np.isfinite(steps)
        np.clip(steps, least + 1, most, out=steps)  # no sample is the least number
        steps[missing] = least
    in_order = np.ascontiguousarray(steps.astype("<i4").reshape(records, -1, steps.shape[1]).transpose(0, 2, 1))
    return _packed(in_order.reshape(-1), width).reshape(records, -1)


def _packed(numbers: NDArray[np.int32], width: int) -> NDArray[np.uint8]:
    """The lower bytes of each number, one after the other; of 24 bits by fours, which make three words."""
    if width == 2:
        return numbers.astype("<i2").view(np.uint8)
    fours = np.zeros(-(-len(numbers) // 4) * 4, "<u4")
    fours[: len(numbers)] = numbers.view(np.uint32) & 0xFFFFFF
    a, b, c, d = fours.reshape(-1, 4).T
    words = np.empty((len(a), 3), "<u4")
    words[:, 0], words[:, 1], words[:, 2] = a | (b << 24), (b >> 8) | (c << 16), (c >> 16) | (d << 8)
    return words.reshape(-1).view(np.uint8)[: 3 * len(numbers)]
