"""The plugins in the box keep the laws of the kit that strangers' plugins are held to."""

import sys

import pytest

from groundup.lab.tables import parse_lab
from groundup.plugin.manager import plugins
from groundup.testing import check_laws
from groundup.testing.installed import contract_of

pytestmark = pytest.mark.rig

FOUND = plugins()
NEEDS = {"brainflow": "brainflow", "camera": "av", "qualisys": "qtm_rt", "serial": "serial", "shimmer": "serial",
         "udp": "pythonosc", "orientation": "vqf", "footholds": "vqf", "parquet": "pyarrow"}  # fmt: skip
# Settings of what has no default for one, as a lab would write them.
LAB = parse_lab("""
[[process]]
processor = "filter"
input = "emg"
parameters = { type = "band_pass", corners_hz = [20.0, 200.0] }

[[process]]
processor = "resample"
input = "emg"
parameters = { rate_hz = 500.0 }
""")
CANNOT_BE_TRIED = {
    "c3d": "its files are tried in formats/test_c3d.py, on real ones",
    "csv": "it reads what lab.toml declares: formats/test_csv.py",
}


def offered(kind: str) -> list[str]:
    return [name for name, one in FOUND.registries[kind].items() if one.origin.distribution == "groundup"]


def broken(kind: str, name: str, **more: object) -> dict[str, str]:
    contract = contract_of(FOUND, kind, FOUND.registries[kind][name], **more)  # type: ignore[arg-type]
    return {verdict.law: verdict.message for verdict in check_laws(contract) if verdict.outcome == "broken"}


@pytest.mark.parametrize("name", offered("devices"))
def test_every_driver_in_the_box_keeps_the_laws(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    if name in ("serial", "shimmer") and sys.platform == "win32":
        pytest.skip("Windows has no pseudo terminals")
    assert broken("devices", name) == {}


@pytest.mark.parametrize("name", offered("processors"))
def test_every_processor_in_the_box_keeps_the_laws(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    assert broken("processors", name, lab=LAB) == {}


@pytest.mark.parametrize("name", offered("importers"))
def test_every_importer_in_the_box_keeps_the_laws(name: str) -> None:
    if name in CANNOT_BE_TRIED:
        pytest.skip(CANNOT_BE_TRIED[name])
    assert broken("importers", name) == {}


@pytest.mark.parametrize("name", offered("exporters"))
def test_every_exporter_in_the_box_keeps_the_laws(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    assert broken("exporters", name) == {}


def test_what_is_tried_here_is_all_there_is() -> None:
    """Metrics: metrics/test_laws.py."""
    assert {kind for kind in FOUND.registries if offered(kind)} == {
        "devices", "processors", "metrics", "norms", "importers", "exporters", "panels", "checks",
    }  # fmt: skip
