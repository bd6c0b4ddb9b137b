"""XML from strangers: decoded, repaired where that is safe, bounded in size, and with no entity ever expanded.

Stream headers come from the network and from files of any program: with bytes behind their end, letters that are no
UTF-8, ``&`` and ``<`` in a label. What can be read is read, and each repair is a sentence.
"""

import codecs
import html.entities
import re
from collections import Counter
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.parsers import expat

MAX_BYTES = 8 << 20
"""How much of a header is read."""

_MAX_ELEMENTS, _MAX_DEPTH = 300_000, 1_000
_MANY = 10_000  # bytes that are no UTF-8: above it, it is no text with a few letters of another encoding

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][\w.:-]{0,40})[\"']")
_ENCODINGS = re.compile(
    r"utf-(8|16|16-le|16-be|32|32-le|32-be)|ascii|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|gb\w+|big5\w*|shift_jis\w*|euc_\w+"
)
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}>")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(?:(#\d{1,9}|#x[0-9a-fA-F]{1,8}|[A-Za-z]\w{0,31});)?")
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)((?:\s[^<>]*|/)?)>")
_SECTIONS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_SECTION = re.compile("|".join(map(re.escape, _SECTIONS)))


@dataclass(frozen=True)
class Document:
    """What a text of XML says.

    Attributes
    ----------
    root : Element
        Leaves have their text; text between elements is not kept.
    repaired : tuple of str
        What was put right, a sentence each: nothing is lost by it but what was no XML.
    refused : tuple of str
        What could not be read, a sentence each.
    """

    root: ET.Element
    repaired: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def read_xml(data: str | bytes) -> Document:
    """Read XML of a stranger, as far as it can be read.

    Parameters
    ----------
    data : str or bytes
        In the encoding that it declares, in UTF-8 or UTF-16; what is neither is taken for Windows-1252 (Latin-1).

    Raises
    ------
    ValueError
        If there is no element in it at all.
    """
    notes = _Notes()
    if len(data) > MAX_BYTES:
        notes.refused.append(f"it is {len(data)} bytes long, and only the first {MAX_BYTES} are read")
        data = data[:MAX_BYTES]
    text = data if isinstance(data, str) else _decoded(data, notes)
    text = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() :] if declaration else text
    tree = _Tree()
    problem = tree.parse(text)
    if problem and not tree.whole and not tree.full:
        tree, told = _Tree(), len(notes.repaired) + len(notes.refused)
        text = _repaired(text, notes)
        if told == len(notes.repaired) + len(notes.refused):
            notes.repaired.append(f"it is no clean XML ({problem})")
        problem = tree.parse(text)
    if tree.root is None:
        raise ValueError(f"it is no XML ({problem or 'it is empty'})")
    if tree.whole and tree.behind:
        notes.repaired.append(f"{tree.behind} characters behind its end are left out")
    elif not tree.whole:
        notes.refused.append(f"it breaks off or cannot be read to its end ({problem}): what stands before is read")
    return Document(tree.root, tuple(notes.repaired), tuple(notes.refused))


def parse_untrusted_xml(data: str | bytes) -> ET.Element:
    """The root of a stranger's XML, where nobody asks what had to be repaired.

    Raises
    ------
    ValueError
        As `read_xml`.
    """
    return read_xml(data).root


@dataclass
class _Notes:
    repaired: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class _NotRead(Exception):  # noqa: N818  (reads as what it says)
    """A document type, or more than is read; the message says what."""


class _Tree:
    """Elements and the text of leaves, built by expat within bounds.

    A leaf that is not closed has no text: half a number is no number.
    """

    def __init__(self) -> None:
        self.root: ET.Element | None = None
        self.whole = self.full = False
        self.behind = 0
        self._end = 0
        self._open: list[ET.Element] = []
        self._text: list[str] = []
        self._count = 0

    def parse(self, text: str) -> str:
        """Take in the text; what stopped it, or nothing."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda tag: self._close(parser)
        parser.CharacterDataHandler = self._text.append
        try:
            data = text.encode()
            parser.Parse(data, True)
        except (expat.ExpatError, _NotRead, UnicodeEncodeError) as error:
            if self.whole:
                self.behind = len(data[data.find(b">", self._end) + 1 :].strip().decode("utf-8", "replace"))
            return str(error)
        return ""

    def _doctype(self, *_: object) -> None:
        raise _NotRead("it declares a document type")

    def _start(self, tag: str, _: object) -> None:
        self._count += 1
        if len(self._open) >= _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            self.full = True
            raise _NotRead(f"it has more than {_MAX_ELEMENTS} elements, or is nested deeper than {_MAX_DEPTH}")
        element = ET.SubElement(self._open[-1], tag) if self._open else ET.Element(tag)
        if self.root is None:
            self.root = element
        self._open.append(element)
        self._text.clear()

    def _close(self, parser: expat.XMLParserType) -> None:
        element = self._open.pop()
        if len(element) == 0:
            element.text = "".join(self._text)
        self._text.clear()
        if not self._open:
            self.whole, self._end = True, parser.CurrentByteIndex  # of the tag that closes it


def _decoded(raw: bytes, notes: _Notes) -> str:
    """The bytes as text: in the encoding they declare, else UTF-8 or UTF-16, else Windows-1252."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    if raw[1:2] == b"\0" and raw[:1] == b"<":
        return raw.decode("utf-16-le", "replace")
    if raw[:2] == b"\0<":
        return raw.decode("utf-16-be", "replace")
    declared = _DECLARED.match(raw.removeprefix(codecs.BOM_UTF8))
    if declared and (text := _as_declared(raw, declared[1].decode("ascii"), notes)) is not None:
        return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        notes.repaired.append(
            f"it is no UTF-8 (byte 0x{raw[error.start]:02X}); such letters are read as Windows-1252 (Latin-1)"
        )
        many = raw.decode("utf-8", "replace").count("\ufffd") > _MANY
        return raw.decode("latin-1") if many else raw.decode("utf-8", _AS_WINDOWS)


def _as_declared(raw: bytes, declared: str, notes: _Notes) -> str | None:
    """The text in the encoding that it declares; None if it is in UTF-8, or nothing else can be made of it."""
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        encoding = ""
    if not _ENCODINGS.fullmatch(encoding):
        notes.repaired.append(f"it declares the encoding {declared}, which is not known here")
        return None
    if encoding == "utf-8":
        return None
    try:
        as_utf8 = raw.decode("utf-8")
    except UnicodeDecodeError:
        as_utf8 = None
    if as_utf8 is not None and (not as_utf8.isascii() or encoding.startswith(("utf-16", "utf-32"))):
        # Letters of another encoding that happen to be right UTF-8, every one of them: that does not happen.
        if not as_utf8.isascii():
            notes.repaired.append(f"it declares the encoding {declared} and is UTF-8")
        return as_utf8
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        notes.repaired.append(f"it declares the encoding {declared} and is not in it")
        return None


def _windows(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8, as Windows-1252; the few that this does not define are Latin-1's."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return byte.decode("cp1252", "ignore") or byte.decode("latin-1"), error.start + 1


_AS_WINDOWS = "groundup-windows-1252"
codecs.register_error(_AS_WINDOWS, _windows)


def _repaired(text: str, notes: _Notes) -> str:
    """The text with what XML cannot hold replaced, and what is no markup as text."""
    text, illegal = _ILLEGAL.subn(lambda match: "" if match[0] == "\0" else "\ufffd", text)
    text, replaced = _without_sections(_without_doctype(text, notes)), [0]

    def reference(match: re.Match[str]) -> str:
        found, known = _referred(match[1] or "")
        replaced[0] += not known
        return found

    text = _REFERENCE.sub(reference, text, count=_MAX_ELEMENTS)  # what is left ends the reading
    if illegal:
        notes.repaired.append(f"{illegal} control characters are left out or shown as \ufffd")
    if replaced[0]:
        notes.repaired.append(f"{replaced[0]} signs & that XML cannot hold are taken as they are meant")
    text, loose = _tags(text)
    if loose:
        notes.repaired.append(f"{loose} signs < that begin no element are taken as text")
    return text


def _referred(name: str) -> tuple[str, bool]:
    """What a reference stands for, as XML, and whether XML knew it."""
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return f"&{name};", True
    if name.startswith("#"):
        code = int(name[2:], 16) if name.startswith("#x") else int(name[1:])
        legal = code <= 0x10FFFF and not _ILLEGAL.match(chr(code))
        return (f"&{name};" if legal else "\ufffd"), legal
    if name and (known := html.entities.html5.get(f"{name};")):
        return _escaped(known.replace("&", "&amp;")), False
    return (f"&amp;{name};" if name else "&amp;"), False


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _without_doctype(text: str, notes: _Notes) -> str:
    """The text without its document type: the entities that it may define stay unknown."""
    begin = text.find("<!DOCTYPE")
    first = _TAG.search(text)
    if begin < 0 or (first and first.start() < begin):
        return text
    notes.refused.append("it declares a document type, which no stream header has: that is left out")
    close, bracket = text.find(">", begin), text.find("[", begin)
    if 0 <= bracket < close:
        end = re.compile(r"\]\s*>").search(text, bracket)
        close = end.end() - 1 if end else -1
    return text[:begin] + text[close + 1 :] if close >= 0 else text[:begin]


def _without_sections(text: str) -> str:
    """The text without comments and instructions; CDATA is written as plain text."""
    parts, at, unclosed = [], 0, set()
    for match in _SECTION.finditer(text):
        kind = match[0]
        if match.start() < at or kind in unclosed:
            continue
        end = text.find(_SECTIONS[kind], match.end())
        if end < 0:
            unclosed.add(kind)  # looked for once: a file of nothing but openings takes no longer
            continue
        parts.append(text[at : match.start()])
        if kind == "<![CDATA[":
            parts.append(_escaped(text[match.end() : end].replace("&", "&amp;")))
        at = end + len(_SECTIONS[kind])
    return "".join([*parts, text[at:]])


def _tags(text: str) -> tuple[str, int]:
    """The text with its elements, without their attributes; a tag that has no partner is text. And how many are."""
    parts: list[str] = []
    pending: list[tuple[str, int, str]] = []
    names: Counter[str] = Counter()
    at = loose = count = 0
    for match in _TAG.finditer(text):
        between = text[at : match.start()]
        loose += between.count("<")
        parts.append(_escaped(between))
        at = match.end()
        count += 1
        closing, name, rest = match.groups()
        if count > 2 * _MAX_ELEMENTS or len(pending) > _MAX_DEPTH:
            return "".join([*parts, match[0]]), loose
        if not closing:
            if not rest.endswith("/"):
                pending.append((name, len(parts), match[0]))
                names[name] += 1
            parts.append(f"<{name}/>" if rest.endswith("/") else f"<{name}>")
            continue
        if not names[name]:
            loose += 1
            parts.append(_escaped(match[0]))
            continue
        while (last := pending.pop())[0] != name:
            names[last[0]] -= 1
            parts[last[1]] = _escaped(last[2])
            loose += 1
        names[name] -= 1
        parts.append(f"</{name}>")
        if not pending:  # the root is closed: what comes is no part of it
            break
    return "".join([*parts, text[at:]]), loose
