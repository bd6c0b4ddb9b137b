"""The dashboard: what 64 channels at 2 kHz cost at thirty frames a second, with three viewers.

There is no peer: the goal is a tenth of a core. A second row says how many frames reached each viewer.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

from benchmarks.load import Load, Sender
from benchmarks.rows import Row
from groundup.lsl import private_session

_SECONDS = 10.0
_VIEWERS = 3
_NONE = float("nan")


def run() -> list[Row]:
    """Measure it."""
    with private_session(f"bench-dashboard-{uuid.uuid4()}") as environment:
        sender = Sender(environment, f"dashboard-{uuid.uuid4()}-", [Load("array", 2000, 64)], _SECONDS + 30)
        command = [sys.executable, "-m", "groundup", "view", "--port", "0", "--token", "bench"]
        view = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        try:
            assert view.stderr is not None
            found = next(m for line in view.stderr if (m := re.search(r"http://(\S+?)/\?token", line)))
            share, frames = asyncio.run(_look(found[1], view.pid))
        finally:
            view.kill()
            view.wait()
            sender.stop()
    what = f"64 channels x 2 kHz, {_VIEWERS} viewers"
    return [
        Row(f"{what}: CPU", 100.0 * share, "% of a core", "none", _NONE, "at most 10"),
        Row(f"{what}: frames a viewer, worst", min(frames) / _SECONDS, "1/s", "none", _NONE, "30"),
    ]


async def _look(host: str, pid: int) -> tuple[float, list[int]]:
    """Share of a core that the server took, and frames of samples that each viewer got."""
    from websockets.asyncio.client import connect

    counts = [0] * _VIEWERS
    begun, done = asyncio.Event(), asyncio.Event()

    async def viewer(number: int) -> None:
        async with connect(f"ws://{host}/live?token=bench", origin=f"http://{host}", max_size=None) as socket:
            async for message in socket:
                if isinstance(message, bytes) and len(message) > 100:
                    begun.set()
                    counts[number] += 1
                if done.is_set():
                    return

    viewers = [asyncio.create_task(viewer(n)) for n in range(_VIEWERS)]
    await asyncio.wait_for(begun.wait(), 60)
    await asyncio.sleep(2.0)
    before, started, cpu = list(counts), time.monotonic(), _cpu_s(pid)
    await asyncio.sleep(_SECONDS)
    took, elapsed = _cpu_s(pid) - cpu, time.monotonic() - started
    frames = [now - then for now, then in zip(counts, before, strict=True)]
    done.set()
    await asyncio.gather(*viewers)
    return took / elapsed, frames


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far, in s (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
