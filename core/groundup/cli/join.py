"""``groundup join``: what was recorded apart becomes one recording on one clock."""

from pathlib import Path
from typing import get_args

import click

from groundup.analysis.joining.choose import METHODS, NotJoinedError
from groundup.cli.import_ import offsets_of
from groundup.cli.made_recording import tell_of
from groundup.cli.output import as_json, printable, progress
from groundup.clock.joint import Method
from groundup.lab.tables import load_lab
from groundup.sources.importers import ImportFailedError
from groundup.sources.several_files import JoinError
from groundup.workflows.join import join as join_files


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="A B...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The recording, FILE.h5."
)
@click.option("--by", type=click.Choice(METHODS), help="Go by this alone; by default by what knows it best.")
@click.option(
    "--offset",
    "offsets",
    multiple=True,
    metavar="FILE=SECONDS",
    help="Known by hand: what to add to the times of FILE so that they are those of A.",
)
@click.option(
    "--lab", type=click.Path(dir_okay=False, path_type=Path), help="A lab.toml that gives the channels their sites."
)
@click.option("--analyze/--no-analyze", "analysis", default=True, help="Compute events and metrics when joined.")
@as_json
@click.pass_context
def join(
    ctx: click.Context,
    files: tuple[Path, ...],
    output: Path,
    by: str | None,
    offsets: tuple[str, ...],
    lab: Path | None,
    analysis: bool,
    as_json: bool,
) -> None:
    """Put files that were recorded apart onto the clock of A.

    A, B ... are recordings, XDF files, or what ``groundup import`` reads. How their clocks lie is measured: by a signal
    that both recorded, a trigger, taps, or the gait itself; what dates the files have is not looked at. Where it cannot
    be told nothing is written, and a sentence says why.

    Exit status: 0 joined; 3 joined, and the ledger holds a fault; 1 not joined.
    """
    if len(files) < 2:
        raise click.UsageError("it takes two files or more to join")
    if len({file.resolve() for file in files}) < len(files):
        raise click.UsageError("a file is named twice")
    known = load_lab(lab) if lab else None
    method: Method | None = next((one for one in get_args(Method) if one == by), None)
    try:
        with progress(f"joining {len(files)} files") as tell:
            join_files(files, output, lab=known, by=method, offsets=offsets_of(files, offsets), progress=tell)
    except (NotJoinedError, JoinError, ImportFailedError) as error:
        raise click.ClickException(printable(str(error))) from error
    ctx.exit(tell_of(output, analysis=analysis, as_json=as_json))
