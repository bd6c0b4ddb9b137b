"""The drivers in the box as processes: recorded, named in the file, and gone when their parent is."""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.recording import Recording
from groundup_plugins.devices.simulators import phone
from groundup_plugins.devices.simulators import serial_line as plate
from groundup_plugins.devices.simulators.qtm import QtmServer, analog, force
from groundup_plugins.devices.simulators.trigno import TrignoServer, emg
from tests.rig.conftest import PATIENCE_S, Rig

for sdk in ("brainflow", "pythonosc", "qtm_rt", "serial"):
    pytest.importorskip(sdk)

NIDAQ = """
[devices.daq]
driver = "nidaq"
simulated = true
rate = 1000
[devices.daq.groups.amplifier.channels]
"soleus" = { input = "Dev1/ai0", site = "soleus", side = "R" }
"""


@pytest.fixture
def trigno() -> Iterator[TrignoServer]:
    with TrignoServer() as server:
        yield server


@pytest.fixture
def qtm() -> Iterator[QtmServer]:
    with QtmServer() as server:
        yield server


def trigno_table(server: TrignoServer) -> str:
    command, data, more = server.ports
    return f"""
[devices.trigno]
driver = "trigno"
command_port = {command}
emg_port = {data}
aux_port = {more}
[devices.trigno.sensors]
"2" = {{ site = "gluteus_medius", side = "L", segment = "pelvis" }}
"""


def qtm_table(server: QtmServer) -> str:
    return f'[devices.qtm]\ndriver = "qualisys"\nport = {server.port}\n'


def named(recording: Recording, name: str) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    stream = next(s for s in recording.streams.values() if s.spec.name == name)
    return np.asarray(stream.samples), np.asarray(stream.timestamps), stream.spec.extra


def test_a_lab_of_three_systems_is_recorded_and_the_file_names_each_driver(
    rig: Rig, trigno: TrignoServer, qtm: QtmServer
) -> None:
    (rig.cwd / "lab.toml").write_text(trigno_table(trigno) + qtm_table(qtm) + NIDAQ)
    recorder = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze", "--seconds", "5")
    assert recorder.wait() == 0, "".join(recorder.output)
    with groundup.open(rig.cwd / "x.h5") as recording:
        muscles, times, made_by = named(recording, "Trigno EMG")
        first = round(float(muscles[0, 0]) * 1e6)
        np.testing.assert_allclose(muscles, emg(first + np.arange(len(muscles)))[:, [0, 1, 4]], rtol=1e-6)
        assert (np.diff(times) > 0).all()
        assert made_by["plugin"] == "groundup:trigno"
        assert made_by["plugin_level"] == "simulated"
        assert made_by["plugin_version"]
        assert json.loads(made_by["plugin_parameters"])["sensors"]["2"]["site"] == "gluteus_medius"
        board, _, made_by = named(recording, "QTM EMG")
        first = round(float(board[0, 0]) * 1000)
        np.testing.assert_allclose(board, analog(first + np.arange(len(board)), 4), rtol=1e-6)
        assert made_by["plugin"] == "groundup:qualisys"
        plates = [s for s in recording.streams.values() if s.spec.kind == "plate"]
        assert [s.spec.plate is not None and len(s.spec.plate.corners_m) for s in plates] == [4, 4]
        loads, _, _ = named(recording, "QTM Plate 2")
        first = round(float(loads[0, 2])) - 200
        np.testing.assert_allclose(loads, force(first + np.arange(len(loads)), 2)[:, :6], rtol=1e-6)
        _, _, made_by = named(recording, "amplifier")
        assert made_by["plugin"] == "groundup:nidaq"
        sites = {(row["site"], row["side"]) for row in recording.body_map.to_dict("records")}
        assert {("gluteus_medius", "L"), ("pelvis", "L"), ("soleus", "R"), ("plate:1", "")} <= sites


def test_no_driver_outlives_a_parent_that_was_killed(
    rig: Rig, trigno: TrignoServer, qtm: QtmServer, tmp_path: Path
) -> None:
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this system cannot wait for a process that is no child")
    pty = plate.Pty()
    stop = threading.Event()
    feeding = threading.Thread(target=plate.send, args=(pty.write, plate.line, 80.0, stop), daemon=True)
    feeding.start()
    lab = tmp_path / "lab.toml"
    lab.write_text(
        trigno_table(trigno)
        + qtm_table(qtm)
        + NIDAQ
        + f"""
[devices.serial]
driver = "serial"
port = "{pty.path}"
fields = ["clock", "a", "b", "c", "d"]
rate = 80
[devices.udp]
driver = "udp"
port = {phone.free_port()}
host = "127.0.0.1"
[devices.udp.addresses."/phone/accelerometer"]
fields = ["x", "y", "z"]
rate = 100
[devices.brainflow]
driver = "brainflow"
board = "SYNTHETIC_BOARD"
"""
    )
    names = ["trigno", "qtm", "serial", "udp", "brainflow"]
    parent = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("drivers_parent.py")), str(lab), *names],
        env=rig.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    children = json.loads(parent.stdout.readline())
    handles = {name: os.pidfd_open(pid) for name, pid in children.items()}
    # Each must have come as far as to read its device.
    deadline = time.monotonic() + PATIENCE_S
    while not (trigno.started and qtm.started):
        assert time.monotonic() < deadline
        stop.wait(0.05)
    parent.kill()
    parent.wait()
    left = dict(handles)
    while left and time.monotonic() < deadline:
        ended, _, _ = select.select(list(left.values()), [], [], deadline - time.monotonic())
        left = {name: handle for name, handle in left.items() if handle not in ended}
    for handle in handles.values():
        os.close(handle)
    stop.set()
    feeding.join()
    pty.close()
    for name in left:
        os.kill(children[name], 9)
    assert not left, f"{', '.join(left)} went on without a parent"
