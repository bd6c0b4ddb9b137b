"""``groundup report``: recordings as pages to read and print."""

from pathlib import Path

import click

from groundup.cli.output import as_json, print_json
from groundup.report import ReportOptions, write_report
from groundup.report.wording import DEFAULT, languages

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The page; FILE.html by default.")
@click.option("--pdf", is_flag=True, help="Beside it the same as PDF (extra `pdf`); any browser prints one, too.")
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar="NAME",
    help="Only trials of this condition; may be given again.",
)
@click.option("--trial", "trials", multiple=True, metavar="NAME", help="Only trials of this name; may be given again.")
@click.option("--language", default=DEFAULT, show_default=True, help=f"Of its words: {', '.join(languages())}.")
@click.option("--words", type=_FILE, help="A file of your own words (TOML); what it leaves out is in the language.")
@click.option("--lab", type=_FILE, help="A lab.toml whose [clinic] is taken in place of that of the recording.")
@click.option("--person", default="", help="Name of the person: stands in the page, and in no recording.")
@click.option("--comment", default="", help="A remark at its head.")
@click.option("--reliability", type=_FILE, help="What this lab can tell apart, FILE.toml of groundup reliability.")
@click.option("--overwrite", is_flag=True, help="Replace a page that exists.")
@as_json
def report(
    files: tuple[Path, ...],
    output: Path | None,
    pdf: bool,
    conditions: tuple[str, ...],
    trials: tuple[str, ...],
    language: str,
    words: Path | None,
    lab: Path | None,
    person: str,
    comment: str,
    reliability: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make pages of one recording, or of two: BEFORE.h5 AFTER.h5.

    Page 1 is for the person, the next for the clinician, the appendix for the researcher. They need nothing else to be
    read, and print from any browser.
    """
    if len(files) > 2:
        raise click.UsageError("a report is of one recording, or compares two: before and after")
    out = output or files[-1].with_suffix(".html")
    printed = out.with_suffix(".pdf") if pdf else None
    options = ReportOptions(conditions, trials, language, words, lab, person, comment, reliability)
    write_report(files, out, overwrite, options, printed)
    if as_json:
        print_json(
            {
                "report": str(out),
                **({"pdf": str(printed)} if printed else {}),
                "recordings": [str(file) for file in files],
            }
        )
    else:
        click.echo(
            f"{out}: open it in any browser; it prints well" + (f"\n{printed}: the same as PDF" if printed else "")
        )
