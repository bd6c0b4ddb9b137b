"""The live screen of ``groundup record``: a row a stream, the trial, the disk, faults at once; and its keys."""

import math
import shutil
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from groundup.cli.keys import keys
from groundup.cli.output import gone, marked, printable
from groundup.lsl.control import CONTROL
from groundup.lsl.device_status import STATUS
from groundup.lsl.ticks import TICKS
from groundup.lsl.trial_control import TrialControl
from groundup.model.ledger import LedgerRow, Severity
from groundup.record.counters import Counters, counters
from groundup.record.recorder import Recorder

_SHOWN_ROWS = 6
_SILENT_S = 1.0
_WIDE = 100  # columns of a terminal that has room for what devices say
_KEYS = "t start or stop a trial   m marker   q stop and seal"
_COLOUR = {"info": "dim", "warning": "yellow", "fault": "bold red"}


class Screen:
    """What stands on the terminal while a recording runs.

    Parameters
    ----------
    journal : Path
        Its disk is watched.
    stop : threading.Event
        Set when the person asks to stop.
    console : Console, optional
    """

    def __init__(self, journal: Path, stop: threading.Event, console: Console | None = None) -> None:
        self._journal = journal
        self._stop = stop
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._trial_control: TrialControl | None = None
        self._ledger: deque[LedgerRow] = deque(maxlen=_SHOWN_ROWS)
        self._faults = 0
        self._trials = self._marks = 0
        self._levels: dict[str, tuple[float, float, float]] = {}

    @contextmanager
    def shown(self) -> Iterator["Screen"]:
        """Show it while the block runs."""
        self._trial_control = TrialControl()
        with keys(self.press):
            with self._seen():
                self._live.start()
            try:
                yield self
            finally:
                with self._seen():
                    self._live.stop()

    @contextmanager
    def _seen(self) -> Iterator[None]:
        """Draw on a terminal that may have been closed: then nobody sees it, and nothing else ends."""
        with gone(sys.stderr):
            yield

    def say(self, text: str, severity: Severity = "info", /) -> None:
        """Say something above the screen."""
        with self._seen():
            self._console.print(marked(text, severity), highlight=False, markup=False)

    def row(self, row: LedgerRow) -> None:
        """Show a new row of the ledger."""
        self._ledger.append(row)
        self._faults += row.severity == "fault"

    def look(self, recorder: Recorder) -> None:
        """Show how the recording does; called a few times a second."""
        for id_, (low, high, trip) in recorder.watched().items():
            before = self._levels.get(id_, (math.nan, math.nan, math.nan))
            known = not math.isnan(low)
            self._levels[id_] = (low if known else before[0], high if known else before[1], trip)
        with self._seen():
            self._live.update(self.page(_devices(recorder), recorder.elapsed(), recorder.written()), refresh=True)

    def press(self, key: str) -> None:
        """Do what a key asks for."""
        if key in "qQ":
            self._stop.set()
        elif self._trial_control is not None and key in "tT":
            if self._trial_control.trial is None:
                self._trials += 1
                self._trial_control.start_trial(f"trial {self._trials}")
            else:
                self._trial_control.stop_trial()
        elif self._trial_control is not None and key in "mM":
            self._marks += 1
            self._trial_control.mark(f"marker {self._marks}")

    def page(self, streams: list[Counters], elapsed_s: float, written: int) -> Group:
        """The whole screen."""
        trial = self._trial_control.trial if self._trial_control is not None else None
        head = Text.assemble(
            ("recording ", "bold"), str(self._journal.name), f"   {_clock(elapsed_s)}   ",
            (f"trial: {trial}" if trial else "no trial", "bold green" if trial else "dim"),
            f"   markers {self._marks}   {self._disk(elapsed_s, written)}   ",
            (f"faults {self._faults}", "bold red" if self._faults else "dim"),
        )  # fmt: skip
        wide = self._console.width >= _WIDE  # in a narrow one the ledger's lines tell it
        table = Table(box=None, pad_edge=False, header_style="dim", expand=wide)
        table.add_column("")
        table.add_column("stream", no_wrap=True)
        for title in ("rate Hz", "samples", "missing", "sync ±ms", "level"):
            table.add_column(title, justify="right", no_wrap=True)
        if wide:
            table.add_column("device", ratio=1, no_wrap=True, overflow="ellipsis")  # what the others leave of the line
        for one in sorted(streams, key=lambda one: one.id):
            table.add_row(*self._cells(one)[: len(table.columns)])
        if not streams:
            table.add_row("", Text("no stream yet", "dim"))
        rows = [Text(f"{'!!' if r.severity == 'fault' else '! ' if r.severity == 'warning' else '  '} {r.message}",
                     _COLOUR[r.severity], no_wrap=True, overflow="ellipsis") for r in self._ledger]  # fmt: skip
        return Group(head, "", table, "", *rows, Text(_KEYS, "dim"))

    def _cells(self, one: Counters) -> list[Text | str]:
        low, high, trip = self._levels.get(one.id, (math.nan, math.nan, math.nan))
        silent = one.nominal_hz > 0 and not one.silent_s < max(_SILENT_S, 3.0 / one.nominal_hz)
        well = ("ok", "green") if one.in_sync else ("no sync", "bold red")
        state, colour = ("lost", "bold red") if one.lost else ("silent", "yellow") if silent else well
        rate = "irregular" if one.nominal_hz == 0 else "-" if math.isnan(one.measured_hz) else f"{one.measured_hz:.2f}"
        level = "" if math.isnan(low) else f"{low:.4g} to {high:.4g} {one.unit}".rstrip()
        missing = Text(str(one.missing), "yellow" if one.missing else "")
        # Half a round trip is what no probe can tell; sealing says the rest.
        known = "-" if math.isnan(trip) else f"{trip * 500:.3f}"
        sync = known if one.in_sync else "unknown"
        return [Text(state, colour), one.id, rate, str(one.samples), missing, sync, level, _device_health(one.health)]

    def _disk(self, elapsed_s: float, written: int) -> Text:
        free = shutil.disk_usage(self._journal.absolute().parent).free
        pace = written / elapsed_s if elapsed_s > 1.0 else 0.0
        # Sealing writes everything once more, and the analysis a copy.
        hours = free / (3.0 * pace) / 3600.0 if pace > 0 else math.inf
        words = f"{written / 1e6:.1f} MB, {free / 1e9:.0f} GB free" + (f", {hours:.1f} h" if hours < 100 else "")
        return Text(words, "bold red" if hours < 0.5 else "")


def _devices(recorder: Recorder) -> list[Counters]:
    """Every stream but the trial control, which is this screen itself."""
    return [one for one in counters(recorder) if one.name not in (CONTROL, TICKS, STATUS)]


def _device_health(levels: Sequence[tuple[str, str]]) -> Text:
    """What is red first, marked also for whoever sees no colours."""
    marks = {"red": ("!! ", "bold red"), "amber": ("! ", "yellow")}
    shown = Text()
    for words, colour in sorted(levels, key=lambda level: ("red", "amber").index(level[1]) if level[1] in marks else 2):
        mark, style = marks.get(colour, ("", "dim"))
        shown.append(", " if shown else "").append(f"{mark}{printable(words)}", style)
    return shown


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
