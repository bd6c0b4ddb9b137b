"""``groundup export``: a recording becomes another program's file."""

from pathlib import Path

import click

from groundup.cli.output import as_json, print_json, progress, say
from groundup.exporting import export_recording


@click.command()
@click.argument("recording", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "name", required=True, help="Format: csv, xdf, or what an exporter plugin writes.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File or folder to make.")
@as_json
def export(recording: Path, name: str, output: Path | None, as_json: bool) -> None:
    """Write RECORDING in another format; RECORDING is left as it is."""
    with progress(f"exporting {recording.name}") as tell:
        made, left_out = export_recording(recording, name, output, tell)
    for sentence in left_out:
        say(f" ! {sentence}")
    if as_json:
        print_json({"made": str(made), "left_out": left_out})
    else:
        click.echo(f"{made}")
