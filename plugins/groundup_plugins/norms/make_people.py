"""Makes tables of people and of their mean cycles: ``python -m groundup_plugins.norms.make_people FOLDER``.

FOLDER holds the public recordings: ``walk_emg_synergies`` (mean cycles of eight people, Santuz et al. 2020) and
``walk_overground_c3d`` (forces under four youths, biomechZoo).
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from groundup_plugins.norms.make_stance_peaks import SITES
from groundup_plugins.norms.santuz2020 import PEOPLE, PER_MILLE, SOURCE, TABLE

_CYCLES = """\
# Mean cycle of each person and muscle: 100 points of stance, 100 of swing; per mille of the greatest in the trial.
# people: {people}
# source: {source}
# licence: MIT
# n: {n}
# made by: make_people.py
"""
_YOUTHS = {
    "people": "youths walking overground (biomechZoo)",
    "source": "reference values of the sample data of biomechZoo (MIT); the mean of two stances of each person",
}
_GRF = {"grf_peak_1": "F1_BW", "grf_valley": "valley_BW", "grf_peak_2": "F2_BW"}


def tables(folder: Path) -> dict[str, str]:
    """The norms as CSV text, by file name."""
    grf = json.loads((folder / "walk_overground_c3d" / "reference_grf.json").read_text())
    youths = {
        name.removesuffix(".c3d"): {m: float(np.mean([stance[key] for stance in stances])) for m, key in _GRF.items()}
        for name, stances in grf.items()
    }
    return {TABLE: _cycles(folder), "biomechzoo_grf.csv": _text(_YOUTHS, {}, youths)}


def _cycles(folder: Path) -> str:
    with np.load(folder / "walk_emg_synergies" / "published_synergies_8_people.npz") as file:
        sites = [SITES[str(name)] for name in file["muscles"]]
        cycles = {key.removesuffix("_V"): np.asarray(file[key]) for key in file.files if key.endswith("_V")}
    rows = [
        ",".join([who, site, *(f"{PER_MILLE * value:.0f}" for value in values)])
        for who, muscles in sorted(cycles.items())
        for site, values in zip(sites, muscles, strict=True)
    ]
    header = ",".join(["person", "muscle", *(f"p{k}" for k in range(200))])
    return _CYCLES.format(people=PEOPLE, source=SOURCE, n=len(cycles)) + "\n".join([header, *rows]) + "\n"


def _text(about: Mapping[str, str], conditions: Mapping[str, object], people: Mapping[str, Mapping[str, float]]) -> str:
    lines = [f"# {key}: {value}" for key, value in about.items()]
    lines += [f"# n: {len(people)}", "# made by: make_people.py"]
    lines += [f"# condition {key}: {json.dumps(value)}" for key, value in conditions.items()]
    lines.append(",".join(["person", *next(iter(people.values()))]))
    lines += [",".join([who, *(f"{value:.4f}" for value in values.values())]) for who, values in sorted(people.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name, text in tables(Path(sys.argv[1])).items():
        (Path(__file__).parent / name).write_text(text, encoding="utf-8")
