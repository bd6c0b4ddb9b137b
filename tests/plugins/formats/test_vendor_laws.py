"""Importers of vendors' files keep the laws of the kit; each file is known by its own importer only."""

from pathlib import Path

import pytest
from tests.plugins.formats.vendor_binaries import write_apdm, write_edf, write_otb
from tests.plugins.formats.vendor_files import TEXTS

from groundup.lab.tables import parse_lab
from groundup.plugin.manager import plugins
from groundup.sources.importers import importer_of
from groundup.testing import check_laws
from groundup.testing.installed import contract_of

pytestmark = pytest.mark.rig

FOUND = plugins()
BINARIES = {"apdm": ("walk.h5", write_apdm), "edf": ("walk.edf", write_edf), "otb": ("walk.otb+", write_otb)}
LAB = parse_lab("[import.amti]\nrate = 1000.0\nunits = ['N', 'N', 'N', 'Nm', 'Nm', 'Nm']")


def write(name: str, folder: Path) -> Path:
    """A file of this importer."""
    if name in BINARIES:
        path = folder / BINARIES[name][0]
        BINARIES[name][1](path)
        return path
    file, make = TEXTS[name]
    path = folder / file
    path.write_bytes(make().encode())
    return path


@pytest.mark.rig
@pytest.mark.parametrize("name", [*TEXTS, *BINARIES])
def test_an_importer_of_a_vendors_files_keeps_the_laws(name: str, tmp_path: Path) -> None:
    if name == "edf":
        pytest.importorskip("edfio")
    contract = contract_of(FOUND, "importers", FOUND.importers[name], write(name, tmp_path), LAB)
    broken = {v.law: v.message for v in check_laws(contract) if v.outcome == "broken"}
    if name == "amti":  # rows of numbers and nothing else: nobody can know whose they are
        assert list(broken) == ["it knows its own files and no others"]
    else:
        assert broken == {}


@pytest.mark.parametrize("name", [name for name in (*TEXTS, *BINARIES) if name != "amti"])
def test_a_vendors_file_is_known_by_its_own_importer_only(name: str, tmp_path: Path) -> None:
    path = write(name, tmp_path)
    assert importer_of(path).item.name == name
    sure = [one.item.name for one in FOUND.importers.values() if one.item.sniff(path)]
    assert [other for other in sure if other not in (name, "csv")] == []
