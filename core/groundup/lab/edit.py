"""Changes to a lab.toml that leave the rest of it as it is: comments, order, blank lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit


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
    document = tomlkit.parse(text)
    for change in changes:
        table: Any = document
        new = False
        for depth, name in enumerate(change.table):
            if name not in table:
                inner = tomlkit.table(is_super_table=depth < len(change.table) - 1)
                table[name] = inner
                new = True
            table = table[name]
            if not isinstance(table, dict):
                raise ValueError(f"{'.'.join(change.table[: depth + 1])} is no table")
        value = tomlkit.item(change.value)
        if change.comment:
            value.comment(change.comment)
        table[change.key] = value
        if new:
            table.add(tomlkit.nl())
    return tomlkit.dumps(document).rstrip("\n") + "\n"
