"""Comparison of two recordings, or of two conditions in one, by the metric values that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.detectable import Detectable
from groundup.analysis.profile.differences import Difference, Values, compare, within
from groundup.lab.errors import nearest
from groundup.model.events import Trial
from groundup.plugin.manager import plugins
from groundup.plugin.metric import Metric
from groundup.population.reliability_file import read_reliability
from groundup.recording import Recording
from groundup.workflows.analyze import stored_detectable, stored_rows
from groundup.workflows.held_against import told_apart


class NothingToCompareError(ValueError):
    """What should be compared is not there; the message says what is."""


@dataclass(frozen=True)
class Comparison:
    """What was compared, and what came of it.

    Attributes
    ----------
    before, after : str
        What the two are called.
    differences : tuple of Difference
    """

    before: str
    after: str
    differences: tuple[Difference, ...]


def compare_recordings(
    paths: Sequence[Path], conditions: Sequence[str] = (), reliability: Path | None = None
) -> Comparison:
    """Compare the metrics of two recordings, or of two conditions.

    Parameters
    ----------
    paths : sequence of Path
        Two recordings, before and after; or one, with two conditions.
    conditions : sequence of str
        Of trials. With two recordings one for both of them, or one for each.
    reliability : Path, optional
        A file of ``groundup reliability``; without it what the recordings hold of it, if both hold the same. Nothing of
        it is said of two conditions of one recording: it is about what differs from session to session.

    Raises
    ------
    NothingToCompareError
        If there are not two things to compare, a recording was not analysed, or has no trial of a condition.
    RecordingError
        If a file is no recording.
    """
    if not 1 <= len(paths) <= 2 or len(conditions) > 2:
        raise NothingToCompareError("two recordings are compared (before and after), or two conditions of one")
    if len(paths) == 1 and len(conditions) != 2:
        raise NothingToCompareError(f"{paths[0]}: two conditions of it are compared; trials have {_known(paths[0])}")
    files = [paths[0], paths[-1]]
    pair = [conditions[0], conditions[-1]] if conditions else ["", ""]
    if files[0] == files[1] and pair[0] == pair[1]:
        raise NothingToCompareError(f"{files[0]}: it is not compared with itself")
    known = read_reliability(reliability) if reliability is not None else None
    metrics = [loaded.item for loaded in plugins().metrics.values()]
    (before, one), (after, other) = (
        _values(file, condition, known, metrics) for file, condition in zip(files, pair, strict=True)
    )
    found = compare(before, after, metrics)
    if files[0] != files[1]:
        same = {name: apart for name, apart in one.items() if other.get(name) == apart}
        found = tuple(replace(each, detectable=same.get(each.metric)) for each in found)
    return Comparison(before.name, after.name, found)


def _values(
    path: Path, condition: str, known: Sequence[Detectable] | None, metrics: Sequence[Metric]
) -> tuple[Values, dict[str, Detectable]]:
    """What is compared, and what the lab can tell apart of it."""
    with Recording(path) as recording:
        rows = stored_rows(recording)
        made = {
            name: table.attrs["conditions"] for name, table in recording.metrics.items() if "conditions" in table.attrs
        }
        trials = recording.trial_list()
        apart = stored_detectable(recording)
    if not rows:
        raise NothingToCompareError(f"{path} holds no metrics; compute them with: groundup analyze {path}")
    if condition:
        chosen = _within(path, rows, trials, condition)
        values = Values(f"{condition!r} in {path.name}", chosen, made)
    else:
        values = Values(path.name, rows, made)
    if known is not None:
        apart = told_apart(known, values.rows, trials, {metric.name: metric.unit for metric in metrics})
    return values, apart


def _within(path: Path, rows: Sequence[MetricRow], trials: Sequence[Trial], condition: str) -> list[MetricRow]:
    if condition not in {trial.condition for trial in trials}:
        hint = nearest(condition, sorted({trial.condition for trial in trials if trial.condition}))
        raise NothingToCompareError(
            f"{path}: no trial has the condition {condition!r}{hint}; trials have {_known(path)}"
        )
    return within(rows, trials, condition)


def _known(path: Path) -> str:
    with Recording(path) as recording:
        found = sorted({trial.condition for trial in recording.trial_list() if trial.condition})
    return "the conditions " + ", ".join(repr(name) for name in found) if found else "no conditions"
