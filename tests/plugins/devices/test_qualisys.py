"""Qualisys against a server that speaks its RT protocol over TCP, read by Qualisys' own package."""

import sys
import threading

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup.plugin import pauses
from groundup_plugins.devices.qualisys import Qualisys, QualisysSettings
from groundup_plugins.devices.simulators.qtm import TRIGGER, Behaviour, QtmServer, analog, force

pytestmark = pytest.mark.rig  # a device in real time is waited for

pytest.importorskip("qtm_rt")


def device(server: QtmServer, **table: object) -> Qualisys:
    return Qualisys(msgspec.convert({"port": server.port, **table}, QualisysSettings))


def test_boards_plates_and_bodies_come_sample_by_sample() -> None:
    with QtmServer() as server, driven(device(server)) as (specs, sink):
        sink.wait_for(500, "EMG", "Plate_1", "Plate_2")
        sink.wait_for(50, "bodies")
    assert [s.name for s in specs.values()] == ["QTM EMG", "QTM Plate 1", "QTM Plate 2", "QTM 6DOF", "QTM events"]
    index = np.arange(len(sink.stream("EMG")[0]))
    np.testing.assert_array_equal(sink.stream("EMG")[0], analog(index, 4))
    for plate in (1, 2):
        samples, times = sink.stream(f"Plate_{plate}")
        np.testing.assert_array_equal(samples, force(np.arange(len(samples)), plate)[:, :6])
        assert (np.diff(times) > 0).all()
    bodies, _ = sink.stream("bodies")
    np.testing.assert_array_equal(bodies[:, 0], np.arange(1, len(bodies) + 1))
    np.testing.assert_array_equal(bodies[:, 3:12], np.tile(np.eye(3).ravel(), (len(bodies), 1)))


def test_a_plate_brings_its_geometry_and_the_lab_brings_sites() -> None:
    lab = {"types": {"EMG": "EMG"}, "channels": {"EMG 2": {"site": "soleus", "side": "R"}}, "sides": {"Plate 2": "R"}}
    with QtmServer() as server:
        made = device(server, **lab)
        specs = made.open()
        made.close()
    board, first, second = list(specs.values())[:3]
    assert (board.type, board.channels[1].site, board.channels[1].side, board.channels[1].unit) == (
        "EMG", "soleus", "R", "V",
    )  # fmt: skip
    assert first.plate is not None
    assert first.plate.corners_m == ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))
    assert [c.unit for c in first.channels] == ["N"] * 3 + ["Nm"] * 3
    assert {(c.site, c.side) for c in second.channels} == {("plate:2", "R")}


def test_lost_frames_leave_gaps_of_their_length() -> None:
    with QtmServer(Behaviour(lose_every=7)) as server, driven(device(server)) as (_, sink):
        sink.wait_for(800, "EMG")
    samples, times = sink.stream("EMG")
    numbers = np.round(samples[:, 0] * 1000).astype(int)
    steps = np.diff(numbers) % 1000
    assert set(steps) == {1, 11}
    # Where ten samples are missing, more time passes than between two neighbours.
    assert np.diff(times)[steps == 11].min() > np.median(np.diff(times)[steps == 1])


def test_events_come_as_markers() -> None:
    with QtmServer() as server, driven(device(server)) as (_, sink):
        sink.wait_for(10, "EMG")
        server.event(TRIGGER)
        sink.wait_for(1, "events")
    assert sink.rows("events") == [["Trigger"]]


def test_only_what_is_asked_for_is_taken() -> None:
    with QtmServer() as server, driven(device(server, components=["force"])) as (specs, sink):
        sink.wait_for(50, "Plate_1")
    assert [s.name for s in specs.values()] == ["QTM Plate 1", "QTM Plate 2"]
    assert "streamframes allframes force" in [asked.lower() for asked in server.asked]


def test_qtm_that_crashes_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 0.01)
    with QtmServer() as server, driven(device(server)) as (_, sink):
        sink.wait_for(100, "EMG")
        server.drop()
        before = sink.count("EMG")
        wait = threading.Event()
        while len(server.started) < 2:
            wait.wait(0.02)
        sink.wait_for(before + 200, "EMG")
    assert (np.diff(sink.stream("EMG")[1]) > 0).all()


def test_what_is_wrong_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with QtmServer() as server:
        monkeypatch.setattr(server, "parameters", lambda: "<QTM_Parameters_Ver_1.25/>")
        with pytest.raises(OSError, match="nothing of what is asked for"):
            device(server).open()
        monkeypatch.setattr(server, "parameters", lambda: "<no xml")
        with pytest.raises(OSError, match="cannot be read"):
            device(server).open()
        gone = device(server)
    with pytest.raises(OSError, match="no QTM answers"):
        gone.open()
    monkeypatch.setitem(sys.modules, "qtm_rt", None)
    with pytest.raises(OSError, match=r'pip install "groundup\[qualisys\]"'):
        gone.open()
