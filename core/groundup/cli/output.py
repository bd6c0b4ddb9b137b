"""What commands share in what they print."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import click

from groundup.model.ledger import LedgerRow, Severity

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
set_option = click.option(
    "--set", "chosen", multiple=True, metavar="NAME.KEY=VALUE",
    help="Choose as [metrics.NAME] (or [checks.NAME], [exporters.NAME]) of lab.toml does; may be given more than once.",
)  # fmt: skip


def print_json(value: Any) -> None:
    """Print a value as JSON; what is no character (a name in a damaged file) becomes a question mark."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str).encode("utf-8", "replace"))


def finite(value: Any) -> Any:
    """The same with None for NaN, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and value != value else value


def printable(text: str) -> str:
    """Text from a file or the network as a terminal may have it: nothing that moves its cursor or colours it."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


_MARKS: dict[Severity, str] = {"info": "", "warning": " ! ", "fault": "!! "}


def marked(text: str, severity: Severity) -> str:
    """A sentence with the mark of its severity before it."""
    return f"{_MARKS[severity]}{text}"


def say(text: str, severity: Severity = "info", /) -> None:
    """Tell the person at the screen what is going on; results alone go to standard output.

    A terminal that was closed, or a reader that is gone, hears nothing more and ends nothing.
    """
    with gone(sys.stderr):
        click.echo(marked(text, severity), err=True)


def say_row(row: LedgerRow) -> None:
    """Tell of a line of the ledger."""
    with gone(sys.stderr):
        click.echo(marked(row.message, row.severity) if row.severity != "info" else f"   {row.message}", err=True)


@contextmanager
def gone(stream: TextIO | None) -> Iterator[None]:
    """Write to a stream behind which nobody may be any more; from then on what is written to it goes nowhere."""
    try:
        yield
    except OSError:
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
            os.close(nowhere)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """Show a bar while something long runs; only on a terminal, and on standard error.

    Yields
    ------
    callable
        To be told the share that is done, 0 to 1.
    """
    if os.environ.get("GROUNDUP_PROGRESS"):  # the control room draws the bar
        yield lambda share: click.echo(f"progress {share:.3f}", err=True)
        return
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    with click.progressbar(length=1000, label=what, file=sys.stderr) as bar:
        yield lambda share: bar.update(max(0, round(1000 * share) - bar.pos))


def table(rows: list[list[str]], header: list[str]) -> str:
    """Columns of text, aligned."""
    every = [header, *rows]
    widths = [max(len(row[i]) for row in every) for i in range(len(header))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in every)
