"""``groundup view``: the dashboard, in a browser on this computer."""

import ipaddress
import threading
import webbrowser
from typing import TYPE_CHECKING

import click

from groundup.cli.output import say
from groundup.system.processes import stop_when_input_closes

if TYPE_CHECKING:
    from groundup.lsl.trial_control import TrialControl
    from groundup.trials.session import RecipeSession
    from groundup.web.state import DashboardState

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="TCP port; 0: any free one."
)
@click.option(
    "--bind", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Let other computers look, too."
)
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="Another name that browsers reach this computer by."
)
@click.option(
    "--stream", "predicate", default="", metavar="PREDICATE", help="Show only what matches (an LSL predicate)."
)
@click.option("--token", default="", envvar="GROUNDUP_TOKEN", help="What viewers must show; else one is made.")
@click.option(
    "--recipe", metavar="RECIPE", help="Have a person walk a recipe: a file, or one that groundup trials lists."
)
@click.option(
    "--commands/--no-commands", default=None, help="Let viewers tell devices something; by default without --bind."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the browser.")
def view(
    port: int, bind: str, names: tuple[str, ...], predicate: str, token: str, recipe: str | None,
    commands: bool | None, open_browser: bool,
) -> None:  # fmt: skip
    """Show the live dashboard: signals, health, strides, profile and biofeedback.

    It listens to the streams on the network and hurts no recording. The address it prints holds the token that lets
    people in; without --bind, only this computer can reach it, and its buttons tell devices what they can be told.
    """
    try:
        from groundup.web.app import make_app
        from groundup.web.serving import serve
    except ImportError as error:
        raise click.ClickException(f'the dashboard needs {error.name}: pip install "groundup[web]"') from error
    from groundup.lsl.predicate import check_predicate
    from groundup.web.devices import DeviceDesk
    from groundup.web.room.memory import Memory
    from groundup.web.sockets import listening
    from groundup.web.streams import Feeds
    from groundup.workflows.dashboard_devices import described_devices, tell_device

    check_predicate(predicate)
    token = token or Memory(f"view {bind} {port}").token()
    listener = listening(bind, port)
    port = listener.getsockname()[1]
    shown = shown_host(bind)
    hosts = [f"{host}:{port}" for host in {shown, "localhost", "127.0.0.1", "[::1]", *names}]
    allowed = commands if commands is not None else bind in LOOPBACK
    desk = DeviceDesk(described_devices, tell_device) if allowed else None
    app = make_app(Feeds(predicate), dashboard_state(recipe), token, hosts, desk)
    address = f"http://{shown}:{port}/?token={token}"
    say(f"the dashboard is at {address} (Ctrl-C ends)")
    if recipe is not None:
        say(f"the screen of the person who walks: http://{shown}:{port}/walker?token={token}")
    if open_browser:
        webbrowser.open(address)
    stop = threading.Event()
    stop_when_input_closes(stop)
    serve(app, listener, stop)


def dashboard_state(recipe: str | None) -> "DashboardState":
    """What a dashboard knows of what is installed, and of a recipe."""
    from groundup.lsl.trial_control import TrialControl
    from groundup.plugin.manager import plugins
    from groundup.web.state import DashboardState
    from groundup.workflows.analyze import what_live_is_compared_with

    installed = plugins()
    panels = [loaded.item for loaded in installed.panels.values()]
    metrics = [loaded.item for loaded in installed.metrics.values()]
    control = TrialControl()
    walked = _session(recipe, control) if recipe is not None else None
    return DashboardState(panels, metrics, control, what_live_is_compared_with(metrics), walked)


def _session(name: str, control: "TrialControl") -> "RecipeSession":
    from groundup.cli.trials import check_metric
    from groundup.lsl.targets import TargetOutlet
    from groundup.trials.recipe import read_recipe
    from groundup.trials.recipe_run import RecipeRun
    from groundup.trials.session import RecipeSession

    recipe = read_recipe(name)
    check_metric(recipe.metric)
    return RecipeSession(RecipeRun(recipe), control, TargetOutlet(), say)


def shown_host(bind: str) -> str:
    """The name to open in a browser."""
    try:
        address = ipaddress.ip_address(bind)
    except ValueError:
        return bind
    if address.is_unspecified:
        return "localhost"
    return f"[{bind}]" if address.version == 6 else bind
