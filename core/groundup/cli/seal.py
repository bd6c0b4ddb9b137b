"""``groundup seal`` and ``groundup recover``: from journal to recording."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from groundup.cli.output import as_json, print_json, say
from groundup.naming import SUFFIX, journal_path
from groundup.record.apart import analyse_apart
from groundup.recording import Recording
from groundup.recording.finish import Sealed, seal_journal

_journal = click.argument("journal", type=click.Path(exists=True, path_type=Path))
# A recording that a crash prevented does not exist, and may yet be named.
_left = click.argument("journal", type=click.Path(path_type=Path))
_output = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The recording, FILE.h5."
)
_keep = click.option("--keep-journal", is_flag=True, default=None, help="Keep the journal after sealing.")


@click.command()
@_journal
@_output
@_keep
@as_json
def seal(journal: Path, output: Path | None, keep_journal: bool | None, as_json: bool) -> None:
    """Turn a journal into a recording; the journal is deleted only after the recording was compared with it."""
    _report([_seal(journal, output, keep_journal)], as_json)


@click.command()
@_left
@_output
@_keep
@click.option("--analyze/--no-analyze", "analysis", default=True, help="Compute events and metrics when sealed.")
@as_json
def recover(journal: Path, output: Path | None, keep_journal: bool | None, analysis: bool, as_json: bool) -> None:
    """Seal what a crash has left: JOURNAL is a journal, the recording it would have become, or a folder of them."""
    if journal.is_dir():
        journals = sorted(journal.glob(f"*{SUFFIX}"))
        if not journals:
            raise click.ClickException(f"there is no journal (*{SUFFIX}) in {journal}: nothing to recover")
        if output is not None and len(journals) > 1:
            raise click.ClickException("-o names one recording, but the folder holds several journals")
    else:
        journals = [_left_by_crash(journal)]
    done = []
    for path in journals:
        done.append(_seal(path, output, keep_journal))
        if analysis:
            analyse_apart(done[-1].recording, say)
    _report(done, as_json)


def _left_by_crash(named: Path) -> Path:
    """The journal that is meant by its own name or by that of its recording."""
    journal = journal_path(named) if named.suffix == ".h5" else named
    if journal.exists():
        return journal
    recording = _recording_of(journal)
    if recording.exists():
        raise click.ClickException(
            f"{recording} has been sealed: there is no journal {journal}, and nothing to recover"
        )
    raise click.ClickException(f"there is no journal {journal}: nothing to recover")


def _recording_of(journal: Path) -> Path:
    return journal.with_name(journal.name.removesuffix(SUFFIX).removesuffix(".xdf") + ".h5")


def _seal(journal: Path, output: Path | None, keep: bool | None) -> Sealed:
    return seal_journal(journal, output or _recording_of(journal), keep=keep)


def _report(done: list[Sealed], as_json: bool) -> None:
    facts = [_facts(sealed) for sealed in done]
    if as_json:
        print_json(facts if len(facts) > 1 else facts[0])
        return
    for fact in facts:
        click.echo(f"{fact['recording']}: {sum(fact['samples'].values())} samples of {len(fact['samples'])} streams")
        if not fact["complete"]:
            click.echo("  the journal had not been ended cleanly; everything in it is in the recording")
        for message in fact["damage"]:
            click.echo(f"  !! {message}")


def _facts(sealed: Sealed) -> dict[str, Any]:
    with Recording(sealed.recording) as recording:
        ledger = recording.ledger_list()  # no frame: a recorder that is done does not wait for pandas
        return {
            "recording": str(sealed.recording),
            "complete": sealed.complete,
            "journal_kept": sealed.journal_kept,
            "samples": {name: len(stream) for name, stream in recording.streams.items()},
            "ledger": [asdict(row) for row in ledger],
            "damage": [row.message for row in ledger if row.kind == "damaged"],
        }
