"""Fuzzers: each makes its input from a number, so that every finding can be had again."""

import faulthandler
import resource
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.fuzz.c3d_files import try_c3d
from tests.fuzz.journals import try_journal, try_xdf
from tests.fuzz.mutations import Rng
from tests.fuzz.recordings import try_bytes, try_structure
from tests.fuzz.stamps import try_stamps
from tests.fuzz.tables import try_csv

FUZZERS: dict[str, Callable[[Rng, Path], str]] = {
    "c3d": try_c3d,
    "csv": try_csv,
    "hdf5-bytes": try_bytes,
    "hdf5-structure": try_structure,
    "journal": try_journal,
    "stamps": try_stamps,
    "xdf": try_xdf,
}

_HANG_S = 120.0  # for one input: a guard against those that never end, on a machine that is busy
_GROWTH_BYTES = 400 << 20


class FuzzError(AssertionError):
    """An input that was not met as it should be; the message says how to have it again."""


def run(name: str, inputs: int, folder: Path, first: int = 0) -> Counter[str]:
    """Try inputs `first` to `first + inputs - 1` of one fuzzer; how many ended how.

    Raises
    ------
    FuzzError
        At the first that was met by an error nobody expects, or by more than 400 MB of memory.
    """
    outcomes: Counter[str] = Counter()
    held = _held()
    for number in range(first, first + inputs):
        (folder / "number").write_text(f"{name} {number}")  # for when the process itself is gone
        faulthandler.dump_traceback_later(_HANG_S, exit=True)
        again = f"python -m tests.fuzz {name} --first {number} --inputs 1"
        try:
            outcomes[FUZZERS[name](np.random.default_rng([number, 20261129]), folder)] += 1
        except Exception as error:
            raise FuzzError(f"{again}: {type(error).__name__}: {str(error)[:500]}") from error
        finally:
            faulthandler.cancel_dump_traceback_later()
        if _held() - held > _GROWTH_BYTES:
            raise FuzzError(f"{again}: it took {(_held() - held) / 1e6:.0f} MB of memory")
    return outcomes


def _held() -> int:
    """The most memory this process has held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
