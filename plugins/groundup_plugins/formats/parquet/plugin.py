"""The exporter of Parquet: a folder of tables for pandas, DuckDB, Polars, R and Spark."""

from pathlib import Path
from typing import TYPE_CHECKING

from groundup.plugin import Exporter, Progress, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class ParquetExporter(Exporter):
    """Writes a folder of Parquet tables: streams as sent, all signals on one clock, events, metrics, the ledger."""

    name = "parquet"
    suffix = ""

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as a folder."""
        from groundup_plugins.formats.parquet.writing import write_parquet

        return write_parquet(recording, out, progress)


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter of Parquet."""
    return [ParquetExporter]
