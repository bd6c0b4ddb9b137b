"""Whether what a lab.toml names is installed: drivers with their settings, processors, metrics.

``python -m groundup.plugin.lab_check LAB.toml`` prints it as JSON; so a recorder, which loads no plugin, can ask.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from groundup.lab.errors import LabError, nearest, settings_from
from groundup.lab.settings import Settings
from groundup.lab.tables import Lab, load_lab
from groundup.plugin.chosen import Tables, flaws
from groundup.plugin.device import Device
from groundup.plugin.manager import Failure, Loaded, Plugins, plugins, plugins_with_drivers


@dataclass(frozen=True)
class Complaints:
    """What does not fit, each a sentence.

    Attributes
    ----------
    devices : list of str
        Devices that cannot be started as they stand.
    analysis : list of str
        What cannot be processed or measured; the recording itself is not touched.
    """

    devices: list[str]
    analysis: list[str]


def check_lab(lab: Lab, installed: Plugins) -> Complaints:
    """Hold a lab.toml against the plugins that are installed."""
    devices = []
    for name in lab.devices:
        try:
            device_of(lab, name, installed)
        except LabError as error:
            devices.append(str(error))
    return Complaints(devices, list(_analysis(lab, installed)))


def device_of(lab: Lab, name: str, installed: Plugins) -> tuple[Loaded[type[Device]], Settings]:
    """The driver of ``[devices.NAME]`` and its settings.

    Raises
    ------
    LabError
        If there is no such driver, or the settings are none of it.
    """
    entry = lab.devices[name]
    where = f"{lab.where}: [devices.{name}]"
    if entry.driver not in installed.devices:
        instead = _instead(entry.driver, installed.devices) + _broken(installed.failures)
        raise LabError(f'{where} driver = "{entry.driver}" is not installed{instead}')
    driver = installed.devices[entry.driver]
    return driver, settings_from(entry.settings, driver.item.settings_type, where)


def _analysis(lab: Lab, installed: Plugins) -> Iterator[str]:
    for step in lab.process:
        where = f"{lab.where}: [[process]]"
        if step.processor not in installed.processors:
            instead = _instead(step.processor, installed.processors) + _broken(installed.failures)
            yield f'{where} processor = "{step.processor}" is not installed{instead}'
            continue
        try:
            settings_type = installed.processors[step.processor].item.settings_type
            settings_from(step.parameters, settings_type, f"{where} {step.processor}, parameters")
        except LabError as error:
            yield str(error)
    for metric in lab.live.metrics:
        if metric not in installed.metrics:
            instead = _instead(metric, installed.metrics) + _broken(installed.failures)
            yield f'{lab.where}: [live] metrics has "{metric}", which is not installed{instead}'

    kinds: tuple[tuple[str, Tables, Iterable[Any]], ...] = (
        ("metrics", lab.metrics, (loaded.item for loaded in installed.metrics.values())),
        ("exporters", lab.exporters, (loaded.item for loaded in installed.exporters.values())),
        ("checks", lab.checks, (loaded.item for loaded in installed.checks.values())),
    )
    for kind, tables, known in kinds:
        yield from flaws(kind, tables, known, lab.where)


def _instead(name: str, known: Mapping[str, object]) -> str:
    return nearest(name, sorted(known)) if known else "; there are none"


def _broken(failures: Iterable[Failure]) -> str:
    """Plugins that could not be loaded may be where it is."""
    names = sorted({failure.origin.entry_point for failure in failures})
    return f" (these plugins failed, see groundup plugins: {', '.join(names)})" if names else ""


def main() -> None:
    """Print the complaints about the lab.toml that is named."""
    lab = load_lab(sys.argv[1])
    # A recording waits for this: where no science is named, none is loaded.
    science = lab.process or lab.live.metrics or lab.metrics or lab.exporters or lab.checks
    installed = plugins() if science else plugins_with_drivers({device.driver for device in lab.devices.values()})
    print(json.dumps(asdict(check_lab(lab, installed))))


if __name__ == "__main__":
    main()
