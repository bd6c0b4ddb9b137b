"""One client of the remote control: whether it may speak, and whether it makes sense."""

import hmac
import re
from dataclasses import dataclass

from groundup.remote.protocol import OK, Remote, error_line

MOST_ERRORS = 20
"""So many errors in a row are no experiment's script."""

_WEB = re.compile(rb"[A-Z]+ \S+ HTTP/")


@dataclass(frozen=True)
class Reply:
    """What to send back.

    Attributes
    ----------
    text : str
        A line without its end; empty for nothing.
    close : bool
        Whether the connection ends.
    """

    text: str
    close: bool = False

    @property
    def well(self) -> bool:
        """Whether a command was done."""
        return bool(self.text) and not self.text.startswith("ERROR")


class Conversation:
    """One client's side of it: who it is, and how often it was not understood.

    Parameters
    ----------
    remote : Remote
    token : str
        What the first line must be: ``token X``.
    trusted : bool
        Whether it may speak without.
    """

    def __init__(self, remote: Remote, token: str, trusted: bool) -> None:
        self._remote = remote
        self._token = token
        self._trusted = trusted
        self._errors = 0

    def answer(self, raw: bytes, time: float) -> Reply:
        """The reply to one line as it came."""
        if _WEB.match(raw):
            return Reply(error_line("this is no web server"), close=True)  # a page in a browser must not start anything
        line = _text(raw).strip()
        if not line:
            return Reply("")
        word, _, rest = line.partition(" ")
        if word.lower() == "token":
            return self._let_in(rest.strip())
        if not self._trusted:
            return Reply(error_line("from another computer the first line must be: token X"), close=True)
        if not line.isprintable():
            reply = Reply(error_line("a line is text, without control characters"))
        else:
            reply = Reply(self._remote.answer(line, time))
        self._errors = 0 if reply.well else self._errors + 1
        return Reply(reply.text, close=self._errors >= MOST_ERRORS)

    def _let_in(self, token: str) -> Reply:
        if self._token:
            self._trusted = hmac.compare_digest(token.encode(), self._token.encode())
        return Reply(OK) if self._trusted else Reply(error_line("this is not the token"), close=True)


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # what MATLAB's sockets send
    return text.replace("\t", " ")
