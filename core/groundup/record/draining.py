"""The end of a recording: what is on its way is taken, then what live says of the end."""

import threading
from collections.abc import Callable

from groundup import lsl
from groundup.inlets.open_streams import OpenStreams
from groundup_ext._recorder import Engine

_AT_LEAST_S = 0.1  # a marker sent just before the end is on its way
_AT_MOST_S = 1.0
_POLL_S = 0.01


def drain(engine: Engine, streams: OpenStreams, until: float) -> None:
    """Wait until every raw stream has passed the moment of stopping, or has nothing more to say."""
    waiting = threading.Event()
    while (now := lsl.clock()) < until + _AT_MOST_S:
        if engine.status()["error"]:
            break
        if now > until + _AT_LEAST_S and streams.passed(until):
            break
        waiting.wait(_POLL_S)


def record_last_words(engine: Engine, streams: OpenStreams, last_words: Callable[[], object]) -> None:
    """Record what live says of the end, when all that it is made of has been recorded."""
    raw = [stream for stream in streams.streams if stream.open.spec.role != "live"]
    if len(raw) == len(streams.streams) or engine.status()["error"]:
        return
    for stream in raw:
        engine.release(stream.index)
    last_words()
    drain(engine, streams, lsl.clock())
