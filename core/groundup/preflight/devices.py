"""What devices say of themselves, judged: a battery that will not last, an electrode that does not hold."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from groundup.lab.tables import Lab
from groundup.model.health import HealthRow
from groundup.model.health_groups import health_groups
from groundup.plugin.check import Finding
from groundup.plugin.command import commands_of
from groundup.plugin.lab_check import device_of
from groundup.plugin.manager import Plugins
from groundup.plugin.option import options_of
from groundup.preflight.report import Judged

_REMEDIES = {
    "battery": "charge it, or change it",
    "impedance": "clean the skin there, and put a new electrode on",
    "signal strength": "move the receiver closer, and nothing between",
    "lost packets": "move the receiver closer, or free the radio channel",
    "temperature": "let it cool, and see that air gets to it",
}


def offered(lab: Lab, installed: Plugins) -> Mapping[str, Mapping[str, str]]:
    """What may mend something, by device and by what is found, as it is told on the command line."""
    found: dict[str, dict[str, str]] = {}
    for name in lab.devices:
        with suppress(Exception):  # what is wrong with a driver is said where it is started
            driver, settings = device_of(lab, name, installed)
            device = driver.item(settings)
            options = options_of(device).values()
            found[name] = {one.mends: f"groundup tell {name} set {one.name}=..." for one in options if one.mends}
            commands = commands_of(device).values()
            found[name] |= {one.mends: f"groundup tell {name} {one.name}" for one in commands if one.mends}
    return found


def with_offers(judged: Judged, offers: Mapping[str, Mapping[str, str]]) -> Judged:
    """The findings, with the command beside the remedy where the stream's device has one for it."""
    mending = offers.get(judged.stream.partition(".")[0], {})
    return replace(judged, findings=tuple(_offered(finding, mending) for finding in judged.findings))


def _offered(finding: Finding, mending: Mapping[str, str]) -> Finding:
    if finding.level == "green" or finding.what not in mending:
        return finding
    remedy = f"{finding.remedy}; while it is driven or recorded: {mending[finding.what]}"
    return replace(finding, remedy=remedy.removeprefix("; "))


def judge_health(rows: Iterable[HealthRow]) -> Mapping[str, list[Finding]]:
    """Findings by the id of the stream, or of the device, that they are of; where no limits are known, none."""
    found: dict[str, list[Finding]] = {}
    for group in health_groups(rows):
        if not group.colour:
            continue
        remedy = "" if group.colour == "green" else _REMEDIES.get(group.name, "see what its maker says of it")
        finding = Finding(group.colour, group.name, group.words.removeprefix(f"{group.name} "), remedy)
        found.setdefault(group.stream or group.device, []).append(finding)
    return found
