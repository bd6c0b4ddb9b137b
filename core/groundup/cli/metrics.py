"""``groundup metrics``: what can be measured."""

import textwrap

import click

from groundup.cli.output import as_json, print_json
from groundup.plugin.manager import plugins


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
                    "unit": metric.unit,
                    "of": list(metric.describes),
                    "definition": metric.definition,
                    "axis": metric.axis,
                    "circular": metric.circular,
                    "needs": [str(need) for need in metric.needs],
                    "source": metric.source,
                    "parameters": metric.parameters,
                    "norms": [
                        {
                            "low": n.low,
                            "high": n.high,
                            "n": n.n,
                            "people": n.people,
                            "source": n.source,
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
        if metric.source:
            click.echo(textwrap.fill(f"Source: {metric.source}", 96, initial_indent="    ", subsequent_indent="    "))
        for n in norms:
            if n.metric == metric.name:
                same = ", of the same muscles, filter and normalisation" if n.conditions else ""
                text = f"Norm: {n.low:.3g} to {n.high:.3g}{same}: {n.people}, n = {n.n}"
                click.echo(textwrap.fill(text, 96, initial_indent="    ", subsequent_indent="    "))
