"""What a lab says of the values that a device of its own sends: their order, units, sites, and what tells the time."""

import re
import struct
from typing import Annotated, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Settings, Side, StreamSpec

COUNTER, CLOCK, SKIP = "counter", "clock", "-"
TYPES = {
    "u8": "B", "i8": "b", "u16": "H", "i16": "h", "u24": "", "i24": "", "u32": "I", "i32": "i", "u64": "Q", "i64": "q",
    "f32": "f", "f64": "d",
}  # fmt: skip
"""Types of the values in a frame, and their letter in `struct`; of three bytes `struct` knows nothing."""


class WireChannel(Settings, frozen=True):
    """``channels."label" = {...}``: what one value is.

    Attributes
    ----------
    unit, site, side : str
        As in ``[streams.ID.channels]``.
    scale, offset : float
        The channel is ``scale * value + offset``: 24-bit counts to newtons, degrees to radians.
    """

    unit: str = ""
    site: str = ""
    side: Side = ""
    scale: float = 1.0
    offset: float = 0.0


class Declaration(Settings, frozen=True, kw_only=True):
    """The values of one record, in the order in which they come.

    Attributes
    ----------
    fields : list of str
        The label of each value. ``counter`` is the device's own count of its samples, ``clock`` its own time; ``-`` is
        left out. In frames each has its type behind it: ``"Fz:i24"``.
    rate : float
        Sampling rate in Hz; 0 for what comes when it happens, which is stamped on arrival.
    type : str
        LSL's content type: ``Force``, ``EMG``, ``IMU`` ...
    channels : table
        Unit, site, side, scale and offset of each label.
    clock_unit_s : float
        What one tick of ``clock`` is, in seconds.
    modulus : float
        Where ``counter`` or ``clock`` begins again at 0; frames know it from the type.
    """

    fields: tuple[str, ...]
    rate: Annotated[float, msgspec.Meta(ge=0, le=1e6)]
    type: str = "Other"
    channels: dict[str, WireChannel] = msgspec.field(default_factory=dict)
    clock_unit_s: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1e-3
    modulus: Annotated[float, msgspec.Meta(gt=1)] = float(1 << 32)

    def __post_init__(self) -> None:
        """Refuse what cannot be read.

        Raises
        ------
        ValueError
            With the field's name.
        """
        labels = self.labels
        twice = next((label for label in labels if labels.count(label) > 1 and label != SKIP), None)
        if twice is not None:
            raise ValueError(f'fields names "{twice}" twice')
        if not self.measured:
            raise ValueError("fields names no channel")
        if COUNTER in labels and CLOCK in labels:
            raise ValueError("fields has a counter and a clock; one of them tells the time, leave the other out with -")
        for label in self.channels:
            if label not in self.measured:
                raise ValueError(f'channels names "{label}", which fields does not have; it has {", ".join(labels)}')

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each field."""
        return tuple(field.partition(":")[0].strip() if self.typed else field for field in self.fields)

    @property
    def typed(self) -> bool:
        """Whether each field has its type behind it."""
        return False

    @property
    def measured(self) -> list[str]:
        """Labels of the channels."""
        return [label for label in self.labels if label not in (COUNTER, CLOCK, SKIP)]

    def spec(self, name: str, latency_s: float, **more: str) -> StreamSpec:
        """The stream these records make."""
        found = [(label, self.channels.get(label, WireChannel())) for label in self.measured]
        channels = tuple(Channel(label, c.unit, c.site, c.side) for label, c in found)
        return StreamSpec(name, self.type, self.rate, "double64", channels, latency_s=latency_s, extra=dict(more))

    def samples(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Channels of records, shape (n, C), from all their fields, shape (n, F)."""
        known = [self.channels.get(label, WireChannel()) for label in self.measured]
        columns = [index for index, label in enumerate(self.labels) if label in self.measured]
        picked: NDArray[np.float64] = values[:, columns]
        return np.asarray(picked * np.array([c.scale for c in known]) + np.array([c.offset for c in known]))


class Wire(Declaration, frozen=True, kw_only=True):
    """Records in a stream of bytes, or in datagrams.

    Attributes
    ----------
    format : str
        ``lines``: a line of text a record. ``frames``: `sync`, the fields in binary, the checksum.
    delimiter : str
        What stands between the values of a line; a blank means any white space.
    sync : str
        Bytes that begin a frame, in hexadecimal: ``"AA 55"``.
    byte_order : str
        ``little`` or ``big``, of the fields and of a checksum of two bytes.
    checksum : str
        Behind the fields, over the fields: ``none``, ``sum8``, ``xor8`` (one byte) or ``crc16`` (CCITT, begun with
        FFFF).
    """

    format: Literal["lines", "frames"] = "lines"
    delimiter: str = ","
    sync: str = ""
    byte_order: Literal["little", "big"] = "little"
    checksum: Literal["none", "sum8", "xor8", "crc16"] = "none"

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        super().__post_init__()
        if self.format == "lines":
            if self.sync or self.checksum != "none":
                raise ValueError('sync and checksum are for format = "frames"')
            if not self.delimiter:
                raise ValueError("delimiter is empty; a blank means any white space")
            return
        for field in self.fields:
            kind = field.partition(":")[2].strip()
            if kind not in TYPES:
                raise ValueError(f'the field "{field}" needs its type behind a colon, one of {", ".join(TYPES)}')
        if not re.fullmatch(r"(\s*[0-9A-Fa-f]{2})+\s*", self.sync):
            raise ValueError('frames need sync, the bytes they begin with, in hexadecimal: sync = "AA 55"')

    @property
    def typed(self) -> bool:
        """Whether each field has its type behind it."""
        return self.format == "frames"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Type of each field of a frame."""
        return tuple(field.partition(":")[2].strip() for field in self.fields)

    @property
    def wrap(self) -> float:
        """Where the counter or clock begins again."""
        for label, kind in zip(self.labels, self.kinds, strict=True):
            if self.typed and label in (COUNTER, CLOCK) and kind[0] == "u":
                return float(1 << int(kind[1:]))
        return self.modulus


def size_of(kind: str) -> int:
    """Bytes of a value."""
    return 3 if kind.endswith("24") else struct.calcsize(TYPES[kind])
