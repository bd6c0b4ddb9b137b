"""What stands on the terminal while a batch runs: how far it is, how long it will take, what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from groundup.cli.output import gone, printable, say
from groundup.system.processes import STOPPING, stop_at_signals

if TYPE_CHECKING:
    from groundup.workflows.batch.run import Stop
    from groundup.workflows.batch.to_do import Summary

_ESTIMATED_OVER_S = 300.0


@contextmanager
def shown(stop: Stop, console: Console | None = None) -> Iterator[Callable[[Summary], None]]:
    """Show how far a batch is, on a terminal; and tell anywhere that it has been told to stop.

    Yields
    ------
    callable
        To be told what has become of the batch so far.
    """
    console = console or Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[wrong]}"),
        TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn(), console=console,
        disable=not console.is_terminal, speed_estimate_period=_ESTIMATED_OVER_S,
    )  # fmt: skip
    said = False

    def tell(summary: Summary) -> None:
        nonlocal said
        if stop.in_order.is_set() and not said:
            said = True
            say("stopping: the files that are being worked on are finished; Ctrl-C again leaves them")
            stop_at_signals(stop.at_once, *STOPPING)
        with gone(sys.stderr):
            wrong = f"{len(summary.wrong)} without values" if summary.wrong else ""
            bar.update(task, completed=summary.done - summary.known, total=summary.files - summary.known, wrong=wrong)

    task = bar.add_task(printable("analysing"), total=None, wrong="")
    with bar:
        yield tell
