"""Streams that a driver sends beside its own, no data to a person: what its stamps were made of, and its status."""

from groundup.lsl.device_status import is_status, status_source_of
from groundup.lsl.ticks import are_ticks, source_of
from groundup.model.streams import StreamSpec


def is_companion(spec: StreamSpec) -> bool:
    """Whether a stream, or its short announcement, is of this kind."""
    return are_ticks(spec) or is_status(spec)


def companion_sources(spec: StreamSpec) -> list[str]:
    """Source ids of what a stream's driver sends beside it."""
    return [source for source in (source_of(spec), status_source_of(spec)) if source]
