"""What a driver pushes against the laws: refused, counted, and told to the recorder."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from groundup.model.streams import StreamSpec
from groundup.plugin.pushed import Pushed, count_of
from groundup.plugin.streams import unknown_key
from groundup.system.driver_reports import Report

_AGAIN_AFTER_S = 10.0  # the first is told at once, what follows together


class Refusals:
    """Holds the laws over all streams of a driver. Thread-safe.

    Parameters
    ----------
    streams : mapping of str to (StreamSpec, str)
        What the driver announces by key, and the source id of each.
    tell : callable
        Told what was refused.
    """

    def __init__(self, streams: Mapping[str, tuple[StreamSpec, str]], tell: Callable[[Report], None]) -> None:
        self._streams = dict(streams)
        self._tell = tell
        self._laws = {key: Pushed(spec) for key, (spec, _) in streams.items()}
        self._unreported: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[tuple[str, str], float] = {}
        self._last: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def refuse(self, samples: object, times: object, stream: object, now: float) -> bool:
        """Whether a chunk may not be sent."""
        if not isinstance(stream, str) or stream not in self._laws:
            why, source = unknown_key(stream, self._laws), ""
        else:
            source = self._streams[stream][1]
            with self._lock:
                try:
                    why = self._laws[stream].refusal(samples, times, now)
                except Exception as error:  # what a driver pushes may be anything
                    why = f"{self._streams[stream][0].name}: what it pushes cannot be read: {error}"
        if not why:
            return False
        key = (source, _unnumbered(why))
        with self._lock:
            self._unreported[key] += count_of(samples)
            self._last[key] = why
            due = now - self._told_at.get(key, -_AGAIN_AFTER_S) >= _AGAIN_AFTER_S
        if due:
            self._say(key, now)
        return True

    def tell_rest(self, now: float) -> None:
        """Tell what was refused since it was told last."""
        with self._lock:
            unreported = [key for key, count in self._unreported.items() if count]
        for key in unreported:
            self._say(key, now)

    def _say(self, key: tuple[str, str], now: float) -> None:
        with self._lock:
            count, self._unreported[key], self._told_at[key] = self._unreported[key], 0, now
        message = f"{count} sample{'' if count == 1 else 's'} refused: {self._last[key]}"
        self._tell(Report("refused", key[0], count, message))


def _unnumbered(why: str) -> str:
    """A sentence without its figures: the same law, broken again."""
    head, _, tail = why.partition(":")
    return f"{head}:{' '.join(word for word in tail.split(' ') if not any(c.isdigit() for c in word))}"
