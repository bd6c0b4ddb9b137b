"""What a journal holds beside samples: its header, the facts about the recording, a footer for each stream."""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject

if TYPE_CHECKING:
    from groundup_ext.status import StreamStatus


@dataclass(frozen=True)
class RecordingInfo:
    """Facts about the recording that the journal keeps with it."""

    lab_toml: str = ""
    subject: Subject = field(default_factory=Subject)
    participant_id: str = ""
    software: dict[str, str] = field(default_factory=dict)


def header(utc: datetime) -> bytes:
    """Content of XDF's file header."""
    xml = f'<?xml version="1.0"?><info><version>1.0</version><datetime>{utc.isoformat()}</datetime></info>'
    return xml.encode()


def facts(about: RecordingInfo, recording_id: str, utc: datetime, started: float) -> bytes:
    """Our own record of what the recording is; `started` is `utc` on the lab clock."""
    record = {
        "recording_id": recording_id,
        "started_utc": utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "clock_origin": started,
        "lab_toml": about.lab_toml,
        **{key: _or_none(value) for key, value in about.subject.numbers.items()},
        "participant_id": about.participant_id,
        "software": about.software,
    }
    return json.dumps(record).encode()


def announcement(number: int, id_: str, spec: StreamSpec) -> bytes:
    """Our record of a stream that joins: its id, and what its samples cannot be read without."""
    record = {
        "stream": number,
        "id": id_,
        "name": spec.name,
        "type": spec.type,
        "rate": spec.rate,
        "format": spec.format,
        "channels": len(spec.channels),
        "source_id": spec.source_id,
        "hostname": spec.hostname,
    }
    return json.dumps(record).encode()


def stream_header(number: int, header: bytes, spec: StreamSpec) -> bytes:
    """Content of XDF's stream header: LSL's own where other programs can read it, else one of what is known.

    One header that is no XML keeps pyxdf from opening the whole file. As it was sent it is in our own records.
    """
    return number.to_bytes(4, "little") + (header if _is_clean(header) else _made(spec))


def _is_clean(header: bytes) -> bool:
    """Whether every XML parser reads it, within reason."""
    if len(header) > _LONGEST_HEADER or b"<!DOCTYPE" in header or b"<!ENTITY" in header:
        return False
    try:
        root = ET.fromstring(header)
        return int(root.findtext("channel_count") or "") >= 0 and float(root.findtext("nominal_srate") or "") >= 0.0
    except (ET.ParseError, ValueError, LookupError):
        return False


def _made(spec: StreamSpec) -> bytes:
    info = ET.Element("info")
    for key, value in (
        ("name", spec.name),
        ("type", spec.type),
        ("channel_count", str(len(spec.channels))),
        ("nominal_srate", repr(spec.rate)),
        ("channel_format", spec.format),
        ("source_id", spec.source_id),
        ("hostname", spec.hostname),
    ):
        ET.SubElement(info, key).text = _NOT_XML.sub("\ufffd", value)
    ET.SubElement(info, "desc")
    return b'<?xml version="1.0"?>' + ET.tostring(info)


_LONGEST_HEADER = 16 << 20
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def footer(status: "StreamStatus") -> bytes:
    """Content of a stream's XDF footer."""
    xml = (
        '<?xml version="1.0"?><info>'
        f"<first_timestamp>{status.first_stamp!r}</first_timestamp>"
        f"<last_timestamp>{status.last_stamp!r}</last_timestamp>"
        f"<sample_count>{status.samples}</sample_count></info>"
    )
    return status.number.to_bytes(4, "little") + xml.encode()


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
