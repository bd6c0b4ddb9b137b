"""``groundup record``: journal, seal, analysis."""

import signal
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from groundup.cli.output import as_json, print_json, say
from groundup.lab import load_lab
from groundup.ledger import LedgerRow
from groundup.processes import stop_when_input_closes
from groundup.session import Outcome, run_session


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
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The recording, FILE.h5.")
@click.option("--analyze/--no-analyze", "analysis", default=True, help="Compute events and metrics when sealed.")
@as_json
@click.pass_context
def record(
    ctx: click.Context, lab: Path | None, predicates: tuple[str, ...], seconds: float | None, output: Path | None,
    analysis: bool, as_json: bool,
) -> None:  # fmt: skip
    """Record streams into one HDF5 file.

    With a LAB.toml: its devices are started and its streams recorded. With --stream: the streams that match. With
    neither: every stream on the network. While it runs, everything is in FILE.journal.xdf, which survives a crash
    (`groundup recover`).

    Exit status: 0 all is well; 3 recorded and sealed, but the ledger holds a fault; 4 the journal is kept but could not
    be sealed; 1 nothing usable.
    """
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    stop_when_input_closes(stop)
    output = output or Path(datetime.now().strftime("recording-%Y%m%d-%H%M%S.h5"))
    outcome = run_session(
        output, stop, lab=load_lab(lab) if lab else None, lab_path=lab, predicates=predicates, seconds=seconds,
        analysis=analysis, say=say, row=_say_row,
    )  # fmt: skip
    if as_json:
        print_json(_facts(outcome))
    else:
        click.echo(outcome.message)
    ctx.exit(outcome.status)


def _say_row(row: LedgerRow) -> None:
    mark = {"info": " ", "warning": "!", "fault": "!!"}[row.severity]
    say(f"{mark:>2} {row.message}")


def _facts(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "message": outcome.message,
        "recording": str(outcome.recording) if outcome.recording else None,
        "journal": str(outcome.journal) if outcome.journal else None,
        "samples": outcome.samples,
        "ledger": [asdict(row) for row in outcome.ledger],
    }
