"""Importers of the tables that vendors' programs write: a class for each preset, known by the first lines of a file."""

import re
from pathlib import Path
from typing import ClassVar

from groundup.plugin import Imported, Importer, Settings, hookimpl
from groundup_plugins.formats.text_head import glance
from groundup_plugins.formats.vendor_presets import PRESETS, Preset
from groundup_plugins.formats.vendor_settings import TableSettings


class TableImporter(Importer):
    """Reads the tables of one program; its preset says which."""

    preset: ClassVar[Preset]
    settings_type: ClassVar[type[Settings]] = TableSettings

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as this program writes it."""
        if path.suffix.lower() not in cls.suffixes or not cls.preset.known_by:
            return False
        return re.search(cls.preset.known_by, glance(path).text) is not None

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is not as this program writes it; the message says in which line or column.
        """
        # Imported here: pandas is slow to load, and a lab may never see such a file.
        from groundup_plugins.formats.vendor_tables import read_table

        settings = self.settings
        return read_table(path, self.preset, settings if isinstance(settings, TableSettings) else TableSettings())


def _importer(preset: Preset) -> type[TableImporter]:
    known = {
        "__doc__": f"Reads tables that {preset.program} wrote.",
        "__module__": __name__,
        "name": preset.name,
        "suffixes": preset.suffixes,
        "preset": preset,
    }
    return type(f"{preset.name.title().replace('_', '')}Importer", (TableImporter,), known)


IMPORTERS = tuple(_importer(preset) for preset in PRESETS)


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importers of vendors' tables."""
    return list(IMPORTERS)
