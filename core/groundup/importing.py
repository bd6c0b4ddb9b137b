"""Importing: the right importer for a file, and the lab's sites on what it reads."""

from dataclasses import replace
from pathlib import Path

from groundup.lab import Lab, apply_lab
from groundup.plugin.formats import Imported
from groundup.plugin.manager import plugins
from groundup.recording.source_import import lab_names


class CannotImport(ValueError):  # noqa: N818  (reads as what it says)
    """A file that no installed importer reads."""


def import_file(path: Path, lab: Lab | None = None) -> Imported:
    """Read a file with the importer that knows it.

    Parameters
    ----------
    path : Path
    lab : Lab, optional
        Gives streams their ids and channels their sites.

    Raises
    ------
    CannotImport
        If no importer knows the file, or it is damaged.
    """
    if path.stat().st_size == 0:
        raise CannotImport(f"{path} is empty: copy it again from its source")
    installed = plugins()
    for loaded in installed.importers.values():
        if loaded.item.sniff(path):
            try:
                return _with_lab(loaded.item().read(path), lab)
            except ValueError as error:
                raise CannotImport(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error
    known = ", ".join(sorted(s for loaded in installed.importers.values() for s in loaded.item.suffixes)) or "none"
    raise CannotImport(f"{path}: no importer knows this kind of file; those installed read {known}")


def _with_lab(imported: Imported, lab: Lab | None) -> Imported:
    if lab is None:
        return imported
    names = lab_names(imported.streams, lab)
    streams = tuple(
        replace(s, id=names[s.id], spec=apply_lab(s.spec, lab.streams[names[s.id]])) if s.id in names else s
        for s in imported.streams
    )
    return replace(imported, streams=streams)
