"""Samples of text that are as long as nobody expects: recorded whole, in memory that their number does not add to."""

import uuid
from pathlib import Path

import pylsl
import pytest

import groundup
from tests.rig.conftest import PATIENCE_S, Rig

LENGTH = 50_000_000


def peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell how much memory a process has held")
    return 1024 * next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))


@pytest.mark.survives(
    "recording",
    fault="A sender's samples of text are 50 MB long",
    happens="They are recorded and sealed whole; a pull takes one at a time, and a cycle is written before the next",
    said="nothing",
    lost="Nothing; memory of five such samples, two of them liblsl's own, however many come one after the other",
)
def test_texts_of_fifty_megabytes_are_recorded_whole_in_bounded_memory(here: Rig) -> None:
    name = f"long-{uuid.uuid4()}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0.0, "string", name))
    process = here.start("record", "--stream", f"name='{name}'", "-o", "x.h5", "--no-analyze")
    assert outlet.wait_for_consumers(PATIENCE_S)
    journal, before = here.cwd / "x.journal.xdf", peak_bytes(process.process.pid)
    for number in range(8):
        outlet.push_sample([f"{number}" + "x" * LENGTH])
        process.wait_until(lambda: journal.exists() and journal.stat().st_size > (number + 1) * LENGTH)  # noqa: B023
    assert peak_bytes(process.process.pid) - before < 6 * LENGTH
    process.close_input()
    assert process.wait() == 0, "".join(process.output)
    with groundup.open(here.cwd / "x.h5") as recording:
        (stream,) = recording.streams.values()
        texts = [bytes(stream.samples[k][0]) for k in range(len(stream))]
    assert [(text[:1], len(text)) for text in texts] == [(b"%d" % k, LENGTH + 1) for k in range(8)]
