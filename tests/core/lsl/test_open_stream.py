"""An inlet that is open can be drained, whatever becomes of its outlet: one thread drains all of them."""

import subprocess
import sys
import threading
import uuid

from groundup import lsl
from groundup.headers.stream_header import spec_from_xml
from groundup.lsl.library import resolve
from groundup_ext._lsl import Inlet

SENDER = """
import sys
from groundup.lsl.outlet import Outlet
from groundup.model.streams import Channel, StreamSpec
outlet = Outlet(StreamSpec("short lived", "EMG", 100.0, "float32", (Channel("a"),)), sys.argv[1])
print("up", flush=True)
sys.stdin.read()
"""


def test_a_pull_does_not_wait_for_an_outlet_that_has_gone() -> None:
    name = f"gone-{uuid.uuid4()}"
    with subprocess.Popen(
        [sys.executable, "-c", SENDER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sender:
        assert sender.stdout is not None
        assert sender.stdout.readline() == "up\n"
        (info,) = resolve(f"source_id='{name}'", 60.0)
        stream = lsl.OpenStream(lsl.Found(info.uid(), spec_from_xml(info.xml()), info), 60)
        sender.kill()
    inlet = Inlet(stream.handle, "float32", 1, capacity=64)
    pulling = threading.Thread(target=inlet.pull, daemon=True)
    pulling.start()
    pulling.join(30.0)
    assert not pulling.is_alive()
    stream.destroy()
