"""Walks of which a mocap system computed the joint powers, and our own of the same markers and plates."""

from functools import cache

import numpy as np
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Gait
from groundup_plugins.dynamics.inverse_dynamics import JOINTS, InverseDynamics, InverseDynamicsSettings
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

FLOOR = ["HC002D06", "HC030A05", "HC031A06", "HC036A10"]
TURNS = ["HC031A23", "HC032A18"]
BESIDE = {"beside_model": True}


@cache
def walked(path):
    """Signals, stances and person of a file, with the forces of its plates."""
    signals, events, subject = of_c3d(path)
    result = run_pipeline(signals, events, subject, [ForcePlate, Contacts], [])
    return Gait((*signals, *result.signals), result.stances, result.strides, subject)


def markers_of(gait):
    return next(s for s in gait.signals if s.kind == "mocap")


@cache
def computed(path, hip="harrington"):
    gait = walked(path)
    made = InverseDynamics(InverseDynamicsSettings(beside_model=True, hip_centre=hip))
    return gait, made.with_steps(markers_of(gait), gait).signals[0]


def power(model, side, joint, time):
    """Summed over its axes, at some times, W/kg."""
    columns = [model.column(f"{side}{joint.capitalize()}Power.{axis}") for axis in "xyz"]
    return np.interp(time, model.time, np.nansum(columns, axis=0))


def stances_of(gait, model):
    """Stances on plates with the times of the markers in them."""
    for stance in gait.stances:
        if stance.source.startswith("plate:"):
            yield stance, model.time[(model.time >= stance.t0) & (model.time <= stance.t1)]


def shares(model, side, time):
    works = [np.trapezoid(np.maximum(power(model, side, joint, time), 0.0), time) for joint in JOINTS]
    return np.array(works) / sum(works)


def whole(model, side, time):
    """Whether a plate gave the moments of a whole stance."""
    return np.isfinite(model.column(f"{side}AnklePower.x")[np.isin(model.time, time)]).all()
