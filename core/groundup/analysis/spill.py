"""Keeps long signals on disk instead of in memory, where the operating system can drop what nobody looks at."""

import mmap
import tempfile
import weakref
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundup.model.mapped import LEAST_BYTES, let_go, long_arrays_in, mapped_file
from groundup.model.signals import Floats, Signal


class Spill:
    """Signals in files without a name, which are gone when nothing uses them any more.

    Parameters
    ----------
    folder : Path
        On a disk that has room for the signals as float64; where it has not, they stay in memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maps: list[weakref.ref[mmap.mmap]] = []

    def keep(self, signal: Signal) -> Signal:
        """The same signal, with its samples and time on disk if they are long."""
        return replace(signal, time=self._kept(signal.time), samples=self._kept(signal.samples))

    def arrays(self) -> AbstractContextManager[None]:
        """Have long arrays that are made by columns lie here from the beginning."""
        return long_arrays_in(self._folder)

    def release(self) -> None:
        """Let go of what has been read into memory; it is read again when somebody looks at it."""
        for reference in self._maps:
            mapped = reference()
            if mapped is not None:
                let_go(mapped)

    def _kept(self, values: Floats) -> Floats:
        known = mapped_file(values)
        if known is not None and not any(known is one() for one in self._maps):
            self._maps.append(weakref.ref(known))
        if values.nbytes < LEAST_BYTES or known is not None:
            return values
        try:
            with tempfile.TemporaryFile(dir=self._folder, prefix=".groundup-") as file:
                # Written and not mapped, so that a full disk is an error here and not a crash at the first look.
                file.write(np.ascontiguousarray(values).data.cast("B"))
                file.flush()
                mapped = mmap.mmap(file.fileno(), values.nbytes)
        except OSError:
            return values
        self._maps.append(weakref.ref(mapped))
        kept: Floats = np.frombuffer(mapped, dtype=np.float64).reshape(values.shape)
        return kept
