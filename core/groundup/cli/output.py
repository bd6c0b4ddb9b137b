"""What commands share in what they print."""

import json
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say(text: str) -> None:
    """Tell the person at the screen what is going on; results alone go to standard output."""
    click.echo(text, err=True)


def table(rows: list[list[str]], header: list[str]) -> str:
    """Columns of text, aligned."""
    every = [header, *rows]
    widths = [max(len(row[i]) for row in every) for i in range(len(header))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in every)
