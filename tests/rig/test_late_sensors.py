"""A sensor that is switched on later, and one that goes away and comes back, in a real recording."""

import pytest

import groundup
from tests.installed_plugin import install_plugin
from tests.rig.conftest import Rig, recorded

PLUGIN = """
import threading
import numpy as np
from groundup.plugin import Channel, Device, Settings, StreamSpec, hookimpl

class BandSettings(Settings, frozen=True):
    word: bool = True

def spec(key):
    return StreamSpec("Band " + key, "IMU", 100.0, "float32", (Channel("acc_x", "m/s^2", key),))

class Band(Device):
    name = "band"
    settings_type = BandSettings

    def __init__(self, settings):
        super().__init__(settings)
        self.going, self.thread = threading.Event(), None

    def open(self):
        return {"pelvis": spec("pelvis")}

    def start(self, sink):
        self.thread = threading.Thread(target=self.run, args=(sink,), daemon=True)
        self.thread.start()

    def run(self, sink):
        start, last, told = sink.clock(), 0, False
        while not self.going.wait(0.05):
            now = int((sink.clock() - start) * 100)
            numbers = np.arange(last, now)
            last = now
            self.push(sink, "pelvis", start, numbers)
            if now > 200:
                sink.add("trunk", spec("trunk"))
                self.push(sink, "trunk", start, numbers[(numbers < 500) | (numbers >= 800)])
            if now > 500 and not told and self.settings.word:
                sink.away("trunk", "out of range")
                told = True

    def push(self, sink, key, start, numbers):
        sink.push(np.ones((len(numbers), 1), np.float32), start + numbers / 100.0, key)

    def stop(self):
        if self.thread is not None:
            self.going.set()
            self.thread.join()

@hookimpl
def groundup_devices():
    return [Band]
"""


@pytest.fixture
def band(rig: Rig) -> Rig:
    """Two sensors: pelvis from the beginning, trunk from 2 s on, with 3 s out of range."""
    install_plugin(rig.cwd / "site", "band", PLUGIN)
    rig.environment = {**rig.environment, "PYTHONPATH": str(rig.cwd / "site")}
    return rig


@pytest.mark.survives(
    "recording",
    fault="A radio sensor is switched on late, or goes out of range and comes back.",
    happens="It is recorded from when it sends; its absence is one line with its driver's reason, and a gap.",
    said="“imus.trunk is away: out of range”, “imus.trunk sends again after 3.5 s; 300 samples are missing”",
    lost="What it did not send.",
)
@pytest.mark.parametrize("required", [True, False])
def test_a_late_sensor_is_recorded_and_its_absence_is_one_line(band: Rig, required: bool) -> None:
    table = "" if required else "[devices.imus.streams.trunk]\nrequired = false\n"
    (band.cwd / "lab.toml").write_text(f'[devices.imus]\ndriver = "band"\n{table}')
    process = band.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_for("imus.trunk is away: out of range", "imus.trunk sends again")
    journal = band.cwd / "x.journal.xdf"
    process.wait_until(lambda: recorded(journal)["imus.trunk"].count > 400)
    process.close_input()
    assert process.wait() == (3 if required else 0), "".join(process.output)
    with groundup.open(band.cwd / "x.h5") as recording:
        assert set(recording.streams) == {"imus.pelvis", "imus.trunk"}
        late = recording.streams["imus.trunk"].time[0] - recording.streams["imus.pelvis"].time[0]
        rows = recording.ledger[recording.ledger["stream"] == "imus.trunk"]
        gaps = rows[rows["kind"] == "gap"]
        (away,) = [event for event in recording.markers() if event.kind == "away"]
        pelvis = recording.ledger[recording.ledger["stream"] == "imus.pelvis"]
    assert away.text == "imus.trunk is away: out of range"
    assert late > 1.0
    assert (rows["kind"] == "away").sum() == 1
    assert (rows["kind"] == "stalled").sum() == 0
    assert set(rows["severity"][rows["kind"] == "away"]) == {"fault" if required else "warning"}
    assert gaps["count"].tolist() == [300]
    assert set(pelvis["severity"]) == {"info"}
