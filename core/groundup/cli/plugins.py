"""``groundup plugins``: what is loaded, what is not, and why."""

from dataclasses import asdict

import click

from groundup.cli.output import as_json, print_json
from groundup.plugin.manager import STRICT, Origin, Plugins, installed, strict


@click.command()
@click.option("--time", "with_time", is_flag=True, help="Show how long the import of each took, the slowest first.")
@as_json
@click.pass_context
def plugins(ctx: click.Context, with_time: bool, as_json: bool) -> None:
    """List the plugins and what each offers, and those that failed with the reason and what to do."""
    found = installed()
    if as_json:
        print_json({"plugins": [_facts(found, origin) for origin in found.origins],
                    "failures": [asdict(failure) for failure in found.failures]})  # fmt: skip
    else:
        _print(found, with_time)
    if found.failures and strict():
        raise click.ClickException(f"{STRICT} is set, and {len(found.failures)} plugins failed")


def _print(found: Plugins, with_time: bool) -> None:
    origins = list(found.origins)
    if with_time:
        origins.sort(key=lambda origin: -found.import_s[origin.entry_point])
    for origin in origins:
        cost = f"{1e3 * found.import_s[origin.entry_point]:7.1f} ms  " if with_time else ""
        click.echo(f"{cost}{origin}")
        for kind, names in _offers(found, origin).items():
            click.echo(f"    {kind}: {', '.join(names)}")
    for failure in found.failures:
        click.echo(f"FAILED {failure.origin}")
        click.echo(f"    {failure.what}: {failure.reason}")
        if failure.where:
            click.echo(f"    at {failure.where}")
        click.echo(f"    {failure.remedy}")


def _facts(found: Plugins, origin: Origin) -> dict[str, object]:
    return {**asdict(origin), "offers": _offers(found, origin), "import_s": found.import_s[origin.entry_point]}


def _offers(found: Plugins, origin: Origin) -> dict[str, list[str]]:
    every = {kind: [n for n, one in items.items() if one.origin == origin] for kind, items in found.registries.items()}
    return {kind: names for kind, names in every.items() if names}
