"""Makes the norms of sway and of walking by speed: ``python -m groundup_plugins.norms.make_bmclab FOLDER``.

FOLDER holds ``standing_163_people.csv`` (Santos & Duarte 2016: three trials of 60 s of each person and way to stand)
and ``walking_51_people_8_speeds.csv`` (the gait data of BMClab).
"""

import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from groundup.plugin import Floats, interval_of_people

LEAST_PEOPLE = 15
SPEEDS = np.round(np.arange(0.4, 1.75, 0.1), 2)
"""At which the people are held against each other, m/s."""
STANDING, WALKING = "standing_163_people.csv", "walking_51_people_8_speeds.csv"
STANDING_AGES = {"Young": (18, 60), "Old": (60, 86)}
WALKING_AGES = {"Young": (21, 38), "Older": (50, 85)}
"""Age group, and from and below which age its people are; there is nobody in between."""
SWAY: dict[str, tuple[str, float]] = {
    "sway_path": ("COPvelo", 0.6),  # cm/s over 60 s, in m
    "sway_velocity": ("COPvelo", 1e-2),
    "sway_area": ("COParea", 1e-4),
    "sway_mean_frequency": ("COPmfreq", 1.0),
}
"""Metric to the column it is in, and what gives its unit."""
GAIT: dict[str, Callable[[Floats, Floats], Floats]] = {
    "cadence": lambda length, cadence: cadence,
    "step_length": lambda length, cadence: length,
    "walk_ratio": lambda length, cadence: length / cadence,
}
"""Metric of step length (m) and cadence (steps a minute)."""
_STOOD = {
    "people": "adults standing quietly for 60 s (Santos & Duarte 2016)",
    "source": "Santos & Duarte 2016, PeerJ 4:e2648: BDSinfoCOP.txt of BMClab",
    "licence": "CC BY 4.0",
    **{f"method {metric}": f"{metric}_60s" for metric in SWAY},
    "interval": "of one trial of one more person, by t on logarithms",
}
_WALKED = {
    "people": "adults walking at six set speeds, 40 to 115 % of their comfortable one (BMClab)",
    "source": "the gait data set H2A of BMClab",
    "licence": "CC BY 4.0",
    "gait": "walking",
    "interval": "of one more person at that speed, by t on logarithms; each person's values between speeds by lines",
}
People = Mapping[str, Floats]


def standing(folder: Path) -> dict[tuple[str, str, str, str], dict[str, Floats]]:
    """Values of each trial of each person, by metric, age group, eyes and surface."""
    found: dict[tuple[str, str, str, str], dict[str, list[float]]] = {}
    for row in _rows(folder / STANDING):
        for metric, (column, factor) in SWAY.items():
            key = (metric, row["AgeGroup"], row["Vision"].lower(), row["Surface"].lower())
            found.setdefault(key, {}).setdefault(row["Subject"], []).append(float(row[column]) * factor)
    return {key: {who: np.array(values) for who, values in people.items()} for key, people in found.items()}


def interval_of_a_trial(people: People) -> tuple[float, float]:
    """Where one trial of one more person lies with 95 %: people differ, and so do the trials of each.

    Parameters
    ----------
    people : mapping of str to ndarray, shape (trials,)
        Positive.
    """
    logs = [np.log(values) for values in people.values()]
    means = np.array([one.mean() for one in logs])
    within = np.mean([one.var(ddof=1) for one in logs if len(one) > 1])
    # The means of several trials differ less than single trials do.
    scale = np.sqrt(1 + within * np.mean([1 - 1 / len(one) for one in logs]) / means.var(ddof=1))
    low, high = interval_of_people((means.mean() + scale * (means - means.mean())).tolist())
    return float(np.exp(low)), float(np.exp(high))


def walking(folder: Path) -> dict[tuple[str, str], dict[str, Floats]]:
    """Speeds and values of each person, shape (speeds, 2), by metric and age group."""
    found: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = {}
    for row in _rows(folder / WALKING):
        length, cadence = np.array(float(row["StepLength"])), np.array(float(row["Cadence"]))
        for metric, of in GAIT.items():
            point = float(row["Speed"]), float(of(length, cadence))
            found.setdefault((metric, row["AgeGroup"]), {}).setdefault(row["Subject"], []).append(point)
    return {key: {who: np.array(sorted(points)) for who, points in people.items()} for key, people in found.items()}


def intervals_by_speed(people: People) -> Floats:
    """Rows of speed, low, high, n: at each speed that enough people walk no slower and no faster than.

    Parameters
    ----------
    people : mapping of str to ndarray, shape (speeds, 2)
        Speed (m/s) and value, positive.
    """
    rows = []
    for speed in SPEEDS:
        there = [points.T for points in people.values() if points[0, 0] <= speed <= points[-1, 0]]
        logs = [float(np.interp(speed, speeds, np.log(values))) for speeds, values in there]
        if len(logs) >= LEAST_PEOPLE:
            low, high = interval_of_people(logs)
            rows.append((speed, np.exp(low), np.exp(high), len(logs)))
    return np.array(rows)


def tables(folder: Path) -> dict[str, str]:
    """The norms as CSV text, by file name."""
    stood = [
        _line(metric, *STANDING_AGES[age], eyes, surface, len(people), *_ends(*interval_of_a_trial(people)))
        for (metric, age, eyes, surface), people in sorted(standing(folder).items())
    ]
    walked = [
        _line(metric, *WALKING_AGES[age], f"{speed:g}", round(n), *_ends(low, high))
        for (metric, age), people in sorted(walking(folder).items())
        for speed, low, high, n in intervals_by_speed(people)
    ]
    return {
        "santos2016_sway.csv": _text(_STOOD, "metric,age_from,age_to,eyes,surface,n,low,high", stood),
        "bmclab_walking.csv": _text(_WALKED, "metric,age_from,age_to,speed,n,low,high", walked),
    }


def _line(*cells: object) -> str:
    return ",".join(str(cell) for cell in cells)


def _ends(low: float, high: float) -> list[str]:
    return [f"{end:.5g}" for end in (low, high)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _text(about: Mapping[str, str], header: str, rows: Sequence[str]) -> str:
    comments = [f"# {key}: {value}" for key, value in about.items()]
    return "\n".join([*comments, "# made by: make_bmclab.py", header, *rows]) + "\n"


if __name__ == "__main__":
    for name, text in tables(Path(sys.argv[1])).items():
        (Path(__file__).parent / name).write_text(text, encoding="utf-8")
