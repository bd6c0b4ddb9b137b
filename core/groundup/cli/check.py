"""``groundup check``: the pre-flight of every morning, one page of green, amber and red."""

import textwrap
import threading
from dataclasses import asdict
from pathlib import Path

import click

from groundup.cli.output import as_json, print_json, say, set_option
from groundup.lab.errors import LabError, with_options
from groundup.lab.tables import load_lab
from groundup.plugin.check import Check, Finding
from groundup.plugin.chosen import check_with, flaws
from groundup.plugin.manager import plugins
from groundup.preflight import Judged, Verdict, preflight, weigh, worst
from groundup.preflight.devices import offered, with_offers
from groundup.system.processes import stop_at_signals

_MARK = {"green": "ok   ", "amber": "LOOK ", "red": "WRONG"}
_COLOUR = {"green": "green", "amber": "yellow", "red": "red"}
_STATUS = {"green": 0, "amber": 0, "red": 3}


@click.command()
@click.argument("lab", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--seconds", default=6.0, show_default=True, type=click.FloatRange(min=2), help="How long to look.")
@click.option("--weigh", "plate", metavar="STREAM", help="Put known weights on this plate, too.")
@click.option(
    "--kg", "weights", multiple=True, type=click.FloatRange(min=0, min_open=True), help="A weight for --weigh."
)
@click.option("--running", is_flag=True, help="The devices of LAB.toml run already: start none.")
@set_option
@as_json
@click.pass_context
def check(
    ctx: click.Context,
    lab: Path | None,
    seconds: float,
    plate: str | None,
    weights: tuple[float, ...],
    running: bool,
    chosen: tuple[str, ...],
    as_json: bool,
) -> None:
    """Look at every device before a recording, and say whether it is there and fit.

    Nobody moves and nobody stands on the plates while it looks. With LAB.toml its devices are started and its streams
    must be there; without, what is on the network is judged. Nothing is kept.

    Exit status: 0 fit to record (green, or amber: worth a look); 3 something is wrong (red).
    """
    if (plate is None) != (not weights):
        raise click.UsageError("--weigh STREAM and --kg WEIGHT go together: which plate, and what is put on it")
    stop = threading.Event()
    stop_at_signals(stop, "SIGINT")
    known = load_lab(lab) if lab else None
    installed = plugins()
    tables = with_options(known.checks if known else {}, chosen)
    items = [loaded.item for loaded in installed.checks.values()]
    if wrong := next(flaws("checks", tables, items, str(lab or "lab.toml"), chosen), None):
        raise LabError(wrong)
    checks: list[Check] = [check_with(item, tables) for item in items]
    say(f"looking for {seconds:g} s: nobody moves, nobody stands on a plate")
    verdict = preflight(known, None if running else lab, seconds, stop, checks, say)
    if known is not None:
        offers = offered(known, installed)
        verdict = Verdict(tuple(with_offers(one, offers) for one in verdict.streams))
    if plate is not None:

        def ask(kg: float) -> None:
            what = f"put {kg:g} kg on {plate}" if kg else f"leave {plate} empty"
            click.prompt(f"{what}, then press Enter", default="", show_default=False, prompt_suffix=" ", err=True)

        verdict = Verdict((*verdict.streams, weigh(known, lab, plate, weights, seconds, stop, checks, ask)))
    if as_json:
        print_json({"level": verdict.level, "streams": [asdict(one) for one in verdict.streams]})
    else:
        _print(verdict)
    ctx.exit(_STATUS[verdict.level])


def _print(verdict: Verdict) -> None:
    width = max((len(one.stream) for one in verdict.streams), default=0)
    for one in sorted(verdict.streams, key=lambda one: one.stream):
        level = worst(one.findings)
        mark = click.style(_MARK[level], fg=_COLOUR[level])
        well = "; ".join(f"{f.what} {f.message}" for f in one.findings if f.level == "green")
        rest = textwrap.wrap(well, 100 - width) or [""]
        click.echo(f"{mark} {click.style(f'{one.stream:<{width}}', bold=True)}  {rest[0]}")
        for line in rest[1:]:
            click.echo(f"{'':<{width + 8}}{line}")
        for finding in (f for f in one.findings if f.level != "green"):
            click.echo(f"{'':<{width + 8}}{_line(finding)}")
            if finding.remedy:
                click.echo(f"{'':<{width + 8}}  -> {finding.remedy}")
    click.echo("")
    click.echo(click.style(_summary(verdict), fg=_COLOUR[verdict.level], bold=True))


def _line(finding: Finding) -> str:
    return click.style(f"{finding.what}: {finding.message}", fg=_COLOUR[finding.level])


def _summary(verdict: Verdict) -> str:
    def named(level: str) -> str:
        return ", ".join(one.stream for one in verdict.streams if _has(one, level))

    if verdict.level == "red":
        return f"NOT FIT TO RECORD: see {named('red')}"
    return f"fit to record; worth a look: {named('amber')}" if verdict.level == "amber" else "fit to record"


def _has(one: Judged, level: str) -> bool:
    return any(finding.level == level for finding in one.findings)
