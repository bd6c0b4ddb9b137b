"""The TCP port of the remote control: one thread a client, and limits on what a client may cost.

Nothing here touches a sample: the engine records in threads of its own, whatever clients send.
"""

import errno
import ipaddress
import os
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from groundup import lsl
from groundup.remote.client import Conversation
from groundup.remote.protocol import Remote, RemoteError, error_line

LOOPBACK = ("127.0.0.1", "::1")
LONGEST_LINE = 8192
"""Bytes; a longer line ends the connection."""
MOST_CLIENTS = 32
"""One more, and the one that has been of no use for longest gives its place."""
IDLE_S = 60.0
"""For a client that has not yet sent a command that could be done, and for half a line. A script that has may be silent
for hours between ``start`` and ``stop``."""
_NO_TEXT = re.compile(rb"[^\t\r\n -~\x80-\xff]")  # what no script sends, and TLS begins with
_START, _STOP = (re.compile(rb"\s*%b\b" % word, re.IGNORECASE) for word in (b"start", b"stop"))
_SEND_S = 5.0
_LAST_S = 0.5
_LOOK_S = 0.25


class RemoteServer:
    """Listens, and lets each client talk to the `Remote`.

    Parameters
    ----------
    remote : Remote
    hosts : sequence of str
        Addresses to listen on; the first must be possible, others may be missing on this computer.
    port : int
        0 for any free one.
    token : str
        What clients from other computers must begin with.

    Attributes
    ----------
    port : int
        The one that is used.

    Raises
    ------
    RemoteError
        If it cannot listen there.
    """

    def __init__(self, remote: Remote, hosts: Sequence[str] = LOOPBACK, port: int = 0, token: str = "") -> None:
        self._remote = remote
        self._token = token
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._clients: list[_Client] = []
        self._listeners = [_listen(hosts[0], port)]
        self.port: int = self._listeners[0].getsockname()[1]
        for host in hosts[1:]:
            try:
                self._listeners.append(_listen(host, self.port))
            except RemoteError:
                continue
        self._thread = threading.Thread(target=self._accept, name="groundup-remote", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody. Safe to call twice."""
        self._ended.set()
        self._thread.join()
        for listener in self._listeners:
            listener.close()
        with self._lock:
            clients, self._clients = self._clients, []
        for client in clients:
            client.hang_up()

    def _accept(self) -> None:
        while not self._ended.is_set():
            for listener in select.select(self._listeners, [], [], _LOOK_S)[0]:
                try:
                    sock, peer = listener.accept()
                except OSError:
                    self._ended.wait(_LOOK_S)  # out of file descriptors, or gone again
                    continue
                conversation = Conversation(self._remote, self._token, is_loopback(peer[0]))
                self._serve(_Client(sock, conversation, self._forget))

    def _serve(self, client: "_Client") -> None:
        """Take a client in; where there is no room, the one that is worth least makes it."""
        leaves = None
        with self._lock:
            if len(self._clients) >= MOST_CLIENTS:
                leaves = min(self._clients, key=_Client.worth)
                self._clients.remove(leaves)
            self._clients.append(client)
        if leaves is not None:
            leaves.refuse(f"another needs this place: {MOST_CLIENTS} clients are served at once")
        try:
            client.start()
        except RuntimeError:  # the system has no thread for it
            self._forget(client)
            client.close()

    def _forget(self, client: "_Client") -> None:
        with self._lock:
            if client in self._clients:
                self._clients.remove(client)


class _Client:
    """A connection and its thread.

    Attributes
    ----------
    proven : bool
        Whether it has sent a command that was done.
    """

    def __init__(self, sock: socket.socket, conversation: Conversation, gone: Callable[["_Client"], None]) -> None:
        self.proven = False
        self._started = False
        self._heard = time.monotonic()
        self._sock = sock
        self._conversation = conversation
        self._gone = gone
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def worth(self) -> tuple[bool, bool, float]:
        """What it is served for, the least first: a script that has started a recording is waited for longest."""
        return self._started, self.proven, self._heard

    def start(self) -> None:
        """Serve it in a thread of its own."""
        threading.Thread(target=self._serve, name="groundup-remote-client", daemon=True).start()

    def hang_up(self) -> None:
        """End the connection; its thread, if it has one, lets go of the socket."""
        with suppress(OSError):  # it may have gone by itself
            self._sock.shutdown(socket.SHUT_RDWR)

    def refuse(self, why: str) -> None:
        """Say why, without waiting, and end the connection."""
        with suppress(OSError):
            self._sock.send(f"{error_line(why)}\n".encode(), getattr(socket, "MSG_DONTWAIT", 0))
        self.hang_up()

    def close(self) -> None:
        """Let go of the socket."""
        self._sock.close()

    def _serve(self) -> None:
        try:
            self._talk()
        except OSError:
            pass  # it has gone, or does not read what it asked for
        finally:
            self._gone(self)
            self.close()

    def _talk(self) -> None:
        pending = b""
        deadline = time.monotonic() + IDLE_S
        while True:
            patient = self.proven and not pending
            self._sock.settimeout(None if patient else max(0.01, deadline - time.monotonic()))
            received = self._sock.recv(4096)
            if not received:
                return  # half a line is no command
            now = lsl.clock()
            if _NO_TEXT.search(received):
                self._send_last(error_line("a line is text, without control characters and without encryption"))
                return
            *lines, rest = (pending + received).split(b"\n")
            if lines or not pending:
                deadline = time.monotonic() + IDLE_S
            pending = rest
            if any(self._too_long(line) or not self._reply(line, now) for line in lines) or self._too_long(pending):
                return

    def _too_long(self, line: bytes) -> bool:
        """Whether a line is; its sender is then told so, and let go."""
        if len(line) > LONGEST_LINE:
            self._send_last(error_line(f"a line is at most {LONGEST_LINE} bytes long"))
        return len(line) > LONGEST_LINE

    def _send_last(self, text: str) -> None:
        """Send, and read what is on its way: else the system throws away what was sent."""
        self._send(text)
        self._sock.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _LAST_S
        while (left := until - time.monotonic()) > 0:
            self._sock.settimeout(left)
            if not self._sock.recv(65536):
                return

    def _reply(self, line: bytes, now: float) -> bool:
        """Answer a line; whether the connection goes on."""
        reply = self._conversation.answer(line, now)
        if reply.well:
            self.proven, self._heard = True, time.monotonic()
            self._started = bool(_START.match(line)) or (self._started and not _STOP.match(line))
        try:
            if reply.text:
                self._send(reply.text)
        except TimeoutError:
            return False  # it does not read
        except OSError:
            return True  # a script may send `stop` and go at once: what it sent before it went still counts
        return not reply.close

    def _send(self, text: str) -> None:
        self._sock.settimeout(_SEND_S)
        self._sock.sendall(f"{text}\n".encode())


def is_loopback(address: str) -> bool:
    """Whether an address is this computer's own."""
    found = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise RemoteError(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(128)
        listener.settimeout(0.0)
    except OSError as error:
        listener.close()
        used = (
            " (LabRecorder, or another groundup, has it: end that, or choose another --port)"
            if error.errno == errno.EADDRINUSE
            else ""
        )
        raise RemoteError(f"cannot listen on {host} port {port}: {error.strerror or error}{used}") from error
    return listener
