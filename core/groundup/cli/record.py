"""``groundup record``: journal, seal, analysis."""

import math
import os
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from groundup.cli.output import as_json, gone, print_json, say, say_row
from groundup.inlets.workers import all_done
from groundup.lab.participants import known_person
from groundup.lab.tables import load_lab
from groundup.lsl.stream_names import journal_path
from groundup.model.subject import Subject
from groundup.record.session import WELL, Outcome, run_session
from groundup.system.processes import STOPPING, stop_at_signals, stop_when_input_closes
from groundup.system.unblocked_errors import UnblockedErrors

_PATIENCE_S = 5.0  # for streams that are still being opened when the recording is sealed


@click.command()
@click.argument("lab", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--stream",
    "predicates",
    multiple=True,
    metavar="PREDICATE",
    help="Record what matches this LSL predicate, such as \"starts-with(name,'EMG')\"; may be given more than once.",
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after this long; else at Ctrl-C.")
@click.option("--participant", default="", metavar="ID", help="Who: an id of participants.toml, or a new one.")
@click.option("--mass", type=click.FloatRange(2, 400), metavar="KG", help="Their mass, in place of what is written.")
@click.option("--height", type=click.FloatRange(0.4, 2.6), metavar="M", help="Their height, in m.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The recording, FILE.h5.")
@click.option("--analyze/--no-analyze", "analysis", default=True, help="Compute events and metrics when sealed.")
@click.option("--live/--no-live", "live", default=None, help="The live screen; by default on a terminal.")
@click.option("--remote", is_flag=True, help="Let scripts start and stop, as LabRecorder does, and wait for them.")
@click.option("--without-live", is_flag=True, hidden=True, help="With --remote: the live analysis runs elsewhere.")
@click.option("--port", default=22345, show_default=True, type=click.IntRange(0, 65535), help="TCP port of --remote.")
@click.option("--bind", default="", metavar="ADDRESS", help="Let other computers in by this address; needs a token.")
@click.option("--token", default="", envvar="GROUNDUP_TOKEN", help="What they must begin with; else one is made.")
@click.option(
    "--root", type=click.Path(file_okay=False, path_type=Path), help="Folder that remote recordings must stay below."
)
@as_json
@click.pass_context
def record(
    ctx: click.Context, lab: Path | None, predicates: tuple[str, ...], seconds: float | None, participant: str,
    mass: float | None, height: float | None, output: Path | None, analysis: bool, live: bool | None, remote: bool,
    without_live: bool, port: int, bind: str, token: str, root: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Record streams into one HDF5 file.

    With a LAB.toml: its devices are started and its streams recorded. With --stream: the streams that match. With
    neither: every stream on the network. While it runs, everything is in FILE.journal.xdf, which survives a crash
    (`groundup recover`).

    On a terminal a live screen shows every stream; t starts (asking for name and condition) and stops a trial, 1 to 9
    start one of a condition ([record] conditions in lab.toml), m sets a marker, q asks, stops and seals.

    With --remote: waits for LabRecorder's commands on a TCP port and makes a recording from each start to its stop.

    Exit status: 0 all is well; 3 recorded and sealed, but the ledger holds a fault; 4 the journal is kept, but the disk
    is full or fails; 5 the journal is kept, but could not be sealed for another reason; 1 nothing usable.
    """
    errors = ctx.with_resource(UnblockedErrors())
    stop = threading.Event()
    stop_at_signals(stop, *STOPPING)
    stop_when_input_closes(stop)
    known = load_lab(lab) if lab else None
    if remote:
        if output is not None or seconds is not None:
            raise click.UsageError("with --remote, scripts name the file and end the recording: no -o and no --seconds")
        if participant or mass is not None or height is not None:
            raise click.UsageError("with --remote, scripts say who it is; participants.toml has their numbers")
        from groundup.cli.remote import record_remotely

        outcomes = record_remotely(
            stop, lab=known, lab_path=lab, predicates=predicates, analysis=analysis, row=say_row, port=port, bind=bind,
            token=token, root=root, live=not without_live,
        )  # fmt: skip
        if as_json:
            print_json([_facts(outcome) for outcome in outcomes])
        _leave(ctx, max((outcome.status for outcome in outcomes), default=WELL))
    if output is not None and output.suffix.lower() not in (".h5", ".hdf5"):
        instead = output.with_suffix(".h5")
        raise click.UsageError(f"a recording is HDF5: -o {instead} (groundup export makes other files of it)")
    output = output or Path(datetime.now().strftime("recording-%Y%m%d-%H%M%S.h5"))
    if participant or mass is not None or height is not None:
        mine = Subject(math.nan if mass is None else mass, math.nan if height is None else height)
        known = known_person(participant, output.parent, known, mine)
    run = partial(
        run_session, output, stop, lab=known, lab_path=lab, predicates=predicates, seconds=seconds, analysis=analysis
    )
    if live or (live is None and sys.stderr.isatty() and sys.stdin.isatty() and not as_json):
        from groundup.cli.screen import Screen

        with Screen(journal_path(output), stop, conditions=known.record.conditions if known else ()).shown() as screen:
            outcome = run(say=screen.say, row=screen.row, look=screen.look, phase=screen.phase)
    else:
        outcome = run(say=say, row=say_row)
    errors.settle()  # the last word is what came of it
    with gone(sys.stdout):
        if as_json:
            print_json(_facts(outcome))
        else:
            click.echo(outcome.message)
    _leave(ctx, outcome.status)


def _leave(ctx: click.Context, status: int) -> NoReturn:
    """End the program, also when a thread is in a call of liblsl that never comes back."""
    if not all_done(_PATIENCE_S):
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(status)
    ctx.exit(status)


def _facts(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "message": outcome.message,
        "recording": str(outcome.recording) if outcome.recording else None,
        "journal": str(outcome.journal) if outcome.journal else None,
        "samples": outcome.samples,
        "ledger": [asdict(row) for row in outcome.ledger],
    }
