"""``groundup import``: another program's file becomes a recording."""

import math
from pathlib import Path

import click

from groundup.cli.made_recording import tell_of
from groundup.cli.output import as_json, progress
from groundup.journal import is_xdf
from groundup.lab.tables import Lab, load_lab
from groundup.lsl.versions import software
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import importer_of, read_file
from groundup.sources.several_files import joined
from groundup.workflows.importing import import_one, refuse_nothing


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The recording, FILE.h5."
)
@click.option(
    "--lab", type=click.Path(dir_okay=False, path_type=Path), help="A lab.toml that gives the channels their sites."
)
@click.option(
    "--offset",
    "offsets",
    multiple=True,
    metavar="FILE=SECONDS",
    help="Of several: what to add to the times of FILE so that they are those of the first.",
)
@click.option("--as", "importer", metavar="NAME", default="", help="Read FILE with this importer (groundup plugins).")
@click.option("--analyze/--no-analyze", "analysis", default=True, help="Compute events and metrics when imported.")
@as_json
@click.pass_context
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    output: Path,
    lab: Path | None,
    offsets: tuple[str, ...],
    importer: str,
    analysis: bool,
    as_json: bool,
) -> None:
    """Turn FILE (XDF, C3D, or what an importer plugin reads) into a recording; FILE is left as it is.

    Several files of one visit (MVIC, rest, walking ...) become one recording: on one clock where their own times are
    of one, or with --offset; else one after the other, each a trial named after its file. EMG of the same channels is
    then one stream, so that walking can be given in % of MVIC.

    Exit status: 0 all well; 3 there is a recording, and its ledger holds a fault; 1 nothing could be read, and why.
    """
    known = load_lab(lab) if lab else None
    if len(files) == 1 and not offsets:
        with progress(f"importing {files[0].name}") as tell:
            import_one(files[0], output, known, importer, tell)
    else:
        _import_several(files, offsets_of(files, offsets), output, known, importer)
    refuse_nothing(files, output)
    ctx.exit(tell_of(output, analysis=analysis, as_json=as_json))


def offsets_of(files: tuple[Path, ...], options: tuple[str, ...]) -> dict[Path, float]:
    """What ``--offset FILE=SECONDS`` says of each file."""
    found = {}
    for text in options:
        name, _, seconds = text.rpartition("=")
        which = [file for file in files if str(file) == name or file.name == name]
        try:
            shift = float(seconds)
        except ValueError:
            shift = math.nan
        if len(which) != 1 or not math.isfinite(shift):
            raise click.UsageError(f"--offset {text}: it is FILE=SECONDS, with one of the files that are named")
        if which[0] in found:
            raise click.UsageError(f"--offset names {which[0]} twice")
        if which[0] == files[0] and shift != 0.0:
            raise click.UsageError(f"--offset {text}: the times of {files[0]}, the first, are those of all")
        found[which[0]] = shift
    return found


def _import_several(
    files: tuple[Path, ...], offsets: dict[Path, float], output: Path, lab: Lab | None, name: str
) -> None:
    if len({file.resolve() for file in files}) < len(files):
        raise click.UsageError("a file is named twice")
    for file in files:
        if is_xdf(file):
            raise click.ClickException(f"{file} is an XDF file, which brings clocks of its own: import it by itself")
    made_by = {}
    for file in files:
        importer = importer_of(file, name)
        made_by[f"{importer.origin.distribution}:{importer.item.name}"] = importer.origin.version
    together = joined(
        [(file, read_file(file, lab, name)) for file in files], offsets, None if lab is None else lab.subject
    )
    source = source_from_import(together, lab, software={**software(), **made_by})
    with progress(f"importing {len(files)} files") as tell:
        seal(source, output, progress=tell)
