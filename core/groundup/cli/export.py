"""``groundup export``: a recording becomes another program's file."""

from pathlib import Path

import click

from groundup.cli.output import as_json, print_json, printable, progress, say, set_option
from groundup.lab.tables import load_lab
from groundup.record.session import FAULT, WELL
from groundup.recording.verify import damage_of
from groundup.workflows.export import export_recording


@click.command()
@click.argument("recording", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to",
    "name",
    required=True,
    help="Format: bdf, bids, c3d, csv, edf, mat, nwb, opensim, parquet, xdf, or what an exporter plugin writes.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File or folder to make.")
@click.option("--lab", type=click.Path(dir_okay=False, path_type=Path), help="[exporters.NAME] of this lab.toml.")
@set_option
@as_json
@click.pass_context
def export(
    ctx: click.Context,
    recording: Path,
    name: str,
    output: Path | None,
    lab: Path | None,
    chosen: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write RECORDING in another format; RECORDING is left as it is.

    Exit status: 0 all well; 3 it is written, and RECORDING is damaged: verify says where.
    """
    with progress(f"exporting {recording.name}") as tell:
        made, left_out = export_recording(recording, name, output, tell, load_lab(lab) if lab else None, chosen)
    damage = damage_of(recording)
    for sentence in left_out:
        say(sentence, "warning")
    if as_json:
        print_json({"made": str(made), "left_out": left_out, "damage": damage})
    else:
        click.echo(f"{made}")
    for sentence in damage:
        say(printable(sentence), "fault")
    ctx.exit(FAULT if damage else WELL)
