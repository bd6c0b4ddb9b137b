"""Questions in SQL to the tables of an archive: DuckDB reads the Parquet files, and nothing can be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup.archives.manifest import Manifest
from groundup.archives.schema import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd


class QueryError(ValueError):
    """A question that is none, or that cannot be answered; the message says why."""


def answer(folder: Path, manifest: Manifest, sql: str) -> pd.DataFrame:
    """Answer one SELECT.

    Parameters
    ----------
    folder : Path
        Of the archive.
    manifest : Manifest
        Which files are read.
    sql : str

    Raises
    ------
    QueryError
        If it is not one SELECT, or DuckDB does not understand it.
    OSError
        If a file is gone.
    """
    import duckdb

    files = {table: [str((folder / name).resolve()) for name in names] for table, names in manifest.files.items()}
    with duckdb.connect(":memory:") as connection:
        try:
            statements = connection.extract_statements(sql)
        except duckdb.Error as error:
            raise QueryError(f"DuckDB does not understand the question: {_sentence(error)}") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError("an archive is asked one SELECT at a time, and nothing of it can be changed")
        connection.register("recordings", manifest.recordings)
        for table, names in files.items():
            if names:
                connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({_list(names)})")
            else:
                connection.register(table, SCHEMAS[table].empty_table())
        # From here on nothing but the files of the archive can be read, and no other setting be made.
        allowed = [name for names in files.values() for name in names]
        connection.execute(f"SET allowed_paths = {_list(allowed)}")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET python_enable_replacements = false")  # else a variable of ours would be a table
        connection.execute("SET lock_configuration = true")
        try:
            found: Any = connection.execute(statements[0]).df()
        except duckdb.IOException as error:
            raise OSError(str(error)) from error
        except duckdb.Error as error:
            raise QueryError(f"the question cannot be answered: {_sentence(error)}") from error
    frame: pd.DataFrame = found
    return frame


def _list(texts: list[str]) -> str:
    """Texts as a list of DuckDB's SQL."""
    quoted = ("'" + text.replace("'", "''") + "'" for text in texts)
    return f"[{', '.join(quoted)}]"


def _sentence(error: Exception) -> str:
    """What DuckDB said, without its drawing of the place."""
    said = str(error).partition("\n\nLINE ")[0].partition("\nLINE ")[0]
    return " ".join(said.split())
