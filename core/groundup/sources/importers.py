"""Importing: the right importer for a file, and the lab's sites on what it reads."""

from pathlib import Path

from groundup.lab.errors import LabError, nearest, settings_from
from groundup.lab.tables import Lab
from groundup.plugin.formats import Imported, Importer
from groundup.plugin.manager import Loaded, plugins
from groundup.sources.with_lab import imported_with_lab


class ImportFailedError(ValueError):
    """A file that no installed importer reads."""


def import_file(path: Path, lab: Lab | None = None) -> Imported:
    """Read a file with the importer that knows it, and put the lab's ids, sites and units on what it reads.

    Raises
    ------
    ImportFailedError, LabError
        As `read_file`.
    """
    imported = read_file(path, lab)
    try:
        return imported_with_lab(imported, lab)
    except ValueError as error:
        raise ImportFailedError(f"{path}: {error}") from error


def read_file(path: Path, lab: Lab | None = None) -> Imported:
    """Read a file with the importer that knows it, as it is.

    Parameters
    ----------
    path : Path
    lab : Lab, optional
        ``[import.NAME]`` says how files of this kind look.

    Raises
    ------
    ImportFailedError
        If no importer knows the file, or it is damaged.
    LabError
        If ``[import.NAME]`` says what the importer does not know.
    """
    importer = importer_of(path).item
    settings = None
    if lab is not None:
        known = plugins().importers
        for name in lab.imports:
            if name not in known:
                raise LabError(f"{lab.where} has [import.{name}], and there is no such importer{nearest(name, known)}")
        settings = settings_from(
            lab.imports.get(importer.name, {}), importer.settings_type, f"{lab.where}: [import.{importer.name}]"
        )
    try:
        return importer(settings).read(path)
    except ValueError as error:
        raise ImportFailedError(_with_path(path, str(error))) from error


def _with_path(path: Path, text: str) -> str:
    """A sentence that names the file, once."""
    if str(path) in text:
        return text
    return f"{path}{text.removeprefix(path.name)}" if text.startswith(path.name) else f"{path}: {text}"


def importer_of(path: Path) -> Loaded[type[Importer]]:
    """The importer that knows a file, and where it comes from.

    Raises
    ------
    ImportFailedError
        If there is none.
    """
    if path.stat().st_size == 0:
        raise ImportFailedError(f"{path} is empty: copy it again from its source")
    installed = plugins().importers
    for loaded in installed.values():
        if loaded.item.sniff(path):
            return loaded
    known = ", ".join(sorted(s for loaded in installed.values() for s in loaded.item.suffixes)) or "none"
    raise ImportFailedError(f"{path}: no importer knows this kind of file; those installed read {known}")
