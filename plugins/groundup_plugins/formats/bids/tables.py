"""Tables and sidecars of BIDS: tab-separated text with ``n/a`` for what is not known, and JSON beside it."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

NOT_KNOWN = "n/a"


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table with a line of names; what a row has not, or has empty, is ``n/a``."""
    lines = ["\t".join(columns), *("\t".join(cell(row.get(name)) for name in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def cell(value: Any) -> str:
    """A value as a cell: one line without tabs."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return NOT_KNOWN
    if isinstance(value, float):
        return repr(value)
    return clean(re.sub(r"\s+", " ", str(value))).strip() or NOT_KNOWN


def clean(text: str) -> str:
    """Text that UTF-8 can tell: U+FFFD for NUL, and for each byte that is none."""
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def write_json(path: Path, told: Mapping[str, Any]) -> None:
    """Write a sidecar; what is no number is null."""
    path.write_text(json.dumps(_finite(told), indent=2, ensure_ascii=True) + "\n", encoding="utf-8", newline="\n")


def _finite(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _finite(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return clean(value) if isinstance(value, str) else value


def labels(keys: Iterable[str]) -> dict[str, str]:
    """A label of BIDS for each id: letters and digits, ``plate_left`` as ``plateLeft``, none of them twice."""
    found: dict[str, str] = {}
    for key in keys:
        first, *rest = re.findall(r"[0-9A-Za-z]+", key) or ["stream"]
        plain = first + "".join(word[:1].upper() + word[1:] for word in rest)
        name, number = plain, 2
        while name.lower() in {taken.lower() for taken in found.values()}:
            name, number = f"{plain}{number}", number + 1
        found[key] = name
    return found


def label(text: str, instead: str) -> str:
    """One label, or another one where no letter of the text can be in it."""
    return labels([text])[text] if re.search(r"[0-9A-Za-z]", text) else instead
