"""Norms in a TOML file: what ``groundup norms build`` writes, and a lab or a plugin reads.

::

    @hookimpl
    def groundup_norms():
        return norms_from_file(files("our_walkers") / "norm.toml")
"""

import math
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import msgspec

from groundup.lab.errors import LabError, settings_from
from groundup.lab.settings import Settings
from groundup.lab.toml_file import read_toml
from groundup.plugin.norm import Norm
from groundup.plugin.norm_regression import Regression

FORMAT: Literal["groundup norm 1"] = "groundup norm 1"
_FromTo = tuple[float, float]


class RegressionTable(Settings, frozen=True):
    """``[norms.regression]``: as `Regression`."""

    coefficients: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    sd: float
    df: int
    terms: tuple[str, ...] = ()
    centre: tuple[float, ...] = ()
    within_sd: float = 0.0
    log: bool = False


class NormTable(Settings, frozen=True):
    """``[[norms]]``: as `Norm`, and how far its interval has been tried.

    Attributes
    ----------
    coverage : float
        Share of the people who lie in the interval of all others.
    coverage_below, coverage_above : float
        Share of them who lie below it, and above.
    coverage_of_thirds : dict of str to (float, float, float)
        The same share of the third with the least, the middle and the greatest age or speed.
    within_sd : float
        Pooled SD of the sessions of one person; NaN where everybody has one.
    """

    metric: str
    unit: str
    low: float
    high: float
    n: int
    condition: str = ""
    sex: Literal["", "F", "M"] = ""
    gait: Literal["", "walking", "running"] = ""
    people_from_to: dict[str, _FromTo] = msgspec.field(default_factory=dict)
    conditions: dict[str, float | str] = msgspec.field(default_factory=dict)
    muscles: tuple[str, ...] = ()
    regression: RegressionTable | None = None
    curve: tuple[_FromTo, ...] = ()
    simultaneous: bool = False
    coverage: float = math.nan
    coverage_below: float = math.nan
    coverage_above: float = math.nan
    coverage_of_thirds: dict[str, tuple[float, float, float]] = msgspec.field(default_factory=dict)
    within_sd: float = math.nan
    remark: str = ""


class _File(Settings, frozen=True):
    """A whole file."""

    format: Literal["groundup norm 1"]
    people: str
    reference: str
    licence: str = ""
    made: str = ""
    how: str = ""
    where: str = ""
    left_out: dict[str, str] = msgspec.field(default_factory=dict)
    norms: list[dict[str, Any]] = msgspec.field(default_factory=list)


def norms_from_file(path: Path | Traversable | str) -> list[Norm]:
    """The norms of a file.

    Parameters
    ----------
    path : path, or a file of an installed package

    Raises
    ------
    LabError
        If it cannot be read, is none of ``groundup norms build``, or tells what no norm can be; a ``ValueError``.
    """
    place = Path(path) if isinstance(path, str) else path
    table = read_toml(place)
    if table.get("format") != FORMAT:
        raise LabError(f'{path} is no file of norms: it lacks format = "{FORMAT}"; make one with: groundup norms build')
    file = settings_from(table, _File, str(path))
    return [_norm(row, file, f"{path}: [[norms]] number {number}") for number, row in enumerate(file.norms, 1)]


def _norm(row: dict[str, Any], file: _File, where: str) -> Norm:
    table = settings_from(row, NormTable, f"{where} ({row.get('metric', 'without a metric')})")
    try:
        return Norm(
            table.metric, table.low, table.high, table.n, file.people, file.reference,
            muscles=frozenset(table.muscles),
            conditions=dict(table.conditions),
            licence=file.licence,
            gait=table.gait,
            curve=table.curve,
            simultaneous=table.simultaneous,
            regression=None if table.regression is None else Regression(**msgspec.structs.asdict(table.regression)),
            people_from_to=dict(table.people_from_to),
            sex=table.sex,
            condition=table.condition,
            unit=table.unit,
            remark=table.remark,
        )  # fmt: skip
    except ValueError as error:
        raise LabError(f"{where}: {error}") from error
