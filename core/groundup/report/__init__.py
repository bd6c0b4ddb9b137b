"""Recordings as pages to read and print: one for the person, some for the clinician, an appendix for the researcher.

`page` is the whole interface. Needs the extra ``report`` (matplotlib, jinja2).
"""

from collections.abc import Sequence
from pathlib import Path

from groundup.report.contents import contents
from groundup.report.options import ReportOptions
from groundup.report.pdf import pdf_of
from groundup.report.style import style_sheet

__all__ = ["ReportError", "ReportOptions", "page", "write_report"]


class ReportError(RuntimeError):
    """What a page needs is not there; the text says what to do."""


def page(paths: Sequence[Path], options: ReportOptions | None = None) -> str:
    """The pages of one recording, or of two that are compared.

    Parameters
    ----------
    paths : sequence of Path
        A recording; or one from before and one from after.
    options : ReportOptions, optional

    Returns
    -------
    str
        HTML that needs nothing else: no script, no network.

    Raises
    ------
    ReportError
        If matplotlib or jinja2 is not installed.
    RecordingError
        If a file is no recording.
    NothingChosenError, WordsError, LabError
        If what was chosen is not there.
    """
    try:
        import jinja2
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ReportError(f'the report needs {error.name}: pip install "groundup[report]"') from error
    here = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.get_template("page.html.j2")
    return template.render(style=style_sheet(), **contents(paths, options or ReportOptions()))


def write_report(
    paths: Sequence[Path],
    out: Path,
    overwrite: bool = False,
    options: ReportOptions | None = None,
    pdf: Path | None = None,
) -> None:
    """Write the pages of one or two recordings into a file, and as PDF into another.

    Parameters
    ----------
    paths : sequence of Path
    out : Path
        The HTML.
    overwrite : bool
    options : ReportOptions, optional
    pdf : Path, optional

    Raises
    ------
    FileExistsError
        If one is there and may not be overwritten.
    ReportError, PdfError, RecordingError, OSError
    """
    for file in (out, pdf):
        if file is not None and file.exists() and not overwrite:
            raise FileExistsError(17, "exists", str(file))
    text = page(paths, options)
    printed = pdf_of(text) if pdf is not None else b""
    out.write_text(text, encoding="utf-8")
    if pdf is not None:
        pdf.write_bytes(printed)
