"""What a lab chose for metrics, exporters and checks: ``[metrics.NAME]`` and its like in lab.toml, or ``--set``."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundup.lab.errors import LabError, nearest, settings_of
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


def flaws(kind: str, tables: Tables, known: Iterable[Any], where: str = "lab.toml") -> Iterator[str]:
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
    """
    installed: dict[str, type[Settings]] = {item.name: item.settings_type for item in known}
    for name in tables:
        if name not in installed:
            yield f"{where}: [{kind}.{name}] is of no installed plugin{nearest(name, installed)}"
            continue
        try:
            settings_of(tables, name, installed[name], f"{where}: [{kind}")
        except LabError as error:
            yield str(error)
