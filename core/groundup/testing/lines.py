"""The lines that a made device can sit on: a TCP port, a pseudo terminal."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import suppress

from groundup.testing.peers import NO_FAULTS, Faults, Frame, Peer


class TcpPeer(Peer):
    """A device on a TCP port of this computer.

    Attributes
    ----------
    port : int
        To connect to, at 127.0.0.1.
    """

    def __init__(self, frame: Frame, rate: float = 100.0, faults: Faults = NO_FAULTS, **more: object) -> None:
        super().__init__(frame, rate, faults, **more)  # type: ignore[arg-type]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = int(self._listener.getsockname()[1])
        self._client: socket.socket | None = None

    def write(self, data: bytes) -> None:
        """Send to the driver."""
        if self._client is None:
            raise OSError("nobody is connected")
        try:
            self._client.sendall(data)
        except OSError:
            self.disconnect()
            raise

    def read(self) -> bytes:
        """What the driver has sent."""
        if self._client is None:
            raise OSError("nobody is connected")
        try:
            return self._client.recv(4096)
        except TimeoutError:
            return b""

    def wait_connected(self) -> bool:
        """Wait for a driver."""
        try:
            self._client, _ = self._listener.accept()
        except OSError:
            return False
        self._client.settimeout(0.5)
        return True

    def disconnect(self) -> None:
        """End the connection."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()

    def close(self) -> None:
        """End the connection, and take no other."""
        self.disconnect()
        self._listener.close()


class Pty:
    """A serial line of which both ends are on this computer (not on Windows).

    Attributes
    ----------
    path : str
        The port to open.
    """

    def __init__(self) -> None:
        import tty

        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def write(self, data: bytes) -> None:
        """Send to whoever has the port open."""
        os.write(self._master, data)

    def read(self) -> bytes:
        """What the other side has sent; waits for it."""
        return os.read(self._master, 4096)

    def waits(self, seconds: float) -> bool:
        """Whether something has been sent by the other side; waits so long for it."""
        import select

        return bool(select.select([self._master], [], [], seconds)[0])

    def close(self) -> None:
        """Pull the plug."""
        for end in (self._master, self._slave):
            with suppress(OSError):
                os.close(end)


class SerialPeer(Peer):
    """A device on a pseudo terminal (not on Windows).

    Attributes
    ----------
    port : str
        The serial port to open: a link, which leads to another terminal after the plug was pulled.
    """

    def __init__(self, frame: Frame, rate: float = 100.0, faults: Faults = NO_FAULTS, **more: object) -> None:
        super().__init__(frame, rate, faults, **more)  # type: ignore[arg-type]
        self._folder = tempfile.TemporaryDirectory(prefix="groundup-serial-")
        self.port = os.path.join(self._folder.name, "port")
        self._pty = Pty()
        os.symlink(self._pty.path, self.port)

    def write(self, data: bytes) -> None:
        """Send to whoever has the port open."""
        os.write(self._pty._master, data)

    def read(self) -> bytes:
        """What the driver has sent."""
        return self._pty.read() if self._pty.waits(0.05) else b""

    def wait_connected(self) -> bool:
        """A serial line does not know whether anybody listens."""
        return True

    def disconnect(self) -> None:
        """Pull the plug and put it in again, as another terminal under the same name."""
        old, self._pty = self._pty, Pty()
        os.unlink(self.port)
        old.close()
        os.symlink(self._pty.path, self.port)

    def close(self) -> None:
        """Pull the plug for good."""
        self._pty.close()
        self._folder.cleanup()
