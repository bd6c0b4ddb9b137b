"""A device that is recorded hears when the recording and its trials begin and end, and the file says when it did."""

from pathlib import Path

import pytest

import groundup
from groundup.journal import JournalDamagedError, read_journal
from groundup.lsl.trial_control import TrialControl
from groundup.model.ledger import LedgerRow
from tests.installed_plugin import install_plugin
from tests.rig.conftest import Rig, recorded

PLUGIN = """
import numpy as np
from groundup.plugin import Channel, PolledDevice, StreamSpec, hookimpl

class Lamp(PolledDevice):
    name = "lamp"

    def connect(self):
        self.light = 0.0
        return StreamSpec("Lamp", "Light", 0.0, "float32", (Channel("lit", "1"),))

    def read(self, sink):
        self.wait(0.01)
        sink.push(np.array([[self.light]], np.float32), np.array([sink.clock()]))

    def recording_started(self, name):
        self.light = float(len(name))

    def trial_started(self, name, condition):
        self.light = 50.0
        if condition == "dark":
            raise RuntimeError("no lamp is in its socket")

    def recording_stopping(self):
        self.light = 99.0

    def disconnect(self):
        pass

@hookimpl
def groundup_devices():
    return [Lamp]
"""


@pytest.fixture
def lamp(here: Rig) -> Rig:
    install_plugin(here.cwd / "site", "lamp", PLUGIN)
    here.environment = {**here.environment, "PYTHONPATH": str(here.cwd / "site")}
    (here.cwd / "lab.toml").write_text('[devices.lamp]\ndriver = "lamp"\n')
    return here


def noted(journal: Path, kind: str) -> list[LedgerRow]:
    """Lines of the ledger of a journal that is being written."""
    try:
        return [row for row in read_journal(journal).source.ledger if row.kind == kind]
    except (FileNotFoundError, JournalDamagedError):
        return []


@pytest.mark.survives(
    "recording",
    fault="A driver raises when it is told that a trial begins or ends.",
    happens="It is a warning in the ledger; its samples go on.",
    said="“the driver of lamp: trial_started(…) failed: …”",
    lost="Nothing.",
)
def test_a_device_hears_of_the_recording_and_its_trials_and_the_file_dates_what_it_did(lamp: Rig) -> None:
    process = lamp.start("record", "lab.toml", "-o", "walk.h5", "--no-analyze")
    journal = lamp.cwd / "walk.journal.xdf"
    process.wait_until(lambda: bool(noted(journal, "trigger")))
    control = TrialControl()
    process.wait_until(lambda: control.has_listener() and {"desk", "lamp"} <= recorded(journal).keys())
    control.start_trial("one", "usual")
    process.wait_until(lambda: len(noted(journal, "trigger")) == 2)
    control.start_trial("two", "dark")
    process.wait_until(lambda: bool(noted(journal, "trigger_failed")))
    before = recorded(journal)["lamp"].count
    process.wait_until(lambda: recorded(journal)["lamp"].count > before + 50)
    process.close_input()
    assert process.wait() == 0, "".join(process.output)
    with groundup.open(lamp.cwd / "walk.h5") as recording:
        ledger = {row.message.partition(": ")[2]: row for row in recording.ledger_list() if "trigger" in row.kind}
        (failed,) = (row for row in ledger.values() if row.kind == "trigger_failed")
        assert failed.severity == "warning"
        assert "trial_started('two', 'dark') failed: RuntimeError: no lamp is in its socket" in failed.message
        begun, trial, *ending = (event for event in recording.markers() if event.kind == "trigger")
        assert begun.text.startswith("recording_started('walk')")
        assert trial.text.startswith("trial_started('one', 'usual')")
        assert trial.source == "lamp"
        # What a device does at the end may come after the last sample: the ledger has it.
        assert all(event.text.startswith("recording_stopping()") for event in ending)
        assert any(words.startswith("recording_stopping()") for words in ledger)
        light = recording.streams["lamp"]
        lit = float(light.time[light.samples[:, 0] == 50.0][0])
        last_dark = float(light.time[light.samples[:, 0] == 4.0][-1])
        assert last_dark <= trial.time <= lit + 1e-3  # what the file says lies where the device did it
