"""The contracts of what is installed: for ``groundup plugin check``, for pytest, and for the plugins in the box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.lab.errors import nearest, settings_from
from groundup.lab.settings import Settings
from groundup.lab.tables import Lab
from groundup.plugin.lab_check import device_of
from groundup.plugin.manager import Loaded, Origin, Plugins
from groundup.testing.device import DeviceContract
from groundup.testing.formats import ExporterContract, ImporterContract
from groundup.testing.law import Contract, Verdict, check_laws
from groundup.testing.metric import MetricContract
from groundup.testing.processor import ProcessorContract
from groundup.testing.recordings import awkward_recording

KINDS = {
    "devices": "driver",
    "processors": "processor",
    "metrics": "metric",
    "importers": "importer",
    "exporters": "exporter",
}
"""What has a contract: as it is registered, and what it is called."""


class UnknownPluginError(ValueError):
    """A name that nothing installed has."""


@dataclass(frozen=True)
class Checked:
    """Something installed that has a contract.

    Attributes
    ----------
    kind : str
        ``driver``, ``processor`` ...
    name : str
    origin : Origin
    contract : Contract
    level : str
        What a driver says of itself; of others empty.
    """

    kind: str
    name: str
    origin: Origin
    contract: Contract
    level: str = ""

    def verdicts(self) -> Iterator[Verdict]:
        """Every law, tried."""
        return check_laws(self.contract)


def contracts(found: Plugins, name: str, file: Path | None = None, lab: Lab | None = None) -> list[Checked]:
    """The contracts of what a plugin offers.

    Parameters
    ----------
    found : Plugins
    name : str
        Of an entry point, a distribution, or something a plugin offers.
    file : Path, optional
        For an importer: a file that it reads.
    lab : Lab, optional
        Its devices of a driver are the hardware; without one the driver's simulator. Its ``[[process]]`` and
        ``[import.NAME]`` have the settings of processors and importers.

    Raises
    ------
    UnknownPluginError
        If nothing has that name, with the reason where a plugin of that name failed.
    """
    chosen = [
        (kind, key, loaded)
        for kind in KINDS
        for key, loaded in found.registries[kind].items()
        if name in (key, loaded.origin.entry_point, loaded.origin.distribution)
    ]
    if chosen:
        return [
            Checked(
                KINDS[kind], key, one.origin, contract_of(found, kind, one, file, lab), getattr(one.item, "level", "")
            )
            for kind, key, one in chosen
        ]
    for failure in found.failures:
        if name in (failure.origin.entry_point, failure.origin.distribution):
            raise UnknownPluginError(f"the plugin failed to load: {failure}")
    known = {key for kind in KINDS for key in found.registries[kind]}
    known |= {text for origin in found.origins for text in (origin.entry_point, origin.distribution)}
    if any(name in (origin.entry_point, origin.distribution) for origin in found.origins):
        raise UnknownPluginError(f"{name} offers nothing that has a contract ({', '.join(KINDS.values())})")
    raise UnknownPluginError(f'nothing installed is called "{name}"{nearest(name, known)}')


def contract_of(
    found: Plugins, kind: str, loaded: Loaded[Any], file: Path | None = None, lab: Lab | None = None
) -> Contract:
    """The contract of one thing that is installed; parameters as for `contracts`."""
    item = loaded.item
    body: dict[str, Any]
    if kind == "devices":
        body = {"driver": item, **({"hardware": _hardware(found, item.name, lab)} if lab else {})}
        base: type[Contract] = DeviceContract
    elif kind == "processors":
        steps = [step for step in lab.process if step.processor == item.name] if lab else []
        settings = settings_from(steps[0].parameters, item.settings_type, item.name) if steps else None
        body, base = {"processor": item, "settings": settings}, ProcessorContract
    elif kind == "metrics":
        body, base = {"metric": item}, MetricContract
    elif kind == "importers":
        table = lab.imports.get(item.name, {}) if lab else {}
        settings = settings_from(table, item.settings_type, item.name)
        body, base = {"importer": item, "settings": settings, "file": _file(found, item.name, file)}, ImporterContract
    else:
        back = found.importers.get(item.name)
        body, base = {"exporter": item, "importer": back.item if back else None}, ExporterContract
    made: Contract = type(f"Contract_{item.name}", (base,), body)()
    return made


def _hardware(found: Plugins, driver: str, lab: Lab) -> Any:
    names = [name for name, entry in lab.devices.items() if entry.driver == driver]
    if not names:
        raise UnknownPluginError(f'{lab.where} has no device with driver = "{driver}"')
    _, settings = device_of(lab, names[0], found)

    def hardware(self: DeviceContract) -> AbstractContextManager[Settings]:
        return nullcontext(settings)

    return hardware


def _file(found: Plugins, name: str, file: Path | None) -> Any:
    """A file for an importer: the one that is named, else what the exporter of that name writes."""

    def write(self: ImporterContract, folder: Path) -> Path:
        if file is not None:
            return file
        if name not in found.exporters:
            return ImporterContract.file(self, folder)
        from groundup.recording import Recording

        exporter = found.exporters[name].item
        path = folder / f"written{exporter.suffix}"
        with Recording(awkward_recording(folder)) as recording:
            exporter().write(recording, path, lambda share: None)
        written = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
        return next((made for made in written if found.importers[name].item.sniff(made)), path)

    return write
