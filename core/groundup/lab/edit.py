"""Changes to a lab.toml that leave the rest of it as it is: comments, order, blank lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.items import InlineTable


@dataclass(frozen=True)
class Change:
    """A key to set.

    Attributes
    ----------
    table : tuple of str
        Names of the table and of those it lies in: ``("streams", "imu")``.
    key : str
    value : object
        As TOML has it.
    comment : str
        Written behind it.
    """

    table: tuple[str, ...]
    key: str
    value: Any
    comment: str = ""


def changed(text: str, changes: Sequence[Change]) -> str:
    """The text of a lab.toml with some keys set; tables that are not there are added at the end.

    Parameters
    ----------
    text : str
        Valid TOML.
    changes : sequence of Change

    Raises
    ------
    ValueError
        If something else stands where a table has to be.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    windows = "\r\n" in text
    document = tomlkit.parse(text.removeprefix(mark).replace("\r\n", "\n"))
    for change in changes:
        table: Any = document
        new = False
        for depth, name in enumerate(change.table):
            if name not in table:
                inline = isinstance(table, InlineTable)
                last = depth == len(change.table) - 1
                table[name] = tomlkit.inline_table() if inline else tomlkit.table(is_super_table=not last)
                new = not inline
            table = table[name]
            if not isinstance(table, dict):
                raise ValueError(f"{'.'.join(change.table[: depth + 1])} is no table")
        value = tomlkit.item(change.value)
        if change.comment:
            value.comment(change.comment)
        table[change.key] = value
        if new:
            table.add(tomlkit.nl())
    after = tomlkit.dumps(document).rstrip("\n") + "\n"
    return mark + (after.replace("\n", "\r\n") if windows else after)
