"""The live screen of ``groundup record``: a row a stream, the trial, the disk, faults at once; and its keys."""

import math
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
from groundup.cli.screen_dialogue import Dialogue
from groundup.cli.screen_words import clock_words, device_words, disk_words, level_words
from groundup.lsl.control import CONTROL
from groundup.lsl.device_status import STATUS
from groundup.lsl.ticks import TICKS
from groundup.lsl.trial_control import TrialControl
from groundup.model.ledger import LedgerRow, Severity
from groundup.record.control_readers import TrialsSaid
from groundup.record.counters import Counters, counters
from groundup.record.recorder import Recorder

_SHOWN_ROWS = 6  # of the ledger
_LEAST_ROWS = 2  # where streams need the room
_SILENT_S = 1.0
_WIDE = 100  # columns of a terminal that has room for what devices say, and for samples
_COLOUR = {"info": "dim", "warning": "yellow", "fault": "bold red"}
_TROUBLE = ("lost", "no sync", "silent", "ok")  # the worst first


class Screen:
    """What stands on the terminal while a recording runs.

    Parameters
    ----------
    journal : Path
        Its disk is watched.
    stop : threading.Event
        Set when the person asks to stop.
    console : Console, optional
    conditions : sequence of str
        Of trials that a digit begins.
    """

    def __init__(
        self, journal: Path, stop: threading.Event, console: Console | None = None, conditions: Sequence[str] = ()
    ) -> None:
        self._journal = journal
        self._stop = stop
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=False, vertical_overflow="crop")
        self._conditions = conditions
        self._trial_control: TrialControl | None = None
        self._dialogue: Dialogue | None = None
        self._said = TrialsSaid()
        self._ledger: deque[LedgerRow] = deque(maxlen=_SHOWN_ROWS)
        self._faults = 0
        self._phase = ""
        self._seen_state: tuple[list[Counters], float, int] = ([], 0.0, 0)
        self._size = self._console.size
        self._levels: dict[str, tuple[float, float, float]] = {}

    @contextmanager
    def shown(self) -> Iterator["Screen"]:
        """Show it while the block runs."""
        self._trial_control = TrialControl()
        self._dialogue = Dialogue(self._trial_control, self._stop, self._conditions)
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
        self._said = recorder.said
        self._seen_state = (_devices(recorder), recorder.elapsed(), recorder.written())
        self._draw()

    def phase(self, words: str) -> None:
        """Show what is done now that nothing is recorded any more."""
        self._phase = words
        self._draw()

    def press(self, key: str) -> None:
        """Do what a key asks for, and show it at once."""
        if self._dialogue is not None and not self._stop.is_set():
            self._dialogue.press(key)
            if self._stop.is_set():
                self._phase = "stopping ..."
            self._draw()

    def _draw(self) -> None:
        with self._seen():
            if self._console.size != self._size:  # lines that the terminal has wrapped anew cannot be drawn over
                self._size = self._console.size
                self._console.clear()
            self._live.update(self.page(*self._seen_state), refresh=True)

    def page(self, streams: list[Counters], elapsed_s: float, written: int) -> Group:
        """The whole screen, no higher than the terminal: streams in trouble stay, and the line of the keys."""
        head = self._head(elapsed_s, written)
        head_lines = len(head.wrap(self._console, self._console.width))
        # Beside them: the table's own head, an empty line before and after it, the keys, and the cursor's line.
        room = max(4, self._console.height - head_lines - 5)
        told = min(len(self._ledger), max(_LEAST_ROWS, room - len(streams)))
        rows = [Text(f"{'!!' if r.severity == 'fault' else '! ' if r.severity == 'warning' else '  '} {r.message}",
                     _COLOUR[r.severity], no_wrap=True, overflow="ellipsis")
                for r in list(self._ledger)[len(self._ledger) - told :]]  # fmt: skip
        return Group(head, "", self._table(streams, room - told), "", *rows, self._bottom())

    def _head(self, elapsed_s: float, written: int) -> Text:
        own = self._trial_control.trial if self._trial_control is not None else None
        trial = printable(own or self._said.trial)
        markers = max(self._dialogue.markers if self._dialogue is not None else 0, self._said.markers)
        return Text.assemble(
            (f"{self._phase or 'recording'} ", "bold yellow" if self._phase else "bold"),
            str(self._journal.name), f"   {clock_words(elapsed_s)}   ",
            (f"trial: {trial}" if trial else "no trial", "bold green" if trial else "dim"),
            f"   trials {self._said.trials}   markers {markers}   ",
            disk_words(self._journal, elapsed_s, written), "   ",
            (f"faults {self._faults}", "bold red" if self._faults else "dim"),
        )  # fmt: skip

    def _bottom(self) -> Text:
        """The keys, or what is asked; its end stays where it is too long, for that is where a person types."""
        if self._phase:
            return Text("nothing more is recorded; this ends by itself", "dim")
        line = self._dialogue.line if self._dialogue is not None else ""
        asks = self._dialogue is not None and self._dialogue.asks
        if asks and len(line) > self._console.width - 1:
            line = f"…{line[2 - self._console.width :]}"
        return Text(line, "bold" if asks else "dim", no_wrap=True, overflow="ellipsis")

    def _table(self, streams: list[Counters], room: int) -> Table:
        wide = self._console.width >= _WIDE  # in a narrow one the ledger's lines tell it
        table = Table(box=None, pad_edge=False, header_style="dim", expand=wide)
        table.add_column("", no_wrap=True, min_width=max(map(len, _TROUBLE)))
        table.add_column("stream", no_wrap=True, overflow="ellipsis")
        for title in ("rate Hz", *(("samples",) if wide else ()), "missing", "sync ±ms", "level"):
            table.add_column(title, justify="right", no_wrap=True)
        if wide:
            table.add_column("device", ratio=1, no_wrap=True, overflow="ellipsis")  # what the others leave of the line
        shown = sorted(streams, key=lambda one: one.id)
        more = 0
        if len(shown) > room:
            worst = sorted(shown, key=lambda one: _TROUBLE.index(_state(one)))
            more = len(worst) - max(1, room - 1)
            shown = worst[: max(1, room - 1)]
        for one in shown:
            table.add_row(*self._cells(one, wide))
        if more:
            table.add_row("", Text(f"and {more} more", "dim"))
        if not streams:
            table.add_row("", Text("no stream yet", "dim"))
        return table

    def _cells(self, one: Counters, wide: bool) -> list[Text | str]:
        low, high, trip = self._levels.get(one.id, (math.nan, math.nan, math.nan))
        state = _state(one)
        colour = {"ok": "green", "silent": "yellow"}.get(state, "bold red")
        rate = "irregular" if one.nominal_hz == 0 else "-" if math.isnan(one.measured_hz) else f"{one.measured_hz:.2f}"
        missing = Text(str(one.missing), "yellow" if one.missing else "")
        # Half a round trip is what no probe can tell; sealing says the rest.
        known = "-" if math.isnan(trip) else f"{trip * 500:.3f}"
        sync = known if one.in_sync else "unknown"
        level = level_words(low, high, one.unit)
        many = [str(one.samples)] if wide else []
        device = [device_words(one.health)] if wide else []
        return [Text(state, colour), one.id, rate, *many, missing, sync, level, *device]


def _state(one: Counters) -> str:
    if one.lost:
        return "lost"
    if one.nominal_hz > 0 and not one.silent_s < max(_SILENT_S, 3.0 / one.nominal_hz):
        return "silent"
    return "ok" if one.in_sync else "no sync"


def _devices(recorder: Recorder) -> list[Counters]:
    """Every stream but the trial control, which is this screen itself."""
    return [one for one in counters(recorder) if one.name not in (CONTROL, TICKS, STATUS)]
