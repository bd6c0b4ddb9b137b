"""``groundup compare``: two recordings, or two conditions of one."""

import textwrap
from dataclasses import asdict
from pathlib import Path

import click

from groundup.analysis.profile.axes import COMPARED
from groundup.analysis.profile.detectable import ABOUT
from groundup.analysis.profile.differences import EFFECT, SAME, Difference
from groundup.analysis.profile.strategy_profile import AXES, significant
from groundup.cli.output import as_json, finite, print_json
from groundup.workflows.compare import Comparison, NothingToCompareError, compare_recordings

_NAME = 30  # characters of a metric's name in its row; a longer one has a line of its own


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--condition", "conditions", multiple=True, metavar="NAME",
    help="Only trials of this condition; twice: the one before, the other after.",
)  # fmt: skip
@click.option(
    "--reliability", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What this lab can tell apart, FILE.toml of groundup reliability.",
)  # fmt: skip
@as_json
def compare(files: tuple[Path, ...], conditions: tuple[str, ...], reliability: Path | None, as_json: bool) -> None:
    """Compare two recordings, BEFORE.h5 AFTER.h5, or two conditions of one.

    Every metric with six values or more in both: medians, the effect size with its interval, and whether a difference
    was seen at all.
    """
    try:
        found = compare_recordings(files, conditions, reliability)
    except NothingToCompareError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(
            {
                "before": found.before,
                "after": found.after,
                "effect_size": EFFECT,
                "bound": COMPARED,
                "differences": [finite({**asdict(one), "told_apart": one.told_apart}) for one in found.differences],
            }
        )
    else:
        click.echo("\n".join(comparison_lines(found)))


def comparison_lines(found: Comparison, width: int = 96) -> list[str]:
    """Render a comparison for a terminal."""
    column = min(_NAME, max((len(one.metric) for one in found.differences), default=0))
    lines = [
        "COMPARISON  (it describes; it does not diagnose)",
        f"  before: {found.before}",
        f"  after:  {found.after}",
        f"  {'':{column}}  {'before':>9} {'after':>9}  {EFFECT + ', 95 %':<24} {'values':>9}",
    ]
    for axis in (*AXES, ""):
        mine = [one for one in found.differences if one.axis == axis and one.valued]
        if mine:
            lines.append(axis.upper() or "OTHER METRICS")
        for one in mine:
            lines += _lines(one, column, width)
    silent = [one.metric for one in found.differences if not one.valued]
    if silent:
        lines += ["", *textwrap.wrap(f"without a value before and after: {', '.join(silent)}", width)]
    compared = sum(one.compared for one in found.differences)
    more = f" {compared} metrics were compared; of so many about {compared * 0.05:.1f} would differ by chance alone."
    return [line.rstrip() for line in [*lines, "", *textwrap.wrap(COMPARED + more, width)]]


def _lines(one: Difference, column: int, width: int) -> list[str]:
    name, first = (one.metric, []) if len(one.metric) <= column else ("", [f"  {one.metric}"])
    line = f"  {name:{column}}  {significant(one.before):>9} {significant(one.after):>9}  "
    if not one.compared:
        return [*first, line, *textwrap.wrap(one.verdict, width, initial_indent=" " * 6, subsequent_indent=" " * 6)]
    effect = f"{one.effect:+.2f} ({one.effect_low:+.2f} to {one.effect_high:+.2f})"
    values = f"{one.strides_before}, {one.strides_after}"
    return [*first, f"{line}{effect:<24} {values:>9}  {one.verdict}", *_told_apart(one, width)]


def _told_apart(one: Difference, width: int) -> list[str]:
    """Beside a difference: whether two sessions of somebody who has not changed differ by as much."""
    if one.verdict == SAME or not one.told_apart or one.detectable is None:
        return []
    unit = "" if one.unit == "1" else f" {one.unit}"
    words = (
        f"by {significant(abs(one.change))}{unit}: {one.told_apart} {'than' if one.told_apart != ABOUT else 'as'} what "
        f"this lab can tell apart between two sessions ({one.detectable.words(significant)})"
    )
    return textwrap.wrap(words, width, initial_indent=" " * 6, subsequent_indent=" " * 6)
