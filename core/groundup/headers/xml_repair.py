"""XML that is none, made one: what it cannot hold is replaced, and what is no markup becomes text."""

import html.entities
import re
from collections import Counter
from dataclasses import dataclass, field

MAX_ELEMENTS, MAX_DEPTH = 300_000, 1_000
"""More is not read."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(?:(#\d{1,9}|#x[0-9a-fA-F]{1,8}|[A-Za-z]\w{0,31});)?")
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)((?:\s[^<>]*|/)?)>")
_SECTIONS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_SECTION = re.compile("|".join(map(re.escape, _SECTIONS)))


@dataclass
class Notes:
    """Sentences on what was repaired, and on what cannot be read."""

    repaired: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def repaired_xml(text: str, notes: Notes) -> str:
    """The text with what XML cannot hold replaced, and what is no markup as text."""
    text, illegal = _ILLEGAL.subn(lambda match: "" if match[0] == "\0" else "\ufffd", text)
    text = _without_sections(_without_doctype(text, notes))
    unknown: Counter[bool] = Counter()

    def reference(match: re.Match[str]) -> str:
        found, known = _referred(match[1] or "")
        if not known:
            unknown[found == "\ufffd"] += 1
        return found

    text = _REFERENCE.sub(reference, text, count=MAX_ELEMENTS)  # what is left ends the reading
    illegal += unknown[True]
    if illegal:
        notes.repaired.append(f"{illegal} control characters are left out or shown as \ufffd")
    if unknown[False]:
        notes.repaired.append(f"{unknown[False]} signs & that XML cannot hold are taken as they are meant")
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


def _without_doctype(text: str, notes: Notes) -> str:
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
        if count > 2 * MAX_ELEMENTS or len(pending) > MAX_DEPTH:
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
