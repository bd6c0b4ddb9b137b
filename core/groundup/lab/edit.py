"""Changes to a lab.toml that leave the rest of it as it is: comments, order, blank lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.items import InlineTable, Item, Table


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
        A value of None takes the key out, with the comment behind it.

    Raises
    ------
    ValueError
        If something else stands where a table has to be.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    windows = "\r\n" in text
    text = text.removeprefix(mark).replace("\r\n", "\n")
    for change in changes:
        text = _with_table(text, change) if change.value is not None else text
    document = tomlkit.parse(text)
    for change in sorted(changes, key=lambda change: change.value is None):  # a table that empties loses its head
        table = _table(document, change.table)
        if table is None:
            continue  # what is to be taken out is not there
        if change.value is None:
            table.pop(change.key, None)
        else:
            _set(table, change)
    after = tomlkit.dumps(document).rstrip("\n") + "\n"
    return mark + (after.replace("\n", "\r\n") if windows else after)


def _with_table(text: str, change: Change) -> str:
    """The text with the change's table: a new one stands at the end, so that no comment gets another table's."""
    table: Any = tomlkit.parse(text)
    for depth, name in enumerate(change.table):
        if name in table:
            table = table[name]
            if not isinstance(table, dict):
                raise ValueError(f"{'.'.join(change.table[: depth + 1])} is no table")
        elif isinstance(table, InlineTable):
            return text  # it grows where it stands
        else:
            head = f"[{tomlkit.key(list(change.table)).as_string()}]\n"
            return f"{text.rstrip()}\n\n{head}" if text.strip() else head
    return text


def _table(document: Any, names: Sequence[str]) -> Any:
    table = document
    for name in names:
        if name not in table:
            if not isinstance(table, InlineTable):
                return None
            table[name] = tomlkit.inline_table()
        table = table[name]
    return table


def _set(table: Any, change: Change) -> None:
    value: Any = tomlkit.item(change.value)
    if isinstance(change.value, dict):
        value = tomlkit.inline_table()
        value.update(change.value)
    before = table.get(change.key)
    if change.comment:
        value.comment(change.comment)
    elif isinstance(before, Item):
        value.trivia.comment, value.trivia.comment_ws = before.trivia.comment, before.trivia.comment_ws
    body = table.value.body if isinstance(table, Table) and before is None else []
    below = []  # comments above the next table are that one's: a new key stands before them
    while body and body[-1][0] is None:
        below.append(body.pop())
    table[change.key] = value
    body.extend(reversed(below))
