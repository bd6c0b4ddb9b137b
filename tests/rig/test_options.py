"""A gain that is changed while it is recorded is in the file at its sample; the samples are volts before and after."""

import numpy as np

import groundup
from groundup.lsl.device_status import is_status
from groundup.recording.verify import verify
from groundup_plugins.devices.virtual_lab.emg import RATE, Emg
from groundup_plugins.devices.virtual_lab.taps import Taps
from groundup_plugins.devices.virtual_lab.walker import Walker
from tests.rig.conftest import Rig, recorded

LAB = """
[devices.emg]
driver = "virtual_lab"
part = "emg"
packet_loss = 0.1
"""


def read(gain: int, stamps: np.ndarray) -> np.ndarray:
    """What the amplifier gives at this gain: the walk does not depend on when it is recorded."""
    emg = Emg(Walker("ground_up", 1, 70.0, Taps(1, (), 30.0, 0.0)), gain)  # type: ignore[arg-type]
    index = np.rint(stamps * RATE).astype(np.int64)
    return emg.read(index, index / RATE)[""]


def test_a_change_is_at_its_sample_also_when_the_recorder_is_killed(rig: Rig) -> None:
    (rig.cwd / "lab.toml").write_text(LAB)
    process = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")

    def samples() -> int:
        return max((s.count for s in recorded(rig.cwd / "x.journal.xdf").values()), default=0)

    def device_is_heard() -> bool:
        streams = recorded(rig.cwd / "x.journal.xdf").values()
        return any(is_status(stream.spec) and stream.count for stream in streams)

    process.wait_until(lambda: samples() > 500 and device_is_heard())
    told = rig.run("tell", "emg", "set", "gain=1000")
    assert told.output == ["gain is 1000, and was 100\n"]
    refused = rig.run("tell", "emg", "set", "gain=20")
    assert "set gain is 20; 10 or 100 or 1000 is expected" in "".join(refused.output)
    before = samples()
    process.wait_until(lambda: samples() > before + 500)
    process.kill()
    assert rig.run("recover", "x.journal.xdf").process.returncode == 0
    with groundup.open(rig.cwd / "x.h5") as recording:
        first, then = recording.option_list()
        assert (first.device, first.stream, first.option, first.value, first.before) == (
            "emg",
            "emg",
            "gain",
            "100",
            "",
        )
        assert (then.value, then.before, first.sample) == ("1000", "100", 0)
        (emg,) = recording.streams.values()
        stamps, samples_ = emg.timestamps, np.asarray(emg.samples[:])
        assert 500 < then.sample < len(emg)
        assert np.array_equal(samples_[: then.sample], read(100, stamps[: then.sample]))
        assert np.array_equal(samples_[then.sample :], read(1000, stamps[then.sample :]))
        assert not np.array_equal(read(100, stamps), read(1000, stamps))
        assert then.time == emg.time[then.sample]
        (event,) = [event for event in recording.markers() if event.kind == "option"]
        assert (event.time, event.text) == (then.time, "gain of emg 100 -> 1000")
        (row,) = [row for row in recording.ledger_list() if row.kind == "command"]
        assert "told it set(gain=1000): gain is 1000, and was 100" in row.message
    shown = "".join(rig.run("info", "x.h5").output)
    assert f"gain of emg 100 -> 1000 from sample {then.sample} on" in shown
    assert verify(rig.cwd / "x.h5") == []
