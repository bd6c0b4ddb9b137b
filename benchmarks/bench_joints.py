"""Joint moments and powers of a step, live: what inverse dynamics takes of a core, and how late its last sample is."""

import time

import numpy as np

from benchmarks.rows import Row
from groundup.live.engine.engine import SETTLE_S
from groundup.model.streams import Channel
from groundup.plugin import Gait, Signal, Stance, Subject
from groundup_plugins.dynamics.inverse_dynamics import InverseDynamics, InverseDynamicsSettings
from groundup_plugins.dynamics.smoothing import edge_s

_RATE, _PLATE_RATE, _STANCE_S, _AROUND_S = 200.0, 1000.0, 0.7, 0.1
_RUNS = 200
_PLACES = {
    "LASI": (0.10, 0.12, 1.00), "RASI": (0.10, -0.12, 1.00), "SACR": (-0.10, 0.0, 1.0), "THI": (0.02, 0.17, 0.70),
    "KNE": (0.0, 0.15, 0.50), "TIB": (0.02, 0.16, 0.30), "ANK": (0.0, 0.13, 0.10), "HEE": (-0.06, 0.1, 0.05),
    "TOE": (0.12, 0.1, 0.05),
}  # fmt: skip


def run() -> list[Row]:
    """Both legs over a window of one stance, as live has it, beside what is promised for one."""
    gait = _step()
    markers, made = gait.signals[0], InverseDynamics(InverseDynamicsSettings())
    assert np.isfinite(made.with_steps(markers, gait).signals[0].column("LHipPower.x")).any()
    started = time.process_time()
    for _ in range(_RUNS):
        made.with_steps(markers, gait)
    spent = 1e3 * (time.process_time() - started) / _RUNS
    return [
        Row("a stance, both legs, 200 Hz markers, 1 kHz plate", spent, "ms", "promised for each leg", 5.0, "under 10"),
        Row("samples needed after the stance", 1e3 * edge_s(20.0), "ms", "told after", 1e3 * SETTLE_S, "less"),
    ]


def _step() -> Gait:
    """Somebody who stands on one leg and sways."""
    seconds = _STANCE_S + 2 * _AROUND_S
    at = np.arange(int(seconds * _RATE)) / _RATE
    columns, channels = [], []
    for name, (x, y, z) in _PLACES.items():
        for side in [""] if len(name) == 4 else ["L", "R"]:
            sway = 0.05 * z * np.sin(2 * np.pi * at)
            columns += [x + sway, np.full_like(at, -y if side == "R" else y), np.full_like(at, z)]
            channels += [Channel(f"{side}{name}.{axis}", "m") for axis in "xyz"]
    markers = Signal("mocap", "mocap", at, np.column_stack(columns), tuple(channels), _RATE)
    under = np.arange(int(seconds * _PLATE_RATE)) / _PLATE_RATE
    force = np.tile([10.0, -50.0, 700.0, 0.05, 0.1, 1.0], (len(under), 1))
    labels = ("Fx", "Fy", "Fz", "CoPx", "CoPy", "Tz")
    plate = Signal(
        "plate.grf", "grf", under, force, tuple(Channel(n, "N", "plate:1", "L") for n in labels), _PLATE_RATE
    )
    stance = Stance(_AROUND_S, _AROUND_S + _STANCE_S, "L", "plate:1")
    return Gait((markers, plate), [stance], [], Subject(70.0))
