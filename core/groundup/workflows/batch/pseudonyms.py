"""Pseudonyms: who is who stays in a table beside the archive, and nothing that goes into the archive names a person.

What stands for a path in the archive is a keyed hash of it (HMAC): without the key, which lies beside the table, nobody
can tell by trying whether a name is in there.
"""

from __future__ import annotations

import csv
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from groundup.recording.atomic import rename_new

_COLUMNS = ("participant", "pseudonym")
_MASKED = "…"
_TELLING = 4
"""Digits of a number that is taken for a participant's wherever it stands."""


class PseudonymsError(ValueError):
    """A table of pseudonyms that cannot be used; the message says which line and why."""


class UnnamedError(ValueError):
    """A participant who has no pseudonym."""


@dataclass(frozen=True)
class Pseudonyms:
    """Who is called what.

    Attributes
    ----------
    names : mapping of str to str
        Participant to pseudonym.
    key : bytes
        Of the hashes that stand for paths.
    """

    names: Mapping[str, str] = field(repr=False)
    key: bytes = field(repr=False)

    def __hash__(self) -> int:
        return hash((self.key, tuple(sorted(self.names.items()))))

    @property
    def id(self) -> str:
        """Which key it is, and nothing more."""
        return self.hashed("which key")

    def hashed(self, text: str) -> str:
        """What stands for a text."""
        return hmac.new(self.key, text.encode("utf-8", "surrogateescape"), "sha256").hexdigest()[:32]

    def of(self, participant: str) -> str:
        """The pseudonym of a participant.

        Raises
        ------
        UnnamedError
        """
        if participant not in self.names:
            raise UnnamedError("its participant has no pseudonym: add a line to the table" if participant else _NOBODY)
        return self.names[participant]

    def called(self, who: str) -> str | None:
        """The pseudonym of somebody whose name is told without the ``sub-`` of BIDS; None where there is none."""
        return self.names.get(who) or self.names.get(f"sub-{who}")

    @cached_property
    def people(self) -> dict[str, str]:
        """Hash of each participant to the pseudonym."""
        return {self.hashed(participant): pseudonym for participant, pseudonym in self.names.items()}

    def cleaned(self, text: str, participant: str = "", path: Path | None = None) -> str:
        """A text without the participant and without the names of the path."""
        found = text
        if path is not None:
            for name in (str(path), str(path.absolute()), path.name, path.stem):
                found = found.replace(name, _MASKED)
        if len(participant) >= _TELLING or re.search(r"[^\W\d]", participant):  # 7 is a number first
            word = rf"(?<![^\W_]){re.escape(participant)}(?![^\W_])"
            found = re.sub(word, lambda _: self.names.get(participant, _MASKED), found, flags=re.IGNORECASE)
        return found


_NOBODY = "nothing tells who its participant is: neither the file nor its name (--names)"


def read_pseudonyms(path: Path) -> Pseudonyms:
    """Read a table of pseudonyms: text with the columns participant and pseudonym, separated by commas or tabs.

    The key is ``<path>.key``; it is made the first time.

    Raises
    ------
    PseudonymsError
        If it is no such table, names somebody twice, or gives two one pseudonym.
    OSError
        If it cannot be read, or the key cannot be written.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PseudonymsError(f"{path} is not UTF-8 text: save it with the encoding UTF-8") from None
    separator = next((one for one in "\t;," if one in text.partition("\n")[0]), ",")
    rows = csv.DictReader(text.splitlines(), delimiter=separator)
    if not set(_COLUMNS) <= set(rows.fieldnames or ()):
        raise PseudonymsError(f"{path} needs a first line with the columns participant and pseudonym")
    names: dict[str, str] = {}
    for line, row in enumerate(rows, 2):
        participant, pseudonym = ((row[name] or "").strip() for name in _COLUMNS)
        if not participant and not pseudonym:
            continue
        if not participant or not pseudonym:
            raise PseudonymsError(f"{path}, line {line}: it needs a participant and a pseudonym")
        if participant in names or pseudonym in names.values():
            raise PseudonymsError(f"{path}, line {line}: its participant or its pseudonym is there twice")
        names[participant] = pseudonym
    return Pseudonyms(names, _key(path.with_name(f"{path.name}.key")))


def _key(path: Path) -> bytes:
    if not path.exists():
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            with suppress(FileExistsError):  # another process was quicker
                rename_new(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise PseudonymsError(f"{path} is not the key that groundup made: restore it")
    return key


_KEY_BYTES = 32


def label_of(path: str, pseudonyms: Pseudonyms | None) -> str:
    """What an archive calls a path."""
    return path if pseudonyms is None else f"file:{pseudonyms.hashed(path)}"
