"""The dashboard's server: who is let in, what is reduced, and that a slow viewer holds nobody up."""

import asyncio
import json
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.plugin import Channel, Panel, StreamSpec
from groundup.web.decimate import Buckets, MinMax
from groundup.web.frames import samples_frame
from groundup.web.streams import Feed, Feeds, _events
from groundup.web.viewers import Viewer

TOKEN = "a-token"


def reduced(rate: float, cuts: Sequence[int], time: np.ndarray, samples: np.ndarray) -> Buckets:
    one = MinMax(samples.shape[1], rate)
    edges = [0, *sorted(cuts), len(time)]
    parts = [one.feed(time[a:b], samples[a:b]) for a, b in pairwise(edges)]
    return Buckets(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("time", "low", "high")))


@pytest.mark.rig
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=30), st.sampled_from([30.0, 200.0, 2000.0]), st.integers(0, 9))
def test_the_extremes_do_not_depend_on_how_the_stream_was_cut(cuts: list[int], rate: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    time = 1000.0 + np.arange(700) / rate
    samples = random.standard_normal((700, 3))
    samples[random.uniform(size=samples.shape) < 0.05] = np.nan
    whole, parts = reduced(rate, [], time, samples), reduced(rate, cuts, time, samples)
    for name in ("time", "low", "high"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_no_spike_is_lost_on_the_way_to_the_screen() -> None:
    time = np.arange(2000) / 2000.0
    samples = np.zeros((2000, 1))
    samples[777] = 5.0
    found = reduced(2000.0, [100, 778], time, samples)
    assert found.high.max() == 5.0
    assert len(found.time) == 49


@pytest.mark.parametrize(
    ("late", "rate", "state"),
    [(0.01, 100.0, "well"), (-1.7e9, 100.0, "other clock"), (8.0, 100.0, "other clock"), (8.0, 0.0, "well"),
     (math.nan, 100.0, "other clock"), (-12.0, 0.0, "other clock")],
)  # fmt: skip
def test_a_stream_on_another_clock_is_never_shown_as_in_sync(late: float, rate: float, state: str) -> None:
    spec = StreamSpec("muse", "EEG", rate, "float32", (Channel("a"),))
    feed = Feed(1, spec, "uid", None, None, None, 1e-4, 5e-5, 100, 50.0, late)  # type: ignore[arg-type]
    found = Feeds._health(None, feed, 50.1)  # type: ignore[arg-type]
    assert found["state"] == state
    assert (found["sync_ms"] is None) == (state != "well")


def test_a_frame_holds_what_the_page_reads() -> None:
    buckets = Buckets(np.array([10.0, 10.02]), np.float32([[1, 2], [3, 4]]), np.float32([[5, 6], [7, 8]]))
    frame = samples_frame(7, buckets)
    assert (frame[0], int.from_bytes(frame[2:4], "little"), int.from_bytes(frame[4:6], "little")) == (1, 7, 2)
    assert np.frombuffer(frame, "<f8", 1, 8)[0] == 10.0
    assert np.frombuffer(frame, "<f4", offset=24).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "text",
    ["stand up", '{"kind":"IC","confidence":NaN}', '{"kind":"IC","confidence":7}', "[" * 100_000, '{"kind":[]}', ""],
)
def test_whatever_a_stream_says_can_be_told_to_a_browser(text: str) -> None:
    spec = StreamSpec("anybody", "Markers", 0.0, "string", (Channel("m"),))
    news = _events(spec, [5.0, float("nan")], [[text.encode()], [text.encode()]])
    assert len(news) == bool(text)  # what has no time cannot be shown
    json.dumps(news, allow_nan=False)
    assert all(0.0 <= event["confidence"] <= 1.0 for event in news)


def test_a_slow_viewer_loses_frames_and_no_message() -> None:
    sent: list[object] = []

    class Socket:
        async def send_bytes(self, data: bytes) -> None:
            sent.append(data)

        async def send_text(self, data: str) -> None:
            sent.append(json.loads(data)["n"])

    async def look() -> Viewer:
        viewer = Viewer(Socket())
        for number in range(100):
            viewer.show(bytes([number]))
            viewer.tell({"n": number})
        serving = asyncio.create_task(viewer.serve())
        while len(sent) < 108:
            await asyncio.sleep(0)
        serving.cancel()
        return viewer

    viewer = asyncio.run(look())
    assert [one for one in sent if isinstance(one, int)] == list(range(100))
    assert [one for one in sent if isinstance(one, bytes)] == [bytes([n]) for n in range(92, 100)]
    assert viewer.dropped == 92


def test_a_panel_that_shows_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="shows signals of no kind"):
        Panel("x", "X")
    with pytest.raises(ValueError, match="shows no metric"):
        Panel("x", "X", "value")


class TestTheDoor:
    @pytest.fixture
    def client(self):  # type: ignore[no-untyped-def]
        pytest.importorskip("starlette", reason="the extra `web` is not installed")
        pytest.importorskip("httpx", reason="httpx is not installed")
        from starlette.applications import Starlette
        from starlette.responses import PlainTextResponse
        from starlette.routing import Route, WebSocketRoute
        from starlette.testclient import TestClient

        from groundup.web.auth import TokenGuard

        async def inside(request):  # type: ignore[no-untyped-def]
            return PlainTextResponse("inside")

        async def live(socket):  # type: ignore[no-untyped-def]
            await socket.accept()
            await socket.send_text("inside")
            await socket.close()

        app = TokenGuard(
            Starlette(routes=[Route("/", inside), WebSocketRoute("/live", live)]), TOKEN, ["localhost:8765"]
        )
        return TestClient(app, base_url="http://localhost:8765")

    def test_the_token_opens_and_stays_in_a_cookie(self, client) -> None:  # type: ignore[no-untyped-def]
        assert client.get("/").status_code == 403
        assert client.get("/?token=wrong").status_code == 403
        assert client.get(f"/?token={TOKEN}").text == "inside"
        assert client.get("/").text == "inside"

    def test_a_strangers_name_for_this_computer_is_refused(self, client) -> None:  # type: ignore[no-untyped-def]
        answer = client.get(f"/?token={TOKEN}", headers={"host": "evil.example:8765"})
        assert answer.status_code == 403
        assert "address is not the dashboard's" in answer.text

    def test_another_pages_requests_are_refused(self, client) -> None:  # type: ignore[no-untyped-def]
        for origin in ("http://evil.example", "null", "http://localhost:1"):
            assert client.get(f"/?token={TOKEN}", headers={"origin": origin}).status_code == 403

    @pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
    def test_a_socket_opens_for_our_own_page_only(self, client, origin: str | None) -> None:  # type: ignore[no-untyped-def]
        from starlette.websockets import WebSocketDisconnect

        headers = {"host": "localhost:8765"} | ({"origin": origin} if origin else {})
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(f"/live?token={TOKEN}", headers=headers) as line,
        ):
            line.receive_text()
        own = {"host": "localhost:8765", "origin": "http://localhost:8765"}
        with client.websocket_connect(f"/live?token={TOKEN}", headers=own) as line:
            assert line.receive_text() == "inside"

    def test_the_page_may_run_nothing_but_its_own_scripts(self, client) -> None:  # type: ignore[no-untyped-def]
        answer = client.get(f"/?token={TOKEN}")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=Strict" in answer.headers["set-cookie"]


def test_a_viewer_is_told_the_norm_of_what_is_live_or_why_there_is_none() -> None:
    from groundup.plugin.manager import plugins
    from groundup.web.state import DashboardState
    from groundup.workflows.analyze import what_live_is_compared_with

    class FakeTrialControl:
        trial = None

        def has_listener(self) -> bool:
            return False

    metrics = [loaded.item for loaded in plugins().metrics.values()]
    state = DashboardState([], metrics, FakeTrialControl(), what_live_is_compared_with(metrics))  # type: ignore[arg-type]
    told = json.loads(json.dumps(state.hello(), allow_nan=False))["metrics"]
    norm = told["grf_peak_1"]["norm"]
    assert norm["low"] < 1.1 < norm["high"]
    assert "youths" in norm["name"]
    assert "n = 4" in norm["name"]
    assert "not live" in told["synergy_count"]["no_norm"]  # by another method, of a whole trial
    assert "norm" not in told["stance_time"]
    assert "no_norm" not in told["stance_time"]


def test_only_our_own_page_changes_anything() -> None:
    pytest.importorskip("starlette", reason="the extra `web` is not installed")
    pytest.importorskip("httpx", reason="httpx is not installed")
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    from groundup.web.auth import TokenGuard

    async def do(request):  # type: ignore[no-untyped-def]
        return PlainTextResponse("done", headers={"content-security-policy": "default-src 'none'; sandbox"})

    app = TokenGuard(Starlette(routes=[Route("/do", do, methods=["POST", "GET"])]), TOKEN, ["localhost:8765"])
    client = TestClient(app, base_url="http://localhost:8765")
    own = {"origin": "http://localhost:8765"}
    assert client.post(f"/do?token={TOKEN}", headers=own).text == "done"
    assert client.post(f"/do?token={TOKEN}").status_code == 403
    assert client.post(f"/do?token={TOKEN}", headers={"origin": "http://evil.example"}).status_code == 403
    assert TestClient(app, base_url="http://localhost:8765").post("/do", headers=own).status_code == 403
    policies = client.get("/do", headers=own).headers.get_list("content-security-policy")
    assert policies == ["default-src 'none'; sandbox"]  # a report has one, and the stricter
