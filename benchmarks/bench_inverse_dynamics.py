"""Joint powers and work shares by our inverse dynamics, beside those that Vicon computed of the same walks."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import Row

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared" / "data"
_LEAST_R = {"ankle": "0.97", "knee": "0.90", "hip": "0.90"}
_HIPS = ("harrington", "bell")


def run() -> list[Row]:
    """Each whole stance of each walk; nothing without the recordings."""
    if not _SHARED.is_dir():
        return []
    sys.path[:0] = [str(_ROOT / "tests" / "plugins"), str(_ROOT / "tests" / "plugins" / "dynamics")]
    walks = import_module("vicon_walks")
    rows = []
    for folder, names in (("walk_overground_c3d", walks.FLOOR), ("turns_c3d", walks.TURNS)):
        for name in names:
            rows += _walk(walks, _SHARED / folder / f"{name}.c3d")
    return rows


def _walk(walks: Any, path: Path) -> list[Row]:
    rows = []
    for hip in _HIPS:
        gait, ours = walks.computed(path, hip)
        vicon = next(signal for signal in gait.signals if signal.kind == "model")
        for stance, time in walks.stances_of(gait, ours):
            if not walks.whole(ours, stance.side, time):
                continue
            where = f"{path.stem} {stance.side}"
            if hip == _HIPS[0]:
                rows += _powers(walks, where, (ours, vicon), stance.side, time)
            apart = walks.shares(ours, stance.side, time) - walks.shares(vicon, stance.side, time)
            worst = float(np.abs(apart).max())
            rows.append(Row(f"{where}: work shares differ by at most, hip {hip}", worst, "", "Vicon", np.nan, "0.05"))
    return rows


def _powers(walks: Any, where: str, models: tuple[Any, Any], side: str, time: Any) -> list[Row]:
    rows = []
    for joint, least in _LEAST_R.items():
        mine, theirs = (walks.power(model, side, joint, time) for model in models)
        r = float(np.corrcoef(mine, theirs)[0, 1])
        off = 100 * float(np.sqrt(np.mean((mine - theirs) ** 2)) / np.ptp(theirs))
        rows.append(Row(f"{where}: power of the {joint}, r", r, "", "Vicon", 1.0, least))
        rows.append(Row(f"{where}: power of the {joint}, RMS", off, "% of range", "Vicon", np.nan))
    return rows
