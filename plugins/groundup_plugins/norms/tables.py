"""Reads tables as norms: of people, a column a metric, a row a person; or of intervals, a row a norm.

In the first lines stand who, whence and how made::

    # people: healthy adults walking (Santuz et al. 2020)
    # source: where the data are from
    # licence: MIT
    # muscles: soleus, gluteus_medius
    # condition emg_envelope.envelope_hz: 20
    person,synergy_count
    P1,5

A table of intervals has the columns metric, n, low, high (or mean, where only that was published), and what they depend
on: age_from and age_to (years), speed (m/s), and words that the trial's condition must say (eyes, surface).
``# method sway_area: NAME`` names the metric by which they were measured.
"""

import csv
import json
from collections.abc import Sequence
from importlib.resources import files

from groundup.plugin import AtSpeed, Norm

_CONDITION, _METHOD = "condition ", "method "
_WORDS = ("eyes", "surface")


def norms_of(name: str) -> list[Norm]:
    """One norm for each metric of a table in this folder.

    Parameters
    ----------
    name : str
        Name of the CSV file.
    """
    about, rows = _read(name)
    conditions = {k.removeprefix(_CONDITION): json.loads(v) for k, v in about.items() if k.startswith(_CONDITION)}
    return [
        Norm.of_people(
            metric,
            [float(row[metric]) for row in rows],
            people=about["people"],
            reference=about["source"],
            muscles=about["muscles"].split(", ") if "muscles" in about else (),
            conditions=conditions,
        )
        for metric in rows[0]
        if metric != "person"
    ]


def norms_of_intervals(name: str) -> list[Norm]:
    """One norm for each metric, age and way to stand of a table in this folder; rows that differ in speed are one.

    Parameters
    ----------
    name : str
        Name of the CSV file.
    """
    about, rows = _read(name)
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(v for k, v in row.items() if k not in ("speed", "n", "low", "high")), []).append(row)
    return [_of_intervals(about, group) for group in groups.values()]


def norms_of_curves(name: str) -> list[Norm]:
    """One norm for each curve of a table in this folder: columns curve, percent, low, high, in the order of percent.

    Parameters
    ----------
    name : str
        Name of the CSV file.
    """
    about, rows = _read(name)
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        curves.setdefault(row["curve"], []).append((float(row["low"]), float(row["high"])))
    return [
        Norm(
            curve,
            min(low for low, _ in ends),
            max(high for _, high in ends),
            int(about["n"]),
            about["people"],
            about["source"],
            licence=about["licence"],
            gait="walking",
            curve=tuple(ends),
        )
        for curve, ends in curves.items()
    ]


def _of_intervals(about: dict[str, str], rows: Sequence[dict[str, str]]) -> Norm:
    first = rows[0]
    by_speed = [
        AtSpeed(float(r.get("speed", 0)), float(r.get("low", "nan")), float(r.get("high", "nan")), int(r["n"]))
        for r in rows
    ]
    return Norm(
        first["metric"],
        min(one.low for one in by_speed),
        max(one.high for one in by_speed),
        min(one.n for one in by_speed),
        people=about["people"],
        reference=about["source"],
        licence=about["licence"],
        method=about.get(_METHOD + first["metric"], ""),
        age=(float(first["age_from"]), float(first["age_to"])) if "age_from" in first else None,
        gait="walking" if about.get("gait") == "walking" else "",
        trial={word: first[word] for word in _WORDS if word in first},
        at_speed=tuple(by_speed) if "speed" in first else (),
        mean=float(first.get("mean", "nan")),
    )


def _read(name: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What the first lines say, and the rows."""
    lines = (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8").splitlines()
    about = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    return about, list(csv.DictReader(line for line in lines if not line.startswith("#")))
