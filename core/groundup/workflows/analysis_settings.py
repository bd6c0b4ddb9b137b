"""By what a recording is analysed: ``[[process]]`` and ``[metrics.NAME]`` of its lab.toml, or what was told instead.

What was told instead is kept with the results, so that they can be computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from groundup.lab.errors import with_options
from groundup.lab.tables import Lab, LabError, LabProcess, parse_lab
from groundup.recording import Recording


class AnalysisSettings(msgspec.Struct, frozen=True):
    """The tables of lab.toml that an analysis stands on.

    Attributes
    ----------
    process : tuple of LabProcess
    metrics : dict
        Name of the metric to its keys.
    where : str
        The file that they are from.
    options : tuple of str
        What ``--set`` put into them, as it was written.
    """

    process: tuple[LabProcess, ...] = ()
    metrics: dict[str, dict[str, Any]] = {}
    where: str = "lab.toml"
    options: tuple[str, ...] = ()


def lab_of(recording: Recording) -> Lab | None:
    """The lab.toml that a recording was made with; None without one, or where it cannot be read."""
    try:
        return parse_lab(recording.lab_toml) if recording.lab_toml else None
    except LabError:
        return None  # said in the ledger when it was sealed


def sex_of(recording: Recording) -> str:
    """Sex of the person, ``F`` or ``M``; empty where nobody told it, or where lab.toml is of another person."""
    lab = lab_of(recording)
    same = lab is not None and lab.participant.id in ("", recording.participant_id)
    return lab.participant.sex if lab is not None and same else ""


def of_recording(recording: Recording) -> AnalysisSettings:
    """What the recording's own lab.toml says."""
    return _of(lab_of(recording))


def stored(recording: Recording) -> AnalysisSettings:
    """What the results in a recording were computed by."""
    chosen_settings = recording.analysis_lab
    if not chosen_settings:
        return of_recording(recording)
    try:
        return msgspec.convert(chosen_settings, AnalysisSettings)
    except msgspec.ValidationError:
        return of_recording(recording)


def chosen_settings(recording: Recording, lab: Lab | None, options: Sequence[str]) -> AnalysisSettings | None:
    """What was told instead: another lab.toml, and what ``--set`` changes; None where nothing was.

    Raises
    ------
    LabError
        If an option is not of the form NAME.KEY=VALUE.
    """
    if lab is None and not options:
        return None
    base = _of(lab) if lab is not None else of_recording(recording)
    return msgspec.structs.replace(base, metrics=with_options(base.metrics, options), options=tuple(options))


def _of(lab: Lab | None) -> AnalysisSettings:
    return AnalysisSettings() if lab is None else AnalysisSettings(lab.process, lab.metrics, lab.where)
