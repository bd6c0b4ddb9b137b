"""A stream with a listener comes whole and in order; the listener returns when it is not wanted any more."""

import threading
import uuid

import numpy as np
import pytest

from groundup import lsl
from groundup.headers.stream_header import spec_from_xml
from groundup.lsl.library import resolve
from groundup.lsl.outlet import Outlet
from groundup.model.streams import DTYPES, FORMATS, Channel, StreamSpec
from groundup_ext._live import Inlets

PUSHES, EACH = 60, 7
PATIENCE_S = 60.0


def opened(fmt: str) -> tuple[Outlet, lsl.OpenStream]:
    name = f"live-inlet-{uuid.uuid4()}"
    sender = Outlet(StreamSpec(name, "Force", 500.0, fmt, (Channel("a"), Channel("b"))), name)  # type: ignore[arg-type]
    (info,) = resolve(f"source_id='{sender.source_id}'", 60.0)
    stream = lsl.OpenStream(lsl.Found(info.uid(), spec_from_xml(info.xml()), info), 60)
    assert sender.wait_for_consumer(60.0)
    return sender, stream


def send(sender: Outlet, fmt: str) -> list[list[object]]:
    """Chunks in quick succession, so that a listener is at work while others are taken."""
    sent: list[list[object]] = []
    start = lsl.clock()
    for number in range(PUSHES):
        first = number * EACH
        rows = [[float(n % 100), -float(n % 100)] for n in range(first, first + EACH)]  # int8 holds them, too
        stamps = [start + n / 500.0 for n in range(first, first + EACH)]
        texts = [[str(value) for value in row] for row in rows]
        sender.push(texts if fmt == "string" else np.array(rows, DTYPES.get(fmt)), stamps)
        sent += [[text.encode() for text in row] for row in texts] if fmt == "string" else rows
        threading.Event().wait(0.001 * (number % 3))
    return sent


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_is_listened_for_comes_whole_and_in_order(fmt: str) -> None:
    sender, stream = opened(fmt)
    inlets = Inlets()
    index = inlets.add(stream.handle, fmt, 2, 16, 500.0, 0.0)
    assert inlets.claim(index)
    assert not inlets.claim(index)
    listener = threading.Thread(target=inlets.listen, args=(index,))
    listener.start()
    sent: list[list[object]] = []
    sending = threading.Thread(target=lambda: sent.extend(send(sender, fmt)))
    sending.start()
    got: list[list[object]] = []
    until = lsl.clock() + PATIENCE_S
    while len(got) < PUSHES * EACH and lsl.clock() < until:
        for _, _, samples in inlets.wait(0.1):
            got += samples.tolist() if isinstance(samples, np.ndarray) else samples
    sending.join()
    assert got == sent
    inlets.stop_listeners()
    listener.join(PATIENCE_S)
    assert not listener.is_alive()
    assert not inlets.claim(index)
    stream.close()


def test_a_stream_with_a_listener_is_let_go() -> None:
    _, stream = opened("float32")
    inlets = Inlets()
    index = inlets.add(stream.handle, "float32", 2, 16, 500.0, 0.0)
    assert inlets.claim(index)
    listener = threading.Thread(target=inlets.listen, args=(index,))
    listener.start()
    inlets.release(index)
    until = lsl.clock() + PATIENCE_S
    while not inlets.status()["streams"][index].gone and lsl.clock() < until:
        inlets.wait(0.05)
    assert inlets.status()["streams"][index].gone
    listener.join(PATIENCE_S)
    assert not listener.is_alive()
    stream.close()
