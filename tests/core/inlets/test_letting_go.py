"""An inlet is let go of once, whoever finds that its outlet is no more; one that is drained is left alone."""

from types import SimpleNamespace
from typing import Any, cast

from groundup.inlets.discovery import DrainedStream, StreamDiscovery
from groundup.inlets.stream_request import StreamRequest


class Opened:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def close(self) -> None:
        self.calls.append("close")

    def destroy(self) -> None:
        self.calls.append("destroy")


def stream(opened: Opened) -> DrainedStream:
    return DrainedStream("emg", 0, StreamRequest(), cast(Any, opened), cast(Any, SimpleNamespace()), 0.0)


def test_it_is_drained_a_last_time_and_given_back_once() -> None:
    left: list[DrainedStream] = []
    discovery, old = StreamDiscovery([], left.append), Opened()
    one = stream(old)
    for _ in range(2):
        discovery._let_go(one, cast(Any, old))
    assert (left, old.calls, one.lost) == ([one], ["close", "destroy"], True)
    discovery.close()


def test_the_inlet_by_which_a_stream_has_come_back_is_not_given_back_for_the_one_before() -> None:
    """Two threads found the outlet dead; between them the stream came back."""
    left: list[DrainedStream] = []
    discovery, old, new = StreamDiscovery([], left.append), Opened(), Opened()
    one = stream(old)
    discovery._let_go(one, cast(Any, old))
    one.open, one.lost = cast(Any, new), False
    discovery._let_go(one, cast(Any, old))
    assert (len(left), new.calls, one.lost) == (1, [], False)
    discovery.close()
