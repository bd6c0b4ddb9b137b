"""How late each device stamps its samples, by taps or a trigger that a recording has, and the lab.toml that says so."""

import math
import os
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.analysis.sync_events.sync_event import SyncLag, find_sync
from groundup.lab.edit import Change, changed
from groundup.lab.errors import nearest
from groundup.lab.stream_tables import table_of
from groundup.lab.tables import Lab, LabError, parse_lab
from groundup.model.status import OK
from groundup.recording import Recording

FEWEST = 5
"""So few events may have come together by chance."""
GOAL_S = 0.5e-3
"""A latency that is known this well is better known than any event of gait."""


class NoLatencyError(ValueError):
    """A recording in which no latency can be measured, or a lab.toml that cannot take it."""


@dataclass(frozen=True)
class Latency:
    """How late a stream is stamped, as measured.

    Attributes
    ----------
    stream, reference : str
        Ids; the reference's own latency is taken for right.
    latency_s : float
        Seconds from the event to its time stamp, NaN where `reason` says why it is not known. What the recording
        reckoned with already (`StreamSpec.latency_s`) is in it.
    low_s, high_s : float
        95 % interval.
    events : int
        How many taps or edges it stands on.
    kind : str
        ``tap`` or ``trigger``.
    measured_on : str
        Day of the recording.
    reason : str
    """

    stream: str
    reference: str
    latency_s: float
    low_s: float
    high_s: float
    events: int
    kind: str
    measured_on: str
    reason: str = ""

    @property
    def half_width_s(self) -> float:
        """Half the 95 % interval."""
        return (self.high_s - self.low_s) / 2.0

    @property
    def how(self) -> str:
        """In what way it was measured, as lab.toml gets it."""
        events = f"{self.events} {self.kind}{'' if self.events == 1 else 's'}"
        return f"+-{self.half_width_s * 1e3:.2g} ms (95 %), {events} against {self.reference}, {self.measured_on}"


def measure_latencies(path: Path, reference: str = "") -> list[Latency]:
    """Measure how late the streams of a recording are stamped.

    Parameters
    ----------
    path : Path
        A recording with taps that the sensors share, or edges of a trigger.
    reference : str
        Id of the stream that is taken for right; empty: the one that shares most events, of those a force plate.

    Raises
    ------
    NoLatencyError
        If there is no such stream, or it shares nothing.
    RecordingError
        If `path` is no recording.
    """
    with Recording(path) as recording:
        signals = recording.signals()
        known = {stream.id: stream.spec.latency_s for stream in recording.streams.values()}
        day = recording.started_utc[:10]
    ids = [signal.id for signal in signals]
    if reference and reference not in ids:
        raise NoLatencyError(f"{path.name} has no stream {reference!r} with numbers{nearest(reference, ids)}")
    lags = find_sync(signals, reference)
    if not any(lag.status == OK and lag.stream != lag.reference for lag in lags):
        raise NoLatencyError(
            f"{path.name} has no taps or trigger edges that two sensors share: hold the sensors together and tap them "
            "on the plate, once every two or three seconds, or give all devices one trigger"
        )
    return [_latency(lag, known[lag.stream], day) for lag in lags if lag.stream != lag.reference]


def write_latencies(path: Path, measured: Sequence[Latency]) -> list[str]:
    """Write what was measured into a lab.toml, with how; the rest of it stays as it is.

    Returns
    -------
    list of str
        What was set, and what was not, and why.

    Raises
    ------
    LabError
        If it cannot be read or written.
    """
    path = path.resolve()  # a link stays one
    try:
        text = path.read_bytes().decode("utf-8")  # with the ends of lines that it has
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path} cannot be read: {error}") from error
    lab = parse_lab(text, str(path))
    found = [one for one in measured if not one.reason]
    tables = {one.stream: _table(lab, one.stream) for one in found}
    changes = [
        Change(table, "latency_s", round(one.latency_s, 6), one.how)
        for one in found
        if (table := tables[one.stream]) is not None
    ]
    try:
        after = changed(text, changes)
    except ValueError as error:
        raise LabError(f"{path} stays as it is, because {error}") from error
    parse_lab(after, str(path))
    _replace(path, after)
    return [
        f"{_shown(table)} latency_s = {one.latency_s:.6g}"
        if (table := tables[one.stream]) is not None
        else f"{one.stream} stands in no table of {path.name}: give it one, {table_of(one.stream)} with its match"
        for one in found
    ]


def _latency(lag: SyncLag, known_s: float, day: str) -> Latency:
    kind = "trigger edge" if lag.by_trigger else "tap"
    late, low, high = (known_s + seconds for seconds in (lag.lag_s, lag.low_s, lag.high_s))
    reason, count = lag.reason, len(lag.times)
    if not reason and count < FEWEST:
        reason = (
            f"only {count} of its events {'is' if count == 1 else 'are'} in {lag.reference} too: as few may be there "
            f"by chance, and {FEWEST} are needed"
        )
        late = low = high = math.nan
    return Latency(lag.stream, lag.reference, late, low, high, count, kind, day, reason)


def _table(lab: Lab, stream: str) -> tuple[str, ...] | None:
    """The table of lab.toml that speaks of a stream; None: there is none."""
    device, _, key = stream.partition(".")
    if stream in tomllib.loads(lab.text.removeprefix("\ufeff")).get("streams", {}) or (
        device in lab.devices and not key
    ):
        return "streams", stream
    return ("devices", device, "streams", key) if device in lab.devices else None


def _shown(table: tuple[str, ...]) -> str:
    return table_of(table[1]) if len(table) == 2 else f"[{'.'.join(table)}]"


def _replace(path: Path, text: str) -> None:
    """Put the new text in the place of the old one, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with path.open("r+b"):  # what is not to be written must not be replaced either
            pass
        temporary.write_bytes(text.encode("utf-8"))
        shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise LabError(f"{path} cannot be written: {error.strerror}") from error
