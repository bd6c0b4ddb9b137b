"""``groundup metrics``: what can be measured."""

import math
import textwrap
from dataclasses import asdict

import click

from groundup.cli.output import as_json, print_json
from groundup.lab.errors import shown
from groundup.plugin.manager import plugins
from groundup.plugin.metric import plain_settings
from groundup.plugin.norm import Norm


@click.command()
@as_json
def metrics(as_json: bool) -> None:
    """List what can be measured, with definition, unit and source."""
    found = [(loaded.item, loaded.origin) for _, loaded in sorted(plugins().metrics.items())]
    norms = [loaded.item for loaded in plugins().norms.values()]
    if as_json:
        print_json(
            [
                {
                    "name": metric.name,
                    "title": metric.title,
                    "unit": metric.unit,
                    "of": list(metric.describes),
                    "definition": metric.definition,
                    "axis": metric.axis,
                    "circular": metric.circular,
                    "needs": [str(need) for need in metric.needs],
                    "source": metric.reference,
                    "parameters": metric.parameters,
                    "settings": plain_settings(metric.settings_type()),
                    "norms": [
                        {
                            "low": n.low if math.isfinite(n.low) else None,
                            "high": n.high if math.isfinite(n.high) else None,
                            "mean": n.mean if math.isfinite(n.mean) else None,
                            "n": n.n,
                            "people": n.people,
                            "source": n.reference,
                            "licence": n.licence,
                            "method": n.method,
                            "age": n.age,
                            "gait": n.gait,
                            "trial": dict(n.trial),
                            "at_speed": [asdict(one) for one in n.at_speed],
                            "by_muscle": n.of_muscles is not None,
                            "muscles": sorted(n.muscles),
                            "conditions": dict(n.conditions),
                        }
                        for n in norms
                        if n.metric == metric.name
                    ],
                    "plugin": f"{origin.distribution}:{origin.entry_point}",
                    "version": origin.version,
                }
                for metric, origin in found
            ]
        )
        return
    for metric, _ in found:
        axis = f"; axis: {metric.axis}" if metric.axis else ""
        click.echo(f"{metric.name} [{metric.unit}], of a {' or '.join(metric.describes)}{axis}")
        click.echo(textwrap.fill(metric.definition, 96, initial_indent="    ", subsequent_indent="    "))
        if chosen := plain_settings(metric.settings_type()):
            keys = ", ".join(f"{key} = {shown(value)}" for key, value in chosen.items())
            click.echo(f"    [metrics.{metric.name}] {keys}")
        if metric.reference:
            click.echo(
                textwrap.fill(f"Source: {metric.reference}", 96, initial_indent="    ", subsequent_indent="    ")
            )
        for n in norms:
            if n.metric == metric.name:
                click.echo(textwrap.fill(_norm(n), 96, initial_indent="    ", subsequent_indent="    "))


def _norm(norm: Norm) -> str:
    """A norm in a line: its interval, what that depends on, and who they are."""
    if math.isfinite(norm.mean):
        span = f"mean {norm.mean:.3g}, no interval"
    else:
        span = f"{norm.low:.3g} to {norm.high:.3g}" if norm.of_muscles is None else "by the muscles that were recorded"
    parts = [
        span,
        f"{norm.age[0]:g} to {norm.age[1]:g} years" if norm.age else "",
        *(f"{key} {value}" for key, value in norm.trial.items()),
        f"by speed from {norm.at_speed[0].speed:g} to {norm.at_speed[-1].speed:g} m/s" if norm.at_speed else "",
        "of the same muscles, filter and normalisation" if norm.conditions else "",
        f"measured by {norm.method}" if norm.method else "",
    ]
    return f"Norm: {', '.join(part for part in parts if part)}: {norm.people}, n = {norm.n}"
