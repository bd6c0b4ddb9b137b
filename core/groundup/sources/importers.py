"""Importing: the right importer for a file, and the lab's sites on what it reads."""

from dataclasses import replace
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


def read_file(path: Path, lab: Lab | None = None, importer: str = "") -> Imported:
    """Read a file with the importer that knows it, as it is.

    Parameters
    ----------
    path : Path
    lab : Lab, optional
        ``[import.NAME]`` says how files of this kind look.
    importer : str
        Name of the one to read it with; empty: who knows the file.

    Raises
    ------
    ImportFailedError
        If no importer knows the file, or it is damaged.
    LabError
        If ``[import.NAME]`` says what the importer does not know.
    """
    reader = importer_of(path, importer).item
    settings = None
    if lab is not None:
        known = plugins().importers
        for name in lab.imports:
            if name not in known:
                raise LabError(f"{lab.where} has [import.{name}], and there is no such importer{nearest(name, known)}")
        settings = settings_from(
            lab.imports.get(reader.name, {}), reader.settings_type, f"{lab.where}: [import.{reader.name}]"
        )
    try:
        imported = reader(settings).read(path)
    except ValueError as error:
        raise ImportFailedError(_with_path(path, str(error))) from error
    if lab is None or importer:
        return imported
    others = [name for name in lab.imports if name != reader.name and _knows(known[name].item, path)]
    if not others:
        return imported
    unused = ", ".join(f"[import.{name}]" for name in others)
    note = (
        f"{path.name} was read by the importer {reader.name}, and {unused} is for another: --as {others[0]} reads it so"
    )
    return replace(imported, notes=(*imported.notes, note))


def _with_path(path: Path, text: str) -> str:
    """A sentence that names the file, once."""
    if str(path) in text:
        return text
    return f"{path}{text.removeprefix(path.name)}" if text.startswith(path.name) else f"{path}: {text}"


def importer_of(path: Path, name: str = "") -> Loaded[type[Importer]]:
    """The importer that knows a file, and where it comes from.

    One that looks into the file (a `sniff` of its own) is surer than one that goes by its ending.

    Parameters
    ----------
    path : Path
    name : str
        Of the importer, where it was chosen by a person; empty: who knows the file.

    Raises
    ------
    ImportFailedError
        If there is none, or two that are as sure.
    """
    if path.stat().st_size == 0:
        raise ImportFailedError(f"{path} is empty: copy it again from its source")
    installed = plugins().importers
    if name:
        if name not in installed:
            raise ImportFailedError(f"there is no importer {name!r}{nearest(name, installed)}")
        return installed[name]
    knows = [loaded for loaded in installed.values() if _knows(loaded.item, path)]
    sure = [loaded for loaded in knows if _looks_inside(loaded.item)] or knows
    if len(sure) > 1:
        names = " and ".join(f"{loaded.item.name} ({loaded.origin.distribution})" for loaded in sure)
        raise ImportFailedError(f"{path}: the importers {names} both know this file; choose one with --as NAME")
    if sure:
        return sure[0]
    known = ", ".join(sorted({s for loaded in installed.values() for s in loaded.item.suffixes})) or "none"
    raise ImportFailedError(f"{path}: no importer knows this kind of file; those installed read {known}")


def _knows(importer: type[Importer], path: Path) -> bool:
    try:
        return bool(importer.sniff(path))
    except (Exception, SystemExit):  # a plugin's own fault stays its own: others may know the file
        return False


def _looks_inside(importer: type[Importer]) -> bool:
    return importer.sniff.__func__ is not Importer.sniff.__func__  # type: ignore[attr-defined]
