"""``groundup streams``: the LSL streams on the network, with rate, channels, sites and clock offset."""

import threading
from typing import Any

import click

from groundup import lsl
from groundup.cli.output import as_json, print_json, say, table
from groundup.lsl.companion_streams import is_companion


@click.command()
@click.option("--wait", default=1.5, show_default=True, help="Seconds to look for streams.")
@as_json
def streams(wait: float, as_json: bool) -> None:
    """List the LSL streams on the network."""
    watcher = lsl.Watcher()
    threading.Event().wait(wait)
    found = [_described(stream) for stream in watcher.streams() if not is_companion(stream.spec)]
    for odd in watcher.unreadable():
        say(f"! {odd.name} cannot be recorded: {odd.reason}")
    found.sort(key=lambda s: (s["name"], s["source_id"]))
    if as_json:
        print_json(found)
    elif not found:
        click.echo("no LSL stream on the network (is the device's program running, and in the same LSL session?)")
    else:
        header = ["name", "type", "channels", "rate", "format", "sites", "offset", "host", "source id"]
        click.echo(table([_row(s) for s in found], header))


def _described(found: lsl.Found) -> dict[str, Any]:
    spec, offset, trip = found.spec, None, None
    for refused in found.refused:
        say(f"! {lsl.shown(spec.name)}: {refused}")
    try:
        opened = lsl.OpenStream(found, buffer_s=1, timeout=3.0)
        spec = opened.spec
        offset, trip = opened.probe(timeout=3.0)
        opened.close()
    except (OSError, RuntimeError) as error:  # what it announced is still worth showing
        say(f"! {lsl.shown(spec.name)} could not be opened: {error}")
    return {
        "name": spec.name,
        "type": spec.type,
        "source_id": spec.source_id,
        "hostname": spec.hostname,
        "uid": found.uid,
        "rate_hz": spec.rate,
        "format": spec.format,
        "channels": [{"label": c.label, "unit": c.unit, "site": c.site, "side": c.side} for c in spec.channels],
        "offset_s": offset,
        "round_trip_s": trip,
    }


def _row(s: dict[str, Any]) -> list[str]:
    sites = sorted({c["site"] for c in s["channels"] if c["site"]})
    shown = ", ".join(sites[:3]) + (f" and {len(sites) - 3} more" if len(sites) > 3 else "")
    offset = "?" if s["offset_s"] is None else f"{s['offset_s'] * 1e3:+.3f} ms"
    rate = f"{s['rate_hz']:g} Hz" if s["rate_hz"] else "irregular"
    return [
        s["name"], s["type"], str(len(s["channels"])), rate, s["format"], shown or "-", offset, s["hostname"],
        s["source_id"],
    ]  # fmt: skip
