"""``groundup reliability``: what a lab can tell apart between two sessions of one person."""

import textwrap
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from groundup.analysis.profile.strategy_profile import significant
from groundup.cli.output import as_json, finite, print_json, table
from groundup.population.reliability import Reliability
from groundup.population.reliability_file import write_reliability
from groundup.population.session_values import BOTH
from groundup.workflows.population import BySession, study

SAID = (
    "MDC95: two sessions of a person who has not changed differ by less in 95 of 100. SEM: the standard error of "
    "measurement, with what sessions differ by for everybody. Only participants with every session count; nothing is "
    "filled in. Intervals are 95 %."
)


@click.command()
@click.argument("archive", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--by", type=click.Choice(get_args(BySession)), default="session", show_default=True,
    help="What tells sessions of a participant apart.",
)  # fmt: skip
@click.option("--where", default="", metavar="SQL", help="Only these values, such as \"condition = 'walk'\".")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
    help="Write a file, FILE.toml, for [norms] of lab.toml, analyze --reliability and compare --reliability.",
)  # fmt: skip
@as_json
def reliability(archive: Path, by: BySession, where: str, output: Path | None, as_json: bool) -> None:
    """Measure how well this lab measures again: people who came twice or more, and have not changed.

    For each metric, condition and side: ICC(2,1) and ICC(3,1), the standard error of measurement and the smallest
    detectable change, with their intervals; or why it is not known.
    """
    import groundup

    found = study(groundup.archive(archive), by, where)
    if output is not None:
        write_reliability(output, found, made=datetime.now().date().isoformat(), by=by, where=where)
    if as_json:
        print_json({"by": by, "where": where, "metrics": [finite(asdict(one)) for one in found]})
        return
    click.echo("\n".join(_lines(found)))
    if output is not None:
        click.echo(f"{output}: {sum(one.known and one.side == BOTH for one in found)} metrics")


def _lines(found: list[Reliability], width: int = 96) -> list[str]:
    header = ["metric", "side", "people x sessions", "ICC(2,1)", "ICC(3,1)", "SEM", "MDC95", "unit"]
    rows = [
        [
            f"{one.metric} ({one.condition})" if one.condition else one.metric,
            one.side,
            f"{one.participants} x {one.sessions}" + (f", {one.left_out} left out" if one.left_out else ""),
            f"{one.icc_2_1:.2f} ({one.icc_2_1_interval[0]:.2f} to {one.icc_2_1_interval[1]:.2f})",
            f"{one.icc_3_1:.2f} ({one.icc_3_1_interval[0]:.2f} to {one.icc_3_1_interval[1]:.2f})",
            significant(one.sem),
            f"{significant(one.mdc95)} ({' to '.join(significant(end) for end in one.mdc95_interval)})",
            one.unit,
        ]
        for one in found
        if one.known
    ]
    lines = [table(rows, header)] if rows else []
    lines += _unknown([one for one in found if not one.known], width)
    shifted = [f"{one.metric} ({one.side})" for one in found if one.known and one.shift_p < 0.01]
    if shifted:
        lines += ["", *textwrap.wrap(f"! sessions differ for everybody (p < 0.01): {', '.join(shifted)}", width)]
    return [*lines, "", *textwrap.wrap(SAID, width)]


def _unknown(found: list[Reliability], width: int) -> list[str]:
    """What is not known, a line each reason."""
    reasons: dict[str, list[str]] = {}
    for one in found:
        reasons.setdefault(one.why, []).append(one.metric)
    lines = []
    for why, metrics in reasons.items():
        names = list(dict.fromkeys(metrics))
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        lines += textwrap.wrap(f"not known, because {why}: {shown}", width, subsequent_indent="    ")
    return ["", *lines] if lines else []
