"""``groundup report``: a recording as one page to read and print."""

from pathlib import Path

import click

from groundup.cli.output import as_json, print_json
from groundup.report import write_report


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The page; FILE.html by default.")
@click.option("--overwrite", is_flag=True, help="Replace a page that exists.")
@as_json
def report(files: tuple[Path, ...], output: Path | None, overwrite: bool, as_json: bool) -> None:
    """Make a page of one recording, or of two: BEFORE.h5 AFTER.h5.

    The page needs nothing else to be read, and prints to PDF from any browser.
    """
    if len(files) > 2:
        raise click.UsageError("a report is of one recording, or compares two: before and after")
    out = output or files[-1].with_suffix(".html")
    write_report(files, out, overwrite)
    if as_json:
        print_json({"report": str(out), "recordings": [str(file) for file in files]})
    else:
        click.echo(f"{out}: open it in any browser; it prints well")
