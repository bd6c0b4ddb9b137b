"""What devices said of themselves while a recording ran: which ones they were, how they did, what happened to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np

from groundup.lsl.device_status import Changed, Happened, Health, Identity, Row, is_status, row_of
from groundup.model.events import Event
from groundup.model.health import DeviceRow, HealthRow
from groundup.model.option_changes import OptionRow
from groundup.recording import tables
from groundup.recording.stream import Stream

_LATE_S = 3600.0  # a row says its own time: what is older than this when it is sent has none
_MOST = 1_000_000  # rows of one stream that are read
_Row = TypeVar("_Row", Identity, Health, Happened)


def devices_of(streams: Iterable[Stream]) -> list[DeviceRow]:
    """Which devices were there, in the order of time: a row for each connection."""
    return [
        DeviceRow(time, row.device, row.model, row.serial, row.firmware, dict(row.more))
        for time, row, _ in _rows(streams, Identity)
    ]


def health_of(streams: Iterable[Stream], ids: Mapping[str, str]) -> list[HealthRow]:
    """How they did, in the order of time.

    Parameters
    ----------
    streams : iterable of Stream
    ids : mapping of str to str
        Source id to the id that the stream has in the recording.
    """
    return [
        HealthRow(time, row.device, ids.get(row.source, ""), row.channel, row.name, row.value, row.unit, row.colour)
        for time, row, _ in _rows(streams, Health)
    ]


def options_of(statuses: Iterable[Stream], streams: Mapping[str, Stream]) -> list[OptionRow]:
    """Which values options had, from which sample of which stream on.

    A row carries the stamp of the first sample, as it was sent. Where that sample was lost it is the next one.

    Parameters
    ----------
    statuses : iterable of Stream
    streams : mapping of str to Stream
        By source id.
    """
    found: list[OptionRow] = []
    rows = _changes(statuses)
    for source, option in dict.fromkeys((row.source, row.option) for row in rows if row.source in streams):
        own = [row for row in rows if (row.source, row.option) == (source, option)]
        found += _transitions(own, streams[source])
    return sorted(found, key=lambda row: (row.device, row.stream, row.sample))


def _changes(statuses: Iterable[Stream]) -> list[Changed]:
    """Each change once, in the order of coming."""
    found: dict[tuple[str, str], Changed] = {}
    for status in statuses:
        for _, text, row in _read(status):
            if isinstance(row, Changed):
                found.setdefault((status.spec.source_id, text), row)
    return list(found.values())


def _transitions(rows: Sequence[Changed], stream: Stream) -> Iterator[OptionRow]:
    """The value at the first sample, and each that differs from the one before.

    A driver that was started again begins with its own; of several at one sample the last holds.
    """
    samples = _samples_at(stream, [row.time for row in rows])
    at = dict(sorted(zip(samples, rows, strict=True), key=lambda one: one[0]))
    before = ""
    for sample, row in at.items():
        if sample < len(stream) and row.value != before:
            words = (row.option, row.value, before, row.unit)
            yield OptionRow(stream.time_at(sample), row.device, stream.id, *words, sample, row.alters)
            before = row.value


def _samples_at(stream: Stream, stamps: Sequence[float]) -> list[int]:
    """Numbers of the samples that were sent with these stamps, or else of the first that was sent with a later one."""
    exact, later, begin = {}, {}, 0
    for sent in stream.stamp_pieces():
        for stamp in stamps:
            if stamp not in exact and len(at := np.flatnonzero(sent == stamp)):
                exact[stamp] = begin + int(at[0])
            if stamp not in later and len(at := np.flatnonzero(sent > stamp)):
                later[stamp] = begin + int(at[0])
        begin += len(sent)
    return [exact.get(stamp, later.get(stamp, begin)) for stamp in stamps]


def happenings_of(streams: Iterable[Stream]) -> list[Event]:
    """What they were told, and did, as events in the order of time."""
    return [_event(time, row) for time, row, _ in _rows(streams, Happened)]


def _event(time: float, row: Happened) -> Event:
    """What happened, in the middle of when it may have, with the half of that as its uncertainty."""
    half = 0.0 if row.to is None else (row.to - row.time) / 2.0
    unsure = f" (±{1e3 * half:.2g} ms)" if half > 0.0 else ""
    return Event(time + max(half, 0.0), row.kind, source=row.device, text=row.text + unsure)


def _rows(streams: Iterable[Stream], kind: type[_Row]) -> list[tuple[float, _Row, Stream]]:
    """Rows of a kind, each once, with its time on the lab clock: sent again it says the same of the same moment."""
    found: dict[tuple[str, str], tuple[float, _Row, Stream]] = {}
    for stream in streams:
        if is_status(stream.spec):
            for time, text, row in _read(stream):
                if isinstance(row, kind):
                    found.setdefault((stream.spec.source_id, text), (time, row, stream))
    return sorted(found.values(), key=lambda one: one[0])


def _read(stream: Stream) -> Iterator[tuple[float, str, Row]]:
    """Rows as sent, with the lab time of the moment that each is about."""
    for lab, stamps, texts in islice(stream.timed_pieces(), _MOST // 4096):
        for now, stamp, sample in zip(lab.tolist(), stamps.tolist(), texts, strict=True):
            text = tables.text_of(sample[0])
            row = row_of(text)
            if row is not None:
                late = stamp - row.time
                yield (now - late if np.isfinite(late) and 0.0 <= late < _LATE_S else np.nan), text, row
