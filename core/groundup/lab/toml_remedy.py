"""What to do about a line that is no TOML: a decimal comma, quotes of a word processor, a path of Windows."""

import re

_REMEDIES = (
    ("[“”„‘’]", 'write straight quotes, "P01"'),
    (r"=\s*-?\d+,\d+\s*(#.*)?$", "a number has a decimal point, 70.5"),
    (r'"[^"]*\\[^"]*"', "in a path write / in place of \\, or put it in single quotes"),
    (r"=\s*[A-Za-z][^\"'\[{]*$", 'a text stands in quotes, "P01"; true and false are small'),
)


def toml_remedy(text: str, error: str) -> str:
    """What would mend the line that an error of `tomllib` names, behind a semicolon; empty where that is not known.

    Parameters
    ----------
    text : str
        The whole file.
    error : str
        Its words: ``... (at line 2, column 11)``.
    """
    place = re.search(r"at line (\d+)", error)
    lines = text.splitlines()
    if place is None or not 0 < int(place[1]) <= len(lines):
        return ""
    line = lines[int(place[1]) - 1]
    return next((f"; {remedy}" for pattern, remedy in _REMEDIES if re.search(pattern, line)), "")
