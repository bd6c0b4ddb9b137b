"""``groundup tell``: a command to a device whose driver runs on this computer."""

from typing import Any

import click

from groundup.cli.output import as_json, print_json, printable
from groundup.model.option_changes import value_words
from groundup.plugin.command import SET
from groundup.workflows.tell import RunningDevice, arguments_of, running_device, running_devices


@click.command()
@click.argument("device", required=False)
@click.argument("command", required=False)
@click.argument("arguments", nargs=-1, metavar="[ARGUMENT=VALUE]...")
@click.option("-y", "--yes", is_flag=True, help="Answer yes to what is asked before it is done.")
@as_json
def tell(device: str | None, command: str | None, arguments: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Have DEVICE, which is being recorded or driven on this computer, do COMMAND, and print its answer.

    Without COMMAND it lists what there is to tell. COMMAND set changes an option: groundup tell emg set gain=100. Who
    told what, when, and the answer are in the recording's ledger.
    """
    if device is None or command is None:
        found = running_devices() if device is None else [running_device(device)]
        if as_json:
            print_json([_facts(d) for d in found])
        else:
            click.echo("\n".join(map(_listed, found)) or "no device that takes commands runs on this computer")
        return
    to = running_device(device)
    try:
        given = arguments_of(arguments)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    question = to.commands.get(command, {}).get("confirm", "")
    if question and not yes:
        click.confirm(printable(str(question)), abort=True)
    answer = to.tell(command, given)
    if as_json:
        print_json({"device": device, "command": command, "answer": answer})
    else:
        click.echo(printable(answer))


def _facts(device: RunningDevice) -> dict[str, Any]:
    values = device.values()
    options = {name: {**option, "value": values.get(name)} for name, option in device.options.items()}
    return {"device": device.name, "lab": device.lab, "commands": dict(device.commands), "options": options}


def _listed(device: RunningDevice) -> str:
    lines, values = [printable(f"{device.name} ({device.lab})")], device.values()
    for name, command in device.commands.items():
        if name == SET:
            for key, words in command["arguments"].items():
                unit = device.options[key]["unit"]
                now = f" (now {value_words(values[key])}{f' {unit}' if unit else ''})" if key in values else ""
                lines.append(printable(f"    set {key}=<{words}>: {device.options[key]['summary']}{now}"))
            continue
        takes = "".join(f" {key}=<{words}>" for key, words in command["arguments"].items())
        lines.append(printable(f"    {name}{takes}: {command['summary']}"))
    return "\n".join(lines)
