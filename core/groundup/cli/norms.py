"""``groundup norms``: where the values of one's own people lie."""

import textwrap
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from groundup.analysis.profile.strategy_profile import significant
from groundup.cli.output import as_json, finite, print_json, table
from groundup.plugin.norm_file import NormTable
from groundup.population.norm_writing import write_norms
from groundup.population.norms import By
from groundup.population.session_values import PopulationError
from groundup.workflows.population import BuiltNorms, BySession, norms_of_archive


@click.group()
def norms() -> None:
    """Norms of one's own people."""


@norms.command()
@click.argument("archive", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path),
    help="FILE.toml, for [norms] of lab.toml; or a new folder: a plugin that can be installed elsewhere.",
)  # fmt: skip
@click.option("--people", required=True, help="Who they are and what they did, in a few words.")
@click.option("--where", default="", metavar="SQL", help='Only these values, such as "age_years >= 18".')
@click.option(
    "--by", multiple=True, type=click.Choice(get_args(By)),
    help="Age and speed by regression, sex apart; may be given more than once. Conditions are always apart.",
)  # fmt: skip
@click.option(
    "--session", "by_session", type=click.Choice(get_args(BySession)), default="session", show_default=True,
    help="What tells sessions of a participant apart.",
)  # fmt: skip
@click.option("--whole-curves", is_flag=True, help="Bands of curves that hold whole curves; else percent by percent.")
@click.option("--reference", default="unpublished", show_default=True, help="Where the data are from.")
@click.option("--licence", default="", help="Of the data.")
@as_json
def build(
    archive: Path,
    output: Path,
    people: str,
    where: str,
    by: tuple[By, ...],
    by_session: BySession,
    whole_curves: bool,
    reference: str,
    licence: str,
    as_json: bool,
) -> None:
    """Build norms of the people in an archive.

    For each metric and condition the interval in which one more person lies with 95 %; how many of these people lie in
    the interval of all others; and within which ages and speeds it says anything.
    """
    import groundup

    found = norms_of_archive(groundup.archive(archive), by, where, by_session, whole_curves)
    if not found.norms:
        why = "; ".join(dict.fromkeys(found.left_out.values()))
        raise PopulationError(f"{archive}: there is no norm to be built: {why}")
    about = {"people": people, "reference": reference, "licence": licence, "where": where}
    write_norms(output, found.norms, found.left_out, made=datetime.now().date().isoformat(), **about)
    if as_json:
        print_json(_facts(found))
    else:
        click.echo("\n".join([*_lines(found), f"{output}: {len(found.norms)} norms"]))


def _facts(found: BuiltNorms) -> dict[str, Any]:
    return {
        "people": found.people,
        "recordings": found.recordings,
        "norms": [finite(msgspec.to_builtins(one)) for one in found.norms],
        "left_out": found.left_out,
    }


def _lines(found: BuiltNorms, width: int = 96) -> list[str]:
    rows = [
        [_called(n), f"{significant(n.low)} to {significant(n.high)}", n.unit, str(n.n), _by(n)] for n in found.norms
    ]
    lines = [f"{found.people} people, {found.recordings} recordings"]
    lines += [table(rows, ["metric", "95 % of people", "unit", "n", "by; from and to"]), ""]
    for norm in found.norms:
        lines += textwrap.wrap(f"{_called(norm)}: {norm.remark}", width, subsequent_indent="    ")
    for name, why in found.left_out.items():
        lines += textwrap.wrap(f"no norm of {name}, because {why}", width, subsequent_indent="    ")
    return lines


def _called(norm: NormTable) -> str:
    more = ", ".join(part for part in (norm.condition, norm.sex) if part)
    return f"{norm.metric} ({more})" if more else norm.metric


def _by(norm: NormTable) -> str:
    words = {"speed": "{:.2f} to {:.2f} m/s", "age_years": "{:g} to {:g} years"}
    terms = norm.regression.terms if norm.regression else ()
    parts = [f"{'by ' if key in terms else ''}{words[key].format(*ends)}" for key, ends in norm.people_from_to.items()]
    return ", ".join(parts)
