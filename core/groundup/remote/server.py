"""The TCP port of the remote control: one thread a client, and limits on what a client may cost.

Nothing here touches a sample: the engine records in threads of its own, whatever clients send.
"""

import errno
import ipaddress
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from groundup import lsl
from groundup.remote.conversation import Conversation
from groundup.remote.protocol import Remote, RemoteError, error_line

LOOPBACK = ("127.0.0.1", "::1")
LONGEST_LINE = 8192
"""Bytes; a longer line ends the connection."""
MOST_CLIENTS = 32
IDLE_S = 60.0
"""For a client that has not yet sent a command that could be done, and for half a line. A script that has may be silent
for hours between ``start`` and ``stop``."""
_SEND_S = 5.0
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
                client = _Client(sock, conversation, self._forget)
                if self._room_for(client):
                    client.start()
                else:
                    client.close()

    def _room_for(self, client: "_Client") -> bool:
        """Take a client in; where there is no room, the one that has said nothing of use for longest makes it."""
        with self._lock:
            leaves = None
            if len(self._clients) >= MOST_CLIENTS:
                leaves = next((c for c in self._clients if not c.proven), client)
            if leaves is not client:
                self._clients.append(client)
            if leaves in self._clients:
                self._clients.remove(leaves)
        if leaves is not None:
            leaves.refuse(f"too many clients: {MOST_CLIENTS} are served at once")
        return leaves is not client

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
        self._sock = sock
        self._conversation = conversation
        self._gone = gone
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
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
            *lines, pending = (pending + received).split(b"\n")
            if lines:
                deadline = time.monotonic() + IDLE_S
            for line in lines:
                if len(line) > LONGEST_LINE or not self._reply(line, now):
                    return
            if len(pending) > LONGEST_LINE:
                self._send(error_line(f"a line is at most {LONGEST_LINE} bytes long"))
                return

    def _reply(self, line: bytes, now: float) -> bool:
        """Answer a line; whether the connection goes on."""
        reply = self._conversation.answer(line, now)
        self.proven = self.proven or reply.well
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
        used = " (is LabRecorder running?)" if error.errno == errno.EADDRINUSE else ""
        raise RemoteError(f"cannot listen on {host} port {port}: {error.strerror or error}{used}") from error
    return listener
