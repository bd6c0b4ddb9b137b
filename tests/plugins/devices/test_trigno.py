"""Trigno against a server that speaks the SDK's protocol over TCP, and misbehaves."""

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup.plugin import pauses
from groundup_plugins.devices.simulators.trigno import Behaviour, TrignoServer, aux, emg
from groundup_plugins.devices.trigno import Trigno, TrignoSettings
from groundup_plugins.devices.trigno import device as trigno_device

pytestmark = pytest.mark.rig  # a device in real time is waited for

G, DEGREE = 9.80665, np.pi / 180
SENSORS = {"1": {"site": "soleus", "side": "L", "segment": "shank"}, "5": {"label": "spare"}}


def device(server: TrignoServer, **table: object) -> Trigno:
    command, data, more = server.ports
    ports = {"command_port": command, "emg_port": data, "aux_port": more}
    return Trigno(msgspec.convert({"sensors": SENSORS, **ports, **table}, TrignoSettings))


def check(samples: np.ndarray, stream: int, slots: tuple[int, ...] = (1, 2, 5)) -> None:
    """Every sample once, in order, in the right channel and unit."""
    index = np.arange(len(samples))
    if stream == 0:
        np.testing.assert_allclose(samples, emg(index)[:, [slot - 1 for slot in slots]], rtol=1e-6)
        return
    first = 9 * (slots[stream - 1] - 1)
    scale = np.array([G] * 3 + [DEGREE] * 3 + [1.0] * 3)
    np.testing.assert_allclose(samples, aux(index)[:, first : first + 9] * scale, rtol=1e-5)


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(), Behaviour(piece=101), Behaviour(big_endian=True), Behaviour(start_base=0, emg_samples=26)],
    ids=["plain", "in pieces", "big endian", "counts from 0"],
)
def test_every_sample_of_every_sensor_comes_once(behaviour: Behaviour) -> None:
    with TrignoServer(behaviour) as server, driven(device(server)) as (specs, sink):
        sink.wait_for(500, "emg")
        sink.wait_for(40, "imu_1", "imu_2", "imu_5")
    for number, key in enumerate(("emg", "imu_1", "imu_2", "imu_5")):
        samples, times = sink.stream(key)
        check(samples, number)
        assert (np.diff(times) > 0).all()
    assert "STOP" in server.asked
    assert [(s.type, s.name) for s in specs.values()] == [
        ("EMG", "Trigno EMG"), ("IMU", "Trigno IMU shank L"), ("IMU", "Trigno IMU 2"), ("IMU", "Trigno IMU 5"),
    ]  # fmt: skip


def test_sensors_are_where_the_lab_says() -> None:
    with TrignoServer() as server:
        made = device(server, latency_s=0.03)
        specs = made.open()
        made.close()
    muscles = [(c.label, c.unit, c.site, c.side) for c in specs["emg"].channels]
    assert muscles == [("soleus L", "V", "soleus", "L"), ("sensor 2", "V", "", ""), ("spare", "V", "", "")]
    assert {(c.site, c.side) for c in specs["imu_1"].channels} == {("shank", "L")}
    assert [c.unit for c in specs["imu_1"].channels] == ["m/s^2"] * 3 + ["rad/s"] * 3 + ["uT"] * 3
    assert {s.latency_s for s in specs.values()} == {0.03}
    assert specs["imu_1"].extra["serial_number"] == "1001"


@pytest.mark.parametrize(
    ("behaviour", "emg_rate", "aux_rate"),
    [
        (Behaviour(emg_samples=26), 26 / 0.0135, 2 / 0.0135),
        (Behaviour(emg_samples=29, aux_samples=1), 29 / 0.0135, 1 / 0.0135),
        (Behaviour(compatible=True), 2000.0, 2 / 0.0135),
        (Behaviour(compatible=True, upsampled=False), 15 / 0.0135, 2 / 0.0135),
    ],
)
def test_rates_are_the_ones_the_system_runs_at(behaviour: Behaviour, emg_rate: float, aux_rate: float) -> None:
    with TrignoServer(behaviour) as server:
        made = device(server)
        specs = made.open()
        made.close()
    assert specs["emg"].rate == pytest.approx(emg_rate)
    assert [s.rate for s in list(specs.values())[1:]] == [pytest.approx(aux_rate)] * 3


def test_without_imu_only_the_emg_is_recorded() -> None:
    with TrignoServer() as server, driven(device(server, imu=False)) as (specs, sink):
        sink.wait_for(100, "emg")
    assert len(specs) == 1


@pytest.mark.rig
@pytest.mark.parametrize("how", ["dropped", "silent"])
def test_a_server_that_goes_is_found_again(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 0.01)
    monkeypatch.setattr(trigno_device, "_SILENT_S", 0.5)
    with TrignoServer() as server, driven(device(server)) as (_, sink):
        sink.wait_for(100, "emg")
        if how == "dropped":
            server.drop()
        else:
            server.silent.set()
        before = sink.count("emg")
        while len(server.started) < 2:
            sink.wait_for(0, "emg")
            server._sending.wait(0.05)
        server.silent.clear()
        sink.wait_for(before + 300, "emg")
    _, times = sink.stream("emg")
    assert (np.diff(times) > 0).all()


def test_what_is_wrong_is_said_in_a_sentence() -> None:
    with TrignoServer() as server:
        with pytest.raises(OSError, match="no sensor is paired in the slots 7"):
            device(server, sensors={"7": {}}).open()
        server.behaviour.slots = ()
        with pytest.raises(OSError, match="no sensor is paired with this"):
            device(server, sensors={}).open()
        server.behaviour.slots, server.behaviour.start_base = (1,), 3
        with pytest.raises(OSError, match="start_index_base"):
            device(server, sensors={}).open()
        silent = device(server)
    with pytest.raises(OSError, match="start the Trigno Control Utility"):
        silent.open()
    with pytest.raises(msgspec.ValidationError, match='"17" is no slot'):
        msgspec.convert({"sensors": {"17": {}}}, TrignoSettings)
