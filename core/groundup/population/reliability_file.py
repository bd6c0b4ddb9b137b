"""The file of a reliability study: written by ``groundup reliability``; read by profile, comparison and report."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import msgspec

from groundup.analysis.profile.detectable import Detectable
from groundup.lab.errors import LabError, settings_from
from groundup.lab.settings import Settings
from groundup.lab.toml_file import read_toml, write_toml
from groundup.population.reliability import Reliability
from groundup.population.session_values import BOTH

FORMAT: Literal["groundup reliability 1"] = "groundup reliability 1"


class _Row(Settings, frozen=True):
    """``[[metrics]]``: as `Reliability`; what is not known is left out."""

    metric: str
    unit: str
    side: Literal["L", "R", "both"]
    condition: str = ""
    participants: int = 0
    sessions: int = 0
    left_out: int = 0
    sessions_left_out: int = 0
    sessions_by: str = ""
    icc_2_1: float = math.nan
    icc_2_1_interval: tuple[float, float] = (math.nan, math.nan)
    icc_3_1: float = math.nan
    icc_3_1_interval: tuple[float, float] = (math.nan, math.nan)
    sem: float = math.nan
    sem_interval: tuple[float, float] = (math.nan, math.nan)
    mdc95: float = math.nan
    mdc95_interval: tuple[float, float] = (math.nan, math.nan)
    shift: float = math.nan
    shift_p: float = math.nan
    why: str = ""

    def __post_init__(self) -> None:
        """Check what the types cannot say: a study that says less than nothing would make every change real."""
        low, high = self.mdc95_interval
        if not self.why and not (0 < low <= self.mdc95 <= high < math.inf):
            raise ValueError(f"mdc95 of {self.metric} is a number above 0 within mdc95_interval, or why says why not")


class _File(Settings, frozen=True):
    """A whole file."""

    format: Literal["groundup reliability 1"]
    made: str = ""
    by: str = ""
    where: str = ""
    metrics: list[dict[str, Any]] = msgspec.field(default_factory=list)


def write_reliability(path: Path, found: Sequence[Reliability], *, made: str, by: str, where: str = "") -> None:
    """Write a study; nothing half written stays.

    Parameters
    ----------
    path : Path
    found : sequence of Reliability
    made : str
        Date.
    by : str
        The column that told sessions apart.
    where : str
        The SQL by which values were chosen.
    """
    document: dict[str, Any] = {"format": FORMAT, "made": made, "by": by, "where": where}
    document["metrics"] = [_known(asdict(one)) for one in found]
    write_toml(path, document, "What this lab can tell apart, by groundup reliability. Name it in [norms] of lab.toml.")


def read_reliability(path: Path) -> list[Detectable]:
    """What a lab can tell apart, of left and right together.

    Raises
    ------
    LabError
        If it cannot be read, or is no such file.
    """
    table = read_toml(path)
    if table.get("format") != FORMAT:
        raise LabError(f'{path} is no file of groundup reliability: its first line is not format = "{FORMAT}"')
    file = settings_from(table, _File, str(path))
    rows = [
        settings_from(row, _Row, f"{path}: [[metrics]] number {number} ({row.get('metric', 'without a name')})")
        for number, row in enumerate(file.metrics, 1)
    ]
    return [_detectable(row) for row in rows if row.side == BOTH and not row.why]


def _detectable(row: _Row) -> Detectable:
    low, high = row.mdc95_interval
    return Detectable(
        row.metric, row.unit, row.condition, row.mdc95, low, high, row.sem, row.participants, row.sessions
    )


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """What there is to write: no empty words, no NaN, no interval without ends."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in row.items()
        if value != "" and not any(isinstance(end, float) and not math.isfinite(end) for end in _ends(value))
    }


def _ends(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
