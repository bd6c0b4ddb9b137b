"""Words and figures of the live screen: levels in a unit of fit size, the disk, how devices do, the time."""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from groundup.cli.output import printable

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"))


def level_words(low: float, high: float, unit: str) -> str:
    """Least and largest value, volts also as mV and µV; empty where nothing is known."""
    if math.isnan(low):
        return ""
    size, prefix = 1.0, ""
    most = max(abs(low), abs(high))
    if unit == "V" and 0.0 < most < 1.0:
        size, prefix = next(((s, p) for s, p in _PREFIXES if most >= s), _PREFIXES[-1])
    return f"{_figure(low / size)} to {_figure(high / size)} {prefix}{printable(unit)}".rstrip()


def _figure(value: float) -> str:
    """Three figures: what a person can read while it moves."""
    if value == 0.0 or not math.isfinite(value) or not 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def disk_words(journal: Path, elapsed_s: float, written: int) -> Text:
    """What was written, what is free, and for how many hours that will do."""
    free = shutil.disk_usage(journal.absolute().parent).free
    pace = written / elapsed_s if elapsed_s > 1.0 else 0.0
    # Sealing writes everything once more, and the analysis a copy.
    hours = free / (3.0 * pace) / 3600.0 if pace > 0 else math.inf
    words = f"{written / 1e6:.1f} MB, {free / 1e9:.0f} GB free" + (f", {hours:.1f} h" if hours < 100 else "")
    return Text(words, "bold red" if hours < 0.5 else "")


def device_words(levels: Sequence[tuple[str, str]]) -> Text:
    """What is red first, marked also for whoever sees no colours."""
    marks = {"red": ("!! ", "bold red"), "amber": ("! ", "yellow")}
    shown = Text()
    for words, colour in sorted(levels, key=lambda level: ("red", "amber").index(level[1]) if level[1] in marks else 2):
        mark, style = marks.get(colour, ("", "dim"))
        shown.append(", " if shown else "").append(f"{mark}{printable(words)}", style)
    return shown


def clock_words(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
