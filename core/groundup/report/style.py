"""The style sheet of the report, and the colours in it: said once, for the page and for what is drawn on it."""

import re
from functools import cache
from importlib.resources import files


@cache
def style_sheet() -> str:
    """The style sheet."""
    return (files("groundup") / "report" / "style.css").read_text(encoding="utf-8")


def colour_of(name: str) -> str:
    """A colour of the style sheet: ``left`` is ``--left``."""
    found = re.search(rf"--{name}: (#[0-9a-f]+);", style_sheet())
    if found is None:
        raise KeyError(f"style.css has no --{name}")
    return found[1]
