"""What was said while a recording ran: markers and trials, from its text streams."""

from collections.abc import Iterable, Iterator

import numpy as np

from groundup.lsl.control import CONTROL
from groundup.lsl.control_messages import MARKER, parse_control, trials_of_control
from groundup.model.event_json import event_from_marker
from groundup.model.events import Event, Trial
from groundup.recording import tables
from groundup.recording.stream import Stream


def markers_of(streams: Iterable[Stream]) -> list[Event]:
    """Events that came as text, in the order of time.

    Streams that were computed live are left out, and what a control stream says of trials and senders is no event.
    """
    found = []
    for stream in streams:
        if stream.spec.format != "string" or not stream.spec.raw:
            continue
        control = _is_control(stream)
        found += [
            event_from_marker(text, time, stream.id)
            for time, row in _texts(stream)
            for text in row
            if text and not (control and parse_control(text).get("event") != MARKER)
        ]
    return sorted(found, key=lambda event: event.time)


def trials_of(streams: Iterable[Stream]) -> list[Trial]:
    """Trials that control streams tell of, in the order of time; one that nobody ended lasts to the last sample."""
    every = list(streams)
    found = []
    for stream in every:
        if _is_control(stream):
            texts = sorted((time, text) for time, row in _texts(stream) for text in row if np.isfinite(time))
            found += trials_of_control(texts, _end(every))
    return sorted(found, key=lambda trial: trial.t0)


def _is_control(stream: Stream) -> bool:
    return stream.spec.name == CONTROL and stream.spec.format == "string"


def _texts(stream: Stream) -> Iterator[tuple[float, list[str]]]:
    """Each sample of a text stream: its time on the lab clock, and its channels."""
    time = stream.time
    for part, rows in stream.pieces():
        for moment, row in zip(time[part].tolist(), rows, strict=True):
            yield moment, [tables.text_of(text) for text in row]


def _end(streams: Iterable[Stream]) -> float:
    times = (stream.time for stream in streams)
    return max((float(time[np.isfinite(time)].max(initial=-np.inf)) for time in times), default=-np.inf)
