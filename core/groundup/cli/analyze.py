"""``groundup analyze``: events and metrics of a recording, and its strategy profile."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.method_spread import MethodSpread, method_words
from groundup.analysis.profile.profile_lines import profile_lines
from groundup.analysis.profile.strategy_profile import significant
from groundup.analysis.sync_events.sync_event import SyncLag
from groundup.cli.output import as_json, finite, print_json, progress, set_option
from groundup.lab.tables import load_lab
from groundup.model.reasons import Reason, usual_reason
from groundup.model.status import OK
from groundup.recording.metric_lines import MetricCount, metric_lines
from groundup.recording.value_lines import TrialValue, median_table, value_lines
from groundup.workflows.analyze import Analysis
from groundup.workflows.analyze import analyze as run


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--metric", "metrics", multiple=True, metavar="NAME", help="Only this metric; may be given more than once."
)
@click.option("--profile", is_flag=True, help="Print the strategy profile.")
@click.option(
    "--sync-event",
    is_flag=True,
    help="Find an event that the sensors share (a tap, a trigger), and the lag of each stream. Nothing is corrected.",
)
@click.option("--causal", is_flag=True, help="As live does: each moment by what had come before it.")
@click.option(
    "--lab",
    type=click.Path(dir_okay=False, path_type=Path),
    help="[[process]] and [metrics.NAME] of this lab.toml; sites and person stay as they were recorded.",
)
@set_option
@click.option(
    "--norms", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Norms to hold values against, FILE.toml of groundup norms build, before all others.",
)  # fmt: skip
@click.option(
    "--reliability", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What this lab can tell apart, FILE.toml of groundup reliability.",
)  # fmt: skip
@click.option(
    "--spread", "by_methods", is_flag=True,
    help="Compute each metric by every published choice of threshold, filter and normalisation, too.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print only what could not be done.")
@as_json
def analyze(
    file: Path,
    metrics: tuple[str, ...],
    profile: bool,
    sync_event: bool,
    causal: bool,
    lab: Path | None,
    chosen: tuple[str, ...],
    norms: tuple[Path, ...],
    reliability: Path | None,
    by_methods: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compute events and metrics of a recording, and write them into it.

    The raw data are not touched: the results go into a copy, which then takes the file's place.
    """
    if causal and by_methods:
        raise click.UsageError("choices of method are tried on a whole recording: not with --causal")
    if causal and sync_event:
        raise click.UsageError("a sync event is looked for in a whole recording: not with --causal")
    with progress(f"analysing {file.name}") as tell:
        found = run(
            file,
            metrics,
            sync_event,
            tell,
            causal,
            load_lab(lab) if lab else None,
            chosen,
            norms,
            reliability,
            by_methods,
        )
    if as_json:
        print_json(_facts(file, found))
    elif quiet:
        click.echo("\n".join(f"! {note}" for note in found.result.notes), nl=bool(found.result.notes))
    else:
        click.echo("\n".join(_lines(found)))
        if profile:
            click.echo("\n".join(["", *profile_lines(found.profile)]))
        if by_methods:
            click.echo("\n".join(["", *_method_lines(list(found.spreads.values()))]))
        if sync_event:
            click.echo("\n".join(["", *_sync_lines(found.result.sync)]))


def _facts(file: Path, found: Analysis) -> dict[str, Any]:
    result = found.result
    return {
        "recording": str(file),
        "events": dict(Counter(event.kind for event in result.events)),
        "stances": len(result.stances),
        "strides": len(result.strides),
        "metrics": [finite(asdict(row)) for row in result.rows],
        "profile": [finite(asdict(axis)) for axis in found.profile],
        "sync": [finite(asdict(lag)) for lag in result.sync],
        "notes": list(result.notes),
        "method_spread": [finite(one.stored()) for one in found.spreads.values()],
    }


def _lines(found: Analysis) -> list[str]:
    result = found.result
    kinds = Counter(event.kind for event in result.events)
    events = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())) or "none"
    lines = [f"events: {events}; {len(result.stances)} stances, {len(result.strides)} strides"]
    values = Counter(row.name for row in result.rows)
    good = Counter(row.name for row in result.rows if row.status == OK)
    counts = {
        name: MetricCount(number, good[name], "" if good[name] else _why(result.rows, name).since(found.origin))
        for name, number in values.items()
    }
    table = median_table(TrialValue(row.name, row.trial, row.side, row.value, row.unit) for row in result.rows)
    lines += [f"  {line}" for line in value_lines(table)]
    lines += [f"  {line}" for line in metric_lines(counts)]
    return lines + [f"  ! {note}" for note in result.notes]


def _method_lines(found: Sequence[MethodSpread], width: int = 96) -> list[str]:
    """What depends on a choice of method, one metric after the other, and the sources of the choices."""
    if not found:
        return ["SPREAD OVER METHODS: no published choice changes any value here"]
    shown, indent = [one for one in found if one.matters], " " * 6
    lines = ["SPREAD OVER METHODS  (one choice changed at a time, all else as in this lab)"]
    for one in shown:
        lines.append(f"  {one.metric}: {significant(one.median)} {'' if one.unit == '1' else one.unit}".rstrip())
        words = method_words(one, significant)
        lines += textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=indent)
    if more := len(found) - len(shown):
        lines.append(f"  {more} more change by less than 1 %")
    sources = {by.choice: by.source for one in found for by in one.by}
    for choice, source in sources.items():
        lines += textwrap.wrap(f"{choice}: {source}", width, initial_indent="  ", subsequent_indent=indent)
    return lines


def _why(rows: Sequence[MetricRow], name: str) -> Reason:
    return usual_reason(row.why for row in rows if row.name == name)


def _sync_lines(lags: Sequence[SyncLag]) -> list[str]:
    reference = next((lag for lag in lags if lag.stream == lag.reference), None)
    if reference is None:
        lines = ["SYNC EVENT: none that the sensors share"]
    else:
        lines = [
            f"SYNC EVENT: {len(reference.times)} of them; lag behind {reference.stream} "
            "(nothing was corrected; latency_s in lab.toml would)"
        ]
    width = max((len(lag.stream) for lag in lags), default=0)
    for lag in lags:
        if lag.status != OK:
            lines.append(f"  {lag.stream:<{width}}  not computable, because {lag.reason}")
        elif lag is not reference:
            interval = f"95 % {lag.low_s * 1e3:+.3f} to {lag.high_s * 1e3:+.3f} ms"
            lines.append(f"  {lag.stream:<{width}}  {lag.lag_s * 1e3:+9.3f} ms   {interval}, {len(lag.times)} of them")
    return lines
