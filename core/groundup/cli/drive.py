"""``groundup drive``: one device of a lab.toml, in a process of its own."""

import signal
import threading
from pathlib import Path

import click

from groundup import drive as host
from groundup.lab import LabError, load_lab, settings_from
from groundup.plugin.manager import plugins
from groundup.processes import stop_when_input_closes


@click.command()
@click.argument("device")
@click.option("--lab", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The lab.toml.")
def drive(device: str, lab: Path) -> None:
    """Run the DEVICE that [devices.DEVICE] of a lab.toml describes, until Ctrl-C or the end of standard input."""
    found = load_lab(lab)
    if device not in found.devices:
        known = ", ".join(found.devices) or "none"
        raise LabError(f"{lab} has no [devices.{device}]; it has: {known}")
    entry = found.devices[device]
    installed = plugins().devices
    if entry.driver not in installed:
        known = ", ".join(sorted(installed)) or "none"
        raise LabError(f'{lab}: [devices.{device}] driver = "{entry.driver}" is not installed; there are: {known}')
    found_driver = installed[entry.driver]
    driver = found_driver.item
    settings = settings_from(entry.settings, driver.settings_type, f"{lab}: [devices.{device}]")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if stop_when_input_closes(stop):
        # Ctrl-C in a terminal reaches the children too; their parent tells them when to stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGINT, lambda *_: stop.set())
    host.drive(device, driver(settings), stop, found_driver.origin)
