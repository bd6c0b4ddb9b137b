"""``groundup record --remote``: recordings that scripts start and stop over TCP."""

import ipaddress
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from groundup import lsl
from groundup.cli.output import say
from groundup.lab.tables import Lab
from groundup.model.ledger import LedgerRow
from groundup.record.session import Outcome
from groundup.record.subprocesses import check_in_subprocess
from groundup.remote.names import Places
from groundup.remote.protocol import Remote, RemoteError
from groundup.remote.server import LOOPBACK, RemoteServer, is_loopback
from groundup.remote.session_manager import SessionManager


def record_remotely(
    stop: threading.Event,
    *,
    lab: Lab | None,
    lab_path: Path | None,
    predicates: Sequence[str],
    analysis: bool,
    row: Callable[[LedgerRow], None],
    port: int,
    bind: str,
    token: str,
    root: Path | None,
    live: bool = True,
) -> list[Outcome]:
    """Serve the remote control until `stop` is set, then end and seal what runs.

    Parameters
    ----------
    bind : str
        Address to listen on; empty for this computer only.
    token : str
        For clients on other computers; made here if empty.
    root : Path or None
        Where recordings go, beside the table of participants; when it is given, or clients may be on other computers,
        they go nowhere else.
    live : bool
        Whether the live analysis is started here.

    Returns
    -------
    list of Outcome
        Of each recording, in the order of sealing.

    Raises
    ------
    RemoteError
        If the port cannot be had.
    LabError
        If a device of the lab cannot be started as lab.toml has it.
    """
    check_in_subprocess(lab, lab_path, say)
    far = bool(bind) and not _only_here(bind)
    token = token or (secrets.token_urlsafe(12) if far else "")
    places = Places(root or Path(), confined=root is not None or far)
    people = root or Path()
    sessions = SessionManager(lab, lab_path, predicates, analysis=analysis, say=say, row=row, people=people, live=live)
    try:
        remote = Remote(sessions, places, lambda: datetime.now().strftime("recording-%Y%m%d-%H%M%S"), say)
        server = RemoteServer(remote, (bind,) if bind else LOOPBACK, port, token)
        try:
            say(f"waiting for commands on {bind or 'localhost'} port {server.port} (Ctrl-C ends)")
            if far:
                say(f"from another computer the first line must be: token {token}")
            stop.wait()
        finally:
            server.close()
            _end(remote)
    finally:
        sessions.close()
    return sessions.done


def _end(remote: Remote) -> None:
    try:
        remote.end(lsl.clock())
    except RemoteError as error:
        say(str(error), "fault")


def _only_here(bind: str) -> bool:
    try:
        ipaddress.ip_address(bind)
    except ValueError:
        return bind == "localhost"
    return is_loopback(bind)
