"""An archive, opened: its tables as DataFrames, and questions in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds

from groundup.archives.manifest import ArchiveError, Manifest, read_manifest
from groundup.archives.schema import SCHEMAS, Table

if TYPE_CHECKING:
    import pandas as pd

_Found = TypeVar("_Found")
_TRIES = 5


class Archive:
    """What was found in many recordings; read-only.

    What it shows is the archive as it was when it was opened; another one that is opened later shows what came since.

    Attributes
    ----------
    path : Path

    Raises
    ------
    ArchiveError
        If the folder is no archive; a ``ValueError``.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._manifest = read_manifest(self.path)

    def __repr__(self) -> str:
        return f"<Archive {self.path}: {self._manifest.recordings.num_rows} recordings>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    @cached_property
    def recordings(self) -> pd.DataFrame:
        """A row each recording, whether it could be read or not: `groundup.archives.schema.RECORDINGS`."""
        return _frame(self._manifest.recordings)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """A row each value of a metric: `groundup.archives.schema.METRICS`. All of them; see `read` for some."""
        return self.read("metrics")

    @cached_property
    def events(self) -> pd.DataFrame:
        """A row each event: `groundup.archives.schema.EVENTS`."""
        return self.read("events")

    @cached_property
    def curves(self) -> pd.DataFrame:
        """A row each point of a mean curve: `groundup.archives.schema.CURVES`."""
        return self.read("curves")

    def read(self, table: Table, columns: Sequence[str] | None = None, metric: str = "") -> pd.DataFrame:
        """A part of a table.

        Parameters
        ----------
        table : {"metrics", "events", "curves"}
        columns : sequence of str, optional
            Only these; all by default.
        metric : str
            Of the table of metrics: only this one.
        """
        chosen = (ds.field("metric") == metric) if metric else None
        names = list(columns) if columns is not None else None

        def found(manifest: Manifest) -> pa.Table:
            files = [str(self.path / name) for name in manifest.files[table]]
            if not files:
                empty = SCHEMAS[table].empty_table()
                return empty if names is None else empty.select(names)
            return ds.dataset(files, schema=SCHEMAS[table]).to_table(columns=names, filter=chosen)

        return _frame(self._whole(found))

    def query(self, sql: str) -> pd.DataFrame:
        """Answer a question in SQL (DuckDB's) to the tables recordings, metrics, events and curves.

        Raises
        ------
        QueryError
            If it is no question: not one SELECT, or one that DuckDB does not understand; a ``ValueError``.
        ImportError
            If duckdb is not installed.
        """
        from groundup.archives.query import answer

        return self._whole(lambda manifest: answer(self.path, manifest, sql))

    def _whole(self, read: Callable[[Manifest], _Found]) -> _Found:
        """Read by the manifest; by a newer one, where files of ours have been replaced meanwhile."""
        for _ in range(_TRIES):
            try:
                return read(self._manifest)
            except (OSError, pa.ArrowInvalid) as error:
                newer = read_manifest(self.path)
                if newer.generation == self._manifest.generation:
                    raise ArchiveError(
                        f"{self.path} is not whole: {error}; collect it again: groundup batch"
                    ) from error
                self._manifest = newer
                self.__dict__.pop("recordings", None)
        raise ArchiveError(f"{self.path} is replaced faster than it can be read: try again when the batch has ended")


def _frame(table: pa.Table) -> Any:
    return table.to_pandas()
