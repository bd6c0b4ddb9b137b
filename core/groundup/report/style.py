"""The style sheet of the report and its colours, those of the dashboard: for the page and what is drawn on it."""

import re
from functools import cache
from importlib.resources import files


@cache
def style_sheet() -> str:
    """The style sheet, with the colours."""
    sheets = (files("groundup") / "web" / "static" / "colours.css", files("groundup") / "report" / "style.css")
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def colour_of(name: str) -> str:
    """A colour of the style sheet: ``left`` is ``--left``."""
    found = re.search(rf"--{name}: (#[0-9a-f]+);", style_sheet())
    if found is None:
        raise KeyError(f"colours.css has no --{name}")
    return found[1]
