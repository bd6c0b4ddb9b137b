"""Status: what a device says of itself, in the stream ``groundup.status`` beside its own, one for each driver.

A sample is one row, as JSON, with its own time on the clock of its stamp: which device it is, how it does, what it was
told. It may come later than its time, and more than once (`groundup.lsl.status_outlet`).
"""

import msgspec

from groundup.lsl.stream_names import prefix_of_source
from groundup.model.health import HealthColour
from groundup.model.streams import Channel, StreamSpec

STATUS = "groundup.status"
"""Name of the stream, and its role in a recording."""

_LONGEST = 1 << 16  # characters of a row that is read at all


class Identity(msgspec.Struct, frozen=True, tag="identity", tag_field="row"):
    """Which device it is, once a connection."""

    time: float
    device: str
    model: str = ""
    serial: str = ""
    firmware: str = ""
    more: dict[str, str] = {}


class Health(msgspec.Struct, frozen=True, tag="health", tag_field="row"):
    """One figure of how it does; `source` is a stream's source id, `channel` a label, empty for all of it."""

    time: float
    device: str
    name: str
    value: float
    source: str = ""
    channel: str = ""
    unit: str = ""
    colour: HealthColour = ""


class Happened(msgspec.Struct, frozen=True, tag="happened", tag_field="row"):
    """Something that it was told or did: an event of kind `kind`, in words; `to` is when it was certainly over."""

    time: float
    device: str
    kind: str
    text: str
    to: float | None = None


class Changed(msgspec.Struct, frozen=True, tag="changed", tag_field="row"):
    """A value of an option: `time` is the stamp of the first sample of the stream `source` that is of it.

    `number` counts the changes of a driver: one there and back again, between two samples, is three of its own.
    """

    time: float
    device: str
    source: str
    option: str
    value: str
    number: int
    unit: str = ""
    alters: str = ""


Row = Identity | Health | Happened | Changed

_decoder: msgspec.json.Decoder[Row] = msgspec.json.Decoder(Identity | Health | Happened | Changed)


def status_spec() -> StreamSpec:
    """Describe the stream."""
    return StreamSpec(STATUS, STATUS, 0.0, "string", (Channel("json"),), role="status")


def is_status(spec: StreamSpec) -> bool:
    """Whether a stream, or its short announcement, is of this kind: no data of its own to a person."""
    return spec.name == STATUS and spec.type == STATUS and spec.format == "string"


def status_source(prefix: str) -> str:
    """Source id of the status of a driver whose source ids begin so."""
    return f"{prefix}{STATUS}"


def status_source_of(spec: StreamSpec) -> str:
    """Source id of the status that a stream's driver may send; empty if the stream is of no driver."""
    prefix = prefix_of_source(spec.source_id)
    return status_source(prefix) if prefix else ""


def row_json(row: Row) -> str:
    """A row as it is sent."""
    return msgspec.json.encode(row).decode()


def row_of(text: str) -> Row | None:
    """What a sample says; None for what is no row: text from the network may be anything."""
    if len(text) > _LONGEST:
        return None
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
