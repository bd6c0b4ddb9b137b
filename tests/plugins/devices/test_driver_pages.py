"""Every driver in the box has a page: its settings, examples that work, and what was not tried."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from groundup.lab.tables import parse_lab
from groundup.plugin import Device, Settings
from groundup.plugin.lab_check import device_of
from groundup.plugin.manager import Plugins, load

PAGES = Path(__file__).resolve().parents[3] / "docs" / "drivers"


def installed() -> Plugins:
    ours = [point for point in entry_points(group="groundup") if point.value.startswith("groundup_plugins.devices")]
    return load(ours)


DRIVERS = {name: loaded.item for name, loaded in installed().devices.items()}


def structs(kind: type[Settings]) -> list[type[Settings]]:
    """A settings struct, and those that its fields are made of."""
    found = [kind]
    for field in msgspec.structs.fields(kind):
        inner = [field.type, *get_args(field.type), *(b for a in get_args(field.type) for b in get_args(a))]
        own = [t for t in inner if isinstance(t, type) and issubclass(t, Settings)]
        found += [s for t in own if t.__module__.startswith("groundup_plugins") for s in structs(t)]
    return found


def test_every_driver_in_the_box_is_loaded_and_listed() -> None:
    assert installed().failures == []
    assert set(DRIVERS) == {
        "brainflow", "camera", "lsl", "movella_dot", "nidaq", "otb", "qualisys", "replay", "serial", "shimmer",
        "trigno", "udp", "virtual_lab", "xsens_mvn",
    }  # fmt: skip
    listed = (PAGES / "README.md").read_text(encoding="utf-8")
    assert {name for name in DRIVERS if f"[{name}]({name}.md)" in listed} == set(DRIVERS)


@pytest.mark.parametrize("name", DRIVERS)
def test_its_page_has_all_its_keys_and_says_what_was_tried(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    for part in ("## lab.toml", "## Settings", "## Time and latency", "## What was tried", "*simulated*"):
        assert part in page, part
    for struct in structs(DRIVERS[name].settings_type):
        for field in msgspec.structs.fields(struct):
            assert f"`{field.encode_name}`" in page, f"{struct.__name__}.{field.encode_name}"


@pytest.mark.parametrize("name", DRIVERS)
def test_its_examples_are_taken_by_the_driver(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert examples
    for text in examples:
        lab = parse_lab(text)
        for key in lab.devices:
            driver, settings = device_of(lab, key, installed())
            assert driver.item is DRIVERS[name] or driver.item.name == name
            assert isinstance(settings, DRIVERS[name].settings_type)


@pytest.mark.parametrize("name", DRIVERS)
def test_it_keeps_the_first_laws_of_a_driver(name: str) -> None:
    driver: type[Device] = DRIVERS[name]
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    lab = parse_lab(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])
    loaded, settings = device_of(lab, next(iter(lab.devices)), installed())
    device = loaded.item(settings)  # touches nothing
    for end in (device.stop, device.stop, device.close, device.close):
        end()
    with pytest.raises(RuntimeError, match="opened"):
        device.start(None)  # type: ignore[arg-type]
    assert isinstance(driver.scan(), list)
    assert driver.level == "simulated"


def test_without_any_vendors_package_every_driver_still_loads() -> None:
    sdks = ("av", "bleak", "brainflow", "nidaqmx", "pythonosc", "qtm_rt", "serial")
    modules = sorted({point.value for point in entry_points(group="groundup") if ".devices." in point.value})
    code = f"import sys; sys.modules.update(dict.fromkeys({sdks}))\n" + "".join(f"import {name}\n" for name in modules)
    subprocess.run([sys.executable, "-c", code], check=True)
