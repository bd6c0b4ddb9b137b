"""The dashboard's port: who sends half of something, or reads nothing, is cut off, and holds nobody up."""

import asyncio
import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from groundup.web import app as dashboard
from groundup.web import viewers
from groundup.web.streams import News

pytest.importorskip("uvicorn", reason="the extra `web` is not installed")
pytest.importorskip("websockets", reason="the extra `web` is not installed")

PATIENCE_S = 60.0
TOKEN = "a-token"


class Feeds:
    """Streams that say as much as they are told to."""

    def __init__(self) -> None:
        self.events: deque[dict[str, Any]] = deque()
        self.metrics: deque[dict[str, Any]] = deque()
        self.text = ""

    def poll(self) -> News:
        return News(events=[{"text": self.text}] if self.text else [])

    def streams(self) -> list[dict[str, Any]]:
        return []

    def health(self) -> list[dict[str, Any]]:
        return []

    def close(self) -> None:
        pass


class DashboardState:
    """A board with nothing on it."""

    def hello(self) -> dict[str, Any]:
        return {"type": "hello"}

    def trial(self) -> dict[str, Any]:
        return {"trial": None}

    def step(self, now: float, metrics: object) -> None:
        pass

    def recipe(self, now: float) -> None:
        return None

    def do(self, message: object) -> str:
        return ""


@dataclass
class Served:
    """A dashboard that runs."""

    port: int
    feeds: Feeds

    def connect(self, raw: bytes = b"") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        client.sendall(raw)
        return client

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def get(self) -> bytes:
        """The page, as a browser would ask for it; again where a busy machine was slower than the limit of the test."""
        request = f"GET /?token={TOKEN} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with self.connect(request) as client:
                if answer := everything(client):
                    return answer
        return b""

    def look(self, room: int = 0) -> socket.socket:
        """A browser that has opened its WebSocket, and read only the answer to that."""
        client = socket.socket()
        if room:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        client.settimeout(PATIENCE_S)
        client.connect(("127.0.0.1", self.port))
        client.sendall(
            f"GET /live?token={TOKEN} HTTP/1.1\r\nHost: {self.host}\r\nOrigin: http://{self.host}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        assert b" 101 " in head
        return client


def everything(client: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1 << 16):
            found += piece
    return found


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    import uvicorn

    from groundup.web.connections import bounded_http

    monkeypatch.setattr(viewers, "SLOW_S", 0.5)
    feeds = Feeds()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]
        app = dashboard.make_app(feeds, DashboardState(), TOKEN, [f"127.0.0.1:{port}"])  # type: ignore[arg-type]
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="error",
                http=bounded_http(0.5, 8),
                lifespan="on",
                timeout_keep_alive=1,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        yield Served(port, feeds)
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.mark.survives(
    "programs",
    fault="A request to the dashboard never ends.",
    happens="It is cut off; the page is served to others.",
    said="nothing",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100\r\n\r\n",
        b"POST /?token=a-token HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST /?token=a-token HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"GET /?token=a-token HTTP/1.1\r\nHost: HOST\r\n\r\nGET / HTT",
        bytes.fromhex("16030100c8010000c40303"),
    ],
)
def test_a_request_that_never_ends_is_cut_off(served: Served, raw: bytes) -> None:
    with served.connect(raw.replace(b"HOST", served.host.encode())) as client:
        everything(client)  # which the server ends
    assert b"200 OK" in served.get()


def test_a_request_that_drips_is_cut_off(served: Served) -> None:
    with served.connect(b"GET / HTTP/1.1\r\n") as client, contextlib.suppress(ConnectionError):
        for number in range(100_000):
            client.sendall(b"X-%d: y\r\n" % number)
            threading.Event().wait(0.02)
            assert number < 3000


@pytest.mark.survives(
    "programs",
    fault="A hundred half-open requests wait.",
    happens="They are cut off; the page is served.",
    said="nothing",
    lost="Nothing.",
)
def test_half_open_requests_keep_nobody_out(served: Served) -> None:
    held = [served.connect(b"GET / HTTP/1.1\r\n") for _ in range(100)]
    assert b"200 OK" in served.get()
    for client in held:
        everything(client)
        client.close()


@pytest.mark.rig
@pytest.mark.survives(
    "programs",
    fault="A browser opens the dashboard and does not read.",
    happens="It is cut off; the others get their frames.",
    said="nothing",
    lost="Frames of that browser.",
)
def test_a_browser_that_does_not_read_is_cut_off_and_others_see_on(served: Served) -> None:
    reader, stuck = served.look(), served.look(room=4096)
    served.feeds.text = "x" * 100_000

    def frames() -> None:
        with contextlib.suppress(OSError):
            while reader.recv(1 << 16):
                pass

    reading = threading.Thread(target=frames)
    reading.start()
    with contextlib.suppress(ConnectionError):
        for _ in range(3000):
            stuck.send(b"\x89\x80abcd")  # a ping, which fails when it has been cut off
            threading.Event().wait(0.02)
        pytest.fail("it was not cut off")
    assert reading.is_alive()  # it still gets its frames
    reader.shutdown(socket.SHUT_RDWR)
    reading.join(PATIENCE_S)


@pytest.mark.survives(
    "programs",
    fault="More browsers look at once than the dashboard serves.",
    happens="The next is closed with a reason.",
    said="“… look already”",
    lost="Nothing.",
)
def test_more_viewers_than_anybody_has_are_told_so(served: Served) -> None:
    looking = [served.look() for _ in range(dashboard.MOST_VIEWERS)]
    one_more = served.look()
    said = b""
    while b"look already" not in said:
        said += (piece := one_more.recv(1 << 16))
        assert piece
    for one in looking:
        one.close()


def test_the_dashboard_ends_although_a_browser_does_not_read(served: Served) -> None:
    served.feeds.text = "x" * 100_000
    served.look(room=4096)  # and the fixture sees to the end


def test_what_waits_for_a_slow_browser_is_bounded() -> None:
    class Stuck:
        async def send_bytes(self, data: bytes) -> None:
            await asyncio.Event().wait()

        async def send_text(self, data: str) -> None:
            await asyncio.Event().wait()

    async def look() -> viewers.Viewer:
        viewer = viewers.Viewer(Stuck())
        serving = asyncio.create_task(viewer.serve())
        for _ in range(1000):
            viewer.tell({"text": "x" * 100_000})
            await asyncio.sleep(0)
        assert sum(map(len, viewer._messages)) < 1 << 23
        serving.cancel()
        return viewer

    asyncio.run(look())
