"""Questions between programs of one user on one computer: who offers something is found by name, and answers in JSON.

A socket of the loopback, and a description of it in a folder that is only this user's: what stands there, the key too,
others cannot read.
"""

import contextlib
import hmac
import json
import os
import secrets
import socket
import socketserver
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

_LONGEST, _LONGEST_QUESTION = 1 << 20, 1 << 16
_PATIENCE_S = 5.0  # a question follows its connection at once
_LOOPBACK = "127.0.0.1"
_NO_ANSWER = (OSError, ValueError, KeyError, TypeError)


Answer = Callable[[dict[str, Any], Callable[[], bool]], dict[str, Any]]


class ServiceError(RuntimeError):
    """No answer came; the sentence says why."""


@dataclass(frozen=True)
class FoundService:
    """A program that answers.

    Attributes
    ----------
    about : dict
        What it says of itself.
    """

    about: Mapping[str, Any]
    port: int
    key: str

    def has_ended(self) -> bool:
        """Whether nobody listens there any more; one that is slow to answer has not ended."""
        try:
            return "pid" not in self._reply({"ping": True}, _PATIENCE_S)
        except TimeoutError:
            return False
        except _NO_ANSWER:
            return True

    def ask(self, question: Mapping[str, Any], patience_s: float) -> dict[str, Any]:
        """Ask, and wait for the answer.

        Raises
        ------
        ServiceError
            If the question is too long, it has gone, or does not answer in time.
        """
        if len(json.dumps(dict(question), default=str)) > _LONGEST_QUESTION:
            raise ServiceError("this is too long to be asked")
        try:
            return dict(self._reply({"question": dict(question)}, patience_s)["answer"])
        except ConnectionRefusedError as error:
            raise ServiceError("it has ended") from error
        except TimeoutError as error:
            raise ServiceError(f"no answer came within {patience_s:g} s: whether it was done is not known") from error
        except _NO_ANSWER as error:
            raise ServiceError("it went before it answered: whether it was done is not known") from error

    def _reply(self, message: dict[str, Any], patience_s: float) -> dict[str, Any]:
        with socket.create_connection((_LOOPBACK, self.port), _PATIENCE_S) as line, line.makefile("rwb") as file:
            line.settimeout(patience_s)
            file.write(json.dumps({"key": self.key, **message}, default=str).encode() + b"\n")
            file.flush()
            return dict(json.loads(file.readline(_LONGEST)))


class LocalService:
    """Answers questions until it is closed, each in a thread of its own.

    Parameters
    ----------
    about : dict
        What it says of itself to whoever looks (`services`).
    answer : callable
        Given a question, and what tells whether whoever asked still waits, gives the answer; ready for JSON.

    Raises
    ------
    OSError
        If there is no place for its description.
    """

    def __init__(self, about: Mapping[str, Any], answer: Answer) -> None:
        self._file = _folder() / f"{os.getpid()}-{secrets.token_hex(4)}.json"
        self._server = _Server(secrets.token_hex(16), answer)
        threading.Thread(target=self._server.serve_forever, name="groundup-service", daemon=True).start()
        found = {"about": dict(about), "port": self._server.server_address[1], "key": self._server.key}
        self._file.write_text(json.dumps(found), encoding="utf-8")

    def close(self) -> None:
        """Answer no more. Safe to call twice."""
        self._file.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()


def services() -> list[FoundService]:
    """Programs of this user that answer; what programs that were killed have left is cleared away."""
    found = []
    for file in sorted(_folder().glob("*.json")):
        with contextlib.suppress(*_NO_ANSWER):
            read = json.loads(file.read_text(encoding="utf-8"))
            service = FoundService(dict(read["about"]), int(read["port"]), str(read["key"]))
            if service.has_ended():
                file.unlink(missing_ok=True)
            else:
                found.append(service)
    return found


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, key: str, answer: Answer) -> None:
        super().__init__((_LOOPBACK, 0), _Handler)
        self.key, self.answer = key, answer


class _Handler(socketserver.StreamRequestHandler):
    timeout = _PATIENCE_S
    server: _Server

    def handle(self) -> None:
        """Answer one question of somebody who knows the key."""
        with contextlib.suppress(*_NO_ANSWER):
            message = json.loads(self.rfile.readline(_LONGEST))
            if not hmac.compare_digest(str(message["key"]), self.server.key):
                return
            reply: dict[str, Any] = {"pid": os.getpid()}
            if "question" in message:
                reply["answer"] = self.server.answer(dict(message["question"]), self._waits)
            self.wfile.write(json.dumps(reply).encode() + b"\n")

    def _waits(self) -> bool:
        """Whether whoever asked has not hung up."""
        self.connection.setblocking(False)
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self.connection.settimeout(_PATIENCE_S)


def _folder() -> Path:
    with warnings.catch_warnings():  # of a system without a runtime folder, where one below /tmp will do
        warnings.simplefilter("ignore")
        folder = platformdirs.user_runtime_path("groundup", appauthor=False, ensure_exists=True)
    folder.chmod(0o700)
    return folder
