"""A stream's description, asked for at its outlet itself: bounded in time and in length.

liblsl reads a description of any length, and builds a tree of it, before anybody can look at how long it is: one of
400 MB took a recorder 45 s and 1.4 GB. So it is asked for here first, as liblsl asks for it.
"""

import os
import re
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import closing, suppress

LONGEST = 20 << 20
"""Bytes that a description may have: liblsl reads it as soon as samples are pulled, and takes four times its length."""

_PIECE = 1 << 16
_UID = re.compile(rb"<uid>([^<]*)</uid>")
_PORT = re.compile(rb"<v[46]data_port>(\d+)</v[46]data_port>")
_OPEN_FILES = "/dev/fd"
_LATE = "it did not answer in time"

Address = tuple[str, int]
"""Host and port of an outlet."""


def addresses(announcement: bytes) -> list[Address]:
    """Where the outlet of an open inlet may be: liblsl knows, and does not tell, but its connections can be seen.

    Parameters
    ----------
    announcement : bytes
        XML by which it was found.

    Returns
    -------
    list of (str, int)
        Empty where the system does not show them (Windows).
    """
    ports = {int(port) for port in _PORT.findall(announcement)} - {0}
    found: dict[Address, None] = {}
    with suppress(OSError):
        for name in os.listdir(_OPEN_FILES):
            peer = _peer(int(name))
            if isinstance(peer, tuple) and peer[1] in ports:
                found[peer[0], peer[1]] = None
    return list(found)


def description(address: Address, uid: str, timeout: float) -> bytes:
    """What an outlet says of itself, whole and as sent.

    Parameters
    ----------
    address : (str, int)
    uid : str
        Its unique id.
    timeout : float
        For all of it, in seconds.

    Raises
    ------
    TimeoutError
        If it does not answer in time.
    ConnectionError
        If it is not there, or another outlet is in its place.
    OSError
        If it cannot be asked, or its description is longer than `LONGEST`.
    """
    received = bytearray()
    for piece in _answer(address, timeout):
        received += piece
        if len(received) > LONGEST:
            raise OSError(f"its description is longer than {LONGEST >> 20} MiB, more than LSL can be given to read")
    if _uid_of(received) != uid.encode():
        raise ConnectionError("another outlet is in its place")
    return bytes(received)


def answers(address: Address, uid: str, timeout: float) -> bool:
    """Whether this very outlet is there.

    Raises
    ------
    OSError
        As for `description`.
    """
    received = bytearray()
    for piece in _answer(address, timeout):
        received += piece
        if _UID.search(received) or len(received) > LONGEST:
            break
    return _uid_of(received) == uid.encode()


def _peer(descriptor: int) -> object:
    """Whom a socket is connected to, by its descriptor; None if it is none."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        with socket.socket(fileno=os.dup(descriptor)) as one:
            return one.getpeername()
    except OSError:  # closed meanwhile, or connected to nobody
        return None


def _uid_of(xml: bytearray) -> bytes:
    """The unique id in a description; it stands before anything that a program can add."""
    found = _UID.search(xml)
    return found.group(1) if found else b""


def _answer(address: Address, timeout: float) -> Iterator[bytes]:
    until = time.monotonic() + timeout
    try:
        with closing(socket.create_connection(address, timeout)) as outlet:
            outlet.sendall(b"LSL:fullinfo\r\n")
            while piece := _piece(outlet, until):
                yield piece
    except TimeoutError as error:
        raise TimeoutError(_LATE) from error


def _piece(outlet: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError(_LATE)
    outlet.settimeout(left)
    return outlet.recv(_PIECE)
