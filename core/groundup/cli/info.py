"""``groundup info``: what is in a recording, and whether it is whole."""

from pathlib import Path

import click

from groundup.cli.output import as_json, print_json, printable, progress
from groundup.recording import Recording
from groundup.recording.info import in_words, summary
from groundup.recording.structure import DAMAGE, RecordingError
from groundup.recording.verify import damage_of


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
@click.pass_context
def info(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Say what is in a recording: streams, sync, ledger, events, metrics.

    Every checksum is looked at, too: what is damaged is not told as if it were sound.

    Exit status: 0 sound, 1 not.
    """
    with progress(f"checking {file.name}") as tell:
        damage = damage_of(file, tell)
    try:
        with Recording(file) as recording:
            found = summary(recording)
    except DAMAGE as error:
        if isinstance(error, RecordingError) or not damage:
            raise
        # Of such a file nothing but what is wrong can be told.
        raise click.ClickException(printable("\n".join(damage))) from error
    if as_json:
        print_json({**found, "damage": list(damage)})
    else:
        click.echo(in_words(found))
        for problem in damage:
            click.echo(printable(f"  !! {problem}"))
    ctx.exit(1 if damage else 0)
