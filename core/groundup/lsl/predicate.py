"""LSL predicates on streams that are not on the network: which stream of a file a lab.toml means.

liblsl takes XPath 1.0 on a stream's ``<info>``. This reads the part of it that is used: paths (``name``,
``desc/channels/channel/label``), text and numbers, ``= != < <= > >=``, ``and``, ``or``, ``not()``, ``starts-with()``,
``contains()``, ``count()``, ``string-length()`` and parentheses, with XPath's rules for comparing sets of nodes.
"""

import operator
import re
from collections.abc import Callable
from itertools import accumulate
from xml.etree import ElementTree as ET

from groundup.headers.untrusted_xml import parse_untrusted_xml


class PredicateError(ValueError):
    """A predicate that no stream could ever fit, because it is not written to its end."""


MOST_NESTED = 64
"""Parentheses in parentheses; liblsl and this read them by calling themselves."""

_LOOSE = re.compile(r"[\w./-]\s*!?=\s*(?P<word>[A-Za-z_][\w.-]*+)(?![(/])")  # type=EMG; but not type=string(name)


def check_predicate(predicate: str) -> None:
    """Check that quotes and parentheses are closed, and words quoted; else LSL finds nothing and does not say why.

    Raises
    ------
    PredicateError
        If they are not.
    """
    rest = re.sub(r"'[^']*'|\"[^\"]*\"", "''", predicate)
    if re.search("['\"]", rest.replace("''", "")) or rest.count("(") != rest.count(")"):
        raise PredicateError(f"the predicate {predicate} is not closed: a quote or a parenthesis is missing")
    if _nested(rest) > MOST_NESTED:
        raise PredicateError(
            f"the parentheses of a predicate are nested more than {MOST_NESTED} deep: {predicate[:40]}..."
        )
    if loose := _LOOSE.search(rest):
        word = loose["word"]
        raise PredicateError(f"the predicate {predicate} has the word {word} without quotes: write '{word}'")


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."


def _nested(text: str) -> int:
    """How deep parentheses are nested."""
    return max(accumulate({"(": 1, ")": -1}.get(c, 0) for c in text), default=0)


Value = bool | float | str | list[str]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<operator><=|>=|!=|[=<>(),])"
    r"|(?P<name>[A-Za-z_.*][\w.*-]*(?:/+[A-Za-z_.*][\w.*-]*)*))"
)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(predicate: str, header: str) -> bool:
    """Say whether a stream header fits a predicate.

    Parameters
    ----------
    predicate : str
        Such as ``type='EMG' and starts-with(name,'Delsys')``.
    header : str
        The stream's ``<info>`` XML.

    Raises
    ------
    ValueError
        If the predicate is none, or uses a part of XPath that is not read here.
    """
    return _truth(_Parser(predicate, parse_untrusted_xml(header)).whole())


class _Parser:
    """Recursive descent over the tokens; evaluates as it goes."""

    def __init__(self, predicate: str, root: ET.Element) -> None:
        self._predicate = predicate
        self._root = root
        self._tokens = self._split(predicate)
        self._next = 0
        self._depth = 0

    def whole(self) -> Value:
        value = self._either()
        if self._next < len(self._tokens):
            raise self._wrong(f"{self._tokens[self._next][1]!r} is not expected there")
        return value

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, place = [], 0
        text = text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise self._wrong(f"{text[place:].strip()[:20]!r} is not understood")
            tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        return tokens

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"the stream predicate {_short(self._predicate)!r} cannot be used: {why}")

    def _take(self, *expected: str) -> str | None:
        if self._next < len(self._tokens) and self._tokens[self._next][1] in expected:
            self._next += 1
            return self._tokens[self._next - 1][1]
        return None

    def _need(self, expected: str) -> None:
        if self._take(expected) is None:
            raise self._wrong(f"{expected!r} is missing")

    def _either(self) -> Value:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise self._wrong(f"its parentheses are nested more than {MOST_NESTED} deep")
        value = self._both()
        while self._take("or"):
            other = self._both()
            value = _truth(value) or _truth(other)
        self._depth -= 1
        return value

    def _both(self) -> Value:
        value = self._comparison()
        while self._take("and"):
            other = self._comparison()
            value = _truth(value) and _truth(other)
        return value

    def _comparison(self) -> Value:
        value = self._term()
        while sign := self._take("=", "!=", "<", "<=", ">", ">="):
            value = _compare(value, sign, self._term())
        return value

    def _term(self) -> Value:
        if self._next >= len(self._tokens):
            raise self._wrong("it ends too soon")
        kind, token = self._tokens[self._next]
        self._next += 1
        if kind == "text":
            return token[1:-1]
        if kind == "number":
            return float(token)
        if token == "(":
            value = self._either()
            self._need(")")
            return value
        if kind == "name":
            return self._call(token) if self._take("(") else self._nodes(token)
        raise self._wrong(f"{token!r} is not expected there")

    def _nodes(self, path: str) -> Value:
        try:
            return [node.text or "" for node in self._root.iterfind(path)]
        except (SyntaxError, KeyError) as error:
            raise self._wrong(f"the path {path!r} is not understood") from error

    def _call(self, name: str) -> Value:
        arguments = [] if self._take(")") else [self._either()]
        while arguments and not self._take(")"):
            self._need(",")
            arguments.append(self._either())
        match (name, arguments):
            case ("not", [value]):
                return not _truth(value)
            case ("starts-with", [text, start]):
                return _text(text).startswith(_text(start))
            case ("contains", [text, part]):
                return _text(part) in _text(text)
            case ("count", [list(nodes)]):
                return float(len(nodes))
            case ("string-length", [text]):
                return float(len(_text(text)))
            case ("true", []):
                return True
            case ("false", []):
                return False
        raise self._wrong(f"{name}() with {len(arguments)} arguments is not known here")


def _truth(value: Value) -> bool:
    return bool(value)


def _text(value: Value) -> str:
    if isinstance(value, list):
        return value[0] if value else ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else value


def _number(value: Value) -> float:
    try:
        return float(_text(value)) if not isinstance(value, bool) else float(value)
    except ValueError:
        return float("nan")


def _compare(left: Value, sign: str, right: Value) -> bool:
    # XPath: beside true or false a set of nodes is whether it has any; else it fits when any of its nodes does.
    if isinstance(left, bool) or isinstance(right, bool):
        left, right = _truth(left), _truth(right)
    if isinstance(left, list):
        return any(_compare(node, sign, right) for node in left)
    if isinstance(right, list):
        return any(_compare(left, sign, node) for node in right)
    if sign in _COMPARE:
        return _COMPARE[sign](_number(left), _number(right))
    numbers = isinstance(left, float) or isinstance(right, float)
    equal = _number(left) == _number(right) if numbers else left == right
    return equal == (sign == "=")
