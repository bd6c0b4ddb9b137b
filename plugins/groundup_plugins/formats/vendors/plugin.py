"""Importers of what vendors' programs write: a class for each preset, and for each kind of file that is no plain table.

Each looks into the first lines of a file to know it. What reads it is imported when it is asked for: pandas is slow
to load, and a lab may never see such a file.
"""

import re
from pathlib import Path
from typing import ClassVar

from groundup.plugin import Imported, Importer, Settings, hookimpl
from groundup_plugins.formats.vendors.presets import PRESETS, Preset
from groundup_plugins.formats.vendors.settings import OpenSimSettings, SessionSettings, TableSettings
from groundup_plugins.formats.vendors.text_head import glance


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
        from groundup_plugins.formats.vendors.tables import read_table

        settings = self.settings
        return read_table(path, self.preset, settings if isinstance(settings, TableSettings) else TableSettings())


def _importer(preset: Preset) -> type[TableImporter]:
    known = {
        "__doc__": f"Reads tables that {preset.program} wrote.",
        "__module__": __name__,
        "name": preset.name,
        "suffixes": preset.suffixes,
        "preset": preset,
        "settings_type": SessionSettings if preset.names_no_session else TableSettings,
    }
    return type(f"{preset.name.title().replace('_', '')}Importer", (TableImporter,), known)


IMPORTERS = tuple(_importer(preset) for preset in PRESETS)


class _Known(Importer):
    """What is known by the first lines of its files."""

    known_by: ClassVar[str]
    settings_type: ClassVar[type[Settings]] = TableSettings

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as such files do."""
        return path.suffix.lower() in cls.suffixes and re.search(cls.known_by, glance(path).text) is not None

    @property
    def table(self) -> TableSettings:
        """What ``[import.NAME]`` says."""
        return self.settings if isinstance(self.settings, TableSettings) else TableSettings()


class QualisysImporter(_Known):
    """Reads TSV files of Qualisys Track Manager: markers, rigid bodies, analog channels, or one force plate."""

    name = "qualisys"
    suffixes = (".tsv", ".txt")
    known_by = r"\A\W*NO_OF_(FRAMES|SAMPLES)\t"

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it has no head, or other columns than its head says.
        """
        from groundup_plugins.formats.vendors.qualisys_tsv import read_qualisys

        return read_qualisys(path, self.table.encoding)


class ViconImporter(_Known):
    """Reads CSV files of Vicon Nexus: devices, markers, what a model computed, events."""

    name = "vicon"
    suffixes = (".csv", ".txt")
    known_by = (
        r"(?im)\A\W*(Devices|Trajectories|Model Outputs|Joints|Segments|Events)\b[,;\t ]*\n\s*[\d.,]+[,;\t ]*(\n|\Z)"
    )

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If a section has no rate, or other columns than its lines of labels say.
        """
        from groundup_plugins.formats.vendors.vicon_csv import read_vicon

        return read_vicon(path, self.table)


class DiscoverImporter(_Known):
    """Reads CSV files of Delsys Trigno Discover: EMG, and an IMU for each sensor."""

    name = "trigno_discover"
    suffixes = (".csv", ".txt")
    known_by = r"(?i)\A[^\n]*Trigno Discover"

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If a signal has neither a rate nor times, or is longer than the recording.
        """
        from groundup_plugins.formats.vendors.discover_csv import read_discover

        return read_discover(path, self.table)


class MarkersImporter(_Known):
    """Reads markers of OpenSim and of mocap programs (.trc)."""

    name = "opensim_markers"
    suffixes = (".trc",)
    known_by = r"(?i)\A\W*PathFileType"
    settings_type: ClassVar[type[Settings]] = OpenSimSettings

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If its head is not that of such a file, or its rows have other columns.
        """
        from groundup_plugins.formats.opensim.reading import read_trc

        return read_trc(path, self.table.encoding, _up(self.settings))


class StorageImporter(_Known):
    """Reads motions, ground reaction forces and results of OpenSim (.mot, .sto)."""

    name = "opensim_storage"
    suffixes = (".mot", ".sto")
    known_by = r"(?im)^\s*endheader[\s,;]*$"
    settings_type: ClassVar[type[Settings]] = OpenSimSettings

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it has no header, no column of time, or rows with other columns.
        """
        from groundup_plugins.formats.opensim.reading import read_storage

        return read_storage(path, self.table.encoding, _up(self.settings))


class MvnxImporter(_Known):
    """Reads MVNX files of Xsens MVN: segments, joints and sensors of one person."""

    name = "mvnx"
    suffixes = (".mvnx",)
    known_by = r"<mvnx\b"

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is no clean XML, tells no rate, or a frame holds other numbers than its segments say.
        """
        from groundup_plugins.formats.vendors.mvnx_reading import read_mvnx

        return read_mvnx(path)


class EdfImporter(_Known):
    """Reads EDF, EDF+, BDF and BDF+: EMG, IMUs and other signals, annotations as events."""

    name = "edf"
    suffixes = (".edf", ".bdf")

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as such files do."""
        with path.open("rb") as file:
            return path.suffix.lower() in cls.suffixes and file.read(8) in (b"0       ", b"\xffBIOSEMI")

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is damaged, was recorded with pauses, or edfio is not installed.
        """
        from groundup_plugins.formats.edf.reading import read_edf

        return read_edf(path, self.table.sites)


class ApdmImporter(_Known):
    """Reads HDF5 files of APDM's Opal sensors: a stream for each."""

    name = "apdm"
    suffixes = (".h5", ".hdf5")

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file is HDF5 as APDM writes it."""
        if path.suffix.lower() not in cls.suffixes:
            return False
        from groundup_plugins.formats.vendors.apdm_reading import is_apdm

        return is_apdm(path)

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is of a format before 5, or damaged.
        """
        from groundup_plugins.formats.vendors.apdm_reading import read_apdm

        return read_apdm(path)


class OtbImporter(_Known):
    """Reads OTB+ files of OT BioLab+: EMG, auxiliary channels, quaternions."""

    name = "otb"
    suffixes = (".otb+",)

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file is an archive as OT BioLab+ writes it."""
        if path.suffix.lower() not in cls.suffixes:
            return False
        from groundup_plugins.formats.vendors.otb_reading import is_otb

        return is_otb(path)

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is damaged, or holds several acquisitions.
        """
        from groundup_plugins.formats.vendors.otb_reading import read_otb

        return read_otb(path, self.table.sites)


def _up(settings: Settings) -> str:
    return settings.up if isinstance(settings, OpenSimSettings) else ""


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importers of vendors' tables."""
    return [
        *IMPORTERS,
        ApdmImporter,
        DiscoverImporter,
        EdfImporter,
        MarkersImporter,
        MvnxImporter,
        OtbImporter,
        QualisysImporter,
        StorageImporter,
        ViconImporter,
    ]
