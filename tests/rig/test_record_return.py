"""An outlet that dies and comes back is recorded on: nothing twice, nothing garbled, and the gap is in the ledger."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import groundup
from groundup import lsl
from tests.rig.conftest import Process, Rig, recorded

SECOND = 1_000_000
"""What the second life of a sender begins to count at."""


class Life:
    """One life of a sender."""

    def __init__(self, **want: Any) -> None:
        program = Path(__file__).with_name("program.py")
        self.process = subprocess.Popen(
            [sys.executable, str(program), json.dumps(want)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.up = float(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)


Live = Callable[..., Life]


@pytest.fixture
def live() -> Iterator[Live]:
    lives: list[Life] = []

    def start(**want: Any) -> Life:
        lives.append(Life(**want))
        return lives[-1]

    yield start
    for life in lives:
        life.kill()


def recorder(here: Rig, name: str, *more: str) -> Process:
    process = here.start("record", "--stream", f"name='{name}'", "-o", "x.h5", "--no-analyze", *more)
    process.wait_for("joined")
    return process


def numbers(here: Rig) -> dict[str, np.ndarray]:
    """What is recorded of each stream by now: its first channel."""
    found = recorded(here.cwd / "x.journal.xdf")
    return {id_: np.concatenate([np.empty(0, int), *(b[:, 0] for _, b in s.blocks())]) for id_, s in found.items()}


def await_samples(here: Rig, process: Process, *streams: str, least: int = 200, first: int = 0) -> None:
    """Wait until so many samples of each stream are recorded, counted from the first of a life on."""

    def there() -> bool:
        found = numbers(here)
        return all(np.count_nonzero(found.get(stream, np.empty(0)) >= first) >= least for stream in streams)

    process.wait_until(there)


def finish(here: Rig, process: Process) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Stop the recorder; the first channel of each stream, and the ledger."""
    process.close_input()
    assert process.wait() in (0, 3), "".join(process.output)  # what the clock makes of it is tested elsewhere
    assert here.run("verify", "x.h5").wait() == 0
    with groundup.open(here.cwd / "x.h5") as recording:
        return {i: np.asarray(s.samples)[:, 0] for i, s in recording.streams.items()}, recording.ledger


def rows(ledger: pd.DataFrame, kind: str) -> pd.DataFrame:
    return ledger[ledger["kind"] == kind]


def assert_two_lives(values: np.ndarray) -> tuple[int, int]:
    """Nothing twice, nothing out of order, nothing lost within a life; how much the file has of each."""
    first, second = values[values < SECOND], values[values >= SECOND]
    assert values.tolist() == [*first.tolist(), *second.tolist()]
    for life in (first, second):
        at = np.flatnonzero(np.diff(life) != 1)
        assert len(at) == 0, [life[i - 2 : i + 4].tolist() for i in at]
    return len(first), len(second)


@pytest.mark.survives(
    "recording",
    fault="A sender dies and comes back, on another port, with another clock, with or without a source id.",
    happens="It is recorded on as the same stream; the gap is in the ledger.",
    said="“s01 has left the network”, “s01 is back after … s; … samples are missing”",
    lost="What it did not send.",
)
def test_outlets_that_come_back_are_recorded_on(here: Rig, live: Live) -> None:
    """On another port; with their source id, without one, and with another clock."""
    name = f"back-{uuid.uuid4()}"
    wants = [
        {"name": f"{name}-id", "source_id": f"{name}-id"},
        {"name": f"{name}-none", "source_id": ""},
        {"name": f"{name}-clock", "source_id": f"{name} 'clock'"},
    ]
    ones = [live(**want) for want in wants]
    process = here.start("record", "--stream", f"starts-with(name,'{name}')", "-o", "x.h5", "--no-analyze")
    process.wait_for("s01: ", "s02: ", "s03: ")
    await_samples(here, process, "s01", "s02", "s03")
    dying = lsl.clock()
    for one in ones:
        one.kill()
    process.wait_for("s01 has left", "s02 has left", "s03 has left")
    ups = {w["name"]: live(**w, first=SECOND, clock=1e6 * w["name"].endswith("clock")).up for w in wants}
    process.wait_for("s01 is back", "s02 is back", "s03 is back")
    back = lsl.clock()
    await_samples(here, process, "s01", "s02", "s03", first=SECOND)
    streams, ledger = finish(here, process)
    assert list(streams) == ["s01", "s02", "s03"]
    with groundup.open(here.cwd / "x.h5") as recording:
        up = {id_: ups[stream.spec.name] for id_, stream in recording.streams.items()}
    for stream, values in streams.items():
        assert min(assert_two_lives(values)) >= 100, stream
        mine = ledger[ledger["stream"] == stream]
        (lost,), (returned,) = rows(mine, "lost").itertuples(), rows(mine, "returned").itertuples()
        assert lost.time < up[stream] < returned.time + 1.0
        assert (up[stream] - dying - 1.0) * 500 < returned.count < (back - dying + 1.0) * 500
    info = here.run("info", "x.h5")
    info.wait()
    assert "s01 has left the network" in "".join(info.output)
    assert "s01 is back after" in "".join(info.output)


def test_an_outlet_on_its_old_port_is_known_as_the_new_one(here: Rig, live: Live) -> None:
    """The only port of the range is taken again by the next life, and by another stream in between."""
    config = Path(os.environ["LSLAPICFG"]).read_text()
    narrow = here.cwd / "narrow.cfg"
    narrow.write_text(re.sub("PortRange = .*", "PortRange = 2", config))
    name = f"port-{uuid.uuid4()}"
    before = os.environ["LSLAPICFG"]
    os.environ["LSLAPICFG"] = str(narrow)
    try:
        one = live(name=name, source_id=name)
        process = here.start("record", "--stream", f"name='{name}'", "-o", "x.h5", "--no-analyze")
        process.wait_for("joined")
        await_samples(here, process, "s01")
        one.kill()
        live(name=name, source_id=name, first=SECOND)
    finally:
        os.environ["LSLAPICFG"] = before
    process.wait_for("is back")
    await_samples(here, process, "s01", first=SECOND)
    streams, _ = finish(here, process)
    assert_two_lives(streams["s01"])


@pytest.mark.survives(
    "recording",
    fault="A sender comes back with other channels, another format or another rate.",
    happens="It is recorded on as a new stream.",
    said="“s01 came back as … instead of …; it is now s04”",
    lost="Nothing.",
)
def test_streams_that_come_back_in_another_form_are_new_streams(here: Rig, live: Live) -> None:
    name = f"form-{uuid.uuid4()}"
    changes: list[dict[str, Any]] = [{"channels": 3}, {"format": "double64"}, {"rate": 250.0}]
    wants = [{"name": f"{name}-{k}", "source_id": f"{name}-{k}"} for k in range(len(changes))]
    ones = [live(**want) for want in wants]
    process = here.start("record", "--stream", f"starts-with(name,'{name}')", "-o", "x.h5", "--no-analyze")
    process.wait_for("s01: ", "s02: ", "s03: ")
    await_samples(here, process, "s01", "s02", "s03")
    for one in ones:
        one.kill()
    for want, change in zip(wants, changes, strict=True):
        live(**want, first=SECOND, **change)
    process.wait_for("it is now s04", "it is now s05", "it is now s06")
    await_samples(here, process, "s04", "s05", "s06", first=SECOND)
    streams, ledger = finish(here, process)
    for before, after in (("s01", "s04"), ("s02", "s05"), ("s03", "s06")):
        assert (streams[before] < SECOND).all()
        assert (streams[after] >= SECOND).all()
    assert sorted(rows(ledger, "changed")["stream"]) == ["s01", "s02", "s03"]


def test_two_live_streams_of_one_name_and_source_id_are_two_streams(here: Rig, live: Live) -> None:
    name = f"twins-{uuid.uuid4()}"
    live(name=name, source_id="same")
    other = live(name=name, source_id="same", first=SECOND)
    process = recorder(here, name)
    await_samples(here, process, "s01", "s02")
    other.kill()
    live(name=name, source_id="same", first=2 * SECOND)
    process.wait_for("is back")
    process.wait_until(lambda: any((of >= 2 * SECOND).sum() >= 200 for of in numbers(here).values()))
    streams, _ = finish(here, process)
    assert len(streams) == 2
    steady, back = sorted(streams.values(), key=lambda values: int(values[-1]))
    assert (np.diff(steady) == 1).all()
    assert back[0] >= SECOND
    assert back[-1] >= 2 * SECOND
    assert sorted(np.unique(np.diff(back)))[0] == 1


def test_what_a_dying_outlet_had_sent_is_all_recorded(here: Rig, live: Live) -> None:
    """The recorder is held up while the samples queue and the outlet dies; it finds them when it goes on."""
    name = f"queue-{uuid.uuid4()}"
    one = live(name=name, source_id=name, rate=1000.0)
    process = recorder(here, name)
    await_samples(here, process, "s01")
    os.kill(process.process.pid, signal.SIGSTOP)
    time.sleep(0.5)
    one.signal(signal.SIGSTOP)
    time.sleep(0.2)
    os.kill(process.process.pid, signal.SIGCONT)
    time.sleep(0.3)
    one.kill()
    process.wait_for("has left the network")
    streams, ledger = finish(here, process)
    assert (np.diff(streams["s01"]) == 1).all()
    assert rows(ledger, "gap").empty


@pytest.mark.survives(
    "recording",
    fault="The sender or the recorder is held up for seconds.",
    happens="Everything that waited is recorded.",
    said="“s01 has sent nothing for … s”, where it was the sender",
    lost="Nothing.",
)
@pytest.mark.parametrize("who", ["sender", "recorder"])
def test_a_process_that_is_held_up_for_seconds_loses_nothing(here: Rig, live: Live, who: str) -> None:
    name = f"held-{uuid.uuid4()}"
    one = live(name=name, source_id=name)
    process = recorder(here, name)
    await_samples(here, process, "s01")
    pid = one.process.pid if who == "sender" else process.process.pid
    os.kill(pid, signal.SIGSTOP)
    time.sleep(2.5)
    held = int(numbers(here)["s01"][-1])
    os.kill(pid, signal.SIGCONT)
    await_samples(here, process, "s01", first=held + 1250)
    streams, ledger = finish(here, process)
    assert (np.diff(streams["s01"]) == 1).all()
    assert rows(ledger, "gap").empty
    assert (ledger["count"] == 0).all()
    assert len(rows(ledger, "stalled")) == (who == "sender")


def test_a_stream_that_joins_late_and_one_at_a_wrong_rate_are_recorded_and_said(here: Rig, live: Live) -> None:
    name = f"late-{uuid.uuid4()}"
    live(name=name, source_id=f"{name}-1")
    process = recorder(here, name)
    live(name=name, source_id=f"{name}-2", first=SECOND, rate=1000.0, true_rate=800.0)
    process.wait_for("s02: ", "s02 says 1000 Hz but sends")
    streams, ledger = finish(here, process)
    assert (np.diff(streams["s02"]) == 1).all()
    joined = rows(ledger, "joined").set_index("stream")["time"]
    assert joined["s02"] > joined["s01"]
    assert rows(ledger, "rate")["stream"].unique().tolist() == ["s02"]
