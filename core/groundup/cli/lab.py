"""``groundup lab``: a whole session in the browser, from an empty folder to the report."""

import threading
import webbrowser
from pathlib import Path

import click

from groundup.cli.output import say
from groundup.cli.view import LOOPBACK, dashboard_state, shown_host
from groundup.system.processes import STOPPING, stop_at_signals, stop_when_input_closes


@click.command()
@click.argument("place", default=".", type=click.Path(path_type=Path), metavar="[FOLDER|LAB.toml]")
@click.option(
    "--port", default=8766, show_default=True, type=click.IntRange(0, 65535), help="TCP port; 0: any free one."
)
@click.option("--bind", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Let other computers in, too.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="Another name that browsers reach this computer by."
)
@click.option(
    "--token", default="", envvar="GROUNDUP_TOKEN", help="What viewers must show; else one is kept for a day."
)
@click.option(
    "--commands/--no-commands", default=None, help="Let viewers tell devices something; by default without --bind."
)
@click.option("--recipe", metavar="RECIPE", help="Have a person walk a recipe, block by block.")
@click.option("--open/--no-open", "open_browser", default=True, help="Open the browser.")
def lab(
    place: Path, port: int, bind: str, names: tuple[str, ...], token: str, commands: bool | None, recipe: str | None,
    open_browser: bool,
) -> None:  # fmt: skip
    """Run a session in the browser: set up, person, check, record, live, report.

    FOLDER is where recordings go, and lab.toml and participants.toml lie; an empty one is fine. The recorder is a
    process of its own: when this program or a page ends while it records, it goes on, and `groundup lab` finds it.
    """
    try:
        from groundup.web.app import make_app
        from groundup.web.serving import serve
    except ImportError as error:
        raise click.ClickException(f'the control room needs {error.name}: pip install "groundup[web]"') from error
    from groundup.web.devices import DeviceDesk
    from groundup.web.room.memory import Memory
    from groundup.web.room.room import Room
    from groundup.web.sockets import listening
    from groundup.web.streams import Feeds
    from groundup.workflows.dashboard_devices import described_devices, tell_device

    folder, file = _place(place)
    memory = Memory(str(file))
    token = token or memory.token()
    listener = listening(bind, port)
    port = listener.getsockname()[1]
    host = shown_host(bind)
    hosts = [f"{one}:{port}" for one in {host, "localhost", "127.0.0.1", "[::1]", *names}]
    allowed = commands if commands is not None else bind in LOOPBACK
    desk = DeviceDesk(described_devices, tell_device) if allowed else None
    feeds = Feeds()
    room = Room(folder, file, memory, feeds)
    app = make_app(feeds, dashboard_state(recipe), token, hosts, desk, room)
    address = f"http://{host}:{port}/?token={token}"
    say(f"the lab is at {address} (Ctrl-C ends)")
    say(f"the screen of the person who walks: http://{host}:{port}/walker?token={token}")
    if open_browser:
        webbrowser.open(address)
    stop = threading.Event()
    stop_at_signals(stop, *STOPPING)  # uvicorn ends in order at these, and passes them on
    stop_when_input_closes(stop)
    try:
        serve(app, listener, stop)
    finally:
        if room.close():
            say(f"the recording goes on without this page; to see and stop it: groundup lab {place}", "warning")


def _place(place: Path) -> tuple[Path, Path]:
    """Folder and lab.toml of what was given; a folder that is not there is made."""
    if place.suffix == ".toml":
        if not place.parent.is_dir():
            raise click.UsageError(f"there is no folder {place.parent}")
        return place.parent.absolute(), place.absolute()
    if place.is_file():
        raise click.UsageError(f"{place} is a file: give a folder, or a lab.toml")
    place.mkdir(parents=True, exist_ok=True)
    return place.absolute(), place.absolute() / "lab.toml"
