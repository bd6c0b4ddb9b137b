"""What a lab chose for metrics, exporters and checks: ``[metrics.NAME]`` and its like in lab.toml, or ``--set``."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundup.lab.errors import LabError, nearest, settings_from, settings_of
from groundup.lab.settings import Settings
from groundup.plugin.check import Check
from groundup.plugin.formats import Exporter
from groundup.plugin.metric import Metric

Tables = Mapping[str, dict[str, Any]]
"""Name of a plugin item to its keys."""


def metric_with(metric: Metric, tables: Tables, where: str = "lab.toml") -> Metric:
    """A metric with what was chosen for it.

    Raises
    ------
    LabError
        If it has no such key, or not such a value.
    """
    if metric.name not in tables:
        return metric
    return metric.configured(settings_of(tables, metric.name, metric.settings_type, f"{where}: [metrics"))


def check_with(check: type[Check], tables: Tables, where: str = "lab.toml") -> Check:
    """A check with what was chosen for it.

    Raises
    ------
    LabError
        As `metric_with`.
    """
    return check(settings_of(tables, check.name, check.settings_type, f"{where}: [checks"))


def exporter_with(exporter: type[Exporter], tables: Tables, where: str = "lab.toml") -> Exporter:
    """An exporter with what was chosen for it.

    Raises
    ------
    LabError
        As `metric_with`.
    """
    return exporter(settings_of(tables, exporter.name, exporter.settings_type, f"{where}: [exporters"))


def flaws(
    kind: str, tables: Tables, known: Iterable[Any], where: str = "lab.toml", options: Iterable[str] = ()
) -> Iterator[str]:
    """What of such tables fits no plugin that is installed, a sentence each.

    Parameters
    ----------
    kind : str
        ``metrics``, ``exporters`` or ``checks``.
    tables : mapping
    known : iterable
        What is installed of that kind.
    where : str
        The file, for the sentence.
    options : iterable of str
        What ``--set`` put into the tables (``NAME.KEY=VALUE``): a flaw of those is none of the file.
    """
    installed: dict[str, type[Settings]] = {item.name: item.settings_type for item in known}
    by_option = {tuple(option.partition("=")[0].strip().split(".", 1)) for option in options}
    for name, table in tables.items():
        of_file = {key: value for key, value in table.items() if (name, key) not in by_option}
        if name not in installed:
            place = where if of_file or not table else "--set"
            yield f"{place}: [{kind}.{name}] is of no installed plugin{nearest(name, installed)}"
            continue
        if flaw := _flaw(table, installed[name], f"{where}: [{kind}.{name}]"):
            is_option = len(of_file) < len(table) and not _flaw(of_file, installed[name], "")
            yield _flaw(table, installed[name], f"--set: [{kind}.{name}]") if is_option else flaw


def _flaw(table: dict[str, Any], settings_type: type[Settings], where: str) -> str:
    """What is wrong with a table, or empty."""
    try:
        settings_from(table, settings_type, where)
    except LabError as error:
        return str(error)
    return ""
