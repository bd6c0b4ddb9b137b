"""What columns a table of the file has, and had: a table may grow, and files of before and after stay readable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_ABSENT = {"text": "", "<f8": np.nan, "<i8": -1}


class Columns(dict[str, str]):
    """Name to kind (``<f8``, ``<i8``, or ``text``) of today's columns, in their order.

    Parameters
    ----------
    columns : mapping of str to str
    version : int
        Of the table, in its attribute ``table_version``; a table without one has version 1.
    added : mapping of str to int
        Columns that came later, and with which version.
    gone : mapping of str to (str, int)
        Columns of older versions that are no more: their kinds, and the last version that had them.
    upgrade : callable, optional
        Given a DataFrame of an older version with every column of today's, it fills in what the columns gone tell.
    """

    def __init__(
        self,
        columns: Mapping[str, str],
        version: int = 1,
        added: Mapping[str, int] | None = None,
        gone: Mapping[str, tuple[str, int]] | None = None,
        upgrade: Callable[[pd.DataFrame], None] | None = None,
    ) -> None:
        super().__init__(columns)
        self.version, self.added, self.gone, self.upgrade = version, dict(added or {}), dict(gone or {}), upgrade

    def of_version(self, version: int) -> dict[str, str]:
        """The columns that a table of a version must have; of a later one, those that we know."""
        mine = {name: kind for name, kind in self.items() if self.added.get(name, 1) <= version}
        return {**mine, **{name: kind for name, (kind, last) in self.gone.items() if version <= last}}

    def todays(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A table of any version as today's: what it misses is empty or NaN; what we do not know stays, at the end."""
        missing = [name for name in self if name not in frame]
        for name in missing:
            frame[name] = _ABSENT[self[name]]
        if missing and self.upgrade is not None:
            self.upgrade(frame)
        frame = frame.drop(columns=[name for name in self.gone if name in frame and missing])
        return frame[[*self, *(name for name in frame if name not in self)]]


def from_quality(frame: pd.DataFrame) -> None:
    """Status and reason of a table of version 1, which had them in one sentence, ``quality``."""
    if "quality" not in frame:
        return
    text = frame["quality"].astype(str)
    begins = {"not computable, because ": "not_computable", "failed: ": "failed"}
    frame["status"] = "ok"
    for prefix, status in begins.items():
        mine = text.str.startswith(prefix)
        frame.loc[mine, "status"] = status
        frame.loc[mine, "reason"] = text[mine].str.removeprefix(prefix)
