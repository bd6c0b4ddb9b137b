"""What a driver pushes against the laws: refused, counted, and told to the recorder."""

import threading
from collections import Counter
from collections.abc import Callable

from groundup.model.streams import StreamSpec
from groundup.plugin.pushed import Pushed, count_of
from groundup.plugin.streams import unknown_key
from groundup.system.driver_reports import Report

_Key = tuple[str, str, str]  # kind of report, source id, and the sentence without its figures
_AGAIN_AFTER_S = 10.0  # the first is told at once, what follows together


class Refusals:
    """Holds the laws over all streams of a driver. Thread-safe.

    Parameters
    ----------
    tell : callable
        Told what was refused.
    """

    def __init__(self, tell: Callable[[Report], None]) -> None:
        self._streams: dict[str, tuple[StreamSpec, str]] = {}
        self._tell = tell
        self._laws: dict[str, Pushed] = {}
        self._unreported: Counter[_Key] = Counter()
        self._reported_at: dict[_Key, float] = {}
        self._last: dict[_Key, str] = {}
        self._lock = threading.Lock()

    def announce(self, key: str, spec: StreamSpec, source: str) -> None:
        """Hold the laws over a further stream, of this source id."""
        with self._lock:
            self._streams[key] = spec, source
            self._laws[key] = Pushed(spec)

    def refuse_key(self, key: object, now: float) -> None:
        """Count something that was said of a stream that is not announced."""
        self.count("refused", "", 1, unknown_key(key, self._laws), now)

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
        self.count("refused", source, count_of(samples), why, now)
        return True

    def count(self, kind: str, source: str, count: int, why: str, now: float) -> None:
        """Count samples for a report of a kind: the first is told at once, what follows together."""
        key = (kind, source, _unnumbered(why))
        with self._lock:
            self._unreported[key] += count
            self._last[key] = why
            is_time = now - self._reported_at.get(key, -_AGAIN_AFTER_S) >= _AGAIN_AFTER_S
        if is_time:
            self._say(key, now)

    def tell_rest(self, now: float) -> None:
        """Tell what was refused since it was told last."""
        with self._lock:
            unreported = [key for key, count in self._unreported.items() if count]
        for key in unreported:
            self._say(key, now)

    def _say(self, key: _Key, now: float) -> None:
        with self._lock:
            count, self._unreported[key], self._reported_at[key] = self._unreported[key], 0, now
        kind, source, _ = key
        message = f"{count} sample{'' if count == 1 else 's'} {kind.replace('_', ' ')}: {self._last[key]}"
        self._tell(Report(kind, source, count, message))


def _unnumbered(why: str) -> str:
    """A sentence without its figures: the same law, broken again."""
    head, _, tail = why.partition(":")
    return f"{head}:{' '.join(word for word in tail.split(' ') if not any(c.isdigit() for c in word))}"
