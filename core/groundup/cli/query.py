"""``groundup query``: a question in SQL to an archive."""

import sys
from pathlib import Path

import click

import groundup
from groundup.cli.output import as_json, finite, print_json, printable


@click.command()
@click.argument("archive", type=click.Path(file_okay=False, path_type=Path))
@click.argument("sql")
@click.option("--csv", is_flag=True, help="Print CSV instead of a table.")
@as_json
def query(archive: Path, sql: str, csv: bool, as_json: bool) -> None:
    """Ask ARCHIVE a question in SQL, one SELECT of DuckDB's; nothing is changed.

    Its tables are recordings, metrics, events and curves.
    """
    try:
        found = groundup.archive(archive).query(sql)
    except ImportError as error:
        name = f'a query needs {error.name}: pip install "groundup[batch]"' if error.name else str(error)
        raise click.ClickException(name) from error
    if as_json:
        print_json([finite(row) for row in found.to_dict("records")])
    elif csv:
        found.to_csv(sys.stdout, index=False)
    else:
        click.echo(printable(found.to_string(index=False) if len(found) else f"no rows: {', '.join(found.columns)}"))
