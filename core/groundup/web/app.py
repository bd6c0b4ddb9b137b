"""The dashboard's server: one loop drains the streams thirty times a second and shows every viewer the same frames."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from groundup import lsl
from groundup.web.auth import App, TokenGuard
from groundup.web.connections import ABORT
from groundup.web.devices import LOOK_S, DeviceDesk
from groundup.web.frames import now_frame, samples_frame
from groundup.web.room.library import LibraryError
from groundup.web.room.room import Room
from groundup.web.state import DashboardState
from groundup.web.streams import Feeds, News
from groundup.web.viewers import SlowViewerError, Viewer

FRAMES_A_SECOND = 30
_HEALTH_EVERY = FRAMES_A_SECOND  # frames
_ROOM_EVERY = FRAMES_A_SECOND // 2
_ROOM_S = 1.0
_LONGEST_MESSAGE = 4096
_LONGEST_ORDER = 1 << 20
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Of reports, which need no script; what stands in a file runs nothing."""
MOST_VIEWERS = 32
_NONE_THERE = "No device that runs on this computer can be told anything."
_NOT_TOLD = "Devices cannot be told anything from here: groundup view was started without --commands."
_STATIC = Path(__file__).parent / "static"


class Dashboard:
    """Streams on one side, viewers on the other.

    Parameters
    ----------
    feeds : Feeds
    state : DashboardState
    desk : DeviceDesk, optional
        Tells devices what viewers ask for; None: they may not.
    room : Room, optional
        The session that viewers run; None: they look on.
    """

    def __init__(
        self, feeds: Feeds, state: DashboardState, desk: DeviceDesk | None = None, room: Room | None = None
    ) -> None:
        self.room = room
        self._feeds = feeds
        self._state = state
        self._desk = desk
        self._telling: set[asyncio.Task[None]] = set()
        self._viewers: set[Viewer] = set()

    async def run(self) -> None:
        """Drain and show, until cancelled."""
        tick = 0
        loop = asyncio.get_running_loop()
        next_frame = loop.time()
        while True:
            try:
                news = self._feeds.poll()
                self._state.step(lsl.clock(), news.metrics)
                self._show(news, health=tick % _HEALTH_EVERY == 0)
                if tick % _ROOM_EVERY == 0:
                    self.tell_the_room()
            except Exception as error:  # nothing that a stream sends ends what is shown of the others
                print(f"! the dashboard: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            tick += 1
            next_frame = max(next_frame + 1.0 / FRAMES_A_SECOND, loop.time())
            await asyncio.sleep(next_frame - loop.time())

    async def look_for_devices(self) -> None:
        """Say which devices can be told something, until cancelled."""
        while self._desk is not None:
            if self._viewers and await self._desk.look():
                for viewer in self._viewers:
                    viewer.tell(self._devices())
            await asyncio.sleep(LOOK_S)

    async def keep_the_room(self) -> None:
        """Keep what hangs on the session as it has to be, until cancelled."""
        while self.room is not None:
            await self.room.keep()
            await asyncio.sleep(_ROOM_S)

    def tell_the_room(self) -> None:
        """Tell everybody how the session stands."""
        if self.room is not None and self._viewers:
            message = {"type": "room", "room": self.room.state()}
            for viewer in self._viewers:
                viewer.tell(message)

    def _devices(self) -> dict[str, Any]:
        if self._desk is None:
            return {"type": "devices", "devices": [], "why": _NOT_TOLD}
        return {"type": "devices", "devices": self._desk.found, "why": _NONE_THERE}

    async def _tell(self, viewer: Viewer, desk: DeviceDesk, message: dict[str, Any]) -> None:
        viewer.tell(await desk.tell(message))
        if await desk.look():
            for one in self._viewers:
                one.tell(self._devices())

    async def look(self, socket: WebSocket) -> None:
        """Serve one browser until it leaves."""
        await socket.accept()
        if len(self._viewers) >= MOST_VIEWERS:
            await socket.close(1013, f"{MOST_VIEWERS} look already")
            return
        viewer = Viewer(socket)
        viewer.tell(self._state.hello())
        viewer.tell({"type": "streams", "streams": self._feeds.streams()})
        viewer.tell({"type": "past", "events": list(self._feeds.events), "metrics": list(self._feeds.metrics)})
        viewer.tell(self._devices())
        viewer.tell({"type": "room", "room": self.room.state() if self.room is not None else None})
        self._viewers.add(viewer)
        both = [asyncio.create_task(viewer.serve()), asyncio.create_task(self._listen(viewer, socket))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._viewers.discard(viewer)
            for task in both:
                task.cancel()
            ended = await asyncio.gather(*both, return_exceptions=True)
            if any(isinstance(error, SlowViewerError) for error in ended):
                socket.scope["state"][ABORT]()  # to close it would wait until it reads

    async def _listen(self, viewer: Viewer, socket: WebSocket) -> None:
        """Hear one browser until it leaves, or sends bytes, which nothing here means."""
        with contextlib.suppress(WebSocketDisconnect, KeyError):
            while True:
                self._hear(viewer, await socket.receive_text())

    def close(self) -> None:
        """Let go of the streams."""
        self._feeds.close()
        if self._desk is not None:
            self._desk.close()

    def _show(self, news: News, health: bool) -> None:
        if not self._viewers:
            return
        frames = [samples_frame(number, buckets) for number, buckets in news.samples]
        frames.append(now_frame(lsl.clock()))
        messages: list[dict[str, Any]] = []
        if news.changed:
            messages.append({"type": "streams", "streams": self._feeds.streams()})
        if news.events or news.metrics:
            messages.append({"type": "news", "events": news.events, "metrics": news.metrics})
        if news.targets:
            messages.append({"type": "target", "target": news.targets[-1]})
        if health:
            messages.append({"type": "health", "streams": self._feeds.health(), **self._state.trial()})
            messages.append({"type": "recipe", "recipe": self._state.recipe(lsl.clock())})
        together = _packed(frames)
        for viewer in self._viewers:
            for message in messages:
                viewer.tell(message)
            viewer.show(together)

    def _hear(self, viewer: Viewer, text: str) -> None:
        try:
            message = json.loads(text) if len(text) <= _LONGEST_MESSAGE else None
        except (ValueError, RecursionError):
            message = None
        if self._desk is not None and isinstance(message, dict) and message.get("do") == "tell":
            telling = asyncio.create_task(self._tell(viewer, self._desk, message))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
            return
        answer = self._state.do(message)
        if answer:
            viewer.tell({"type": "said", "text": answer})
        for one in self._viewers:
            one.tell({"type": "trial", **self._state.trial()})
            one.tell({"type": "recipe", "recipe": self._state.recipe(lsl.clock())})


def make_app(
    feeds: Feeds,
    state: DashboardState,
    token: str,
    hosts: Sequence[str],
    desk: DeviceDesk | None = None,
    room: Room | None = None,
) -> App:
    """The whole server, guarded.

    Parameters
    ----------
    feeds : Feeds
    state : DashboardState
    token : str
    hosts : sequence of str
        ``name:port`` by which it may be addressed.
    desk : DeviceDesk, optional
        Through which viewers may tell devices something.
    room : Room, optional
        The session that viewers run.
    """
    dashboard = Dashboard(feeds, state, desk, room)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        running = [asyncio.create_task(dashboard.run()), asyncio.create_task(dashboard.look_for_devices())]
        running.append(asyncio.create_task(dashboard.keep_the_room()))
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        dashboard.close()

    async def index(request: Request) -> Response:
        return FileResponse(_STATIC / "index.html")

    async def walker(request: Request) -> Response:
        return FileResponse(_STATIC / "walker.html")

    async def do(request: Request) -> Response:
        raw = await request.body()
        try:
            order = json.loads(raw) if len(raw) <= _LONGEST_ORDER else None
        except (ValueError, RecursionError):
            order = None
        answer = (
            await room.do(order)
            if room is not None
            else {"wrong": "this page only looks on: groundup lab runs a session"}
        )
        dashboard.tell_the_room()
        return JSONResponse(answer)

    async def page(request: Request) -> Response:
        try:
            path = room.library.path(request.path_params["name"]) if room is not None else None
        except LibraryError:
            path = None
        if path is None or path.suffix != ".html":
            return PlainTextResponse("there is no such page", 404)
        return FileResponse(path, headers={"content-security-policy": _PAGE_POLICY})

    routes = [
        Route("/", index),
        Route("/do", do, methods=["POST"]),
        Route("/pages/{name:path}", page),
        Route("/walker", walker),
        WebSocketRoute("/live", dashboard.look),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    return TokenGuard(Starlette(routes=routes, lifespan=lifespan), token, hosts)


def _packed(frames: Sequence[bytes]) -> bytes:
    """Frames as one message: each after its length, at multiples of eight bytes for the browser's arrays."""
    parts = []
    for frame in frames:
        parts += [len(frame).to_bytes(8, "little"), frame, bytes(-len(frame) % 8)]
    return b"".join(parts)
