"""The port that the dashboard listens on, taken before anything else, so that it is known and surely ours."""

import errno
import socket


class PortInUseError(OSError):
    """Another program listens there."""


def listening(address: str, port: int) -> socket.socket:
    """Take a port.

    Parameters
    ----------
    address : str
    port : int
        0 for any that is free.

    Raises
    ------
    PortInUseError
        If another program has it.
    OSError
        If the address is not this computer's.
    """
    family, kind, protocol, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    taken = socket.socket(family, kind, protocol)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(where)
        taken.listen()
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                error.errno, f"port {port} is taken by another program: choose another with --port"
            ) from None
        raise
    taken.setblocking(False)
    return taken
