"""Norms of mean curves of force over the stance, in body weights: what the report draws behind a person's own."""

from typing import TYPE_CHECKING

import numpy as np

from groundup.model.signals import Floats
from groundup.plugin.norm_file import NormTable
from groundup.population.curve_band import LEAST_SIMULTANEOUS, inside_of_others, pointwise, simultaneous
from groundup.population.norms import LEAST_PEOPLE, Built

if TYPE_CHECKING:
    import pandas as pd

_GRAVITY = 9.80665
_CURVES = ("vertical", "forward")
_POINTS = 101


def build_curve_norms(curves: "pd.DataFrame", persons: "pd.DataFrame", whole: bool = False) -> Built:
    """A norm of each curve of force.

    One person is one voice: the mean of left and right and of the person's recordings. Conditions are apart.

    Parameters
    ----------
    curves : pandas.DataFrame
        As the archive has them, a row each percent of each curve of each recording, and the condition of that.
    persons : pandas.DataFrame
        Columns recording, mass_kg, age_years.
    whole : bool
        The band of whole curves; else percent by percent.
    """
    found = Built()
    forces = curves[(curves["what"] == "grf") & (curves["of"] == "stance")]
    for name in _CURVES:
        every = forces[forces["name"] == name].merge(persons[["recording", "mass_kg"]], on="recording", how="left")
        for condition, mine in [*every.groupby("condition", sort=True)] or [("", every)]:
            made = _norm(f"grf_{name}", str(condition), mine, persons, whole)
            if isinstance(made, str):
                found.left_out[f"grf_{name} ({condition})" if condition else f"grf_{name}"] = made
            else:
                found.norms.append(made)
    return found


def _norm(metric: str, condition: str, mine: "pd.DataFrame", persons: "pd.DataFrame", whole: bool) -> NormTable | str:
    if (units := sorted(set(mine["unit"]))) and units != ["N"]:
        return f"the archive has it in {' and '.join(map(repr, units))}, and newtons are expected"
    heavy = mine[(mine["mass_kg"] > 0) & (mine["participant"] != "")]
    table = heavy.assign(
        value=heavy["mean"] / (heavy["mass_kg"] * _GRAVITY), percent=heavy["percent"].round().astype(int)
    )
    by_person = table.pivot_table(index="participant", columns="percent", values="value", aggfunc="mean").dropna()
    least = LEAST_SIMULTANEOUS + 1 if whole else LEAST_PEOPLE
    if len(by_person) < least or by_person.shape[1] != _POINTS:
        lost = mine["participant"].nunique() - len(by_person)
        more = f"; of {lost} more the mass is not known, or the curve is not whole" if lost else ""
        return f"it is of {len(by_person)} people, and {least} are the least{more}"
    values: Floats = by_person.to_numpy(np.float64)
    if not (values.std(axis=0) > 0).all():
        return "at some percent everybody has the same value"
    band = simultaneous(values) if whole else pointwise(values)
    points, curves = inside_of_others(values, whole)
    counted = set(table.loc[table["participant"].isin(by_person.index), "recording"])
    ages = persons.loc[persons["recording"].isin(counted), "age_years"].dropna()
    return NormTable(
        metric=metric,
        unit="1",
        low=float(band[:, 0].min()),
        high=float(band[:, 1].max()),
        n=len(by_person),
        condition=condition,
        people_from_to={"age_years": (float(ages.min()), float(ages.max()))} if len(ages) else {},
        curve=tuple((float(low), float(high)) for low, high in band),
        simultaneous=whole,
        coverage=curves if whole else points,
        remark=_remark(points, curves, whole),
    )


def _remark(points: float, curves: float, whole: bool) -> str:
    of = "the whole curve" if whole else "percent by percent"
    return (
        f"the band is of {of}: left out in turn, {100 * points:.1f} % of the points of these people lie in the band of "
        f"the others, and {100 * curves:.0f} % of whole curves"
    )
