"""What a driver says, does wrong, or dies of is in the ledger of the sealed file, with its device's name."""

from pathlib import Path

import pytest

import groundup
from tests.installed_plugin import install_plugin
from tests.rig.conftest import Rig, recorded

PLUGIN = """
import os, sys, threading, time
import numpy as np
from groundup.plugin import Channel, Device, Settings, StreamSpec, hookimpl, missing

class How(Settings, frozen=True):
    how: str = ""

class Naughty(Device):
    name = "naughty"
    settings_type = How

    def __init__(self, settings):
        super().__init__(settings)
        self.going, self.thread = threading.Event(), None

    def open(self):
        if self.settings.how == "absent":
            raise OSError("no mat is on the bus: plug it in")
        if self.settings.how == "package":
            raise missing("mat-sdk")
        if self.settings.how == "bug":
            return [1][2]
        if self.settings.how == "nothing":
            return None
        if self.settings.how == "silent":
            time.sleep(3600)
        return StreamSpec("Mat", "EMG", 100.0, "int16", (Channel("a", "V"), Channel("b", "V")))

    def start(self, sink):
        self.thread = threading.Thread(target=self.run, args=(sink,), daemon=True)
        self.thread.start()

    def run(self, sink):
        k = 0
        while not self.going.wait(0.05):
            now = sink.clock()
            sink.push(np.full((5, 2), k % 1000, np.int16), now - 0.05 + np.arange(5) / 100.0)
            if self.settings.how == "refused":
                sink.push(np.full((3, 2), 100000), now - 0.05 + np.arange(3) / 100.0)
            if self.settings.how == "fails" and os.path.exists("now"):
                sink.fail("the mat is on fire")
            if self.settings.how == "fails long" and os.path.exists("now"):
                sink.fail("the mat is \\x1b[31mon fire: " + "x" * 200000)
            if self.settings.how == "thread" and os.path.exists("now"):
                raise KeyError("the mat's third foot")
            k += 1

    def stop(self):
        if self.thread is not None:
            self.going.set()
            self.thread.join()
            self.thread = None
            if self.settings.how == "hangs":
                print("waiting for the mat for ever", file=sys.stderr, flush=True)
                time.sleep(3600)
            if self.settings.how == "dies":
                print("the mat's library breaks down", file=sys.stderr, flush=True)
                os.abort()
            if self.settings.how == "raises":
                raise OSError("the mat does not let go")

@hookimpl
def groundup_devices():
    return [Naughty]
"""


@pytest.fixture
def naughty(rig: Rig) -> Rig:
    """A lab with a driver that is told how to misbehave."""
    install_plugin(rig.cwd / "site", "naughty", PLUGIN)
    rig.environment = {**rig.environment, "PYTHONPATH": str(rig.cwd / "site")}
    return rig


@pytest.mark.survives(
    "recording",
    fault="A driver hangs when it is told to stop.",
    happens="It is killed; its last words are in the ledger; exit status 3.",
    said=(
        "“the driver of mat did not come to its end and was killed; what it had yet to say is lost; its last words: …”"
    ),
    lost="What it had not yet pushed.",
)
@pytest.mark.survives(
    "recording",
    fault="A driver crashes or raises when it is told to stop, or calls `Sink.fail`.",
    happens="A fault with the device's name and the driver's words; exit status 3.",
    said=(
        "“the driver of mat has crashed (signal 6) when it was told to stop; its last words: …”, “the driver of mat: "
        "the mat is on fire”"
    ),
    lost="What it had not yet pushed.",
)
@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("refused", "refused", ["samples are int64, and int16 is announced"]),
        ("fails", "failed", ["the driver of mat", "the mat is on fire"]),
        ("fails long", "failed", ["the driver of mat", "on fire: xxx"]),
        ("hangs", "device", ["the driver of mat did not come to its end", "killed", "waiting for the mat for ever"]),
        ("dies", "device", ["the driver of mat has crashed (signal 6)", "the mat's library breaks down"]),
        ("raises", "device", ["the driver of mat has failed", "the mat does not let go"]),
        ("thread", "failed", ["the driver of mat: its thread has ended: KeyError", "third foot", "naughty.py:"]),
    ],
)
def test_it_is_a_fault_in_the_sealed_file(naughty: Rig, how: str, kind: str, words: list[str]) -> None:
    (naughty.cwd / "lab.toml").write_text(f'[devices.mat]\ndriver = "naughty"\nhow = "{how}"\n')
    process = naughty.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_until(lambda: any(stream.count > 50 for stream in recorded(naughty.cwd / "x.journal.xdf").values()))
    (naughty.cwd / "now").touch()
    if kind == "failed":
        process.wait_for(words[-1])
    process.close_input()
    assert process.wait() == 3, "".join(process.output)
    with groundup.open(naughty.cwd / "x.h5") as recording:
        ledger = recording.ledger
    rows = ledger[(ledger["kind"] == kind) & (ledger["severity"] == "fault")]
    said = " ".join(rows["message"])
    assert all(word in said for word in words), ledger["message"].tolist()
    if how == "refused":
        assert rows["count"].sum() >= 6
        assert (rows["count"] % 3 == 0).all()
        assert set(rows["stream"]) <= {"", "mat"}  # the first are told before the stream has joined


@pytest.mark.survives(
    "recording",
    fault="A device cannot be opened.",
    happens="The others are recorded; its reason is on the screen and in the ledger; exit status 3.",
    said="“the driver of mat has failed …; its last words: … no mat is on the bus: plug it in”",
    lost="Nothing of the others.",
)
def test_why_a_device_could_not_be_opened_is_in_the_ledger(naughty: Rig, tmp_path: Path) -> None:
    """The other device is recorded, and the file says what the driver of the absent one said."""
    (naughty.cwd / "lab.toml").write_text(
        '[devices.mat]\ndriver = "naughty"\nhow = "absent"\n[devices.emg]\ndriver = "virtual_lab"\npart = "emg"\n'
    )
    process = naughty.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("joined", "no mat is on the bus")
    process.wait_for("the driver of mat has failed")
    process.close_input()
    assert process.wait() == 3
    with groundup.open(naughty.cwd / "x.h5") as recording:
        said = [message for message in recording.ledger["message"] if "no mat is on the bus: plug it in" in message]
    assert said


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("bug", ["IndexError", "naughty.py:"]),
        ("nothing", ["None is no StreamSpec"]),
        ("silent", ["mat"]),
    ],
)
def test_a_device_of_which_nothing_is_recorded_is_a_fault_also_beside_streams_that_are_named(
    naughty: Rig, how: str, words: list[str]
) -> None:
    (naughty.cwd / "lab.toml").write_text(
        f'[devices.mat]\ndriver = "naughty"\nhow = "{how}"\n'
        '[devices.emg]\ndriver = "virtual_lab"\npart = "emg"\nrequired = false\n'
        "[streams.muscles]\nmatch = \"starts-with(source_id,'groundup/emg/')\"\n"
    )
    process = naughty.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("joined", *(words if how != "silent" else []))
    process.close_input()
    assert process.wait() == 3, "".join(process.output)
    assert "Traceback" not in "".join(process.output)
    with groundup.open(naughty.cwd / "x.h5") as recording:
        ledger = recording.ledger
    faults = ledger[ledger["severity"] == "fault"]
    assert "mat" in set(faults[faults["kind"] == "missing"]["stream"])
    assert all(word in " ".join(faults["message"]) for word in words)


@pytest.mark.survives(
    "recording",
    fault="A driver's package is not installed.",
    happens="The others are recorded; the driver ends at once and is not started again; exit status 3.",
    said="“the driver of mat cannot work as things are, and is not started again; … `pip install mat-sdk`”",
    lost="Nothing of the others.",
)
def test_a_driver_whose_package_is_missing_is_not_started_again(naughty: Rig) -> None:
    (naughty.cwd / "lab.toml").write_text(
        '[devices.mat]\ndriver = "naughty"\nhow = "package"\n[devices.emg]\ndriver = "virtual_lab"\npart = "emg"\n'
    )
    process = naughty.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("joined", "not started again", "`pip install mat-sdk`")
    process.close_input()
    assert process.wait() == 3
    assert "is started again" not in "".join(process.output)
