"""``groundup live``: events, metrics and processed signals while the samples come in, or out of a file."""

import math
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from groundup.analysis.metrics.measure import MetricRow
from groundup.cli.output import as_json, finite, print_json, say, say_row
from groundup.lab.participants import lab_of
from groundup.lab.tables import LabError, load_lab
from groundup.live.config import with_usual
from groundup.live.file_run import run_file
from groundup.live.lsl_run import run_lsl
from groundup.model.ledger import Severity
from groundup.model.status import OK
from groundup.record.drivers import UNUSABLE
from groundup.recording.seal import seal
from groundup.sources.open_source import open_source
from groundup.system.driver_reports import Report
from groundup.system.processes import GRACE_S, STOPPING, stop_at_signals, stop_when_input_closes, teller
from groundup.system.unblocked_errors import UnblockedErrors
from groundup.workflows.analyze import store


@click.command()
@click.argument("lab", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A journal (or recording) to analyse as if it came in now.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="With --from: N times as fast as it was recorded, published over LSL. Without: as fast as it goes.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --from: a recording of FILE.h5 with what live makes of it.",
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after this long; else at Ctrl-C.")
@click.option("--person", default="", hidden=True, help="Who is measured, as the recorder knows them.")
@click.option("--usual", is_flag=True, help="The usual metrics, where [live] lists none.")
@click.option("--reasons", is_flag=True, hidden=True, help="Report why metrics have no value, for a parent process.")
@click.option("--quiet", is_flag=True, help="Say only what goes wrong in the analysis itself.")
@as_json
@click.pass_context
def live(
    ctx: click.Context, lab: Path | None, source: Path | None, speed: float | None, output: Path | None,
    seconds: float | None, person: str, usual: bool, reasons: bool, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Process, cut and measure the streams of LAB.toml while they come in.

    Publishes the LSL streams groundup.events and groundup.metrics, and the processed signals that [live] publish lists.
    With --from: the same out of a file, to the bit what `groundup analyze --causal` computes.
    """
    ctx.with_resource(UnblockedErrors())
    stop = threading.Event()
    stop_at_signals(stop, *STOPPING)
    if stop_when_input_closes(stop, GRACE_S if quiet else math.inf) and quiet:
        for name in ("SIGINT", "SIGHUP"):  # which reach a recorder's children too; it tells them when
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    known = load_lab(lab) if lab else None
    if known is not None and person:
        known = lab_of(person, known)
    if known is not None and usual:
        known = with_usual(known)
    if source is None and (speed is not None or output is not None):
        raise click.UsageError("--speed and -o go with --from FILE")
    if source is None and known is None:
        raise click.UsageError("live needs a LAB.toml (groundup init writes one), or --from FILE")
    if seconds is not None:
        timer = threading.Timer(seconds, stop.set)
        timer.daemon = True
        timer.start()
    show = _reasons() if reasons else _nothing if as_json or quiet else _show
    if source is None:
        assert known is not None
        try:
            summary = run_lsl(
                known, stop, say=_say_faults if quiet else say, row=_nothing if quiet else say_row, show=show
            )
        except LabError as error:
            say(str(error), "fault")
            ctx.exit(UNUSABLE)
        facts: dict[str, Any] = asdict(summary)
    else:
        if output is not None and output.exists():
            raise FileExistsError(17, "exists", str(output))
        results, analysis, summary = run_file(source, known, stop, speed=speed, say=say, show=show)
        result = results.result(analysis)
        if output is not None:
            seal(open_source(source, known)[0], output)
            store(output, result, summary.measured)
        events, rows = [asdict(event) for event in result.events], [asdict(row) for row in result.rows]
        facts = {**asdict(summary), "events": events, "metrics": rows, "strides": len(result.strides)}
    if as_json:
        print_json(finite(facts))
    elif not quiet:
        samples = sum(summary.samples.values())
        click.echo(
            f"{samples} samples of {len(summary.samples)} streams: {summary.events} events, {summary.values} values"
        )


def _show(rows: Sequence[MetricRow]) -> None:
    """One line for the values of one stretch of time."""
    values = "  ".join(f"{row.name} {row.value:.4g}" for row in rows if row.status == OK)
    if values:
        click.echo(f"{rows[0].t1:12.3f} s  {rows[0].side or ' '}  {values}")


def _reasons() -> Callable[[Sequence[MetricRow]], None]:
    """What tells a parent why a metric has no value, when that changes."""
    tell, said = teller(), dict[str, str]()

    def show(rows: Sequence[MetricRow]) -> None:
        for row in rows:
            why = "" if row.status == OK else row.reason or row.status
            if said.get(row.name) != why:
                said[row.name] = why
                tell(Report("metric", row.name, 0, why))

    return show


def _nothing(what: object) -> None:
    pass


def _say_faults(text: str, severity: Severity = "info", /) -> None:
    if severity == "fault":
        say(text, severity)
