"""Makes the norm of the order of EMG peaks: ``python -m groundup_plugins.norms.make_stance_peaks DATA.npz``.

DATA.npz holds the mean cycle of each person (``<trial>_V``: muscles x 200 points, 100 of stance and 100 of swing): the
data of Santuz et al. 2020 that are published with musclesyneRgies (MIT).
"""

import sys
from pathlib import Path

import numpy as np

from groundup_plugins.metrics.muscle_order import NORM, stance_peaks

SITES = {
    "ME": "gluteus_medius",
    "MA": "gluteus_maximus",
    "FL": "tensor_fasciae_latae",
    "RF": "rectus_femoris",
    "VM": "vastus_medialis",
    "VL": "vastus_lateralis",
    "ST": "semitendinosus",
    "BF": "biceps_femoris",
    "TA": "tibialis_anterior",
    "PL": "peroneus_longus",
    "GM": "gastrocnemius_medialis",
    "GL": "gastrocnemius_lateralis",
    "SO": "soleus",
}
HEADER = """\
# When each muscle peaks in stance (share of stance, 0 to 1), of the mean cycle of each person.
# Source: Santuz et al. 2020, healthy adults walking, as published with musclesyneRgies (MIT). n = {n}.
# Filter: high-pass 50 Hz, rectify, low-pass 20 Hz (each 4th order, zero-lag). Made by make_stance_peaks.py.
"""


def table(data: Path) -> str:
    """The norm as CSV text."""
    with np.load(data) as file:
        muscles = [SITES[str(name)] for name in file["muscles"]]
        people = {key.removesuffix("_V"): stance_peaks(file[key]) for key in file.files if key.endswith("_V")}
    lines = [",".join(["person", *muscles])]
    lines += [",".join([name, *(f"{peak:.4f}" for peak in peaks)]) for name, peaks in sorted(people.items())]
    return HEADER.format(n=len(people)) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / NORM).write_text(table(Path(sys.argv[1])), encoding="utf-8")
