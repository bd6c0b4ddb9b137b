"""The streams of the dashboard over real LSL: found, opened, and tried again."""

import threading

import pytest

from groundup import lsl
from groundup.web import feeds as feeds_module
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
