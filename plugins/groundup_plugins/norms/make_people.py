"""Makes the norms that are one value a person: ``python -m groundup_plugins.norms.make_people FOLDER``.

FOLDER holds the public recordings: ``walk_emg_synergies`` (mean cycles of eight people, Santuz et al. 2020) and
``walk_overground_c3d`` (forces under four youths, biomechZoo).
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from groundup.plugin import GLUTEAL, Floats
from groundup_plugins.metrics.nmf import all_ranks, number, one_synergy_vaf
from groundup_plugins.metrics.synergies import NORMALISED, normalised
from groundup_plugins.norms.make_stance_peaks import SITES

_SANTUZ = {
    "people": "healthy adults walking on a treadmill (Santuz et al. 2020)",
    "source": "Santuz et al. 2020, those 8 people whose data are published with musclesyneRgies (MIT)",
}
# Their filter in the words of our envelope: high-pass 50 Hz, rectify, low-pass 20 Hz, each 4th order, zero-lag.
_FILTER = {
    "lag": "zero",
    "emg_envelope.high_pass_hz": 50.0,
    "emg_envelope.low_pass_hz": 0.0,
    "emg_envelope.band_order": 4,
    "emg_envelope.envelope_hz": 20.0,
    "emg_envelope.envelope_order": 4,
}
_YOUTHS = {
    "people": "youths walking overground (biomechZoo)",
    "source": "reference values of the sample data of biomechZoo (MIT); the mean of two stances of each person",
}
_GRF = {"grf_peak_1": "F1_BW", "grf_valley": "valley_BW", "grf_peak_2": "F2_BW"}


def tables(folder: Path) -> dict[str, str]:
    """The norms as CSV text, by file name."""
    with np.load(folder / "walk_emg_synergies" / "published_synergies_8_people.npz") as file:
        sites = [SITES[str(name)] for name in file["muscles"]]
        cycles = {key.removesuffix("_V"): np.asarray(file[key]) for key in file.files if key.endswith("_V")}
    about = _SANTUZ | {"muscles": ", ".join(sorted(sites))}
    grf = json.loads((folder / "walk_overground_c3d" / "reference_grf.json").read_text())
    youths = {
        name.removesuffix(".c3d"): {m: float(np.mean([stance[key] for stance in stances])) for m, key in _GRF.items()}
        for name, stances in grf.items()
    }
    return {
        "santuz2020_synergies.csv": _text(
            about, {"matrix": NORMALISED} | _FILTER, {who: _synergies(sites, v) for who, v in cycles.items()}
        ),
        "santuz2020_glute_share.csv": _text(
            about,
            {"normalisation": "each muscle less its minimum, over its maximum in the trial"} | _FILTER,
            {who: {"glute_share_ratio": _share(sites, v)} for who, v in cycles.items()},
        ),
        "biomechzoo_grf.csv": _text(_YOUTHS, {}, youths),
    }


def _synergies(sites: Sequence[str], cycle: Floats) -> dict[str, float]:
    matrix = normalised(sites, cycle)
    return {
        "synergy_count": float(number([fit.r2 for fit in all_ranks(matrix)])),
        "vaf_one_synergy": one_synergy_vaf(matrix),
    }


def _share(sites: Sequence[str], cycle: Floats) -> float:
    gluteal = [site in GLUTEAL for site in sites]
    return float(cycle[gluteal].sum() / cycle.sum() / np.mean(gluteal))


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
