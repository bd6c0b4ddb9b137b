"""``groundup batch``: many files, analysed by all cores or by a cluster, into an archive."""

from __future__ import annotations

import logging
import os
import tempfile
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundup.cli.batch_screen import shown
from groundup.cli.output import as_json, finite, print_json, printable, say, set_option
from groundup.lab.tables import load_lab
from groundup.system.processes import STOPPING, stop_at_signals

if TYPE_CHECKING:
    from groundup.workflows.batch.plan import Plan
    from groundup.workflows.batch.to_do import Summary
    from groundup.workflows.batch.workers import Workers

WELL, FAULT, INTERRUPTED = 0, 3, 130
_SHOWN = 20
"""Files with a reason that are named at the end; all are in the archive."""


@click.command()
@click.argument("paths", nargs=-1, metavar="PATHS...")
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="The archive, a folder."
)
@click.option(
    "--list", "lists", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="A text file with a path a line; may be given more than once.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="How many files at once; by default one a core.")
@click.option("--memory", default="auto", metavar="SIZE", help="What a worker may take, such as 4GiB.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="The dask scheduler of an existing cluster.")
@click.option("--alone", is_flag=True, help="In this process, for Snakemake and array jobs; collect them afterwards.")
@click.option(
    "--pseudonyms", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="A table of participant and pseudonym: the archive gets the second alone.",
)  # fmt: skip
@click.option(
    "--people", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="A table of participant_id, sex and age (BIDS): what recordings do not tell; for norms.",
)  # fmt: skip
@click.option(
    "--names", default="", metavar="REGEX",
    help="What paths tell, by groups: (?P<participant>...), (?P<session>...), (?P<condition>...).",
)  # fmt: skip
@click.option("--lab", type=click.Path(dir_okay=False, path_type=Path), help="This lab.toml, in place of the files'.")
@set_option
@click.option("--as", "importer", metavar="NAME", default="", help="Read files with this importer (groundup plugins).")
@click.option("--retry", is_flag=True, help="Also files that could not be read, or whose workers died.")
@click.option("--again", is_flag=True, help="Compute everything again.")
@as_json
@click.pass_context
def batch(
    ctx: click.Context,
    paths: tuple[str, ...],
    output: Path,
    lists: tuple[Path, ...],
    workers: int | None,
    memory: str,
    scheduler: str,
    alone: bool,
    pseudonyms: Path | None,
    people: Path | None,
    names: str,
    lab: Path | None,
    chosen: tuple[str, ...],
    importer: str,
    retry: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Analyse PATHS (files, folders, patterns) and put what is found into an archive.

    The files are only read. What is in the archive already, by the same plugins, is not done again: a run that was
    stopped goes on where it was. Without PATHS, what jobs with --alone have left is collected.

    Exit status: 0 all well; 3 some files have no values, and the archive says why; 130 stopped; 1 it could not
    go on, for the reason that it says; what is done is kept.
    """
    try:
        from groundup.archives.collect import collect
        from groundup.archives.people import read_people, write_people
        from groundup.workflows.batch.find import find_files
        from groundup.workflows.batch.one_file import take_file
        from groundup.workflows.batch.to_do import Summary, to_do
    except ModuleNotFoundError as error:
        raise click.ClickException(f'a batch needs {error.name}: pip install "groundup[batch]"') from error
    plan = _plan(output, pseudonyms, names, lab, chosen, importer)
    output.mkdir(parents=True, exist_ok=True)
    if people is not None:
        table = plan.pseudonyms
        write_people(output, read_people(people), (lambda who: who) if table is None else table.called)
    if not paths and not lists:
        collect(output)
        ctx.exit(_end(plan, Summary(), as_json))
    found = find_files(paths, lists, [output])
    _tell_left_out(found.left_out, found.closed)
    collect(output)  # what a run that was killed, or jobs alone, have found
    todo, summary = to_do(plan, found.paths, again, retry)
    if alone:
        for path in todo:
            summary.add(take_file(plan, path, again=again))
    elif todo:
        _with_workers(plan, todo, summary, again, workers or 0, memory, scheduler)
    ctx.exit(_end(plan, summary, as_json))


def _plan(
    output: Path, pseudonyms: Path | None, names: str, lab: Path | None, chosen: tuple[str, ...], importer: str
) -> Plan:
    """What the options ask for, refused before any file is touched."""
    from groundup.workflows.batch.identity import check_pattern
    from groundup.workflows.batch.plan import Plan, made_by
    from groundup.workflows.batch.pseudonyms import read_pseudonyms

    check_pattern(names)
    known = load_lab(lab) if lab is not None else None
    plan = Plan(
        archive=str(output.absolute()),
        lab_text=known.text if known is not None else "",
        lab_where=str(lab) if lab is not None else "",
        options=chosen,
        importer=importer,
        names=names,
        pseudonyms=read_pseudonyms(pseudonyms) if pseudonyms is not None else None,
    )
    made_by(plan)
    return plan


def _with_workers(
    plan: Plan, todo: list[str], summary: Summary, again: bool, count: int, memory: str, scheduler: str
) -> None:
    """Give the files to workers, and show how that goes."""
    try:
        import_module("cryptography")  # of TLS between processes; distributed would miss it too late to say it well
        from groundup.workflows.batch.run import Stop, run
        from groundup.workflows.batch.workers import local_workers, workers_of
    except ModuleNotFoundError as error:
        raise click.ClickException(f'a batch needs {error.name}: pip install "groundup[batch]"') from error

    # A worker that dies with an answer leaves a task of dask's behind, of which asyncio would show a traceback.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    stop = Stop()
    with ExitStack() as stack:
        made: AbstractContextManager[Workers]
        if scheduler:
            made = workers_of(scheduler)
        else:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="groundup-batch-"))
            plan = replace(plan, scratch=scratch)
            made = local_workers(min(count or _cores(), len(todo)), memory, scratch)
        workers = stack.enter_context(made)
        say(f"{workers.words}; dashboard: {workers.dashboard}")
        stop_at_signals(stop.in_order, *STOPPING)
        tell = stack.enter_context(shown(stop))
        run(plan, todo, summary, workers, stop, tell, again)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tell_left_out(left_out: Counter[str], closed: list[str]) -> None:
    for sentence in closed:
        say(printable(sentence), "warning")
    if left_out:
        kinds = ", ".join(f"{count} {ending}" for ending, count in left_out.most_common(6))
        say(printable(f"left out, since no importer reads such files: {kinds}"))


def _end(plan: Plan, summary: Summary, as_json: bool) -> int:
    """Say what became of the batch; the exit status."""
    wrong = dict(summary.wrong)
    if as_json:
        print_json(
            {
                "archive": plan.archive,
                "files": summary.files,
                "known": summary.known,
                "taken": dict(summary.counts),
                "metrics_computed": summary.computed,
                "stopped": summary.stopped,
                "cpu_s": summary.cpu_s,
                "peak_mb": finite(summary.peak_mb),
                "wrong": wrong,
            }
        )
    else:
        for line in _lines(plan, summary, wrong):
            click.echo(printable(line))
    return INTERRUPTED if summary.stopped else FAULT if wrong else WELL


def _lines(plan: Plan, summary: Summary, wrong: dict[str, str]) -> list[str]:
    taken = sum(summary.counts.values())
    lines = [f"! {reason if path in reason else f'{path}: {reason}'}" for path, reason in list(wrong.items())[:_SHOWN]]
    if len(wrong) > _SHOWN:
        lines.append(f"! {len(wrong) - _SHOWN} more: groundup query {plan.archive} \"SELECT paths, reason FROM "
                     "recordings WHERE status <> 'ok'\"")  # fmt: skip
    if summary.files:
        lines.append(
            f"{summary.files} files: {summary.known} were known, {summary.counts['ok']} were analysed, "
            f"{len(wrong)} have no values"
        )
    if summary.cpu_s:
        mean = sum(summary.cpu_s) / len(summary.cpu_s)
        lines.append(f"{mean:.2f} s of a core a file; the largest worker had {summary.peak_mb:.0f} MB")
    if summary.stopped:
        left = summary.files - summary.known - taken
        lines.append(f"stopped with {left} files left: give the same command again, and it goes on from here")
    return [*lines, f"archive: {plan.archive}"]
