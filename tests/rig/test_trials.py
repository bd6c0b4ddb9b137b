"""A recipe that a person walks: from the terminal or the page, its trials and its target are in the recording."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import groundup
from tests.rig.conftest import Rig

RECIPE = """
metric = "stride_time"
least_values = 3
[[blocks]]
name = "as usual"
kind = "baseline"
seconds = 3
[[blocks]]
name = "slower"
kind = "feedback"
seconds = 2
target_percent = 20
"""

# Live, as it says a stride of each leg ten times a second.
LIVE = """
import sys, threading
import pylsl
info = pylsl.StreamInfo("groundup.metrics", "Metrics", 2, 0, "double64", "trials-metrics")
channels = info.desc().append_child("channels")
for side in "LR":
    channel = channels.append_child("channel")
    for key, value in (("label", "stride_time_" + side), ("side", side), ("unit", "s")):
        channel.append_child_value(key, value)
metrics = pylsl.StreamOutlet(info)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.wait(0.1):
    metrics.push_sample([1.0, 1.25], pylsl.local_clock())
"""


@pytest.fixture
def live(rig: Rig) -> Iterator[Rig]:
    (rig.cwd / "r.toml").write_text(RECIPE)
    sender = subprocess.Popen([sys.executable, "-c", LIVE], env=rig.environment, stdin=subprocess.PIPE)
    yield rig
    sender.kill()
    sender.wait()


def test_a_recipe_walked_in_the_terminal_is_in_the_recording(live: Rig) -> None:
    record = live.start("record", "--stream", "name='groundup.metrics'", "-o", "x.h5", "--no-analyze")
    record.wait_for("groundup.metrics")
    walked = live.start("trials", "r.toml", "--auto")
    record.wait_for("desk")
    assert walked.wait() == 0, "".join(walked.output)
    record.close_input()
    assert record.wait() == 0, "".join(record.output)
    with groundup.open(Path(live.cwd) / "x.h5") as recording:
        trials = recording.marked_trials()
        assert [(t.name, t.condition) for t in trials] == [("as usual", "baseline"), ("slower", "feedback")]
        assert [t.t1 - t.t0 for t in trials] == pytest.approx([3, 2], abs=0.5)
        texts = [event.text for event in recording.markers()]
    assert any("target of stride_time, baseline +20 %: L 1.15 to 1.25 s (baseline 1, n=" in text for text in texts)
    assert any("slower: stride_time L 1 s (n=" in text and "0 % in the band" in text for text in texts)
