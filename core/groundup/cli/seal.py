"""``groundup seal`` and ``groundup recover``: from journal to recording."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from groundup.cli.errors import sentences
from groundup.cli.output import as_json, print_json, printable, progress, say
from groundup.lsl.stream_names import SUFFIX, journal_path
from groundup.model.account import Account
from groundup.record.subprocesses import DIFFERS, NO_DISK, analyze_in_subprocess
from groundup.recording import Recording
from groundup.system.disk_errors import is_disk
from groundup.workflows.seal_journal import Sealed, seal_journal

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
@click.option("--account", "has_account", is_flag=True, hidden=True, help="Read what the recorder counted from stdin.")
@as_json
@click.pass_context
def seal(
    ctx: click.Context,
    journal: Path,
    output: Path | None,
    keep_journal: bool | None,
    has_account: bool,
    as_json: bool,
) -> None:
    """Turn a journal into a recording.

    The journal is deleted only when everything in it is in the recording, to the bit.

    Exit status: 0 it is, and all is well; 3 sealed, but the ledger holds a fault, or something of it could not be
    sealed and the journal is kept; 4 not sealed because of the disk; 1 not sealed.
    """
    account = Account.from_json(sys.stdin.read()) if has_account else None
    ctx.exit(_report([_seal(journal, output, keep_journal, account)], as_json))


@click.command()
@_left
@_output
@_keep
@click.option("--analyze/--no-analyze", "analysis", default=True, help="Compute events and metrics when sealed.")
@as_json
@click.pass_context
def recover(
    ctx: click.Context, journal: Path, output: Path | None, keep_journal: bool | None, analysis: bool, as_json: bool
) -> None:
    """Seal what a crash has left: JOURNAL is a journal, the recording it would have become, or a folder of them.

    Exit status: 0 everything in them is in the recordings, and all is well; 3 sealed, but the ledger of one holds a
    fault, or something of it could not be sealed and its journal is kept; 4 one was not sealed because of the disk; 1
    one was not sealed.
    """
    if journal.is_dir():
        journals = sorted(journal.glob(f"*{SUFFIX}"))
        if not journals:
            raise click.ClickException(f"there is no journal (*{SUFFIX}) in {journal}: nothing to recover")
        if output is not None and len(journals) > 1:
            raise click.ClickException("-o names one recording, but the folder holds several journals")
    else:
        journals = [_left_by_crash(journal)]
    done: list[Sealed] = []
    status = 0
    for path in journals:
        try:
            done.append(_seal(path, output, keep_journal))
        except SealFailedError as error:  # the others are sealed all the same
            if len(journals) == 1:
                raise
            error.show()
            status = max(status, error.exit_code)
            continue
        if analysis:
            analyze_in_subprocess(done[-1].recording, say)
    ctx.exit(max(_report(done, as_json), status) if done or as_json else status)


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
    name = journal.name.removesuffix(".gz")
    name = name[:-1] if name.endswith(".xdfz") else name
    return journal.with_name(name.removesuffix(SUFFIX).removesuffix(".xdf") + ".h5")


def _seal(journal: Path, output: Path | None, keep: bool | None, account: Account | None = None) -> Sealed:
    try:
        with sentences(), progress(f"sealing {journal.name}") as tell:
            return seal_journal(journal, output or _recording_of(journal), keep=keep, account=account, progress=tell)
    except click.ClickException as error:
        cause = error.__cause__
        disk = isinstance(cause, OSError) and is_disk(cause)
        raise (DiskError if disk else SealFailedError)(error.message) from cause


class SealFailedError(click.ClickException):
    """A journal that could not be sealed."""


class DiskError(SealFailedError):
    """A journal that could not be sealed because of the disk."""

    exit_code = NO_DISK


def _report(done: list[Sealed], as_json: bool) -> int:
    """Tell what came of it; the exit status."""
    facts = [_facts(sealed) for sealed in done]
    status = DIFFERS if any(fact["differs"] or fact["faults"] for fact in facts) else 0
    if as_json:
        print_json(facts[0] if len(facts) == 1 else facts)
        return status
    for fact in facts:
        click.echo(f"{fact['recording']}: {sum(fact['samples'].values())} samples of {len(fact['samples'])} streams")
        if fact["before"]:
            click.echo("  it was there already, sealed from this journal, and is equal to it")
        if not fact["complete"]:
            click.echo("  the journal had not been ended cleanly")
        for note in fact["notes"]:
            click.echo(f"  ! {note}")
        for message in fact["differs"]:
            click.echo(f"  !! {message}")
        for message in fact["faults"]:
            click.echo(printable(f"  !! {message}"))
        if fact["differs"]:
            click.echo(f"  the journal is kept, because not everything in it could be sealed: {fact['journal']}")
        elif not fact["complete"]:
            click.echo("  everything in it is in the recording")
        if fact["left"]:
            click.echo(f"  ! {fact['left']}")
    return status


def _facts(sealed: Sealed) -> dict[str, Any]:
    with Recording(sealed.recording) as recording:
        ledger = recording.ledger_list()  # no frame: a recorder that is done does not wait for pandas
        notes = [row.message for row in ledger if row.kind in ("sealed", "recovered")]
        faults = [row.message for row in ledger if row.severity == "fault"]
        return {
            "recording": str(sealed.recording),
            "journal": str(sealed.journal),
            "complete": sealed.complete,
            "journal_kept": sealed.journal_kept,
            "differs": list(sealed.differs),
            "left": sealed.left,
            "before": sealed.before,
            "notes": notes,
            "faults": [message for message in faults if message not in (*sealed.differs, *notes)],
            "samples": {name: len(stream) for name, stream in recording.streams.items()},
            "ledger": [asdict(row) for row in ledger],
            "damage": [row.message for row in ledger if row.kind == "damaged"],
        }
