"""A sealed recording, opened: its streams, time, events, metrics and tables, read only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cached_property
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import h5py

from groundup.clock.joint import Joint
from groundup.lsl.companion_streams import is_companion
from groundup.lsl.ticks import are_ticks
from groundup.model import html_table
from groundup.model.events import Event, Trial
from groundup.model.health import HealthRow
from groundup.model.ledger import LedgerRow
from groundup.model.option_changes import OptionRow
from groundup.model.signals import Signal
from groundup.model.subject import OF_THE_PERSON, Subject, Treadmill
from groundup.recording import align, hdf, markers, tables
from groundup.recording.columns import Columns
from groundup.recording.device_status import happenings_of
from groundup.recording.lazy_mapping import LazyMapping
from groundup.recording.open_file import open_hdf5, open_recording
from groundup.recording.raw_signals import raw_signals
from groundup.recording.stored_values import read_metric, read_processed
from groundup.recording.stream import Stream
from groundup.recording.structure import RecordingError
from groundup.recording.views import plot_streams

if TYPE_CHECKING:  # what only some ask for, nobody waits for: sealing imports this module, too
    import pandas as pd


__all__ = ["Recording", "RecordingError", "Stream", "open", "open_hdf5"]


def open(path: Path | str) -> Recording:
    """Open a sealed recording for reading.

    Parameters
    ----------
    path : path

    Returns
    -------
    Recording
        Also a context manager; reads only what is asked for.

    Raises
    ------
    RecordingError
        If it is not there, damaged, or no recording of this or an earlier format.
    """
    return Recording(path)


class Recording:
    """A sealed recording: lazy, read-only, a context manager.

    Attributes
    ----------
    path : Path
    """

    def __init__(self, path: Path | str) -> None:
        self._file = open_recording(path)
        self.path = Path(path)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __repr__(self) -> str:
        return f"<Recording {self.path}>" if self._file else f"<closed Recording {self.path}>"

    def _repr_html_(self) -> str:
        if not self._file:
            return f"<p>closed: {escape(str(self.path))}</p>"
        rows = [
            (s.id, s.spec.type, s.spec.name, len(s.channels), s.rate, len(s), s.certificate.bound_ms)
            for s in self.streams.values()
        ]
        header = ("stream", "type", "name", "channels", "rate, Hz", "samples", "time to ± ms")
        faults = sum(self.ledger["severity"] == "fault")
        title = f"{self.path.name}, recorded {self.started_utc or 'at an unknown date'}; {faults} faults in the ledger"
        return html_table.table(header, rows, title)

    @property
    def hdf5(self) -> h5py.File:
        """The HDF5 file itself."""
        return self._file

    @property
    def id(self) -> str:
        """Unique id, made when the recording began."""
        return hdf.attr_text(self._file, "recording_id")

    @property
    def started_utc(self) -> str:
        """When it began, ISO 8601; empty when not known."""
        return hdf.attr_text(self._file, "started_utc")

    @property
    def clock_origin(self) -> float:
        """Lab-clock seconds at `started_utc`."""
        return hdf.attr_number(self._file, "clock_origin")

    @property
    def software(self) -> dict[str, str]:
        """Versions of what recorded, sealed and analysed it."""
        return dict(hdf.attr_json(self._file, "software", {}))

    @property
    def lab_toml(self) -> str:
        """The lab.toml it was recorded with, verbatim."""
        return hdf.get_text(self._file["lab/lab_toml"])

    @property
    def analysis_lab(self) -> dict[str, Any]:
        """The tables ``process`` and ``metrics`` that the analysis was told instead of those of lab.toml; or empty."""
        found = hdf.attr_json(self._file, "analysis_lab", {})
        return dict(found) if isinstance(found, dict) else {}

    @property
    def participant(self) -> Subject:
        """The person, as metrics ask for it, with the belt that lab.toml tells of."""
        attrs = self._file["lab/participant"]
        from groundup.lab.tables import LabError, parse_lab

        try:
            belt = parse_lab(self.lab_toml).subject.treadmill
        except LabError:
            belt = Treadmill()  # said in the ledger when it was sealed
        return Subject(treadmill=belt, **{key: hdf.attr_number(attrs, key) for key in OF_THE_PERSON})

    @property
    def participant_id(self) -> str:
        """The person's id, or empty."""
        return hdf.attr_text(self._file["lab/participant"], "id")

    @property
    def body_map(self) -> pd.DataFrame:
        """Which channel sits where: stream, channel, site, side, rank."""
        return tables.frame(hdf.read(self._file["lab/body_map"]))

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        """Streams by id, in the order of joining; those of `companions` are no data to a person."""
        return self._streams(lambda one: not is_companion(one.spec))

    @cached_property
    def companions(self) -> Mapping[str, Stream]:
        """What drivers sent beside their streams (`lsl.companion_streams`), by id: `ticks`, and what devices say."""
        return self._streams(lambda one: is_companion(one.spec))

    @cached_property
    def ticks(self) -> Mapping[str, Stream]:
        """What drivers made their time stamps of (`groundup.lsl.ticks`), by id: the clock has used it."""
        return self._streams(lambda one: are_ticks(one.spec))

    def _streams(self, which: Callable[[Stream], bool]) -> Mapping[str, Stream]:
        group, sync = self._file["streams"], self._file["sync"]
        names = sorted(group, key=lambda name: (hdf.attr_number(group[name], "index", 0), name))
        every = {name: Stream(group[name], sync[name]) for name in names}
        return LazyMapping([name for name in names if which(every[name])], lambda name: every[name])

    @property
    def ledger(self) -> pd.DataFrame:
        """What went wrong, in the whole recording and in every stream, in the order of time."""
        return tables.frame(tables.ledger_table(self.ledger_list()))

    def ledger_list(self) -> list[LedgerRow]:
        """The same as `LedgerRow` structs."""
        streams = self._file["streams"]
        parts = [self._file["ledger"], *(streams[name]["ledger"] for name in streams)]
        rows = [LedgerRow(*row) for part in parts for row in tables.rows_of(hdf.read(part))]
        return sorted(rows, key=lambda row: row.time)

    @property
    def joints(self) -> list[Joint]:
        """How the files that this recording was joined of lie to each other; empty where it is of one."""
        return [joint for joint, _ in self.joined_streams()]

    def joined_streams(self) -> list[tuple[Joint, list[str]]]:
        """The same, each with the ids of the streams that came by it."""
        dataset = self._file.get("joined")
        if dataset is None:
            return []
        names = [field.name for field in fields(Joint)]
        rows = tables.rows_of(hdf.read(dataset)[[*names, "streams"]])
        return [(Joint(*row[:-1]), list(hdf.json_of(row[-1], ()))) for row in rows]

    @property
    def devices(self) -> pd.DataFrame:
        """Which devices were connected: time, device, model, serial, firmware, more; empty where none told."""
        return self._table("devices", tables.DEVICES)

    @property
    def health(self) -> pd.DataFrame:
        """How devices did: time, device, stream, channel, name, value, unit, colour; empty where none told."""
        return self._table("health", tables.HEALTH)

    def health_list(self) -> list[HealthRow]:
        """The same as `HealthRow` structs."""
        return [HealthRow(**{name: row[name] for name in tables.HEALTH}) for row in self.health.to_dict("records")]

    @property
    def options(self) -> pd.DataFrame:
        """Which values options of devices had, from which sample on; empty where there are none.

        Columns: time, device, stream, option, value, before (empty for the first), unit, sample, alters.
        """
        return self._table("options", tables.OPTIONS)

    def option_list(self) -> list[OptionRow]:
        """The same as `OptionRow` structs."""
        return [OptionRow(**{name: row[name] for name in tables.OPTIONS}) for row in self.options.to_dict("records")]

    @property
    def events(self) -> pd.DataFrame:
        """Events: time, kind, side, source, confidence, trial, evidence, text; empty before analysis."""
        return self._table("events", tables.EVENTS)

    def columns_in_file(self, name: str) -> frozenset[str]:
        """Columns that a table (``events``, ``metrics/stance_time``) has in the file; an older one has fewer."""
        dataset = self._file.get(name)
        return frozenset(dataset.dtype.names or ()) if isinstance(dataset, h5py.Dataset) else frozenset()

    def event_list(self) -> list[Event]:
        """The same as `Event` structs."""
        return [Event(**{name: row[name] for name in tables.EVENTS}) for row in self.events.to_dict("records")]

    @property
    def trials(self) -> pd.DataFrame:
        """Trials: t0, t1, name, condition; empty before analysis."""
        return self._table("trials", tables.TRIALS)

    def trial_list(self) -> list[Trial]:
        """The same as `Trial` structs."""
        return [Trial(r["t0"], r["t1"], r["name"], r["condition"]) for r in self.trials.to_dict("records")]

    def marked_trials(self) -> list[Trial]:
        """Trials that control streams told of while it was recorded, in the order of time."""
        return markers.trials_of(self.streams.values())

    @property
    def sync_events(self) -> pd.DataFrame:
        """Lags of a sync event: stream, reference, lag_s, low_s, high_s, count, status, reason; may be empty."""
        return self._table("sync_events", tables.SYNC_EVENTS)

    @property
    def curves(self) -> pd.DataFrame:
        """Mean and SD over stance or stride: what, name, side, of, unit, count, percent, mean, sd; may be empty."""
        return self._table("curves", tables.CURVES)

    @property
    def causal(self) -> bool:
        """Whether its results were computed as live does, by what had come before each moment."""
        return hdf.attr_number(self._file, "causal", 0) != 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the analysis could not process or measure at all, and why; and streams whose stride periods disagree."""
        return tuple(hdf.attr_json(self._file, "analysis_notes", ()))

    @cached_property
    def metrics(self) -> Mapping[str, pd.DataFrame]:
        """Values of each metric, by its name; what is known of the metric is in the DataFrame's ``attrs``."""
        group = self._file.get("metrics")
        return LazyMapping([] if group is None else sorted(group), lambda name: read_metric(group[name]))

    @cached_property
    def processed(self) -> Mapping[str, Signal]:
        """Processed signals by id; each one's plugin, version and parameters are in its ``attrs``."""
        group = self._file.get("processed")
        return LazyMapping([] if group is None else sorted(group), lambda name: read_processed(group[name]))

    def signals(self, keep: Callable[[Signal], Signal] = lambda signal: signal) -> list[Signal]:
        """The raw numeric streams on the lab clock; streams that were computed live are left out.

        In the order of their times, whatever order they were sent in; without the samples that have none.

        Each goes through `keep` as soon as it is read: so a long recording need not be in memory all at once.
        """
        return raw_signals(self.streams.values(), keep)

    def markers(self) -> list[Event]:
        """Events that came as text, what devices were told, and where their options changed.

        Streams that were computed live are left out.
        """
        changed = [
            Event(row.time, "option", source=row.device, text=row.words) for row in self.option_list() if row.before
        ]
        found_events = [*markers.markers_of(self.streams.values()), *happenings_of(self.companions.values()), *changed]
        return sorted(found_events, key=lambda event: event.time)

    def plot(self, t0: float | None = None, t1: float | None = None) -> Any:
        """Draw every numeric stream between two times (s, lab clock); needs matplotlib. Gives the figure."""
        return plot_streams(self.streams.values(), t0, t1)

    def align(self, rate: float) -> align.Aligned:
        """All regular numeric channels at one rate: one matrix, one time vector.

        A stream whose time has nothing in common with that of the others (a clock that is hours off) is left out.

        Parameters
        ----------
        rate : float
            Hz.

        Raises
        ------
        ValueError
            If the rate is not positive, or the streams are too far apart in time for one matrix.
        """
        series = [
            align.Series(stream.id, time, stream.samples, stream.rate, stream.channels)
            for stream in self.streams.values()
            if stream.spec.format != "string" and align.can_align(time := stream.time, stream.rate)
        ]
        return align.align(align.together(series), rate)

    def _table(self, name: str, columns: Columns) -> pd.DataFrame:
        dataset = self._file.get(name)
        return columns.todays(tables.frame(tables.make_table(columns, []) if dataset is None else hdf.read(dataset)))
