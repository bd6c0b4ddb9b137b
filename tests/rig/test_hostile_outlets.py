"""One hostile outlet beside sound ones: the others are recorded to the bit, memory is bounded, the exit status tells.

Hypothesis draws what it announces, what it sends, and how it comes and goes. A few are tried with every change;
GROUNDUP_HOSTILE=200 tries more.
"""

import json
import os
import re
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import groundup
from tests.rig.conftest import PATIENCE_S, Process
from tests.rig.sender import Counter

MOST_MB = 200.0
EXAMPLES = int(os.environ.get("GROUNDUP_HOSTILE", "2"))
MOST_CHANNELS = 65536
SILLY_RATES = [1e9, 1e300, 1e-310, 1e7]
TEXTS = ["", "plain", "\x1b[31m", "a\x00b", "<&>]]>", "\ufffe", "é" * 3000, "\x01" * 100, "{" * 1800, "[" * 1800]

SOUND = {
    "rate": 100.0, "channels": 2, "format": "float32", "type": "EMG", "stamps": "sound", "depth": 0, "text": "",
    "lives": 1, "name": "",
}  # fmt: skip
plans = st.fixed_dictionaries(
    {
        "rate": st.sampled_from([0.0, 100.0, *SILLY_RATES]),
        "channels": st.sampled_from([1, 3, 0, 5000, MOST_CHANNELS, 1_000_000]),
        "format": st.sampled_from(["float32", "double64", "string", "int8", "int16", "int32", "int64"]),
        "type": st.sampled_from(["EMG", "Markers", "", "\x1b"]),
        "stamps": st.sampled_from(["sound", "epoch", "huge", "none", "back", "zero", "mixed"]),
        "depth": st.sampled_from([0, 0, 300, 2000]),
        "text": st.sampled_from(TEXTS),
        "lives": st.sampled_from([1, 1, 4]),
        "name": st.sampled_from(["", "\x1b[2J", "'\"", "é" * 500]),
    }
)


@pytest.mark.survives(
    "recording",
    fault="Any hostile sender: silly rates, a million channels, odd stamps and texts, one that comes and goes.",
    happens=(
        "The others are sealed to the bit, the recorder takes less than 200 MB more, and the exit status is 3 if and "
        "only if the ledger has a fault."
    ),
    said="a fault with the stream's name, where the announcement cannot be meant",
    lost="Nothing of the others.",
)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(plan=plans)
@example(plan={**SOUND, "rate": 1e9})  # took 9.8 GB, and the recording never ended
def test_one_hostile_outlet_costs_the_others_nothing(tmp_path_factory: pytest.TempPathFactory, plan: dict) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    tag = f"hostile-{uuid.uuid4()}"
    plan = {**plan, "name": tag + plan["name"], "source_id": tag}
    if plan["channels"] > 5000 and plan["format"] == "string":
        plan["channels"] = 5000  # as much text as the machine of a test can send
    sound = [Counter(500.0, fmt="int64"), Counter(100.0, fmt="float32")]
    names = " or ".join(f"name='{counter.name}'" for counter in sound)
    recorder = Process(
        ["record", "--stream", f"{names} or source_id='{tag}'", "-o", "x.h5", "--no-analyze"], dict(os.environ), folder
    )
    for counter in sound:
        counter.start()
    recorder.wait_until(lambda: sum("joined" in line for line in recorder.output) >= len(sound))
    before = _megabytes(recorder.process.pid, "VmRSS")
    hostile = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("hostile.py")), json.dumps(plan)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    hung = threading.Timer(PATIENCE_S / 4.0, hostile.kill)  # liblsl loops for ever in some that hold less than a sample
    hung.start()
    try:
        assert hostile.stdout is not None
        made = "done\n" in iter(hostile.stdout.readline, "")  # what liblsl cannot announce at all is no outlet
        must_be_said = made and (plan["rate"] in SILLY_RATES or plan["channels"] > MOST_CHANNELS)
        if must_be_said:
            recorder.wait_for("!! ")
        grown = _megabytes(recorder.process.pid, "VmHWM") - before
        recorder.close_input()
        status = recorder.wait()
    finally:
        hung.cancel()
        hostile.kill()
        hostile.wait()
        recorder.kill()
        for counter in sound:
            counter.stop()
    said = "".join(recorder.output)
    assert status in (0, 3), said
    assert grown < MOST_MB, said
    with groundup.open(folder / "x.h5") as recording:
        faults = [row.message for row in recording.ledger_list() if row.severity == "fault"]
        assert (status == 3) == bool(faults), said
        streams = {stream.spec.name: stream for stream in recording.streams.values()}
        for counter in sound:
            _is_whole(streams[counter.name], counter)
        if must_be_said:
            assert any(tag in message or "nominal_srate" in message for message in faults), said


def _is_whole(stream: object, counter: Counter) -> None:
    """Every sample from the first to the last that was recorded, with the stamp that it was sent with."""
    values = np.asarray(stream.samples)  # type: ignore[attr-defined]
    first, last = int(values[0, 0]), int(values[-1, 0])
    assert values[:, 0].tolist() == list(range(first, last + 1))
    assert (values[:, 1] == 2 * values[:, 0]).all()
    assert last - first > 50
    stamps = np.asarray(stream.timestamps)  # type: ignore[attr-defined]
    assert stamps.tolist() == counter.stamps[first : last + 1]


def _megabytes(process: int, key: str) -> float:
    found = re.search(rf"{key}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return float(found.group(1)) / 1024.0 if found else 0.0
