"""Replay: any file an importer knows, published as LSL streams with its own timing."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup import lsl
from groundup.lsl.companion_streams import is_companion
from groundup.lsl.control import control_spec, ended_json
from groundup.lsl.outlet import Outlet
from groundup.model.messages import Say, say_nothing
from groundup.model.streams import Channel
from groundup.model.subject import Subject
from groundup.plugin.formats import Imported, ImportedStream
from groundup.sources.from_import import file_times

_PACKET_S = 0.02
_LEAD_S = 0.25
_LINGER_S = 2.0


@dataclass
class _Feed:
    """A stream on its way out, and how much of it has gone."""

    outlet: Outlet
    stream: ImportedStream
    times: NDArray[np.float64]
    send_at: NDArray[np.float64]
    sent: int = 0
    shift: float = 0.0

    def push_until(self, time: float) -> None:
        """Publish what lies before this time of the file."""
        stop = int(np.searchsorted(self.send_at, time, side="right"))
        if stop > self.sent:
            part = slice(self.sent, stop)
            self.outlet.push(self.stream.samples[part], self.times[part] + self.shift)
            self.sent = stop


def replay(
    imported: Imported,
    name: str,
    stop: threading.Event,
    *,
    speed: float = 1.0,
    say: Say = say_nothing,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Publish a file's streams, wait for a consumer on each, and play them.

    Numbers go out as double64, exactly as the importer reads them, text as string streams. Time stamps are the file's
    own (on its lab clock, where it has probes) plus one constant; at another speed the samples come faster, and their
    time stamps still say the file's time.

    Parameters
    ----------
    imported : Imported
    name : str
        What to call the source: the file's name.
    stop : threading.Event
        Ends the replay early.
    speed : float
        How many times as fast as it was recorded.
    say : callable
        Told what is going on.
    progress : callable
        Told the share that has been played, 0 to 1.
    """
    streams = [
        s
        for s in imported.streams
        if len(s.timestamps) and not is_companion(s.spec) and (s.spec.channels or s.spec.format == "string")
    ]
    feeds = [_feed(stream, name, imported.subject) for stream in streams]
    control = Outlet(control_spec(), f"groundup/replay/{name}/control")
    say(f"waiting for a recorder on {', '.join(f.outlet.spec.name for f in feeds)}")
    if not _wait_for_consumers(feeds, stop):
        return
    known = [f.send_at[np.isfinite(f.send_at)] for f in feeds]
    first = min((float(send_at[0]) for send_at in known if len(send_at)), default=0.0)
    last = max((float(send_at[-1]) for send_at in known if len(send_at)), default=first)
    start = lsl.clock() + _LEAD_S
    for feed in feeds:
        feed.shift = start - first
    say(f"playing {last - first:.1f} s")
    _play(feeds, first, last, start, speed, stop, progress)
    control.push([[ended_json([f.outlet.source_id for f in feeds])]], [lsl.clock()])
    say("done; staying until the last samples are taken")
    stop.wait(_LINGER_S)


def _play(
    feeds: Sequence[_Feed],
    first: float,
    last: float,
    start: float,
    speed: float,
    stop: threading.Event,
    progress: Callable[[float], None],
) -> None:
    """Push packet by packet; after a stall what is late goes out at once, and nothing is skipped."""
    time = first
    while not stop.is_set():
        for feed in feeds:
            feed.push_until(time)
        progress((time - first) / (last - first) if last > first else 1.0)
        if time >= last:
            return
        time = min(time + _PACKET_S * max(speed, 1.0), last)
        stop.wait(max(0.0, start + (time - first) / speed - lsl.clock()))


def _wait_for_consumers(feeds: Sequence[_Feed], stop: threading.Event) -> bool:
    for feed in feeds:
        while not feed.outlet.wait_for_consumer(0.2):
            if stop.is_set():
                return False
    return True


def _feed(stream: ImportedStream, name: str, subject: Subject) -> _Feed:
    spec = stream.spec
    numeric = isinstance(stream.samples, np.ndarray) and stream.samples.dtype.kind in "iuf"
    spec = replace(spec, format="double64" if numeric else "string", channels=spec.channels or (Channel("text"),))
    outlet = Outlet(spec, f"groundup/replay/{name}/{stream.id}", subject)
    times = file_times(stream)
    return _Feed(outlet, stream, times, send_times(times))


def send_times(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each sample is to go out: in the order of the file.

    A time stamp that runs backwards, or is no number, must not stop the samples behind it.
    """
    send_at: NDArray[np.float64] = np.maximum.accumulate(np.where(np.isfinite(times), times, -np.inf))
    return send_at
