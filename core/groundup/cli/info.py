"""``groundup info``: what is in a recording."""

from pathlib import Path

import click

from groundup.cli.output import as_json, print_json
from groundup.recording import Recording
from groundup.recording.info import in_words, summary


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def info(file: Path, as_json: bool) -> None:
    """Say what is in a recording: streams, sync, ledger, events, metrics."""
    with Recording(file) as recording:
        found = summary(recording)
    if as_json:
        print_json(found)
    else:
        click.echo(in_words(found))
