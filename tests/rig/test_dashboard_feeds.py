"""The streams of the dashboard over real LSL: found, opened, and tried again."""

import subprocess
import sys
import threading

import pytest

from groundup import lsl
from groundup.web import streams as feeds_module
from tests.rig.conftest import PATIENCE_S
from tests.rig.sender import Counter


def test_a_stream_that_could_not_be_opened_is_tried_again_and_said_once_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counter, real, tries = Counter(100.0), lsl.OpenStream, []

    def fails_twice(found: lsl.Found, buffer_s: int) -> lsl.OpenStream:
        tries.append(found.uid)
        if len(tries) <= 2:
            raise TimeoutError("it did not answer in time")
        return real(found, buffer_s)

    monkeypatch.setattr(feeds_module, "_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(lsl, "OpenStream", fails_twice)
    feeds, waiting = feeds_module.Feeds(counter.predicate), threading.Event()
    until = lsl.clock() + PATIENCE_S
    while not feeds.feeds and lsl.clock() < until:
        feeds.poll()
        waiting.wait(0.05)
    feeds.close()
    assert [feed.spec.name for feed in feeds.feeds] == [counter.name]
    assert capsys.readouterr().err == f"! {counter.name} cannot be shown: it did not answer in time\n"


_NEVER_ANSWERED = """
import subprocess
import sys
import threading
from groundup import lsl
from groundup.web.streams import Feeds
begun = threading.Event()
def never(found, buffer_s):
    begun.set()
    threading.Event().wait()
lsl.OpenStream = never
feeds = Feeds({predicate!r})
while not begun.wait(0.05):
    feeds.poll()
feeds.close()
print("closed", flush=True)
"""


def test_a_stream_that_never_answers_does_not_keep_a_closed_page_from_ending() -> None:
    counter = Counter(100.0)
    code = _NEVER_ANSWERED.format(predicate=counter.predicate)
    ended = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, timeout=PATIENCE_S, check=False)
    assert (ended.returncode, ended.stdout) == (0, b"closed\n")


def test_a_stream_that_opens_after_the_page_was_closed_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    counter, real = Counter(100.0), lsl.OpenStream
    begun, go, closed = threading.Event(), threading.Event(), threading.Event()

    def late(found: lsl.Found, buffer_s: int) -> lsl.OpenStream:
        begun.set()
        go.wait(PATIENCE_S)
        opened = real(found, buffer_s)
        close = opened.close
        monkeypatch.setattr(opened, "close", lambda: (close(), closed.set()), raising=False)
        return opened

    monkeypatch.setattr(lsl, "OpenStream", late)
    feeds, until = feeds_module.Feeds(counter.predicate), lsl.clock() + PATIENCE_S
    while not begun.wait(0.05) and lsl.clock() < until:
        feeds.poll()
    feeds.close()
    go.set()
    assert closed.wait(PATIENCE_S)
