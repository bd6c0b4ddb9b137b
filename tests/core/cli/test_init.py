from types import SimpleNamespace

import pytest

from groundup.cli import init
from groundup.plugin import ScanResult, Settings, manager


class Port(Settings, frozen=True):
    port: str = ""


def driver(*found: str) -> SimpleNamespace:
    """A driver whose scan finds devices at these ports."""
    results = [ScanResult(f"{port} (Mill)", {"port": port}) for port in found]
    return SimpleNamespace(item=SimpleNamespace(scan=lambda: results, settings_type=Port))


def test_two_devices_of_a_kind_are_numbered_from_one_and_have_their_own_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    devices = {"mill": driver("COM3", "COM4"), "brace": driver("COM7"), "none": driver()}
    monkeypatch.setattr(manager, "plugins", lambda: SimpleNamespace(devices=devices))
    found = init._scan()
    assert {name: (kind, dict(settings)) for name, (kind, _, settings) in found.items()} == {
        "mill_1": ("mill", {"port": "COM3"}),
        "mill_2": ("mill", {"port": "COM4"}),
        "brace": ("brace", {"port": "COM7"}),
    }
    assert "COM3 (Mill)" in capsys.readouterr().err
