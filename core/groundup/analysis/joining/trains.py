"""Trains of events in one file: edges of a trigger, markers, taps, contacts of feet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.model.signals import Floats


@dataclass(frozen=True, eq=False)
class Train:
    """Events of one kind in one file.

    Attributes
    ----------
    name : str
        What they are of: a stream, and a channel of it.
    times : ndarray, shape (n,)
        Seconds on the file's clock, increasing.
    widths : ndarray, shape (n,)
        Each lies within half of this around its time, in s.
    span : (float, float)
        From when to when it would have been seen, in s.
    labels : ndarray of int, shape (n,)
        Only events of the same label can be the same: sides of contacts.
    """

    name: str
    times: Floats
    widths: Floats
    span: tuple[float, float]
    labels: NDArray[np.int_]

    def __len__(self) -> int:
        return len(self.times)


def make_train(
    name: str, times: Floats, widths: Floats, span: tuple[float, float], labels: NDArray[np.int_] | None = None
) -> Train:
    """A train of events in any order; those without a time are left out."""
    known = np.isfinite(times)
    order = np.argsort(times[known], kind="stable")
    marks = np.zeros(len(times), np.int_) if labels is None else labels
    return Train(name, times[known][order], widths[known][order], span, marks[known][order])
