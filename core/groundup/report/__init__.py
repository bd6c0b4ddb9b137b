"""A recording as one page to read and print: the strategy profile first, and what every number stands on.

`page` is the whole interface. Needs the extra ``report`` (matplotlib, jinja2).
"""

from collections.abc import Sequence
from pathlib import Path

from groundup.report.contents import contents
from groundup.report.style import style_sheet

__all__ = ["ReportError", "page", "write_report"]


class ReportError(RuntimeError):
    """What a page needs is not there; the text says what to do."""


def page(paths: Sequence[Path]) -> str:
    """The page of one recording, or of two that are compared.

    Parameters
    ----------
    paths : sequence of Path
        A recording; or one from before and one from after.

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
    """
    try:
        import jinja2
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ReportError(f'the report needs {error.name}: pip install "groundup[report]"') from error
    here = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(style=style_sheet(), **contents(paths))


def write_report(paths: Sequence[Path], out: Path, overwrite: bool = False) -> None:
    """Write the page of one or two recordings into a file.

    Raises
    ------
    FileExistsError
        If it is there and may not be overwritten.
    ReportError, RecordingError, OSError
    """
    if out.exists() and not overwrite:
        raise FileExistsError(17, "exists", str(out))
    text = page(paths)
    out.write_text(text, encoding="utf-8")
