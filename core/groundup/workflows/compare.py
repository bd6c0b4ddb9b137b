"""Comparison of two recordings, or of two conditions in one, by the metric values that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.analysis.profile.differences import Difference, Values, compare, within
from groundup.lab.errors import nearest
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.workflows.analyze import stored_rows


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


def compare_recordings(paths: Sequence[Path], conditions: Sequence[str] = ()) -> Comparison:
    """Compare the metrics of two recordings, or of two conditions.

    Parameters
    ----------
    paths : sequence of Path
        Two recordings, before and after; or one, with two conditions.
    conditions : sequence of str
        Of trials. With two recordings one for both of them, or one for each.

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
    before, after = (_values(file, condition) for file, condition in zip(files, pair, strict=True))
    metrics = [loaded.item for loaded in plugins().metrics.values()]
    return Comparison(before.name, after.name, compare(before, after, metrics))


def _values(path: Path, condition: str) -> Values:
    with Recording(path) as recording:
        rows = stored_rows(recording)
        made = {
            name: table.attrs["conditions"] for name, table in recording.metrics.items() if "conditions" in table.attrs
        }
        trials = recording.trial_list()
    if not rows:
        raise NothingToCompareError(f"{path} holds no metrics; compute them with: groundup analyze {path}")
    if not condition:
        return Values(path.name, rows, made)
    if condition not in {trial.condition for trial in trials}:
        hint = nearest(condition, sorted({trial.condition for trial in trials if trial.condition}))
        raise NothingToCompareError(
            f"{path}: no trial has the condition {condition!r}{hint}; trials have {_known(path)}"
        )
    return Values(f"{condition!r} in {path.name}", within(rows, trials, condition), made)


def _known(path: Path) -> str:
    with Recording(path) as recording:
        found = sorted({trial.condition for trial in recording.trial_list() if trial.condition})
    return "the conditions " + ", ".join(repr(name) for name in found) if found else "no conditions"
