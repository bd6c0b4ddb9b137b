"""BrainFlow on its own synthetic and playback boards: third-party code, no stand-in of ours."""

import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup_plugins.devices.brainflow import BrainFlow, BrainFlowSettings

pytestmark = pytest.mark.rig  # a device in real time is waited for

pytest.importorskip("brainflow")


def device(**table: object) -> BrainFlow:
    return BrainFlow(msgspec.convert({"board": "SYNTHETIC_BOARD", **table}, BrainFlowSettings))


def test_the_synthetic_board_sends_electrodes_and_motion() -> None:
    with driven(device(channels={"exg 2": {"site": "soleus", "side": "L"}})) as (specs, sink):
        sink.wait_for(300, "emg", "imu")
    assert [(s.type, len(s.channels), s.rate) for s in specs.values()] == [("EMG", 16, 250.0), ("IMU", 6, 250.0)]
    assert (specs["emg"].channels[1].site, specs["emg"].channels[1].side, specs["emg"].channels[1].unit) == (
        "soleus",
        "L",
        "uV",
    )
    samples, times = sink.stream("emg")
    assert (np.diff(times) > 0).all()
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() > 1.0


def test_groups_of_channels_with_a_rate_of_their_own() -> None:
    with driven(device(presets=["default", "auxiliary"])) as (specs, sink):
        sink.wait_for(50, "emg", "imu", "imu_auxiliary")
    assert [s.name for s in specs.values()] == ["Synthetic EMG", "Synthetic IMU", "SyntheticAux IMU auxiliary"]


def test_a_file_of_brainflow_is_played_back_sample_by_sample(tmp_path: Path) -> None:
    from brainflow.board_shim import BoardIds, BoardShim
    from brainflow.data_filter import DataFilter

    rows = BoardShim.get_num_rows(BoardIds.SYNTHETIC_BOARD.value)
    about = BoardShim.get_board_descr(BoardIds.SYNTHETIC_BOARD.value)
    count = 400
    data = np.zeros((rows, count))
    data[about["package_num_channel"]] = np.arange(count) % 256
    data[about["timestamp_channel"]] = 1.7e9 + np.arange(count) / 250.0
    data[about["eeg_channels"][0]] = np.arange(count)
    file = tmp_path / "played.csv"
    DataFilter.write_file(data, str(file), "w")
    made = device(board="PLAYBACK_FILE_BOARD", master_board="SYNTHETIC_BOARD", file=str(file), counter_modulus=256)
    with driven(made) as (_, sink):
        sink.wait_for(250, "emg")
    samples, _ = sink.stream("emg")
    np.testing.assert_array_equal(samples[:, 0], samples[0, 0] + np.arange(len(samples)))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"board": "TOASTER"}, 'knows no board "TOASTER"'),
        ({"board": "CYTON_BOARD", "serial_port": "/dev/nothing"}, "cannot open CYTON_BOARD"),
        ({"presets": ["ancillary"]}, "has no preset ancillary"),
        ({"channels": {"exg 99": {}}}, 'no channel "exg 99"'),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(table: dict[str, object], says: str) -> None:
    made = device(**table)
    with pytest.raises(OSError, match=says):
        made.open()
    made.close()


def test_without_brainflow_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brainflow", None)
    with pytest.raises(OSError, match=r'pip install "groundup\[brainflow\]"'):
        device().open()
