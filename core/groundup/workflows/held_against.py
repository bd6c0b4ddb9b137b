"""What the values of a recording are held against beside installed norms: the lab's own, and what it can tell apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.detectable import Detectable, chosen
from groundup.lab.errors import LabError
from groundup.lab.tables import Lab
from groundup.model.events import Trial
from groundup.model.status import OK
from groundup.plugin.manager import Loaded, Origin, Plugins
from groundup.plugin.norm import Norm
from groundup.plugin.norm_file import norms_from_file
from groundup.population.reliability_file import read_reliability
from groundup.recording import Recording
from groundup.workflows.analysis_settings import lab_of, sex_of


@dataclass(frozen=True)
class HeldAgainst:
    """What values are held against.

    Attributes
    ----------
    norms : tuple of Loaded of Norm
        The lab's own first, then the installed ones.
    detectable : tuple of Detectable
    sex : {"", "F", "M"}
        Of the person.
    notes : tuple of str
        Files that lab.toml names and that are not to be had.
    """

    norms: tuple[Loaded[Norm], ...]
    detectable: tuple[Detectable, ...] = ()
    sex: str = ""
    notes: tuple[str, ...] = ()


def told_apart(
    known: Sequence[Detectable], rows: Iterable[MetricRow], trials: Sequence[Trial], units: Mapping[str, str]
) -> dict[str, Detectable]:
    """By metric, what a lab can tell apart in the one condition that its values here are of.

    Parameters
    ----------
    known : sequence of Detectable
    rows : iterable of MetricRow
    trials : sequence of Trial
    units : mapping of metric name to str
    """
    conditions: dict[str, set[str]] = {}
    for row in rows:
        if row.status == OK:
            mine = [one for one in trials if one.name == row.trial and one.t0 <= row.t0 <= one.t1]
            conditions.setdefault(row.name, set()).add(mine[0].condition if mine else "")
    found = {}
    for name, of in conditions.items():
        one = chosen(known, name, units.get(name, ""), min(of)) if len(of) == 1 else None
        if one is not None:
            found[name] = one
    return found


def held_against(
    recording: Recording,
    installed: Plugins,
    lab: Lab | None = None,
    norms: Sequence[Path] = (),
    reliability: Path | None = None,
) -> HeldAgainst:
    """Read what a lab.toml names, and what was named beside it.

    Parameters
    ----------
    recording : Recording
    installed : Plugins
    lab : Lab, optional
        In place of the recording's own.
    norms : sequence of Path
        Files of norms that come before all others.
    reliability : Path, optional
        In place of that of lab.toml.

    Raises
    ------
    LabError
        If a file that was named beside lab.toml cannot be read. What lab.toml itself names is a note then: a recording
        goes where the file does not.
    """
    told = lab or lab_of(recording)
    own = [Loaded(norm, _origin(path)) for path in norms for norm in norms_from_file(path)]
    detectable = read_reliability(reliability) if reliability is not None else []
    notes = []
    if told is not None:
        folders = [Path(told.where).parent, recording.path.parent]
        for name in told.norms.files:
            try:
                path = _found(name, folders, told.where)
                own += [Loaded(norm, _origin(path)) for norm in norms_from_file(path)]
            except LabError as error:
                notes.append(str(error))
        if told.norms.reliability and reliability is None:
            try:
                detectable = read_reliability(_found(told.norms.reliability, folders, told.where))
            except LabError as error:
                notes.append(str(error))
    return HeldAgainst((*own, *installed.norms.values()), tuple(detectable), sex_of(recording), tuple(notes))


def _found(name: str, folders: Iterable[Path], where: str) -> Path:
    places = [folder / name for folder in folders]
    for place in places:
        if place.is_file():
            return place
    looked = " and ".join(dict.fromkeys(str(place.parent.resolve()) for place in places))
    raise LabError(f"{where}: [norms] names {name}, which is not there: looked for in {looked}")


def _origin(path: Path) -> Origin:
    return Origin(path.stem, str(path), path.name, "")
