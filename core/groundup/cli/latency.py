"""``groundup latency``: how late each device stamps its samples, by taps or a trigger."""

from dataclasses import asdict
from pathlib import Path

import click

from groundup.cli.output import as_json, finite, print_json
from groundup.lab.tables import LabError
from groundup.workflows.latency import GOAL_S, Latency, NoLatencyError, measure_latencies, write_latencies


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reference", default="", metavar="STREAM", help="The stream that is taken for right.")
@click.option(
    "--lab",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the latencies into this lab.toml.",
)
@as_json
def latency(file: Path, reference: str, lab: Path | None, as_json: bool) -> None:
    """Measure how late each device stamps its samples.

    FILE is a recording of about two minutes in which all sensors were held together and tapped on the force plate,
    every two or three seconds, or in which all devices got one trigger.
    """
    try:
        measured = measure_latencies(file, reference)
        written = write_latencies(lab, measured) if lab is not None else []
    except (NoLatencyError, LabError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json({"recording": str(file), "latencies": [finite(asdict(one)) for one in measured], "written": written})
    else:
        click.echo("\n".join([*_lines(measured), *[f"  {line}" for line in written]]))


def _lines(measured: list[Latency]) -> list[str]:
    width = max(len(one.stream) for one in measured)
    lines = [f"LATENCY against {measured[0].reference}, whose own is taken for right"]
    for one in measured:
        if one.reason:
            lines.append(f"  {one.stream:<{width}}  not known, because {one.reason}")
            continue
        interval = f"+-{one.half_width_s * 1e3:.2f} ms (95 %), {one.events} {one.kind}s"
        lines.append(f"  {one.stream:<{width}}  {one.latency_s * 1e3:+9.2f} ms  {interval}")
    if any(one.half_width_s > GOAL_S for one in measured if not one.reason):
        lines.append(
            "  more than 0.5 ms stay open where a device samples slowly: a trigger on a spare channel tells more"
        )
    return lines
