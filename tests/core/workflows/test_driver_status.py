"""What a driver says of its device goes out as rows, each change of colour is told once, and nonsense is left out."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from groundup.lsl.device_status import Happened, Health, Identity, row_json, row_of
from groundup.lsl.status_outlet import StatusOutlet
from groundup.model.streams import Channel, StreamSpec
from groundup.plugin import About, HealthLevel
from groundup.system.driver_reports import Report
from groundup.workflows.driver_status import DriverStatus

LEFT = StreamSpec("left", "EMG", 100.0, "float32", (Channel("SOL"), Channel("TA")))
RIGHT = StreamSpec("right", "EMG", 100.0, "float32", (Channel("SOL"),))


class Sent:
    """An outlet that keeps its rows, and has a listener when it is told so."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        self.shown: list[Report] = []
        self.heard = False

    def push(self, samples: Sequence[Sequence[str]], stamps: Sequence[float]) -> None:
        self.rows += [row_of(sample[0]) for sample in samples]

    def has_consumer(self) -> bool:
        return self.heard


@pytest.fixture
def said() -> tuple[DriverStatus, Sent, list[Report]]:
    sent, reports = Sent(), []  # type: ignore[var-annotated]
    streams = {"left": (LEFT, "groundup/h/d/left"), "right": (RIGHT, "groundup/h/d/right")}

    def report(one: Report) -> None:
        (shown if one.kind == "levels" else reports).append(one)

    shown: list[Report] = []
    sent.shown = shown
    return DriverStatus("d", streams, StatusOutlet(lambda: sent), report), sent, reports  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("value", "amber", "red", "colour"),
    [
        (0.3, 0.25, 0.1, "green"), (0.25, 0.25, 0.1, "amber"), (0.1, 0.25, 0.1, "red"),
        (19e3, 20e3, 1e5, "green"), (38e3, 20e3, 1e5, "amber"), (1e5, 20e3, 1e5, "red"), (5.0, math.nan, math.nan, ""),
    ],
)  # fmt: skip
def test_the_order_of_the_limits_says_which_way_is_worse(value: float, amber: float, red: float, colour: str) -> None:
    assert HealthLevel("x", value, "1", amber, red).colour == colour


def test_a_number_of_numpy_is_a_number(said) -> None:
    status, sent, reports = said
    status.health([HealthLevel("battery", np.float32(0.5), "1", 0.25, 0.1), HealthLevel("lost", np.int16(3))], 1.0)
    assert reports == []
    assert [row.value for row in sent.rows] == [0.5, 3.0]


def test_a_change_of_colour_is_told_once_with_its_stream_and_so_is_the_way_back(said) -> None:
    status, _, reports = said
    for k, charge in enumerate((0.5, 0.24, 0.23, 0.05, 0.9)):
        status.health([HealthLevel("battery", charge, "1", 0.25, 0.1, "left")], float(k))
    assert [(r.kind, r.source, r.time) for r in reports] == [
        ("health", "groundup/h/d/left", 1.0), ("health", "groundup/h/d/left", 3.0),
        ("health_well", "groundup/h/d/left", 4.0),
    ]  # fmt: skip
    assert reports[1].message == "battery 5 % is red (amber below 0.25, red below 0.1)"


@pytest.mark.parametrize(
    "wrong",
    [
        HealthLevel("battery", math.nan), HealthLevel("battery", 1.0, amber=0.2), HealthLevel("", 1.0),
        HealthLevel("battery", 1.0, of="middle"), HealthLevel("battery", 1.0, of="SOL"), "battery 3 %",
    ],
)  # fmt: skip
def test_what_is_no_level_is_left_out_and_said_once_and_the_others_go_on(said, wrong: object) -> None:
    status, sent, reports = said
    for now in (1.0, 2.0):
        status.health([wrong, HealthLevel("impedance", 5.0, "ohm", of="TA")], now)
    assert [r.kind for r in reports] == ["refused"]
    assert [(r.name, r.source, r.channel) for r in sent.rows] == [("impedance", "groundup/h/d/left", "TA")] * 2


def test_who_listens_late_hears_which_device_it_is_and_what_it_was_told(said) -> None:
    status, sent, _ = said
    status.about(About("Mill 2", "77", "2.7", {"cells": "4"}), 0.0)
    status.happened("command", "told it tare(): zeroed", 0.5)
    sent.rows.clear()
    sent.heard = True
    status.look(1.0)
    assert sent.rows == [Identity(0.0, "d", "Mill 2", "77", "2.7", {"cells": "4"})]
    status.look(5.6)
    assert Happened(0.5, "d", "command", "told it tare(): zeroed") in sent.rows


def test_the_screen_is_told_what_has_changed_and_what_is_no_more(said) -> None:
    status, sent, _ = said
    left = HealthLevel("battery", 0.05, "1", 0.25, 0.1, "left")
    whole = HealthLevel("lost packets", 3)
    for levels in ([left, whole], [left, whole], [whole]):
        status.health(levels, 1.0)
    assert [(r.source, r.message) for r in sent.shown] == [
        ("groundup/h/d/left", '[["battery 5 %", "red"]]'), ("", '[["lost packets 3", ""]]'),
        ("groundup/h/d/left", "[]"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"row":"health"}', '{"row":"x","time":1}', "[" * 50_000])
def test_what_anybody_sends_under_that_name_is_no_row(text: str) -> None:
    assert row_of(text) is None


def test_a_row_comes_back_from_its_text() -> None:
    row = Health(1.5, "d", "battery", 0.3, "s", "c", "1", "amber")
    assert row_of(row_json(row)) == row
