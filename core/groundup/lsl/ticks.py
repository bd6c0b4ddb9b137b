"""Ticks: what a driver made its stamps of, in the stream ``groundup.ticks`` beside its own, one for each driver.

A sample is a row of `groundup.model.source.TICK` of one of its streams. Every row is sent twice, some seconds apart:
whoever listens opens one stream after another, and may be killed at any time (`groundup.lsl.ticks_outlet`).
"""

from dataclasses import replace

from groundup.model.stream_keys import number_of
from groundup.model.streams import Channel, StreamSpec

TICKS = "groundup.ticks"
"""Name of the stream, and its role in a recording."""

_SOURCE, _INDEX = "ticks_source_id", "ticks_stream"
CHANNELS = ("stream", "began", "counted", "tick", "stamp", "arrival")
"""The stream that a row is about, and the fields of `groundup.model.source.TICK`."""
_UNITS = {"stream": "1", "counted": "1", "tick": "1"}


def ticks_spec() -> StreamSpec:
    """Describe the stream."""
    channels = tuple(Channel(name, _UNITS.get(name, "s")) for name in CHANNELS)
    return StreamSpec(TICKS, TICKS, 0.0, "double64", channels, role="ticks")


def are_ticks(spec: StreamSpec) -> bool:
    """Whether a stream, or its short announcement, is of this kind: no data of its own to a person."""
    return spec.name == TICKS and spec.type == TICKS and spec.format == "double64"


def ticks_source(prefix: str) -> str:
    """Source id of the ticks of a driver whose source ids begin so."""
    return f"{prefix}{TICKS}"


def with_ticks_source(spec: StreamSpec, source: str, key: str) -> StreamSpec:
    """A driver's stream, with a word of where its ticks are."""
    return replace(spec, extra={**spec.extra, _SOURCE: source, _INDEX: str(number_of(key))})


def source_of(spec: StreamSpec) -> str:
    """Source id of the ticks that a stream's driver tells; empty if it tells none."""
    return spec.extra.get(_SOURCE, "")


def index_of(spec: StreamSpec) -> int:
    """The number that a stream has among its driver's ticks; -1 if its driver tells none."""
    index = spec.extra.get(_INDEX, "")
    return int(index) if index.isascii() and index.isdecimal() and len(index) < 10 else -1
