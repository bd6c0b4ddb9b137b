"""One metric on a recording, for a notebook: nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from groundup.lab.settings import Settings
from groundup.plugin.chosen import metric_with
from groundup.plugin.failure import Origin
from groundup.plugin.manager import Loaded, plugins
from groundup.plugin.metric import Metric
from groundup.recording import Recording
from groundup.workflows.analysis_settings import stored
from groundup.workflows.analyze import compute, find_metrics

if TYPE_CHECKING:
    import pandas as pd


def measure_recording(
    recording: Recording, metric: Metric | str, settings: Settings | Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """See `groundup.measure`."""
    import pandas as pd

    _check(recording, metric, settings)
    installed = plugins()
    if isinstance(metric, str):
        find_metrics(installed, [metric])  # says what is near, where there is none
        item = installed.metrics[metric].item
    else:
        item = metric
    tables = stored(recording)
    if settings is None:
        item = metric_with(item, tables.metrics, tables.where)
    else:
        chosen = msgspec.to_builtins(settings) if isinstance(settings, Settings) else dict(settings)
        item = metric_with(item, {item.name: chosen}, "settings")
    result = compute(recording, installed, [Loaded(item, Origin("", "", "notebook", ""))], tables)
    rows = [asdict(row) for row in result.rows if row.name == item.name]
    columns = ["t0", "t1", "trial", "stride", "side", "value", "unit", "status", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    table.attrs = {"name": item.name, "parameters": item.parameters, "notes": list(result.notes)}
    return table


def _check(recording: object, metric: object, settings: object) -> None:
    """Refuse what is of another kind than was asked for: in a notebook, a name is quickly another thing."""
    if not isinstance(recording, Recording):
        raise TypeError(f"the first argument is a recording, groundup.open(path), and not {_shown(recording)}")
    if not isinstance(metric, Metric | str):
        hint = ": what the @metric decorator made" if callable(metric) else ""
        raise TypeError(f"the second argument is a metric{hint}, or the name of one, and not {_shown(metric)}")
    if settings is not None and not isinstance(settings, Settings | Mapping):
        raise TypeError(f"settings are a mapping of keys to values, or the metric's Settings, not {_shown(settings)}")


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} ({text if len(text) <= 40 else text[:39] + '…'})"
