"""Faults of markers and plates, done to real walks: what was said of the work of a stance, and how far off it was."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from real_files import of_c3d
from vicon_walks import FLOOR, TURNS

from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.wiring import ProcessStep
from groundup_plugins.dynamics.inverse_dynamics import InverseDynamics
from groundup_plugins.metrics.joint_work import JOINTS, groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

FILES = {
    **{name: f"walk_overground_c3d/{name}.c3d" for name in FLOOR},
    **{name: f"turns_c3d/{name}.c3d" for name in TURNS},
    "belts": "walk_splitbelt_c3d/treadmill_events.c3d",
    "adult": "walk_two_plates_emg_c3d/Gait.c3d",
}
HELD_OUT = (*TURNS, "adult")
"""Walks by which no limit was chosen."""
_MASS_KG = {"adult": 63.0}  # the file does not tell: what its plates carry
_MARKERS = {
    "adult": {
        "R_knee_medial": "RKNE (23)", "L_knee_medial": "LKNE (25)", "R_ankle_medial": "RANK (24)",
        "L_ankle_medial": "LANK (26)",
    },
}  # fmt: skip
_LABELS = {
    "knee": ("{}KNE", "{}LEK"), "ankle": ("{}ANK", "{}LM"), "toe": ("{}TOE", "{}MT2"), "heel": ("{}HEE",),
    "pelvis": ("{}ASI", "{}ASIS"),
}  # fmt: skip
LEAST_WORK = 0.25
"""Of the work of all joints: that of a joint which does less is held against this much, when it is wrong."""
METRICS = [m for m in groundup_metrics() if m.name.endswith(("_positive_work", "_work_share"))]


@dataclass(frozen=True)
class Walk:
    """What a file holds."""

    name: str
    signals: tuple
    events: tuple
    subject: object

    @property
    def markers(self):
        return next(s for s in self.signals if s.kind == "mocap")

    def with_markers(self, samples):
        new = replace(self.markers, samples=samples)
        return replace(self, signals=tuple(new if s.kind == "mocap" else s for s in self.signals))

    def with_plates(self, change):
        return replace(self, signals=tuple(change(s) if s.plate else s for s in self.signals))

    def columns(self, part, side):
        """Columns of the marker on a part."""
        names = [label.format(side) for label in _LABELS[part]]
        return [i for i, c in enumerate(self.markers.channels) if c.label.rpartition(".")[0] in names][:3]

    def place(self, part, side):
        return self.markers.samples[:, self.columns(part, side)]

    @property
    def forward(self):
        """Where the feet point, level, of length 1."""
        pointing = sum(np.nanmean(self.place("toe", s) - self.place("heel", s), axis=0) for s in "LR")
        return pointing[:2] / np.linalg.norm(pointing[:2])

    def lab(self, forward, left, up):
        """A way in the lab, in the unit of the markers (mm)."""
        x, y = self.forward
        return 1000.0 * np.array([x * forward - y * left, y * forward + x * left, up])


@cache
def walk_of(path, name):
    signals, events, subject = of_c3d(path)
    if name in _MASS_KG:
        subject = replace(subject, mass_kg=_MASS_KG[name])
    # The files of its maker measure from outside; that is no part of what is attacked.
    return Walk(name, tuple(s for s in signals if s.kind in ("plate", "mocap")), events, subject)


def all_markers(forward=0.0, left=0.0, up=0.0):
    return lambda walk: walk.with_markers(walk.markers.samples + np.tile(walk.lab(forward, left, up), _points(walk)))


def _points(walk):
    return walk.markers.samples.shape[1] // 3


def turned(degrees=0.0, scale=1.0, mirror=(1.0, 1.0, 1.0)):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = scale * np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) * np.array(mirror)

    def change(walk):
        points = walk.markers.samples.reshape(len(walk.markers.time), -1, 3) @ turn.T
        return walk.with_markers(points.reshape(walk.markers.samples.shape))

    return change


def one_marker(part, side, forward=0.0, left=0.0, up=0.0):
    """A marker that was put on elsewhere: it moves with its segment."""

    def change(walk):
        at = walk.columns(part, side)
        across = np.array([-walk.forward[1], walk.forward[0], 0.0])
        if part in ("toe", "heel"):
            ahead = _unit(walk.place("toe", side) - walk.place("heel", side))
            upwards = _unit(np.cross(ahead, across))
        else:
            upwards = _unit(walk.place("pelvis" if part == "knee" else "knee", side) - walk.place(part, side))
            ahead = _unit(np.cross(across, upwards))
        samples = walk.markers.samples.copy()
        samples[:, at] += 1000.0 * (forward * ahead + left * np.cross(upwards, ahead) + up * upwards)
        return walk.with_markers(samples)

    change.side = side  # of the other leg nothing is wrong
    return change


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


def plates_late(seconds):
    return lambda walk: walk.with_plates(lambda s: replace(s, time=s.time + seconds))


def mass(factor):
    return lambda walk: replace(walk, subject=replace(walk.subject, mass_kg=walk.subject.mass_kg * factor))


_FORCES = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
"""What the channels of each plate of these files are, in their order."""


def forces(factor, channels=_FORCES, plate=0):
    """What some channels of one plate (1, 2), or of all (0), say, times a factor."""

    def change(signal):
        if plate and not signal.id.endswith(str(plate)):
            return signal
        samples = signal.samples.copy()
        samples[:, [_FORCES.index(channel) for channel in channels]] *= factor
        return replace(signal, samples=samples)

    return lambda walk: walk.with_plates(change)


def sideways_reversed(walk):
    """The horizontal force of each plate that brakes and drives less is taken for its opposite."""

    def change(signal):
        factors = np.ones(len(_FORCES))
        factors[int(np.argmin(signal.samples[:, :2].std(axis=0)))] = -1.0
        return replace(signal, samples=signal.samples * factors)

    return walk.with_plates(change)


def told(walk):
    """Of each stance on a plate, by side and begin: the rows of `METRICS`; only those that have a value."""
    step = ProcessStep("inverse_dynamics", "mocap", parameters={"markers": _MARKERS.get(walk.name, {})})
    processors = [ForcePlate, Contacts, InverseDynamics]
    rows = run_pipeline(walk.signals, walk.events, walk.subject, processors, METRICS, [step]).rows
    found = {}
    for row in rows:
        if row.status == "ok":
            found.setdefault((row.side, row.t0), {})[row.name] = row
    return {key: mine for key, mine in found.items() if len(mine) == len(METRICS)}


@dataclass(frozen=True)
class Told:
    """What was said of one stance under a fault.

    Attributes
    ----------
    refused : bool
    off : float
        Greatest difference of a joint's positive work from the truth, over the greater of that work and `LEAST_WORK`.
    beyond : float
        The same of those that are farther off than their uncertainty; 0 where none is.
    """

    refused: bool
    off: float = 0.0
    beyond: float = 0.0


@cache
def truth(path, name):
    return told(walk_of(path, name))


def under(fault, path, name):
    """What is said of each stance that has a value without the fault."""
    changed = told(fault(walk_of(path, name)))
    side = getattr(fault, "side", None)
    return [_of_stance(key, true, changed) for key, true in truth(path, name).items() if side in (None, key[0])]


def _of_stance(key, true, changed):
    side, t0 = key
    same = [mine for (other, begins), mine in changed.items() if other == side and abs(begins - t0) < 0.1]
    if not same:
        return Told(refused=True)
    works = [f"{joint}_positive_work" for joint in JOINTS]
    least = LEAST_WORK * sum(true[name].value for name in works)
    off, beyond = 0.0, 0.0
    for name in works:
        apart = abs(same[0][name].value - true[name].value)
        share = apart / max(true[name].value, least)
        off = max(off, share)
        if not apart <= same[0][name].uncertainty:
            beyond = max(beyond, share)
    return Told(False, off, beyond)


FAULTS = {
    "none": lambda walk: walk,
    "markers 3 cm forwards": all_markers(forward=0.03),
    "markers 5 cm forwards": all_markers(forward=0.05),
    "markers 7 cm forwards": all_markers(forward=0.07),
    "markers 3 cm backwards": all_markers(forward=-0.03),
    "markers 5 cm backwards": all_markers(forward=-0.05),
    "markers 7 cm backwards": all_markers(forward=-0.07),
    "markers 3 cm aside": all_markers(left=0.03),
    "markers 5 cm aside": all_markers(left=0.05),
    "markers turned by 2 degrees": turned(2.0),
    "markers turned by 5 degrees": turned(5.0),
    "markers 5 % too large": turned(scale=1.05),
    "markers mirrored": turned(mirror=(1.0, -1.0, 1.0)),
    "plates 10 ms late": plates_late(0.01),
    "plates 20 ms late": plates_late(0.02),
    "plates 30 ms late": plates_late(0.03),
    "plates 10 ms early": plates_late(-0.01),
    "plates 20 ms early": plates_late(-0.02),
    "plates 30 ms early": plates_late(-0.03),
    **{
        f"{part} 5 cm {way}": one_marker(part, "L", **{axis: size})
        for part in ("knee", "ankle", "toe", "heel")
        for way, axis, size in (
            ("forwards", "forward", 0.05), ("backwards", "forward", -0.05), ("up", "up", 0.05), ("down", "up", -0.05),
            ("outwards", "left", 0.05), ("inwards", "left", -0.05),
        )
    },
    "knee 3 cm forwards": one_marker("knee", "L", forward=0.03),
    "knee 3 cm backwards": one_marker("knee", "L", forward=-0.03),
    "ankle 3 cm forwards": one_marker("ankle", "L", forward=0.03),
    "sideways force reversed": sideways_reversed,
    "mass 20 % too large": mass(1.2),
    "mass 20 % too small": mass(0.8),
    "mass 10 % too large": mass(1.1),
    "one plate 20 % too much": forces(1.2, plate=1),
    "one plate 20 % too little": forces(0.8, plate=1),
    "one plate's Fz 20 % too much": forces(1.2, ("Fz",), plate=1),
    "horizontal forces halved": forces(0.5, ("Fx", "Fy")),
}  # fmt: skip
