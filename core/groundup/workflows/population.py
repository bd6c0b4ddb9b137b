"""What an archive says of many people: its reliability study, and norms, without the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from groundup.plugin.manager import plugins
from groundup.plugin.norm_file import NormTable
from groundup.population.norms import By, build_norms
from groundup.population.reliability import Reliability, reliability
from groundup.population.session_values import PopulationError

if TYPE_CHECKING:
    import pandas as pd

    from groundup.archives.reader import Archive

BySession = Literal["session", "recording"]
_METRICS = """
SELECT m.recording, m.participant, m.session, m.condition, m.side, m.metric, m.value, m.unit, m.status, m.method,
       m.parameters, m.conditions, m.plugin, m.version, r.state
FROM metrics m
JOIN (SELECT recording, age_years, sex, mass_kg, height_m, started_utc, state FROM recordings) r USING (recording)
WHERE m.status = 'ok' AND ({where})
"""
_PERSONS = "SELECT recording, participant, session, age_years, sex, mass_kg, started_utc FROM recordings"
_WHOLE = (
    "SELECT recording, min(condition) AS condition FROM metrics GROUP BY recording HAVING count(DISTINCT condition) = 1"
)


@dataclass(frozen=True)
class BuiltNorms:
    """Norms of metrics and of curves, and why there is none of others."""

    norms: Sequence[NormTable]
    left_out: dict[str, str]
    people: int
    recordings: int


def study(archive: Archive, by: BySession = "session", where: str = "") -> list[Reliability]:
    """How well a lab measures again: `groundup.population.reliability.reliability` of what is chosen of an archive.

    Parameters
    ----------
    archive : Archive
    by : {"session", "recording"}
        What tells sessions of a participant apart.
    where : str
        SQL over the columns of metrics and the age, sex, mass, height, date and state of recordings; empty: all.

    Raises
    ------
    PopulationError
        If nothing is chosen, or what is was computed by different versions or choices.
    QueryError
        If `where` is no condition.
    """
    metrics = _chosen(archive, where)
    persons = archive.query(_PERSONS)
    dates: dict[tuple[str, str], str] = {}
    for who, session, date in zip(persons["participant"], persons[by], persons["started_utc"], strict=True):
        if date:
            dates[who, session] = min(str(date), dates.get((who, session), str(date)))
    return reliability(metrics, by, dates, _periods())


def norms_of_archive(
    archive: Archive,
    by: Iterable[By] = (),
    where: str = "",
    by_session: BySession = "session",
    whole_curves: bool = False,
) -> BuiltNorms:
    """Norms of what is chosen of an archive: of its metrics, and of its curves of force.

    Parameters
    ----------
    archive : Archive
    by : iterable of {"age", "speed", "sex"}
    where : str
        As in `study`.
    by_session : {"session", "recording"}
    whole_curves : bool
        Bands of whole curves; else percent by percent.

    Raises
    ------
    PopulationError, QueryError
        As `study`.
    """
    metrics = _chosen(archive, where)
    persons = archive.query(_PERSONS).assign(session=lambda table: table[by_session])
    found = build_norms(metrics, persons, by, _periods(), by_session, _of_emg())
    curves = _curves(archive, metrics)
    norms, left_out = list(found.norms), dict(found.left_out)
    if len(curves):
        from groundup.population.curve_norms import build_curve_norms

        more = build_curve_norms(curves, persons, whole_curves)
        norms += more.norms
        left_out |= more.left_out
    return BuiltNorms(norms, left_out, metrics["participant"].nunique(), metrics["recording"].nunique())


def _chosen(archive: Archive, where: str) -> pd.DataFrame:
    found = archive.query(_METRICS.format(where=where or "true"))
    if not len(found):
        raise PopulationError(
            f"{archive.path} holds no values" + (f" where {where}" if where else "; fill it with: groundup batch")
        )
    if len(states := sorted(set(found["state"]))) > 1:
        counts = found.groupby("state")["recording"].nunique()
        shown = ", ".join(f"{counts[state]} by state {state!r}" for state in states[:3])
        raise PopulationError(
            f"{archive.path} holds recordings that were computed by different versions or choices ({shown}), and "
            "nothing is made of these together: give groundup batch all files again, or choose by "
            "--where \"state = '...'\""
        )
    if not (found["participant"].fillna("") != "").any():
        raise PopulationError(
            f"{archive.path} does not tell whose its recordings are: give participant.id in lab.toml, and fill it again"
        )
    return found


def _curves(archive: Archive, metrics: pd.DataFrame) -> pd.DataFrame:
    """Curves of the recordings that are chosen: a curve is of a whole recording, which must be of one condition."""
    whole = archive.query(_WHOLE).fillna({"condition": ""})
    return archive.curves.merge(whole[whole["recording"].isin(set(metrics["recording"]))], on="recording")


def _periods() -> dict[str, float]:
    """After how much the values of those metrics that go round are the same again."""
    found = {name: loaded.item.circular for name, loaded in plugins().metrics.items()}
    return {name: period for name, period in found.items() if period is not None}


def _of_emg() -> set[str]:
    """Metrics that ask for muscles."""
    return {
        name
        for name, loaded in plugins().metrics.items()
        if any(need.what in ("emg", "raw_emg") for need in loaded.item.needs)
    }
