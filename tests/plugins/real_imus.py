"""Real IMU recordings with outside truth, as signals: feet beside markers, low back beside insoles, a chair."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import butter, find_peaks, sosfiltfilt

from groundup.plugin import Channel, Signal

FOOT_RATE, MARKER_RATE, BACK_RATE = 204.8, 100.0, 100.0
SIDES = {"L": "left", "R": "right"}


def feet(shared: Path) -> Signal:
    """Both feet in one stream: m/s² and deg/s, 204.8 Hz."""
    table = pd.read_csv(shared / "foot_imu_walk" / "imu_sample.csv", header=[0, 1], index_col=0)
    columns, channels = [], []
    for side, name in SIDES.items():
        for kind, unit in (("acc", "m/s^2"), ("gyr", "deg/s")):
            for axis in "xyz":
                columns.append(table[f"{name}_sensor", f"{kind}_{axis}"].to_numpy())
                channels.append(Channel(f"{name} {kind} {axis}", unit, "foot", side))
    samples = np.column_stack(columns)
    return Signal("feet", "imu", np.arange(len(samples)) / FOOT_RATE, samples, tuple(channels), FOOT_RATE)


def _markers(shared: Path, side: str) -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(shared / "foot_imu_walk" / "mocap_sample.csv", header=[0, 1], index_col=0)
    smooth = butter(4, 15.0, fs=MARKER_RATE, output="sos")
    heel, toe = (
        sosfiltfilt(smooth, table[f"{side}_{name}"][["x", "y", "z"]].to_numpy() / 1000.0, axis=0)
        for name in ("FCC", "TOE")
    )
    return heel, toe


def marker_contacts(shared: Path, side: str) -> tuple[np.ndarray, np.ndarray]:
    """IC and FO by markers (s): where heel and toe are accelerated upwards most, after Hreljac & Marshall 2000.

    The heel's acceleration is looked at after the toe was highest: before, it is that of the leg in swing.
    """
    heel, toe = _markers(shared, side)
    up_heel, up_toe = (np.gradient(np.gradient(marker[:, 2])) for marker in (heel, toe))
    forward = np.linalg.norm(np.gradient(heel[:, :2], axis=0), axis=1) * MARKER_RATE
    swings = find_peaks(forward, height=1.5, distance=50)[0]
    contacts, offs = [], []
    for peak in swings:
        highest = peak + int(np.argmax(toe[peak : peak + 30, 2]))
        contacts.append(highest + int(np.argmax(up_heel[highest : highest + 15])))
        first = max(peak - 45, 0)
        offs.append(first + int(np.argmax(up_toe[first : peak - 5])))
    return np.array(contacts) / MARKER_RATE, np.array(offs) / MARKER_RATE


def heel_path(shared: Path, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and positions (m) of the heel marker."""
    heel, _ = _markers(shared, side)
    return np.arange(len(heel)) / MARKER_RATE, heel


BACK_WALKS = ("TimeMeasure1_Test11_Trial1", "TimeMeasure1_Test5_Trial1", "TimeMeasure1_Test5_Trial2")


def low_back(shared: Path, name: str) -> tuple[Signal, pd.DataFrame]:
    """The low back (g and deg/s, 100 Hz) and the contacts of the INDIP reference: columns time (s) and side."""
    folder = shared / "lowback_imu_walk"
    table = pd.read_csv(folder / f"{name}.csv").set_index("samples")
    channels = tuple(
        Channel(column, "g" if column.startswith("acc") else "deg/s", "pelvis") for column in table.columns
    )
    signal = Signal("back", "imu", np.arange(len(table)) / BACK_RATE, table.to_numpy(float), channels, BACK_RATE)
    told = pd.read_csv(folder / f"indip_initial_contacts_{name}.csv")
    truth = pd.DataFrame({"time": told["ic"] / BACK_RATE, "side": told["lr_label"].map({"left": "L", "right": "R"})})
    return signal, truth


def lumbar(shared: Path) -> tuple[Signal, dict[str, np.ndarray]]:
    """A lumbar accelerometer (g, 128 Hz) while somebody rises; a peer's rises, columns begin, end (s), by its mode."""
    folder = shared / "sit_to_stand_lumbar"
    data = np.load(folder / "s2s_input_data.npz")
    time = data["time"] - data["time"][0]
    channels = tuple(Channel(f"acc {axis}", "g", "pelvis") for axis in "xyz")
    signal = Signal("back", "imu", time, data["accel"], channels, (len(time) - 1) / time[-1])
    truth = {}
    for mode in ("stillness", "displacement"):
        told = np.load(folder / f"s2s_{mode}_results.npz")
        truth[mode] = np.column_stack([told["STS Start"], told["STS End"]]) - data["time"][0]
    return signal, truth


def foot_pitch(shared: Path, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and how far the line from heel to toe is turned about the left axis (rad), the toes down positive."""
    heel, toe = _markers(shared, side)
    along = toe - heel
    return np.arange(len(heel)) / MARKER_RATE, -np.arctan2(along[:, 2], np.hypot(along[:, 0], along[:, 1]))
