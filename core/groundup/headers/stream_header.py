"""A stream's header, LSL's ``<info>`` XML, as a `StreamSpec`: what it says, what was repaired, what cannot be read.

Headers come from the network and from files of any program. One that a lab has is read if its samples can be read by
it; what is doubtful in it is a sentence, never a guess that nobody hears of.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast
from xml.etree import ElementTree as ET

from groundup.headers.untrusted_xml import read_xml
from groundup.model.anatomy import Side
from groundup.model.decimal_numbers import number_of
from groundup.model.streams import FORMATS, Channel, Format, Plate, StreamSpec

MAX_CHANNELS = 1 << 16
"""More channels than any device has; each costs memory before its first sample."""
MAX_RATE, MIN_RATE = 1e6, 1e-6
"""Nominal rates that are believed, in Hz."""

_MAX_LATENCY_S = 3600.0
_MAX_METRES = 1000.0
_MAX_NAME, _MAX_LABEL = 4096, 512
_MAX_EXTRA, _MAX_EXTRA_TEXT = 64, 1 << 14
_NESTED = 8
_FORMATS = {"float": "float32", "single": "float32", "double": "double64", "float64": "double64"}


@dataclass(frozen=True)
class Header:
    """What a stream header says.

    Attributes
    ----------
    spec : StreamSpec
        Its rate is finite and between 0 (irregular, or not to be read) and a million.
    repaired : tuple of str
        What was put right, a sentence each: a warning in the ledger.
    refused : tuple of str
        What cannot be read and is not in `spec`, a sentence each: a fault in the ledger.
    """

    spec: StreamSpec
    repaired: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def read_header(header: str | bytes) -> Header:
    """Read a stream header, from the network or from a file.

    No entity is expanded, unknown elements are skipped, and memory is bounded, whatever the header holds.

    Raises
    ------
    ValueError
        If the header lacks what samples cannot be read without: channel count, format.
    """
    try:
        document = read_xml(header)
    except ValueError as error:
        raise ValueError(f"the stream header cannot be read: {error}") from error
    reading = _Reading()
    reading.repaired += document.repaired
    reading.refused += document.refused
    spec = reading.spec(document.root)
    return Header(
        spec,
        tuple(f"the stream header is repaired: {note}" for note in reading.repaired),
        tuple(f"the stream header cannot be read in full: {note}" for note in reading.refused),
    )


def spec_from_xml(header: str | bytes) -> StreamSpec:
    """What a stream header says, where nobody asks what was repaired.

    Raises
    ------
    ValueError
        As `read_header`.
    """
    return read_header(header).spec


class _Reading:
    """Reads the elements of a header and keeps what there is to say of them."""

    def __init__(self) -> None:
        self.repaired: list[str] = []
        self.refused: list[str] = []

    def spec(self, root: ET.Element) -> StreamSpec:
        root = self._inner(root, "info", "channel_format")
        desc = self._desc(root)
        count = self._count(root, desc)
        return StreamSpec(
            name=self._name(root, "name"),
            type=self._name(root, "type"),
            rate=self._rate(root),
            format=self._format(root),
            channels=self._channels(desc, count),
            source_id=self._name(root, "source_id"),
            hostname=self._name(root, "hostname"),
            plate=self._plate(desc.find("plate")),
            latency_s=self._number(
                desc, "latency_s", "its times are not moved", lambda value: abs(value) <= _MAX_LATENCY_S
            ),
            role=_text(desc, "role"),
            inputs=tuple(node.text or "" for node in desc.iterfind("inputs/uid")),
            extra=self._extra(desc),
        )

    def _inner(self, node: ET.Element, tag: str, child: str) -> ET.Element:
        """The element itself, or one of its name within it, where only that one has what is wanted."""
        for _ in range(_NESTED):
            inner = node.find(tag)
            if inner is None or node.find(child) is not None:
                break
            self.repaired.append(f"its <{tag}> stands within another")
            node = inner
        return node

    def _desc(self, root: ET.Element) -> ET.Element:
        found = [node for node in root.iterfind("desc") if len(node)]
        if len(found) > 1:
            self.refused.append(f"it has {len(found)} descriptions: the first is read")
        return self._inner(found[0], "desc", "channels") if found else ET.Element("desc")

    def _one(self, node: ET.Element, tag: str) -> str:
        """Text of a child; a second that says something else is a doubt."""
        texts = [(child.text or "").strip() for child in node.iterfind(tag)]
        if len(set(texts)) > 1:
            self.refused.append(f"it names {tag} more than once ({_shown(texts[0])}, then {_shown(texts[1])})")
        return texts[0] if texts else ""

    def _name(self, node: ET.Element, tag: str) -> str:
        text = self._one(node, tag)
        if len(text) > _MAX_NAME:
            self.repaired.append(f"its {tag} is {len(text)} characters long: the first {_MAX_NAME} are kept")
        return text[:_MAX_NAME]

    def _count(self, root: ET.Element, desc: ET.Element) -> int:
        texts = {(child.text or "").strip() for child in root.iterfind("channel_count")}
        if len(texts) > 1:
            raise ValueError(f"the stream header names more than one channel_count: {', '.join(sorted(texts)[:5])}")
        text = texts.pop() if texts else ""
        described = sum(1 for _ in desc.iterfind("channels/channel"))
        if not text and described:
            self.refused.append(f"it names no channel_count: it is taken to be {described}, as many as it describes")
            text = str(described)
        if not text:
            raise ValueError("the stream header names no channel_count")
        value = number_of(text)
        if value is None or value != round(value):
            raise ValueError(f"the stream header names the channel_count {_shown(text)}, which is no whole number")
        if not 0 <= value <= MAX_CHANNELS:
            raise ValueError(f"the stream header names {_shown(text)} channels; 0 to {MAX_CHANNELS} are read")
        if not text.isdecimal():
            self.repaired.append(f"its channel_count {_shown(text)} is read as {value:.0f}")
        return int(value)

    def _format(self, root: ET.Element) -> Format:
        texts = {(child.text or "").strip() for child in root.iterfind("channel_format")}
        if len(texts) > 1:
            raise ValueError(f"the stream header names more than one channel_format: {', '.join(sorted(texts)[:5])}")
        text = texts.pop() if texts else ""
        if text == "":
            raise ValueError("the stream header names no channel_format")
        name = text.lower().removeprefix("cf_")
        name = _FORMATS.get(name, name)
        if name not in FORMATS:
            raise ValueError(
                f"the stream header names the unknown channel_format {_shown(text)}; LSL has {', '.join(FORMATS)}"
            )
        if name != text:
            self.repaired.append(f"its channel_format {_shown(text)} is read as {name}")
        return cast(Format, name)

    def _rate(self, root: ET.Element) -> float:
        if root.find("nominal_srate") is None or not _text(root, "nominal_srate"):
            self.refused.append("it names no nominal_srate: the stream is taken for irregular")
            return 0.0
        so = "the stream is taken for irregular"
        return self._number(root, "nominal_srate", so, lambda value: value == 0 or MIN_RATE <= value <= MAX_RATE)

    def _number(self, node: ET.Element, tag: str, so: str, sane: Callable[[float], bool]) -> float:
        """A number of the header; 0 where it is not named or cannot be read, and then what comes of it is said."""
        texts = list(dict.fromkeys((child.text or "").strip() for child in node.iterfind(tag)))
        if len(texts) > 1:
            self.refused.append(f"it names {tag} more than once, as {' and '.join(map(_shown, texts[:5]))}: {so}")
            return 0.0
        if not texts or not texts[0]:
            return 0.0
        value = number_of(texts[0])
        if value is None or not sane(value):
            self.refused.append(f"its {tag} {_shown(texts[0])} is no number that can be meant: {so}")
            return 0.0
        if "," in texts[0]:
            self.repaired.append(f"its {tag} {_shown(texts[0])} is read as {value:g}")
        return value

    def _channels(self, desc: ET.Element, count: int) -> tuple[Channel, ...]:
        described = [list(node.iterfind("channel")) for node in desc.iterfind("channels")]
        described = [nodes for nodes in described if nodes]
        # Of several lists the one that fits is meant; channels are never put together from two.
        nodes = next((nodes for nodes in described if len(nodes) == count), described[0] if described else [])
        if len(described) > 1:
            self.repaired.append(f"it has {len(described)} lists of channels: one of {len(nodes)} is read")
        if nodes and len(nodes) != count:
            self.repaired.append(
                f"it describes {len(nodes)} channels and has {count}: labels are given in order and may not be theirs"
            )
        named = [
            Channel(
                label=self._label(node, "label"),
                unit=self._label(node, "unit"),
                site=self._label(node, "site"),
                side=_side(_text(node, "side")),
            )
            for node in nodes[:count]
        ]
        named += [Channel("")] * (count - len(named))
        return tuple(c if c.label else replace(c, label=f"ch{i}") for i, c in enumerate(named, 1))

    def _label(self, node: ET.Element, tag: str) -> str:
        text = _text(node, tag)
        if len(text) > _MAX_LABEL:
            self.repaired.append(f"a channel's {tag} is {len(text)} characters long: the first {_MAX_LABEL} are kept")
        return text[:_MAX_LABEL]

    def _plate(self, node: ET.Element | None) -> Plate | None:
        """Geometry of a force plate; None where a part of it cannot be read, for no part can be guessed."""
        if node is None:
            return None
        corners = [self._numbers(corner.text) for corner in node.iterfind("corners_m/corner")]
        origin = self._numbers(_text(node, "origin_m"))
        rows = [self._numbers(row.text) for row in node.iterfind("calibration/row")]
        kind = number_of(_text(node, "type"))
        metres = [value for vector in (*corners, origin) for value in vector]
        wrong = [
            what
            for what, bad in (
                ("type", kind is None or kind != round(kind)),
                ("corners_m", any(len(corner) != 3 for corner in corners)),
                ("origin_m", len(origin) != 3),
                ("calibration", any(len(row) == 0 or len(row) != len(rows[0]) for row in rows)),
                ("size", any(abs(value) > _MAX_METRES for value in metres)),
            )
            if bad
        ]
        if wrong or kind is None:
            self.refused.append(
                f"the {' and '.join(wrong)} of its force plate cannot be read: the plate's geometry is not used"
            )
            return None
        return Plate(
            type=int(kind),
            corners_m=tuple((c[0], c[1], c[2]) for c in corners),
            origin_m=(origin[0], origin[1], origin[2]),
            calibration=tuple(rows) or None,
        )

    def _numbers(self, text: str | None) -> tuple[float, ...]:
        """Numbers with white space between them; none if any cannot be read."""
        parts = re.split(r"[\s;]+|,\s+", (text or "").strip())
        values = [value for part in parts if (value := number_of(part)) is not None]
        if len(values) < len(parts):
            return ()
        if any("," in part for part in parts):
            self.repaired.append(f"decimal commas of its force plate are read as points: {_shown(text or '')}")
        return tuple(values)

    def _extra(self, desc: ET.Element) -> dict[str, str]:
        """What else the sender says in plain words: which plugin made the stream, the maker of the device ..."""
        found: dict[str, str] = {}
        twice: dict[str, None] = {}
        for tag, text in _plain(desc):
            if len(found) < _MAX_EXTRA and found.setdefault(tag, text) != text:
                twice[tag] = None
        if twice:
            self.repaired.append(f"it says more than once, and differently, {', '.join(twice)}: the first is kept")
        return found


def _plain(desc: ET.Element) -> Iterator[tuple[str, str]]:
    for node in desc:
        tag, text = node.tag, (node.text or "").strip()
        if len(node) or not text or len(text) > _MAX_EXTRA_TEXT or tag in ("latency_s", "role"):
            continue
        if re.fullmatch(r"[A-Za-z_][\w.-]*", tag):
            yield tag, text


def _side(text: str) -> Side:
    sides: dict[str, Side] = {"l": "L", "left": "L", "r": "R", "right": "R"}
    return sides.get(text.strip().lower(), "")


def _text(node: ET.Element, path: str) -> str:
    return (node.findtext(path) or "").strip()


def _shown(text: str) -> str:
    """A piece of a header, fit for a sentence."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:60]}…"'
