"""``groundup plugins``: what is loaded, what is not, and why."""

from dataclasses import asdict
from typing import Any

import click

from groundup.cli.output import as_json, print_json
from groundup.plugin.manager import Origin, Plugins
from groundup.plugin.manager import plugins as load


@click.command()
@as_json
def plugins(as_json: bool) -> None:
    """List the plugins and what each offers, and those that failed with the reason."""
    found = load()
    if as_json:
        offers = [{**asdict(origin), "offers": _offers(found, origin)} for origin in found.origins]
        print_json({"plugins": offers, "failures": [asdict(failure) for failure in found.failures]})
        return
    for origin in found.origins:
        click.echo(f"{origin}")
        for kind, names in _offers(found, origin).items():
            click.echo(f"    {kind}: {', '.join(names)}")
    for failure in found.failures:
        click.echo(f"FAILED {failure.origin}")
        click.echo(f"    {failure.what}: {failure.reason}")
        if failure.where:
            click.echo(f"    at {failure.where}")
        click.echo(f"    to go on without it: pip uninstall {failure.origin.distribution}, "
                   f"or GROUNDUP_DISABLE_PLUGINS={failure.origin.entry_point}")  # fmt: skip


def _offers(found: Plugins, origin: Origin) -> dict[str, list[str]]:
    registries: dict[str, dict[str, Any]] = {
        "devices": found.devices,
        "processors": found.processors,
        "metrics": found.metrics,
        "importers": found.importers,
        "exporters": found.exporters,
        "panels": found.panels,
        "checks": found.checks,
    }
    every = {kind: [n for n, loaded in items.items() if loaded.origin == origin] for kind, items in registries.items()}
    return {kind: names for kind, names in every.items() if names}
