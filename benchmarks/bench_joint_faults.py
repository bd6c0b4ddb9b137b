"""Inverse dynamics of walks with something wrong: stances refused, told with an uncertainty, and told wrongly."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.rows import Row

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared" / "data"
_WRONG = 0.2


def run() -> list[Row]:
    """Each fault on each walk; nothing without the recordings."""
    if not _SHARED.is_dir():
        return []
    sys.path[:0] = [str(_ROOT / "tests" / "plugins"), str(_ROOT / "tests" / "plugins" / "dynamics")]
    faults = import_module("faults")
    rows = []
    for name, fault in faults.FAULTS.items():
        every = [one for walk, path in faults.FILES.items() for one in faults.under(fault, _SHARED / path, walk)]
        refused = sum(one.refused for one in every)
        far = sum(one.off > _WRONG for one in every)
        beyond = sum(one.beyond > _WRONG for one in every)
        what = (
            f"{name}: of {len(every)} stances refused {refused}, work off by over 20 % {far}, and by more than stated"
        )
        rows.append(Row(what, float(beyond), "", "", np.nan, "0"))
    return rows
