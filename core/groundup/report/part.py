"""One recording as a report shows it: the chosen part, its numbers, its curves, and what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.model.anatomy import Side
from groundup.model.events import Trial
from groundup.model.subject import Subject
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.recording.info import summary
from groundup.report.chosen import Chosen, choose
from groundup.report.clinic import Clinic, clinic_of
from groundup.report.contact_words import contact_words
from groundup.report.curves import (
    SIDES,
    Curves,
    Quantity,
    Walked,
    force_curves,
    impact_curves,
    joint_curves,
    muscle_curves,
    walked,
)
from groundup.report.numbers import Number, numbers_of
from groundup.report.options import ReportOptions
from groundup.report.pressure import PlatePaths, plate_paths
from groundup.report.timing import MuscleTiming, muscle_timing
from groundup.workflows.held_against import HeldAgainst, held_against


@dataclass(frozen=True)
class TrialRow:
    """A trial in the list: when it began (s of the recording), its strides, and whether it is shown."""

    trial: Trial
    begin_s: float
    strides: int
    shown: bool


@dataclass(frozen=True)
class Part:
    """What a report needs of one recording.

    Attributes
    ----------
    path : Path
    summary : dict
        As `groundup.recording.info.summary` gives it.
    subject : Subject
    clinic : Clinic
    chosen : Chosen
    numbers : mapping of metric name to Number
    trials : sequence of TrialRow
    strides, stances : int
        How many are shown.
    forces, muscles, impacts : sequence of Curves
    joints : mapping of quantity to sequence of Curves
    timing : sequence of MuscleTiming
    plates : sequence of PlatePaths
    walk : Walked
        Its stances and strides, and when feet leave the ground.
    notes : sequence of str
        Of the analysis.
    contacts : str
        How contacts with plates were weighed.
    processed : sequence of dict
        Which processed signals there are, and what made them.
    against : HeldAgainst
        Norms of the lab and installed ones.
    """

    path: Path
    summary: dict[str, Any]
    subject: Subject
    clinic: Clinic
    chosen: Chosen
    numbers: dict[str, Number]
    trials: Sequence[TrialRow]
    walk: Walked
    forces: Sequence[Curves]
    muscles: Sequence[Curves]
    impacts: Sequence[Curves]
    joints: Mapping[Quantity, Sequence[Curves]]
    timing: Sequence[MuscleTiming]
    plates: Sequence[PlatePaths]
    notes: Sequence[str]
    contacts: str
    processed: Sequence[dict[str, Any]]
    against: HeldAgainst

    @property
    def foot_offs(self) -> dict[Side, float]:
        """When each foot leaves the ground, percent of the cycle."""
        return {side: self.walk.foot_off(side) for side in SIDES}


def part_of(path: Path, options: ReportOptions) -> Part:
    """Read what a report shows of a recording.

    Raises
    ------
    RecordingError
        If it is none.
    NothingChosenError
        If it has no trial of those that were asked for.
    LabError
        If the lab.toml that was given is none.
    """
    with Recording(path) as recording:
        trials = recording.trial_list()
        chosen = choose(trials, options.conditions, options.trials, str(path))
        walk = walked(recording, chosen)
        against = held_against(recording, plugins())
        everything = walked(recording).strides if chosen.shown or chosen.left_out else walk.strides
        return Part(
            path=path,
            summary=summary(recording),
            subject=recording.participant,
            clinic=clinic_of(recording.lab_toml, path, options.lab),
            chosen=chosen,
            numbers=numbers_of(recording, walk, chosen, against),
            trials=[
                TrialRow(
                    trial,
                    trial.t0 - recording.clock_origin,
                    sum(trial.t0 <= s.t0 and s.t1 <= trial.t1 for s in everything),
                    chosen.shows(trial),
                )
                for trial in trials
            ],
            walk=walk,
            forces=force_curves(walk),
            muscles=muscle_curves(walk),
            impacts=impact_curves(walk),
            joints=joint_curves(walk),
            timing=muscle_timing(recording, walk.strides, chosen),
            plates=plate_paths(walk),
            notes=list(dict.fromkeys([*recording.notes, *against.notes])),
            contacts=contact_words(recording.event_list()),
            processed=[
                {"id": id, **{key: one.attrs.get(key, "") for key in ("plugin", "version", "parameters")}}
                for id, one in recording.processed.items()
            ],
            against=against,
        )
