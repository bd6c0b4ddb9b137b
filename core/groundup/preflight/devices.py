"""What devices say of themselves, judged: a battery that will not last, an electrode that does not hold."""

from collections.abc import Iterable, Mapping

from groundup.model.health import HealthRow
from groundup.model.health_groups import health_groups
from groundup.plugin.check import Finding

_REMEDIES = {
    "battery": "charge it, or change it",
    "impedance": "clean the skin there, and put a new electrode on",
    "signal strength": "move the receiver closer, and nothing between",
    "lost packets": "move the receiver closer, or free the radio channel",
    "temperature": "let it cool, and see that air gets to it",
}


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
