"""``groundup replay``: a file as LSL streams."""

import threading
from pathlib import Path

import click

from groundup.cli.output import progress, say
from groundup.lab.tables import load_lab
from groundup.sources.importers import import_file
from groundup.system.processes import STOPPING, stop_at_signals, stop_when_input_closes
from groundup.workflows.replay import replay as play


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="How many times as fast.",
)
@click.option(
    "--lab", type=click.Path(dir_okay=False, path_type=Path), help="A lab.toml that gives the channels their sites."
)
def replay(file: Path, speed: float, lab: Path | None) -> None:
    """Publish FILE as LSL streams, with its own timing.

    Waits until every stream has a consumer, plays, says its end in the stream groundup.control, and stays until the
    last samples are taken.
    """
    stop = threading.Event()
    stop_at_signals(stop, *STOPPING)
    stop_when_input_closes(stop)
    imported = import_file(file, load_lab(lab) if lab else None)
    for note in (*imported.notes, *imported.faults):
        say(note, "warning")
    with progress(f"playing {file.name}") as tell:
        play(imported, file.stem, stop, speed=speed, say=say, progress=tell)
