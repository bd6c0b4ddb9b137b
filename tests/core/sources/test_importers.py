"""Which importer reads a file: the surest, or the one that a person names; two that are as sure are named."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from groundup.cli import main
from groundup.plugin import Imported, Importer
from groundup.plugin.failure import Origin
from groundup.plugin.manager import Loaded, plugins
from groundup.sources.importers import ImportFailedError, importer_of


class BySuffix(Importer):
    name = "nora_plain"
    suffixes = (".csv",)

    def read(self, path: Path) -> Imported:
        raise ValueError("row 7 is not whole")


class LooksInside(BySuffix):
    """As a lab's own CSV format is known: by its first line."""

    name = "nora"

    @classmethod
    def sniff(cls, path: Path) -> bool:
        return path.read_text(encoding="utf-8").startswith("NORA")


class Raises(BySuffix):
    name = "raises"

    @classmethod
    def sniff(cls, path: Path) -> bool:
        raise ZeroDivisionError


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> object:
    def add(*importers: type[Importer]) -> None:
        origin = Origin("nora", "nora", "nora-csv", "1.0")
        more = {importer.name: Loaded(importer, origin) for importer in importers}
        monkeypatch.setattr(plugins(), "importers", {**plugins().importers, **more})

    return add


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "x.csv").write_text("NORA\n1,2\n", encoding="utf-8")
    return tmp_path / "x.csv"


def test_who_looks_into_the_file_comes_before_who_knows_its_ending(install, file: Path) -> None:
    assert importer_of(file).item.name == "csv"
    install(LooksInside, Raises)
    assert importer_of(file).item is LooksInside
    file.write_text("time,EMG\n", encoding="utf-8")
    assert importer_of(file).item.name == "csv"


def test_two_that_are_as_sure_are_named(install, file: Path) -> None:
    install(BySuffix)
    with pytest.raises(ImportFailedError, match=r"csv \(groundup\) and nora_plain \(nora-csv\) both .* --as NAME"):
        importer_of(file)
    assert importer_of(file, "nora_plain").item is BySuffix
    with pytest.raises(ImportFailedError, match="no importer 'nora_plane'; did you mean"):
        importer_of(file, "nora_plane")


def test_a_person_may_name_it(install, file: Path) -> None:
    install(LooksInside)
    done = CliRunner().invoke(main, ["import", str(file), "--as", "nora", "-o", str(file.with_suffix(".h5"))])
    assert done.exit_code == 1
    assert "row 7 is not whole" in done.stderr
    other = CliRunner().invoke(main, ["import", str(file), "--as", "c3d", "-o", str(file.with_suffix(".h5"))])
    assert other.exit_code == 1
    assert "row 7" not in other.stderr
