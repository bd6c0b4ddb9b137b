"""The dashboard's server runs until somebody stops it."""

import socket
import threading
from contextlib import suppress

import uvicorn

from groundup.web.auth import App
from groundup.web.connections import bounded_http


def serve(app: App, listener: socket.socket, stop: threading.Event) -> None:
    """Serve until Ctrl-C, or until `stop` is set.

    Parameters
    ----------
    app : ASGI application
    listener : socket
        Bound, and listening.
    stop : threading.Event
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="on",
        http=bounded_http(),
        ws_max_size=1 << 16,
        ws_ping_interval=20.0,
        timeout_graceful_shutdown=2,  # a browser that does not read ends nothing
    )
    server = uvicorn.Server(config)

    def end() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=end, daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn ends in order, and then raises what the Ctrl-C was
        server.run(sockets=[listener])
