"""XML from strangers: decoded, repaired where that is safe, bounded in size, and with no entity ever expanded.

Stream headers come from the network and from files of any program: with bytes behind their end, letters that are no
UTF-8, ``&`` and ``<`` in a label. What can be read is read, and each repair is a sentence.
"""

import codecs
import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers import expat

from groundup.headers.xml_repair import MAX_DEPTH, MAX_ELEMENTS, Notes, repaired_xml

MAX_BYTES = 8 << 20
"""How much is read of what is no clean XML."""

_PIECE, _MAX_TEXT = 1 << 20, 4 << 20

_MANY = 10_000  # bytes that are no UTF-8: above it, it is no text with a few letters of another encoding

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][\w.:-]{0,40})[\"']")
_ENCODINGS = re.compile(
    r"utf-(8|16|16-le|16-be|32|32-le|32-be)|ascii|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|gb\w+|big5\w*|shift_jis\w*|euc_\w+"
)
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}>")


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
    notes, cut = Notes(), len(data) > MAX_BYTES
    if cut:
        if isinstance(data, bytes) and (found := _clean(data)) is not None:
            return Document(found)
        what = f"it is {len(data)} bytes long, and no clean XML or of very many elements"
        notes.refused.append(f"{what}: only the first {MAX_BYTES} are read")
        data = data[:MAX_BYTES]
    text = data if isinstance(data, str) else _decoded(data, notes)
    text = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() :] if declaration else text
    tree = _Tree()
    problem = tree.parse(_bytes(text))
    if problem and not tree.whole and not tree.full:
        tree, count_before = _Tree(), len(notes.repaired) + len(notes.refused)
        text = repaired_xml(text, notes)
        if not cut and count_before == len(notes.repaired) + len(notes.refused):
            notes.repaired.append(f"it is no clean XML ({problem})")
        problem = tree.parse(_bytes(text))
    if tree.root is None:
        raise ValueError(f"it is no XML ({problem or 'it is empty'})")
    if tree.whole and tree.behind:
        notes.repaired.append(f"{tree.behind} characters behind its end are left out")
    elif not tree.whole and not cut:
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


def _clean(data: bytes) -> ET.Element | None:
    """The root of XML of any length, where nothing in it has to be repaired."""
    tree = _Tree()
    return tree.root if not tree.parse(data) else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # lone surrogates of a caller's become ?


class _UnreadableError(Exception):
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
        self._length = self._count = 0

    def parse(self, data: bytes) -> str:
        """Take in UTF-8; what stopped it, or nothing."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda tag: self._close(parser)
        parser.CharacterDataHandler = self._characters
        try:
            for at in range(0, len(data), _PIECE):
                parser.Parse(data[at : at + _PIECE], False)
            parser.Parse(b"", True)
        except (expat.ExpatError, _UnreadableError) as error:
            if self.whole:
                self.behind = len(data[data.find(b">", self._end) + 1 :].strip().decode("utf-8", "replace"))
            return str(error)
        return ""

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._length <= _MAX_TEXT:
            self._text.append(text)

    def _doctype(self, *_: object) -> None:
        raise _UnreadableError("it declares a document type")

    def _start(self, tag: str, _: object) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            self.full = True
            raise _UnreadableError(f"it has more than {MAX_ELEMENTS} elements, or is nested deeper than {MAX_DEPTH}")
        element = ET.SubElement(self._open[-1], tag) if self._open else ET.Element(tag)
        if self.root is None:
            self.root = element
        self._open.append(element)
        self._text.clear()
        self._length = 0

    def _close(self, parser: expat.XMLParserType) -> None:
        element = self._open.pop()
        if len(element) == 0:
            element.text = "".join(self._text)
        self._text.clear()
        self._length = 0
        if not self._open:
            self.whole, self._end = True, parser.CurrentByteIndex  # of the tag that closes it


def _decoded(raw: bytes, notes: Notes) -> str:
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


def _as_declared(raw: bytes, declared: str, notes: Notes) -> str | None:
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
