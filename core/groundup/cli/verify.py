"""``groundup verify``: whether a recording is whole, and equal to its journal."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundup.cli.output import as_json, print_json, printable, progress
from groundup.journal import read_journal
from groundup.lab.tables import LabError, parse_lab
from groundup.lsl.stream_names import journal_path
from groundup.model.source import Source
from groundup.recording import Recording, RecordingError, checksums, open_hdf5
from groundup.recording.verify import verify as check
from groundup.sources.with_lab import with_lab, with_own_lab

if TYPE_CHECKING:
    from groundup.workflows.recompute import Recomputed


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--journal",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with this journal; by default with the one beside FILE, if it is there.",
)
@click.option("--recompute", is_flag=True, help="Compute events and metrics again, and compare them, too.")
@as_json
@click.pass_context
def verify(ctx: click.Context, file: Path, journal: Path | None, recompute: bool, as_json: bool) -> None:
    """Check a recording: every checksum, the schema, and equality with its journal where that is at hand.

    With --recompute: also that its events and metrics are what its raw data give, by the plugins installed here.

    Exit status: 0 sound, 1 not.
    """
    beside = journal_path(file)
    if journal is None and beside.exists() and beside != file:
        journal = beside
    source = _source(journal, file) if journal is not None else None
    with progress(f"verifying {file.name}") as tell:
        problems = check(file, source, tell)
    notes = [] if problems else _notes(file)
    against = f", and equal to {journal}" if journal is not None else ""
    if recompute and not problems:
        with progress(f"recomputing {file.name}") as tell:
            computed = _compare(file, tell)
        problems, notes = computed.problems, [*notes, *computed.notes]
        if computed.metrics:
            against += f"; {len(computed.metrics)} metrics are what its raw data give"
    if as_json:
        facts = {"file": str(file), "journal": str(journal) if journal else None, "sound": not problems}
        print_json({**facts, "problems": [asdict(problem) for problem in problems], "notes": notes})
        ctx.exit(1 if problems else 0)
    if problems:
        click.echo(f"{file} is not sound:")
        for problem in problems:
            click.echo(f"  {printable(str(problem))}")
    else:
        click.echo(f"{file} is sound{against}")
    for note in notes:
        click.echo(f"  ! {printable(note)}")
    ctx.exit(1 if problems else 0)


def _notes(file: Path) -> list[str]:
    with open_hdf5(file) as sound:
        return [note for note in (checksums.note(sound),) if note]


def _compare(file: Path, tell: Callable[[float], None]) -> "Recomputed":
    from groundup.workflows.recompute import compare  # loads the plugins, which checking alone does not need

    return compare(file, tell)


def _source(path: Path, file: Path) -> Source:
    """What the recording was sealed from; another program's XDF knows neither its id nor its lab.toml."""
    journal = read_journal(path)
    if journal.ours:
        return with_own_lab(journal.source)[0]
    try:
        with Recording(file) as recording:
            source = replace(journal.source, recording_id=recording.id)
            return with_lab(source, parse_lab(recording.lab_toml)) if recording.lab_toml else source
    except (RecordingError, LabError):
        return journal.source
