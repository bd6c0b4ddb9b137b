"""Streams of a device are called by their keys, whoever joins first and wherever the driver runs."""

from pathlib import Path

import pytest

import groundup
from tests.installed_plugin import install_plugin
from tests.rig.conftest import Rig, recorded

PLUGIN = """
import threading, time
import numpy as np
from groundup.plugin import Channel, Device, Settings, StreamSpec, hookimpl

class MillSettings(Settings, frozen=True):
    first: str = "left"
    silent: str = ""
    site: str = ""

def spec(key, site):
    return StreamSpec("Tandem " + key, "Force", 100.0, "float32", (Channel("Fz", "N", site), Channel("Fx", "N")))

class Mill(Device):
    name = "mill"
    settings_type = MillSettings

    def __init__(self, settings):
        super().__init__(settings)
        self.going, self.thread = threading.Event(), None

    def open(self):
        others = [key for key in ("left", "right", "belts") if key != self.settings.first]
        return {key: spec(key, self.settings.site) for key in (self.settings.first, *others)}

    def start(self, sink):
        self.thread = threading.Thread(target=self.run, args=(sink,), daemon=True)
        self.thread.start()

    def run(self, sink):
        start, sent = sink.clock(), dict.fromkeys(("left", "right", "belts"), 0)
        while not self.going.wait(0.05):
            now = int((sink.clock() - start) * 100)
            for n, key in enumerate(sent, 1):
                if key != self.settings.silent and (now > 100 or key == self.settings.first):
                    times = start + np.arange(sent[key], now) / 100.0
                    sink.push(np.full((len(times), 2), n, np.float32), times, key)
                    sent[key] = now

    def stop(self):
        if self.thread is not None:
            self.going.set()
            self.thread.join()

@hookimpl
def groundup_devices():
    return [Mill]
"""
NUMBERS = {"left": 1.0, "right": 2.0, "belts": 3.0}


@pytest.fixture
def mill(rig: Rig) -> Rig:
    """A lab with a treadmill of three streams, one of which joins a second before the others."""
    install_plugin(rig.cwd / "site", "mill", PLUGIN)
    rig.environment = {**rig.environment, "PYTHONPATH": str(rig.cwd / "site")}
    return rig


def enough(journal: Path, ids: set[str]) -> bool:
    there = recorded(journal)
    return ids <= there.keys() and all(there[id].count > 50 for id in ids)


@pytest.mark.parametrize("first", ["right", "belts"])
def test_an_id_is_of_the_key_whichever_stream_joins_first(mill: Rig, first: str) -> None:
    (mill.cwd / "lab.toml").write_text(
        f'[devices.tandem]\ndriver = "mill"\nfirst = "{first}"\n'
        '[devices.tandem.streams.left.channels]\n"Fz" = { site = "plate:1", side = "L" }\n'
        '[streams."tandem.right".channels]\n"Fz" = { site = "plate:2", side = "R" }\n'
    )
    process = mill.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    ids = {f"tandem.{key}" for key in NUMBERS}
    process.wait_until(lambda: enough(mill.cwd / "x.journal.xdf", ids))
    process.close_input()
    assert process.wait() == 0, "".join(process.output)
    with groundup.open(mill.cwd / "x.h5") as recording:
        assert set(recording.streams) == ids
        for key, number in NUMBERS.items():
            assert (recording.streams[f"tandem.{key}"].samples[:] == number).all()
        sites = {id: stream.spec.channels[0].site for id, stream in recording.streams.items()}
    assert sites == {"tandem.left": "plate:1", "tandem.right": "plate:2", "tandem.belts": ""}


def test_a_sensor_that_is_required_and_silent_is_named_and_another_is_no_fault(mill: Rig) -> None:
    (mill.cwd / "lab.toml").write_text(
        '[devices.tandem]\ndriver = "mill"\nsilent = "right"\n'
        '[devices.spare]\ndriver = "mill"\nsilent = "belts"\n[devices.spare.streams.belts]\nrequired = false\n'
    )
    process = mill.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("still waiting for tandem.right")
    ids = {"tandem.left", "tandem.belts", "spare.left", "spare.right"}
    process.wait_until(lambda: enough(mill.cwd / "x.journal.xdf", ids))
    process.close_input()
    assert process.wait() == 3, "".join(process.output)
    with groundup.open(mill.cwd / "x.h5") as recording:
        ledger = recording.ledger
    faults = ledger[ledger["severity"] == "fault"]
    assert faults["message"].tolist() == ["required, but not on the network: tandem.right"]


def test_a_driver_elsewhere_names_its_streams_too(mill: Rig) -> None:
    """No lab.toml where it is recorded, or one that starts nothing: the ids are the same."""
    (mill.cwd / "far.toml").write_text('[devices.tandem]\ndriver = "mill"\n')
    (mill.cwd / "near.toml").write_text('[streams."tandem.left"]\n[streams.tandem]\nmatch = "name=\'Tandem belts\'"\n')
    driver = mill.start("drive", "tandem", "--lab", "far.toml")
    every = mill.start("record", "-o", "all.h5", "--no-analyze")
    named = mill.start("record", "near.toml", "-o", "named.h5", "--no-analyze")
    every.wait_until(lambda: enough(mill.cwd / "all.journal.xdf", {f"tandem.{key}" for key in NUMBERS}))
    named.wait_until(lambda: enough(mill.cwd / "named.journal.xdf", {"tandem.left", "tandem"}))
    for process in (every, named):
        process.close_input()
        assert process.wait() == 0, "".join(process.output)
    driver.close_input()
    with groundup.open(mill.cwd / "named.h5") as recording:
        assert set(recording.streams) == {"tandem.left", "tandem"}
        assert (recording.streams["tandem"].samples[:] == NUMBERS["belts"]).all()


def test_an_id_of_two_words_is_taken_wherever_a_stream_is_named(mill: Rig) -> None:
    """Processed, published live, exported, described: each names it as it is."""
    (mill.cwd / "lab.toml").write_text(
        '[devices.tandem]\ndriver = "mill"\nsite = "plevis"\n'
        '[devices.tandem.streams.right.channels]\n"Fz" = { site = "pelvis" }\n'
        '[[process]]\nprocessor = "filter"\ninput = "tandem.left"\noutput = "smooth"\n'
        'parameters = { type = "low_pass", corners_hz = [5.0] }\n[live]\npublish = ["smooth.causal"]\n'
    )
    process = mill.start("record", "lab.toml", "-o", "x.h5")
    # The driver's own site is held against those there are, in the words of lab.toml.
    process.wait_for(
        'tandem.left: the channel "Fz" names the unknown site "plevis"; '
        'sites are muscles, segments and plates (plate:1); did you mean "pelvis"?'
    )
    process.wait_for("live_events")
    process.wait_until(lambda: enough(mill.cwd / "x.journal.xdf", {f"tandem.{key}" for key in NUMBERS}))
    process.close_input()
    assert process.wait() == 0, "".join(process.output)
    with groundup.open(mill.cwd / "x.h5") as recording:
        assert "smooth" in recording.processed
        flawed = recording.ledger[recording.ledger["kind"] == "site"]
        assert sorted(flawed["stream"]) == ["tandem.belts", "tandem.left"]  # lab.toml has another for the right
    assert mill.run("export", "x.h5", "--to", "csv", "-o", "csv").wait() == 0
    assert (mill.cwd / "csv" / "streams" / "tandem.left.csv").exists()
    assert mill.run("export", "x.h5", "--to", "xdf", "-o", "x.xdf").wait() == 0
    back = mill.run("import", "x.xdf", "-o", "back.h5", "--lab", "lab.toml")
    assert back.wait() == 0, "".join(back.output)
    with groundup.open(mill.cwd / "back.h5") as recording:
        assert {f"tandem.{key}" for key in NUMBERS} <= set(recording.streams)
    info = mill.run("info", "x.h5")
    assert "tandem.left" in "".join(info.output)


def test_a_key_that_no_driver_has_is_told_with_the_nearest(mill: Rig) -> None:
    (mill.cwd / "lab.toml").write_text(
        '[devices.tandem]\ndriver = "mill"\n[devices.tandem.streams.lefft]\nrate = 100\n'
    )
    process = mill.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("still waiting for tandem.lefft")
    process.wait_until(lambda: enough(mill.cwd / "x.journal.xdf", {"tandem.left"}))
    process.close_input()
    assert process.wait() == 3
    assert 'not on the network: tandem.lefft; did you mean "tandem.left"?' in "".join(process.output)
