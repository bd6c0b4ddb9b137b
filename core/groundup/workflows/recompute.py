"""``verify --recompute``: events and metrics computed again from raw data, beside those that the recording holds."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from groundup.analysis.metrics.measure import MetricRow
from groundup.model.events import Event
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.recording.structure import Problem
from groundup.workflows.analyze import recompute, rows_of

_RELATIVE = 1e-9  # another machine's mathematics library may round its last bits differently
_ABSOLUTE = 1e-9  # s, or a metric's unit


@dataclass(frozen=True)
class Recomputed:
    """What came of it.

    Attributes
    ----------
    problems : list of Problem
        What is in the recording and is not what its raw data give.
    notes : list of str
        What could not be compared, and why a difference may be none of the data.
    metrics : list of str
        The metrics that were compared.
    """

    problems: list[Problem]
    notes: list[str]
    metrics: list[str]


def compare(path: Path | str, progress: Callable[[float], None] = lambda share: None) -> Recomputed:
    """Compute a recording's events and metrics again, and compare.

    Parameters
    ----------
    path : path
    progress : callable
        Told the share that is done, 0 to 1.

    Raises
    ------
    RecordingError
        If `path` is no recording.
    """
    installed = plugins().metrics
    with Recording(path) as recording:
        if not recording.metrics and not len(recording.events):
            return Recomputed([], ["it holds no events and no metrics: it has not been analysed"], [])
        result = recompute(recording, progress)
        columns = recording.columns_in_file("events")
        problems = list(_differing("/events", recording.event_list(), list(result.events), columns))
        notes, compared = [], []
        for name, table in recording.metrics.items():
            if name not in installed:
                notes.append(f"{name} is measured by no installed plugin ({table.attrs.get('plugin', '?')} did)")
                continue
            compared.append(name)
            stored = rows_of(name, table)
            computed = [row for row in result.rows if row.name == name]
            columns = recording.columns_in_file(f"metrics/{name}")
            different = list(_differing(f"/metrics/{name}", stored, computed, columns))
            problems += different
            before, now = str(table.attrs.get("version", "")), installed[name].origin.version
            if different and before != now:
                notes.append(f"{name} was measured by version {before} of its plugin; installed is {now}")
    return Recomputed(problems, notes, compared)


def _differing(
    where: str, stored: Sequence[Event | MetricRow], computed: Sequence[Event | MetricRow], columns: Collection[str]
) -> Iterator[Problem]:
    """The first difference, and how many rows differ, in the columns that the file has: an older one tells less."""
    if len(stored) != len(computed):
        yield Problem(where, f"has {len(stored)} rows; its raw data give {len(computed)}")
        return
    different = [(a, b) for a, b in zip(stored, computed, strict=True) if list(_differences(a, b, columns))]
    if different:
        one = different[0][0]
        name, a, b = next(_differences(*different[0], columns))
        time = one.time if isinstance(one, Event) else one.t0
        what = f"first at {time:.3f} s: {name} is {_shown(a)} and not {_shown(b)}"
        yield Problem(where, f"{len(different)} of {len(stored)} rows differ from what its raw data give, {what}")


def _differences(
    one: Event | MetricRow, other: Event | MetricRow, columns: Collection[str]
) -> Iterator[tuple[str, Any, Any]]:
    """Name and both values of each field that differs."""
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name in columns and not _same(a, b):
            yield field.name, a, b


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        same = math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        return same or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def _shown(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else repr(value)
