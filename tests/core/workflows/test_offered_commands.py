"""A check offers the command that may mend what it found, of a device that has it as it is set up."""

from pathlib import Path

import pytest

from groundup.lab.tables import load_lab
from groundup.model.health import HealthRow
from groundup.plugin.check import Finding
from groundup.plugin.command import commands_of
from groundup.plugin.manager import plugins_with_drivers
from groundup.preflight import Judged
from groundup.preflight.devices import judge_health, offered, with_offers
from groundup_plugins.devices.virtual_lab import VirtualLab, VirtualLabSettings

LAB = """
[devices.plate]
driver = "virtual_lab"
part = "plate_left"
[devices.emg]
driver = "virtual_lab"
part = "emg"
"""


def test_the_command_stands_beside_the_remedy_of_what_it_mends(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(LAB)
    offers = offered(load_lab(tmp_path / "lab.toml"), plugins_with_drivers(["virtual_lab"]))
    zero = Finding("red", "zero", "-406.0 N", "zero the amplifier")
    (mended,) = with_offers(Judged("plate", (zero,)), offers).findings
    assert mended.remedy == "zero the amplifier; while it is driven or recorded: groundup tell plate tare"
    fine = Judged("plate", (Finding("green", "zero", "+0.1 N"), Finding("red", "noise", "9 N", "x")))
    assert with_offers(fine, offers) == fine
    clipped = Judged("emg", (Finding("red", "clipping", "L_TA", "lower the gain"),))
    (mended,) = with_offers(clipped, offers).findings
    assert mended.remedy == "lower the gain; while it is driven or recorded: groundup tell emg set gain=..."
    other = Judged("emg", (zero,))
    assert with_offers(other, offers) == other


@pytest.mark.parametrize(("part", "has"), [("plate_right", ["tare"]), ("emg", ["set"]), ("imu", []), ("markers", [])])
def test_only_plates_can_be_zeroed_and_only_emg_has_a_gain(part: str, has: list[str]) -> None:
    assert list(commands_of(VirtualLab(VirtualLabSettings(part=part)))) == has


def test_amber_and_red_are_judged_where_they_are_and_figures_without_limits_are_not() -> None:
    rows = [
        HealthRow(1.0, "emg", "emg", "SOL", "impedance", 9e3, "ohm", "green"),
        HealthRow(2.0, "emg", "emg", "SOL", "impedance", 38e3, "ohm", "amber"),
        HealthRow(1.0, "emg", "emg", "TA", "impedance", 8e3, "ohm", "green"),
        HealthRow(1.0, "imus", "", "", "battery", 0.05, "1", "red"),
        HealthRow(1.0, "imus", "imus.head", "", "temperature", 31.0, "°C", ""),
    ]
    found = judge_health(rows)
    (skin,), (charge,) = found["emg"], found["imus"]
    assert (skin.level, skin.what, skin.message) == ("amber", "impedance", "8 kohm to 38 kohm (SOL)")
    assert (charge.level, charge.message, charge.remedy) == ("red", "5 %", "charge it, or change it")
    assert "imus.head" not in found
