"""Listens to every stream on the network and keeps what a dashboard shows of it."""

import contextlib
import json
import math
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from groundup import lsl
from groundup.inlets.workers import Workers
from groundup.lsl.control import CONTROL
from groundup.lsl.device_status import STATUS
from groundup.lsl.stream_names import LIVE_METRICS, id_of_source
from groundup.lsl.targets import TARGETS
from groundup.lsl.ticks import TICKS
from groundup.model.clock_limits import EARLY_S, LATE_S
from groundup.model.event_json import event_from_marker
from groundup.model.streams import DTYPES, StreamSpec
from groundup.web.decimate import Buckets, MinMax
from groundup.web.statuses import Statuses
from groundup_ext import _lsl

_BUFFER_S = 5
_RATE_OVER_S = 5.0
_AGAIN_AFTER_S = 5.0  # a stream that could not be opened is tried again
_MOST_REPORTED = 1000
_SILENT_S = 1.0
_MOST_CHANNELS = 4096  # no screen shows more; the stream's health is shown all the same
_LONGEST_TEXT = 200
_LONGEST_TARGET = 4096
_EVENT_LATE_S = 60.0  # no sender keeps an event for so long
_KEPT = 400  # events and values that a new viewer is shown


@dataclass
class Feed:
    """One stream that is listened to."""

    number: int
    spec: StreamSpec
    uid: str
    open: lsl.OpenStream
    inlet: _lsl.Inlet
    reduced: MinMax | None
    offset: float = math.nan
    round_trip: float = math.inf
    samples: int = 0
    last_arrival: float = 0.0
    late: float = 0.0  # by its own stamp, the newest sample when it was read
    lost: bool = False
    failed: str = ""
    found: lsl.Found | None = None
    counts: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def name(self) -> str:
        """What it is called in a recording, where its driver says that; else its own name."""
        return id_of_source(self.spec.source_id) or self.spec.name

    def in_sync(self) -> bool:
        """Whether its newest sample is stamped by the clock that is measured, as far as is known."""
        return -EARLY_S < self.late < (LATE_S if self.spec.rate > 0 else _EVENT_LATE_S)

    def rate(self) -> float:
        """Samples a second over the last seconds, by their arrival; NaN at first."""
        if len(self.counts) < 2:
            return math.nan
        (t0, n0), (t1, n1) = self.counts[0], self.counts[-1]
        return (n1 - n0) / (t1 - t0) if t1 > t0 else math.nan


@dataclass
class News:
    """What has come since the last look.

    Attributes
    ----------
    samples : list of (stream number, Buckets)
    events, metrics : list of dict
        As they go to the browser.
    targets : list of dict
        What a person is to walk to; ``{}``: nothing.
    changed : bool
        Whether streams have come or gone.
    """

    samples: list[tuple[int, Buckets]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    targets: list[dict[str, Any]] = field(default_factory=list)
    changed: bool = False


class Feeds:
    """All streams, found, opened and drained; one that comes back is opened anew.

    Parameters
    ----------
    predicate : str
        LSL predicate of the streams to show; empty for all.
    """

    def __init__(self, predicate: str = "") -> None:
        self._predicate = predicate
        self._watcher = lsl.Watcher()
        self._pool = Workers(64, "groundup-view")  # one that never answers keeps no other, nor the end of the process
        self._opening: dict[str, tuple[str, Future[lsl.OpenStream]]] = {}
        self._not_before: dict[str, float] = {}
        self._reported: set[tuple[str, str]] = set()
        self._next = 1
        self.feeds: list[Feed] = []
        self._statuses = Statuses(self._pool.submit)
        self.events: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.metrics: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def poll(self) -> News:
        """Drain every stream once; never waits."""
        news = News()
        now = lsl.clock()
        self._look(news)
        for feed in self.feeds:
            if not feed.failed:
                self._drain_safely(feed, now, news)
        self.events.extend(news.events)
        self.metrics.extend(news.metrics)
        return news

    def close(self) -> None:
        """Listen to nothing more."""
        self._pool.shutdown()
        self._statuses.close()
        for _, future in self._opening.values():
            future.add_done_callback(_close_opened)
        self._opening.clear()
        for feed in self.feeds:
            feed.open.close()

    def streams(self) -> list[dict[str, Any]]:
        """What each stream is, for the browser."""
        return [
            {
                "number": feed.number, "name": feed.name, "type": feed.spec.type, "kind": feed.spec.kind,
                "rate": feed.spec.rate, "role": feed.spec.role, "host": feed.spec.hostname,
                "bucket_s": feed.reduced.bucket_s if feed.reduced else 0.0,
                "channels": [
                    {"label": c.label, "unit": c.unit, "site": c.site, "side": c.side}
                    for c in feed.spec.channels[:_MOST_CHANNELS]
                ],
            }
            for feed in self._sorted()
        ]  # fmt: skip

    def forget(self) -> None:
        """Tell nobody any more what was measured until now: it is another person's."""
        self.events.clear()
        self.metrics.clear()

    def specs(self) -> list[StreamSpec]:
        """What devices and other programs send, as they say themselves; nothing that groundup makes."""
        newest = {(feed.name, feed.spec.type, feed.spec.source_id): feed for feed in self._sorted() if not feed.lost}
        sent = [feed.spec for feed in newest.values() if not feed.spec.role]  # one that restarts is there twice a while
        return [spec for spec in sent if not spec.name.startswith("groundup.")]

    def matching(self, predicate: str) -> list[Feed]:
        """The streams that an LSL predicate fits."""
        return [feed for feed in self.feeds if feed.found is not None and feed.found.matches(predicate)]

    def health(self) -> list[dict[str, Any]]:
        """How each stream does, for the browser: JSON, with None for what is not known."""
        now = lsl.clock()
        levels_of = self._statuses.of
        return [{**self._health(feed, now), "levels": levels_of(feed.spec.source_id)} for feed in self._sorted()]

    def _sorted(self) -> list[Feed]:
        return sorted(self.feeds, key=lambda feed: (feed.name, feed.number))

    def _health(self, feed: Feed, now: float) -> dict[str, Any]:
        silent = now - feed.last_arrival if feed.last_arrival else math.nan
        rate = feed.rate()
        regular = feed.spec.rate > 0
        stalled = regular and not silent < max(_SILENT_S, 3.0 / feed.spec.rate)
        wrong = regular and math.isfinite(rate) and abs(rate / feed.spec.rate - 1.0) > 0.05
        apart = not feed.in_sync()
        doing = "silent" if stalled else "other clock" if apart else "wrong rate" if wrong else "well"
        state = "failed" if feed.failed else "lost" if feed.lost else doing
        # Half the round trip is all that no probe can tell.
        sync = 500.0 * feed.round_trip if math.isfinite(feed.round_trip) and not apart else math.nan
        return {
            "number": feed.number, "state": state, "samples": feed.samples, "rate": _number(rate),
            "silent_s": _number(silent), "offset_ms": _number(1e3 * feed.offset), "sync_ms": _number(sync),
        }  # fmt: skip

    def _look(self, news: News) -> None:
        found = {f.uid: f for f in self._watcher.streams()}
        self._statuses.look(found.values())
        known = {f.uid for f in self.feeds} | self._opening.keys()
        now = lsl.clock()
        for uid, one in found.items():
            is_new = uid not in known and now >= self._not_before.get(uid, now)
            if is_new and one.matches(self._predicate) and one.spec.name not in (CONTROL, TICKS, STATUS):
                self._opening[uid] = lsl.shown(one.spec.name), self._pool.submit(lsl.OpenStream, one, _BUFFER_S)
        for odd in self._watcher.unreadable():
            self._say_once(odd.name, odd.reason)
        for uid in [uid for uid, (_, future) in self._opening.items() if future.done()]:
            name, future = self._opening.pop(uid)
            try:
                self._add(uid, future.result(), found.get(uid))
            except Exception as error:
                self._not_before[uid] = now + _AGAIN_AFTER_S
                self._say_once(name, str(error) or type(error).__name__)
                continue
            news.changed = True
        for feed in self.feeds:
            gone = feed.uid not in found and feed.last_arrival > 0 and lsl.clock() - feed.last_arrival > _SILENT_S
            if gone != feed.lost:
                feed.lost = gone
                news.changed = True

    def _say_once(self, name: str, reason: str) -> None:
        """Say why a stream is not shown; one that comes and goes is another each time, and the same to a person."""
        if (name, reason) not in self._reported and len(self._reported) < _MOST_REPORTED:
            self._reported.add((name, reason))
            print(f"! {name} cannot be shown: {reason}", file=sys.stderr, flush=True)

    def _add(self, uid: str, opened: lsl.OpenStream, found: lsl.Found | None = None) -> None:
        spec = opened.spec
        inlet = _lsl.Inlet(opened.handle, spec.format, len(spec.channels), lsl.pull_samples(spec, 1.0, 1024))
        shown = spec.format != "string" and spec.name != LIVE_METRICS and len(spec.channels) <= _MOST_CHANNELS
        reduced = MinMax(len(spec.channels), spec.rate) if shown else None
        key = (spec.name, spec.type, spec.source_id)
        for old in [f for f in self.feeds if (f.spec.name, f.spec.type, f.spec.source_id) == key and f.lost]:
            old.open.close()
            self.feeds.remove(old)
        self.feeds.append(Feed(self._next, spec, uid, opened, inlet, reduced, found=found))
        self._next += 1

    def _drain_safely(self, feed: Feed, now: float, news: News) -> None:
        """Drain one; whatever it sends, the others are shown on."""
        try:
            self._drain(feed, now, news)
        except Exception as error:
            feed.failed = f"{lsl.shown(feed.spec.name)} cannot be shown: {type(error).__name__}: {error}"
            print(f"! {feed.failed}", file=sys.stderr, flush=True)
            news.changed = True

    def _drain(self, feed: Feed, now: float, news: News) -> None:
        try:
            stamps, values = feed.inlet.pull()
            probe = feed.inlet.probe()
        except ConnectionError:
            feed.lost = True
            return
        if probe is not None:
            _, feed.offset, trip = probe
            feed.round_trip = min(feed.round_trip, trip)
        time = np.frombuffer(stamps, np.float64) + (feed.offset if math.isfinite(feed.offset) else 0.0)
        if len(time) == 0:
            return
        feed.samples += len(time)
        feed.last_arrival = now
        if math.isfinite(feed.offset):
            feed.late = now - float(time[-1])
        while feed.counts and now - feed.counts[0][0] > _RATE_OVER_S:
            feed.counts.popleft()
        feed.counts.append((now, feed.samples))
        if isinstance(values, list):
            if feed.spec.name == TARGETS:
                news.targets += _targets(values)
            else:
                news.events += _events(feed.spec, time.tolist(), values)
            return
        samples = np.frombuffer(values, DTYPES[feed.spec.format]).reshape(len(time), -1)
        if feed.spec.name == LIVE_METRICS:
            news.metrics += _metrics(feed.spec, time.tolist(), samples)
        elif feed.reduced is not None:
            buckets = feed.reduced.feed(time, samples)
            if len(buckets.time):
                news.samples.append((feed.number, buckets))


def _close_opened(future: "Future[lsl.OpenStream]") -> None:
    """Close a stream that opened when nobody looks any more."""
    if not future.cancelled() and future.exception() is None:
        future.result().close()


def _events(spec: StreamSpec, times: Sequence[float], rows: Sequence[Sequence[bytes]]) -> list[dict[str, Any]]:
    """Text as events: ours as they say, anybody else's as markers with their text."""
    found = []
    for time, row in zip(times, rows, strict=True):
        for text in (part.decode("utf-8", "replace") for part in row if part and math.isfinite(time)):
            event = event_from_marker(text, time, spec.name)
            found.append({**asdict(event), "value": _number(event.value), "text": event.text[:_LONGEST_TEXT]})
    return found


def _targets(rows: Sequence[Sequence[bytes]]) -> list[dict[str, Any]]:
    """What is a target, or the end of one; anything else that a stream of that name says is left out."""
    found = []
    for row in rows:
        with contextlib.suppress(ValueError, RecursionError):
            target = json.loads(row[0]) if len(row[0]) <= _LONGEST_TARGET else None
            if isinstance(target, dict) and (not target or isinstance(target.get("bands"), dict)):
                found.append(target)
    return found


def _metrics(spec: StreamSpec, times: Sequence[float], samples: np.ndarray) -> list[dict[str, Any]]:
    """Values that have just been measured; a channel without one in this sample is NaN."""
    return [
        {
            "time": time, "name": channel.label.removesuffix(f"_{channel.side}"), "side": channel.side,
            "unit": channel.unit, "value": float(value),
        }
        for time, row in zip(times, samples, strict=True)
        for channel, value in zip(spec.channels, row, strict=True)
        if math.isfinite(value) and math.isfinite(time)
    ]  # fmt: skip


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
