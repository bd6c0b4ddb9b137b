"""``groundup init``: a first lab.toml, from the streams on the network and the devices that drivers find."""

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from groundup import lsl
from groundup.cli.output import as_json, print_json, say
from groundup.lab.first_draft import lab_text, match_for, stream_ids
from groundup.lab.settings import Settings
from groundup.lab.tables import parse_lab
from groundup.model.streams import StreamSpec


@click.command()
@click.argument("lab", type=click.Path(dir_okay=False, path_type=Path), default=Path("lab.toml"))
@click.option("--wait", default=2.0, show_default=True, type=click.FloatRange(min=0), help="Seconds to look.")
@click.option("--scan", is_flag=True, help="Ask the installed drivers, too, which devices are connected.")
@as_json
def init(lab: Path, wait: float, scan: bool, as_json: bool) -> None:
    """Write a commented LAB.toml (lab.toml) of what is found; a file that exists is not overwritten.

    What the labels of channels probably mean is proposed, each line marked for you to check.
    """
    if lab.exists():
        raise FileExistsError(17, "exists", str(lab))
    devices = _scan() if scan else {}
    watcher = lsl.Watcher()
    threading.Event().wait(wait)
    for odd in watcher.unreadable():
        say(f"! {odd.name} cannot be recorded: {odd.reason}")
    specs = sorted((_whole(found) for found in watcher.streams()), key=lambda s: (s.type, s.name, s.source_id))
    # What groundup itself sends (its control stream, what it computes) is no device of the lab.
    specs = [spec for spec in specs if not spec.role and not spec.name.startswith("groundup.")]
    text = lab_text(specs, devices, lab.name)
    parse_lab(text, str(lab))  # what is written can be read
    with lab.open("x", encoding="utf-8") as file:
        file.write(text)
    if as_json:
        ids = stream_ids(specs)
        print_json(
            {
                "lab": str(lab),
                "streams": {id: match_for(spec, specs) for id, spec in zip(ids, specs, strict=True)},
                "devices": {name: {"driver": d, **found} for name, (d, _, found) in devices.items()},
            }
        )
        return
    if not specs and not devices:
        say("no LSL stream is on the network (is the device's program running?): the file is a skeleton")
    count = len(re.findall(r": check$|check the side$", text, re.MULTILINE))
    open_ones = len(re.findall(r"choose$|names no site$", text, re.MULTILINE))
    click.echo(f"{lab}: {len(specs)} stream{'' if len(specs) == 1 else 's'}, {len(devices)} devices")
    if count or open_ones:
        click.echo(f"{count} sites are proposed from labels and {open_ones} are left to you: look for # in the file")
    click.echo(f"next: groundup check {lab}")


def _whole(found: lsl.Found) -> StreamSpec:
    """A stream with its channels; of one that left meanwhile, what it announced."""
    try:
        opened = lsl.OpenStream(found, buffer_s=1, timeout=3.0)
    except (OSError, RuntimeError) as error:
        say(f"! {lsl.shown(found.spec.name)} could not be opened: {error}")
        return found.spec
    opened.close()
    return opened.spec


def _scan() -> dict[str, tuple[str, type[Settings], Mapping[str, Any]]]:
    from groundup.plugin.manager import plugins

    devices: dict[str, tuple[str, type[Settings], Mapping[str, Any]]] = {}
    for driver, loaded in plugins().devices.items():
        try:
            found = loaded.item.scan()
        except Exception as error:  # a plugin's own fault stays its own
            say(f"! the scan of {driver} failed: {type(error).__name__}: {error}")
            continue
        for number, one in enumerate(found, 1):
            say(f"  {driver}: {one.shown}")
            name = driver if len(found) == 1 else f"{driver}_{number}"
            devices[name] = driver, loaded.item.settings_type, one.settings
    return devices
