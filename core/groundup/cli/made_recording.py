"""The end of a command that makes a recording: it is analysed, what is in it is told, and its faults are."""

from pathlib import Path

import click

from groundup.cli.output import print_json, printable, say
from groundup.record.session import FAULT, WELL
from groundup.record.subprocesses import analyze_in_subprocess
from groundup.recording import Recording
from groundup.recording.info import in_words, summary


def tell_of(recording: Path, *, analysis: bool, as_json: bool) -> int:
    """Analyse a recording, if that is wanted, and tell what is in it; the exit status.

    Parameters
    ----------
    recording : Path
    analysis, as_json : bool
    """
    if analysis:
        analyze_in_subprocess(recording, say)
    with Recording(recording) as opened:
        found = summary(opened)
    faults = [row for row in found["ledger"] if row["severity"] == "fault"]
    status = FAULT if faults else WELL
    if as_json:
        print_json({**found, "exit_status": status})
    else:
        click.echo(in_words(found))
    for row in faults:
        say(printable(f"{row['stream']}: {row['message']}" if row["stream"] else row["message"]), "fault")
    return status
