"""What is known of each stream of a journal: its header, the header's copies, and what it was announced as.

A stream is lost with its header only in a file that has neither of the others.
"""

from dataclasses import dataclass, replace
from typing import Any, cast

from groundup.headers.stream_header import MAX_CHANNELS, MAX_RATE, read_header
from groundup.model.streams import FORMATS, Channel, Format, StreamSpec


@dataclass(frozen=True)
class KnownStream:
    """A stream that can be read.

    Attributes
    ----------
    spec : StreamSpec
    header : bytes
        As it was sent; empty where it is lost.
    repaired, refused : tuple of str
        What was put right in the header, and what cannot be read of it: a warning each, and a fault each.
    """

    spec: StreamSpec
    header: bytes
    repaired: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Headers:
    """The headers of a file.

    Attributes
    ----------
    names : dict
        Number of a stream to its id.
    known : dict
        Number of a stream to what it is, as far as that is settled.
    numbers : list of int
        Every stream that has a header or an announcement, in the order of the file.
    twice : list of int
        Streams with a second header that differs from the first, which counts.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.known: dict[int, KnownStream] = {}
        self.numbers: list[int] = []
        self.twice: list[int] = []
        self._chunks: dict[int, bytes] = {}
        self._copies: dict[int, bytes] = {}
        self._announced: dict[int, StreamSpec] = {}

    def chunk(self, number: int, header: bytes) -> None:
        """Take in an XDF stream header."""
        self._see(number)
        if self._chunks.setdefault(number, header) != header and number not in self.twice:
            self.twice.append(number)

    def copy(self, number: int, header: bytes) -> None:
        """Take in a header as the recorder received it, from our own records."""
        self._see(number)
        self._copies.setdefault(number, header)

    def announcement(self, record: dict[str, Any]) -> None:
        """Take in what our own records say of a stream.

        Raises
        ------
        ValueError, TypeError, KeyError
            If they say nothing that can be understood.
        """
        number = int(record["stream"])
        self._see(number)
        self.names[number] = str(record["id"])
        if "format" in record:
            self._announced.setdefault(number, _announced(record))

    def header(self, number: int) -> bytes:
        """The header of a stream as it was sent, or empty."""
        return self._copies.get(number) or self._chunks.get(number, b"")

    def settle(self, number: int, *, last: bool = False) -> KnownStream | None:
        """What a stream is; None while its header may yet come, or, at last, if nothing tells.

        A recorder writes samples as they were announced, so that counts where the header says otherwise.
        """
        header, announced = self.header(number), self._announced.get(number)
        if number in self.known or (not header and not last):
            return self.known.get(number)
        found = announced
        repaired: tuple[str, ...] = ()
        refused: tuple[str, ...] = (f"its header is lost{_THEREFORE}",)
        if header:
            try:
                read = read_header(header)
                found, repaired, refused = read.spec, read.repaired, read.refused
            except ValueError as error:
                refused = (f"{error}{_THEREFORE}",)
        if found is None:
            return None
        if announced is not None and (found.format, len(found.channels)) != (announced.format, len(announced.channels)):
            differs = (
                f"the stream header says {len(found.channels)} channels of {found.format}, but "
                f"{len(announced.channels)} of {announced.format} were announced and recorded"
            )
            channels = (*found.channels, *announced.channels[len(found.channels) :])[: len(announced.channels)]
            found, refused = replace(found, format=announced.format, channels=channels), (*refused, differs)
        self.known[number] = KnownStream(found, header, repaired, refused)
        return self.known[number]

    def why(self, number: int) -> str:
        """Why a stream cannot be read."""
        try:
            read_header(self.header(number))
        except ValueError as error:
            return str(error)
        return "nothing in the file says what it is"

    def _see(self, number: int) -> None:
        if number not in self._chunks and number not in self._copies and number not in self.names:
            self.numbers.append(number)


_THEREFORE = "; what is known of it is what it was announced as"


def _announced(record: dict[str, Any]) -> StreamSpec:
    count, rate = int(record["channels"]), float(record["rate"])
    if record["format"] not in FORMATS or not 0 <= count <= MAX_CHANNELS:
        raise ValueError("a record of a stream that cannot be")
    return StreamSpec(
        name=str(record["name"]),
        type=str(record["type"]),
        rate=rate if 0.0 <= rate <= MAX_RATE else 0.0,
        format=cast(Format, record["format"]),
        channels=tuple(Channel(f"ch{k}") for k in range(1, count + 1)),
        source_id=str(record["source_id"]),
        hostname=str(record["hostname"]),
    )
