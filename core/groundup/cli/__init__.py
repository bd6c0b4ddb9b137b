"""The command ``groundup``: one click group whose commands are imported only when they are called."""

import importlib
import os
from importlib.metadata import entry_points
from typing import Any

import click

from groundup.cli.errors import sentences

PLUGIN_COMMANDS = "groundup.commands"

# Name: where the command is, and what `groundup --help` says of it (so that help imports nothing).
_COMMANDS = {
    "lab": ("groundup.cli.lab:lab", "Run a whole session in the browser."),
    "streams": ("groundup.cli.streams:streams", "List the LSL streams on the network."),
    "init": ("groundup.cli.init:init", "Write a first lab.toml from what is found."),
    "check": ("groundup.cli.check:check", "Look at every device before a recording."),
    "record": ("groundup.cli.record:record", "Record streams into one HDF5 file."),
    "replay": ("groundup.cli.replay:replay", "Publish a file as LSL streams, with its own timing."),
    "seal": ("groundup.cli.seal:seal", "Turn a journal into a recording."),
    "recover": ("groundup.cli.seal:recover", "Seal what a crash has left."),
    "verify": ("groundup.cli.verify:verify", "Check a recording: sums, schema, equality with its journal."),
    "info": ("groundup.cli.info:info", "Say what is in a recording."),
    "import": ("groundup.cli.import_:import_", "Turn another program's file into a recording."),
    "join": ("groundup.cli.join:join", "Put what was recorded apart onto one clock."),
    "export": ("groundup.cli.export:export", "Write a recording in another format."),
    "analyze": ("groundup.cli.analyze:analyze", "Compute events and metrics of a recording."),
    "batch": ("groundup.cli.batch:batch", "Analyse many files into an archive."),
    "query": ("groundup.cli.query:query", "Ask an archive in SQL."),
    "compare": ("groundup.cli.compare:compare", "Compare two recordings, or two conditions of one."),
    "reliability": ("groundup.cli.reliability:reliability", "Measure what this lab can tell apart."),
    "norms": ("groundup.cli.norms:norms", "Build norms of one's own people."),
    "metrics": ("groundup.cli.metrics:metrics", "List what can be measured."),
    "view": ("groundup.cli.view:view", "Show the live dashboard in a browser."),
    "report": ("groundup.cli.report:report", "Make a page of a recording, to read and print."),
    "plugins": ("groundup.cli.plugins:plugins", "List the plugins, and what failed to load."),
    "plugin": ("groundup.cli.plugin:plugin", "Write a plugin, and hold it to the laws of its kind."),
    "live": ("groundup.cli.live:live", "Process and measure streams while they come in."),
    "trials": ("groundup.cli.trials:trials", "Walk a recipe: baseline, target, feedback, recall."),
    "latency": ("groundup.cli.latency:latency", "Measure how late each device stamps its samples."),
    "tell": ("groundup.cli.tell:tell", "Have a device that runs do something."),
    "drive": ("groundup.cli.drive:drive", "Run one device of a lab.toml."),
}


class Commands(click.Group):
    """Finds a command by name, ours or a plugin's, and turns what users can mend into a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, ours first."""
        return [*_COMMANDS, *sorted(p.name for p in entry_points(group=PLUGIN_COMMANDS) if p.name not in _COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name in _COMMANDS:
            module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        for point in entry_points(group=PLUGIN_COMMANDS, name=cmd_name):
            try:
                loaded: click.Command = point.load()
            except Exception as error:  # a plugin's own fault stays its own
                raise click.ClickException(f"the plugin command {cmd_name!r} ({point.value}): {error}") from error
            return loaded
        from groundup.lab.errors import nearest  # imported only when it is needed: help stays quick

        known = self.list_commands(ctx)
        raise click.UsageError(
            f"there is no command {cmd_name!r}{nearest(cmd_name, known) or '; see: groundup --help'}"
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        rows = [(name, text) for name, (_, text) in _COMMANDS.items()]
        for point in sorted(entry_points(group=PLUGIN_COMMANDS), key=lambda p: p.name):
            rows.append((point.name, f"(from {point.dist.name if point.dist else point.value})"))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an error that has a sentence for the user shows it and nothing else."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        with sentences():
            return super().invoke(ctx)


def _show_version(ctx: click.Context, param: click.Parameter, requested: bool) -> None:
    if not requested or ctx.resilient_parsing:
        return
    from groundup.lsl.versions import libraries, software

    click.echo("\n".join(f"{name} {number}" for name, number in {**software(), **libraries()}.items()))
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the versions of groundup and of what it stands on.",
)
def main() -> None:
    """Record every device of a gait lab on one clock, and see the movement strategy from the ground up."""
