"""``groundup plugin``: write a new plugin, and run the laws of an installed one."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from groundup.cli.output import as_json, print_json
from groundup.lab.tables import load_lab
from groundup.scaffold import KINDS, new_plugin

_MARK = {"kept": " ok ", "broken": "FAIL", "not tried": " -- "}


@click.group()
def plugin() -> None:
    """Write a plugin of your own, and hold it to the laws of its kind."""


@plugin.command()
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="What it is to be.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The folder to make; by default NAME.")
def new(name: str, kind: str, output: Path | None) -> None:
    """Write NAME, a package of one KIND whose tests pass already, into a new folder."""
    made = new_plugin(name, kind, output)
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in made.files)
    click.echo(f"{made.folder}: {len(made.files)} files, {lines} lines")
    for path in made.files:
        click.echo(f"    {path.relative_to(made.folder)}")
    click.echo(f'next:\n    cd {made.folder}\n    pip install -e . "groundup[testing]" && pytest')
    click.echo(f"    groundup plugin check {made.module}")


@plugin.command()
@click.argument("name")
@click.option("--file", "file", type=click.Path(exists=True, path_type=Path), help="For an importer: a file it reads.")
@click.option(
    "--lab",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check a driver on the hardware that this lab.toml describes, in place of its simulator.",
)
@as_json
@click.pass_context
def check(ctx: click.Context, name: str, file: Path | None, lab: Path | None, as_json: bool) -> None:
    """Run the laws on the installed plugin NAME: an entry point, a package, or what a plugin offers."""
    try:
        import hypothesis  # noqa: F401
    except ImportError as error:
        raise click.ClickException('the kit needs hypothesis: pip install "groundup[testing]"') from error
    from groundup.plugin.manager import plugins
    from groundup.testing.installed import Checked, contracts

    def show(one: Checked) -> dict[str, object]:
        if not as_json:
            click.echo(f"{one.kind} {one.name}  ({one.origin})")
        verdicts = []
        for verdict in one.verdicts():
            verdicts.append(verdict)
            if not as_json:
                click.echo(f"  {_MARK[verdict.outcome]}  {verdict.law}")
                if verdict.message:
                    click.echo(f"          {verdict.message}")
        count = Counter[str](verdict.outcome for verdict in verdicts)
        words = ", ".join(f"{count[what]} {what}" for what in _MARK if count[what])
        level = one.level if not count["broken"] else ""
        if not as_json:
            click.echo(f"  {words}" + (f"; level: {level}{_EXPLAINED.get(level, '')}" if level else ""))
        return {
            "kind": one.kind,
            "name": one.name,
            "level": level,
            "origin": asdict(one.origin),
            "laws": [asdict(verdict) for verdict in verdicts],
            "kept": not count["broken"],
        }

    shown = [show(one) for one in contracts(plugins(), name, file, load_lab(lab) if lab else None)]
    if as_json:
        print_json(shown)
    ctx.exit(0 if all(one["kept"] for one in shown) else 1)


_EXPLAINED = {
    "simulated": " (held against a simulator; it has seen no hardware)",
    "verified": " (tried on the hardware that it names)",
    "supported": " (tried on the hardware that it names, and maintained)",
}
