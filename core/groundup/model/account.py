"""What was recorded, held against what is sealed of it: the one rule by which a journal may be deleted.

A recorder counts what it writes. Its counters, as long as it lives, and its own records in the journal (once a second)
say what should be there; the journal's index says what is; the recording holds, compared to the bit, what its source
gave. Where these three are one, everything is in the recording. Any difference is a fault.
"""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundup.model.ledger import LedgerRow

if TYPE_CHECKING:  # a recorder, which counts, does not wait for what seals
    from groundup.model.source import SourceStream


@dataclass(frozen=True)
class Identity:
    """Which file it is, and in which state.

    Attributes
    ----------
    device, inode, size, changed_ns : int
    """

    device: int
    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path | int) -> "Identity":
        """That of a file, open or by its path.

        Raises
        ------
        OSError
            If it is not there.
        """
        found = os.stat(file)
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Contents:
    """What lies in a journal.

    Attributes
    ----------
    identity : Identity
        Of the file that was read.
    recording_id : str
        Empty where it says none.
    names : dict
        Number of a stream to its id.
    samples, headers : dict
        Number of each stream that can be read to its samples, and to the CRC-32 of its header.
    counted, until : dict
        Number of a stream to how many samples its recorder had written when it last said so, and to how many of these
        are there.
    """

    identity: Identity
    recording_id: str
    names: Mapping[int, str]
    samples: Mapping[int, int]
    headers: Mapping[int, int]
    counted: Mapping[int, int]
    until: Mapping[int, int]


@dataclass(frozen=True)
class Counted:
    """What a recorder wrote of a stream.

    Attributes
    ----------
    number : int
        In the journal.
    id : str
    samples : int
    header : int
        CRC-32 of its header.
    """

    number: int
    id: str
    samples: int
    header: int


@dataclass(frozen=True)
class Account:
    """What a recorder wrote into its journal, by its own counters.

    Attributes
    ----------
    recording_id : str
    size : int
        Bytes.
    streams : tuple of Counted
    ledger : tuple of LedgerRow
        All that was said, also what could not be written any more.
    """

    recording_id: str
    size: int
    streams: tuple[Counted, ...]
    ledger: tuple[LedgerRow, ...] = ()

    def to_json(self) -> str:
        """As `from_json` takes it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Account":
        """Read what `to_json` wrote."""
        read = json.loads(text)
        streams = tuple(Counted(**stream) for stream in read["streams"])
        return cls(read["recording_id"], read["size"], streams, tuple(LedgerRow(**row) for row in read["ledger"]))


def header_sum(header: bytes) -> int:
    """Sum by which a header is held against another."""
    return zlib.crc32(header)


def differences(
    contents: Contents, sealed: "Sequence[SourceStream]", account: Account | None, time: float
) -> tuple[LedgerRow, ...]:
    """What was recorded, and is not in what is sealed.

    Parameters
    ----------
    contents : Contents
        Of the journal.
    sealed : sequence of SourceStream
        What goes into the recording.
    account : Account or None
        The recorder's counters, while it lives; else its records in the journal count.
    time : float
        Of the rows.

    Returns
    -------
    tuple of LedgerRow
        Each a fault; empty when everything is there.
    """
    rows: list[LedgerRow] = []

    def differs(stream: str, count: int, message: str) -> None:
        rows.append(LedgerRow(time, stream, "unsealed", "fault", count, message))

    given = {stream.id: stream.count for stream in sealed}
    for number, samples in contents.samples.items():
        name = contents.names[number]
        if given.get(name) != samples:
            kept = given.get(name, 0)
            differs(name, samples - kept, f"{kept} of the {samples} samples of {name} in the journal are sealed")
    if account is None:
        expected = [
            (number, contents.names.get(number, f"stream {number}"), n) for number, n in contents.counted.items()
        ]
        found: Mapping[int, int] = contents.until
    else:
        expected = [(stream.number, stream.id, stream.samples) for stream in account.streams]
        found = contents.samples
        rows += _other_file(contents, account, time)
    for number, name, samples in expected:
        there = found.get(number, 0)
        if there != samples:
            differs(name, samples - there, f"{samples} samples of {name} were recorded, {there} are in the journal")
    return tuple(rows)


def _other_file(contents: Contents, account: Account, time: float) -> list[LedgerRow]:
    """What shows that the journal is no longer the file that the recorder wrote."""
    found: list[tuple[str, int, str]] = []
    if contents.recording_id != account.recording_id:
        found.append(("", 0, f"the journal is that of another recording ({contents.recording_id or 'it names none'})"))
    if contents.identity.size != account.size:
        what = f"the journal has {contents.identity.size} bytes, but {account.size} were written"
        found.append(("", abs(account.size - contents.identity.size), f"{what}: it was changed by another program"))
    for stream in account.streams:
        if contents.headers.get(stream.number, stream.header) != stream.header:
            found.append((stream.id, 0, f"the header of {stream.id} in the journal is not the one that was received"))
    return [LedgerRow(time, stream, "unsealed", "fault", count, message) for stream, count, message in found]
