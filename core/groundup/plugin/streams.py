"""What a device sends: one stream, or several by their keys (`groundup.model.stream_keys`)."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TypeAlias

from groundup.lab.errors import nearest
from groundup.model.stream_keys import ONE, alike, is_key
from groundup.model.streams import StreamSpec

Streams: TypeAlias = StreamSpec | Mapping[str, StreamSpec]
"""A device's one stream, or each by its key: ``{"left": StreamSpec(...), "belts": StreamSpec(...)}``."""


class StreamsError(ValueError):
    """What a driver says it sends cannot be sent."""


def keyed(streams: object) -> dict[str, StreamSpec]:
    """The streams of a device by key; that of its only one is `ONE`.

    Parameters
    ----------
    streams : Streams
        What `Device.open` gave.

    Raises
    ------
    StreamsError
        If it is something else, or a key is none.
    """
    if isinstance(streams, StreamSpec):
        return {ONE: streams}
    if not isinstance(streams, Mapping) or not all(isinstance(spec, StreamSpec) for spec in streams.values()):
        raise StreamsError(
            f"{streams!r:.80} is no StreamSpec, and no mapping of keys to StreamSpecs "
            'such as {"left": StreamSpec(...), "belts": StreamSpec(...)}'
        )
    check_keys(streams)
    return dict(streams)


def check_keys(keys: Iterable[object]) -> None:
    """Check that each can be the key of a stream, and is no other.

    Raises
    ------
    StreamsError
        If it cannot, or if two would be taken for each other.
    """
    known = list(keys)
    for key in known:
        if not is_key(key):
            raise StreamsError(
                f"{key!r:.80} cannot be the key of a stream: use up to 32 letters of A to Z, digits, _ and -, "
                "a letter first, such as shank_L"
            )
    if (pair := alike(str(key) for key in known)) is not None:
        raise StreamsError(f'the keys "{pair[0]}" and "{pair[1]}" would be taken for each other: call one otherwise')


def is_new(key: str, spec: StreamSpec, known: Mapping[str, StreamSpec]) -> bool:
    """Whether a stream that a running device announces is not known yet.

    Raises
    ------
    StreamsError
        If it cannot stand beside those that are, or is known as another.
    """
    if not isinstance(spec, StreamSpec):
        raise StreamsError(f'what is announced as "{key}" is no StreamSpec: {spec!r:.80}')
    if key in known:
        if (other := difference(known[key], spec)) is not None:
            raise StreamsError(
                f'the stream "{key}" was announced with another {other}; a sensor that changed needs a key of its own'
            )
        return False
    if ONE in known:
        raise StreamsError(f'the device has announced one stream without a key, and "{key}" cannot be added to it')
    check_keys([*known, key])
    return True


def difference(was: StreamSpec, now: StreamSpec) -> str | None:
    """In what a stream that comes again is another: the name of the field; None: in nothing that matters.

    What is told beside it (`StreamSpec.extra`) may change: a battery's level, a firmware that was upgraded meanwhile.
    """
    names = (field.name for field in fields(StreamSpec) if field.name not in ("extra", "source_id"))
    return next((name for name in names if getattr(was, name) != getattr(now, name)), None)


def unknown_key(stream: object, known: Iterable[str]) -> str:
    """What is wrong with a key that was not announced, in a sentence that names those that were."""
    keys = list(known)
    if not isinstance(stream, str):
        return f'{stream!r:.40} is no key of a stream: samples come first, push(samples, times, stream="left")'
    if keys == [ONE]:
        return f'it names the stream "{stream}", and has announced one stream, without a key'
    there = ", ".join(f'"{key}"' for key in keys) or "none"
    named = f'the stream "{stream}"' if stream else "no stream"
    hint = nearest(stream, keys) if stream and len(keys) > 16 else ""
    return f"it names {named}, and has announced {there}{hint}"
