"""Makes norms of curves: ``python -m groundup_plugins.norms.make_curves A.h5 B.h5 ...``, a recording of each person.

The recordings are those of four youths walking overground (biomechZoo), imported and analysed; of each the mean force
curves in the file are taken, over both feet, in body weights.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

import groundup
from groundup.plugin import Floats, interval_of_people
from groundup_plugins.metrics.ground_reaction import GRAVITY

TABLE = "biomechzoo_grf_curves.csv"
NAMES = ("vertical", "forward")
_HEADER = """\
# people: youths walking overground (biomechZoo)
# source: forces under youths in the sample data of biomechZoo; mean of the stances of each person
# licence: MIT
# gait: walking
# unit: body weights
# interval: of one more person at that percent of the stance, by t
# n: {n}
# made by: make_curves.py
curve,percent,low,high
"""


def table(people: Sequence[Sequence[Floats]]) -> str:
    """The norms as CSV text, of the curves of each person in the order of `NAMES`."""
    rows = [
        f"grf_{name},{percent},{_possible(name, low):.4f},{high:.4f}"
        for number, name in enumerate(NAMES)
        for percent, (low, high) in enumerate(_intervals([person[number] for person in people]))
    ]
    return _HEADER.format(n=len(people)) + "\n".join(rows) + "\n"


def _intervals(people: Sequence[Floats]) -> Iterable[tuple[float, float]]:
    return (interval_of_people(values) for values in np.array(people).T.tolist())


def _possible(name: str, low: float) -> float:
    """The ground does not pull."""
    return max(low, 0.0) if name == "vertical" else low


def curves_of(path: Path) -> list[Floats]:
    """Mean of each force over all stances of a person, at 0 to 100 %, in body weights."""
    with groundup.open(path) as recording:
        mine = recording.curves[recording.curves["what"] == "grf"]
        sides = [
            (str(name), int(one["count"].iloc[0]), one["mean"].to_numpy())
            for (name, _), one in mine.groupby(["name", "side"])
        ]
        return in_body_weights(sides, recording.participant.mass_kg)


def in_body_weights(sides: Sequence[tuple[str, int, Floats]], mass_kg: float) -> list[Floats]:
    """Curves of the sides of a person (name, how many stances, mean in N), put together in the order of `NAMES`."""
    found = []
    for name in NAMES:
        counts, means = zip(*((count, mean) for which, count, mean in sides if which == name), strict=True)
        found.append(np.average(means, axis=0, weights=counts) / (mass_kg * GRAVITY))
    return found


if __name__ == "__main__":
    (Path(__file__).parent / TABLE).write_text(
        table([curves_of(Path(name)) for name in sorted(sys.argv[1:])]), encoding="utf-8"
    )
