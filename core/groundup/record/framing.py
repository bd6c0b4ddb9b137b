"""What a journal holds beside samples: its header, the facts about the recording, a footer for each stream."""

import json
import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from groundup.subject import Subject

if TYPE_CHECKING:
    from groundup_ext._recorder import StreamStatus


@dataclass(frozen=True)
class About:
    """Facts about the recording that the journal keeps with it."""

    lab_toml: str = ""
    subject: Subject = field(default_factory=Subject)
    participant_id: str = ""
    software: dict[str, str] = field(default_factory=dict)


def header(utc: datetime) -> bytes:
    """Content of XDF's file header."""
    xml = f'<?xml version="1.0"?><info><version>1.0</version><datetime>{utc.isoformat()}</datetime></info>'
    return xml.encode()


def facts(about: About, utc: datetime, started: float) -> bytes:
    """Our own record of what the recording is; `started` is `utc` on the lab clock."""
    record = {
        "recording_id": str(uuid.uuid4()),
        "started_utc": utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "clock_origin": started,
        "lab_toml": about.lab_toml,
        "mass_kg": _or_none(about.subject.mass_kg),
        "height_m": _or_none(about.subject.height_m),
        "participant_id": about.participant_id,
        "software": about.software,
    }
    return json.dumps(record).encode()


def footer(status: "StreamStatus") -> bytes:
    """Content of a stream's XDF footer."""
    number, samples, first, last, *_ = status
    xml = (
        '<?xml version="1.0"?><info>'
        f"<first_timestamp>{first!r}</first_timestamp><last_timestamp>{last!r}</last_timestamp>"
        f"<sample_count>{samples}</sample_count></info>"
    )
    return number.to_bytes(4, "little") + xml.encode()


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
