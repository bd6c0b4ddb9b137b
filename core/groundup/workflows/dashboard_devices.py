"""What the dashboard shows of devices that can be told something on this computer, and how it tells them."""

from collections.abc import Sequence
from typing import Any

from groundup.plugin.command import SET
from groundup.plugin.option import CommandError
from groundup.workflows.tell import arguments_of, running_devices, user_name


def described_devices() -> list[dict[str, Any]]:
    """Each with its commands, and its options with the values they have now; as JSON."""
    found = []
    for device in sorted(running_devices(), key=lambda device: (device.name, device.lab)):
        values = device.values()
        options = [
            {"name": name, "expects": device.commands[SET]["arguments"][name], **option, "value": values.get(name)}
            for name, option in device.options.items()
        ]
        commands = [{"name": name, **command} for name, command in device.commands.items() if name != SET]
        found.append({"name": device.name, "lab": device.lab, "commands": commands, "options": options})
    return found


def tell_device(name: str, lab: str, command: str, arguments: Sequence[str]) -> str:
    """Tell the device of that name and lab; its answer.

    Raises
    ------
    CommandError
        If it is gone, or could not do it.
    ValueError
        If an argument is none.
    """
    given = arguments_of(arguments)
    device = next((one for one in running_devices() if (one.name, one.lab) == (name, lab)), None)
    if device is None:
        raise CommandError(f"{name} does not run any more")
    return device.tell(command, given, f"{user_name()}, at the dashboard,")
