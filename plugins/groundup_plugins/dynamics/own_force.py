"""The force under one foot: a plate's while the foot is on it whole and alone, none in swing, else not known."""

import math
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, Gait, NotComputableError, Side, Signal, Stance
from groundup_plugins.dynamics.foot_energy import ground_must_give_no_energy
from groundup_plugins.dynamics.force_and_body import Body, must_carry_this_person
from groundup_plugins.dynamics.force_and_foot import FootAndHip, PlateForce, must_be_of_the_foot
from groundup_plugins.dynamics.joint_centres import cross
from groundup_plugins.dynamics.reasons import Bools, Reasons
from groundup_plugins.dynamics.smoothing import smooth

_FORCE, _CENTRE = ("Fx", "Fy", "Fz"), ("CoPx", "CoPy", "Tz")
_AROUND_S = 0.3  # what a foot does not touch before and after its stance, the filter is to see
_SAME_S = 0.1  # apart: two sensors that saw one contact


@dataclass(frozen=True)
class OwnForce:
    """What the ground does to one foot, at the times of the markers.

    Attributes
    ----------
    force, moment : ndarray, shape (n, 3)
        N; about the origin of the lab, N·m.
    known : ndarray of bool, shape (n,)
        Whether it is known.
    """

    force: Floats
    moment: Floats
    known: Bools


@dataclass(frozen=True)
class Standing:
    """Who may stand on a plate, at the times of the markers.

    Attributes
    ----------
    time : ndarray, shape (n,)
        s.
    foot : FootAndHip
    turning : ndarray, shape (n, 3)
        Angular velocity of the foot, rad/s.
    body : Body
    """

    time: Floats
    foot: FootAndHip
    turning: Floats
    body: Body

    def must_be_on(self, stance: Stance, plate: PlateForce) -> None:
        """Refuse a force that cannot be that under this foot of this person.

        Raises
        ------
        NotComputableError
            If it cannot; with what was measured.
        """
        must_be_of_the_foot(self.time, self.foot, stance, plate)
        must_carry_this_person(self.time, self.foot, self.body, stance, plate)
        ground_must_give_no_energy(self.time, self.foot, self.turning, stance, plate, self.body.mass_kg)


def own_force(gait: Gait, side: Side, standing: Standing, corner_hz: float, why: Reasons) -> OwnForce:
    """The smoothed force under one foot.

    Parameters
    ----------
    gait : Gait
    side : Side
    standing : Standing
    corner_hz : float
        Of the filter.
    why : Reasons
        Told of a stance whose force is not that foot's.
    """
    time = standing.time
    plates = {signal.channels[0].site: signal for signal in gait.signals if signal.kind == "grf"}
    total, known = np.zeros((len(time), 6)), np.zeros(len(time), bool)
    strides = [stride for stride in gait.strides if stride.side == side]
    for stride in strides:
        if not math.isnan(stride.foot_off):  # else nothing saw it leave the ground
            known[_within(time, stride.foot_off, stride.t1)] = True
    lands = np.array([stride.t1 for stride in strides])
    for stance in gait.stances:
        if stance.side != side or stance.t1 < time[0] - _AROUND_S or stance.t0 > time[-1] + _AROUND_S:
            continue
        # Of two sensors that saw it land, the one by which its stride ends is believed.
        seen = lands[np.abs(lands - stance.t0) <= _SAME_S]
        stands = _within(time, max(stance.t0, float(seen.max(initial=-np.inf))), stance.t1)
        known[stands] = False
        if stance.source not in plates:
            continue
        try:
            plate = plates[stance.source]
            own, wrench, centre = _wrench(plate, stance, corner_hz)
            standing.must_be_on(stance, PlateForce(own, wrench[:, :3], wrench[:, 3:], centre, _height(plate)))
        except NotComputableError as reason:
            why.kinetics(stance.t0, stance.t1, str(reason))
            continue
        near = _within(time, float(own[0]), float(own[-1]))
        total[near] += np.column_stack([np.interp(time[near], own, column) for column in wrench.T])
        known[_within(time, stance.t0, stance.t1)] = True
    return OwnForce(total[:, :3], total[:, 3:], known)


def _within(time: Floats, t0: float, t1: float) -> slice:
    """The samples from t0 to t1."""
    first, last = np.searchsorted(time, [t0, np.nextafter(t1, np.inf)])
    return slice(int(first), int(last))


def _wrench(plate: Signal, stance: Stance, corner_hz: float) -> tuple[Floats, Floats, Floats]:
    """Times, smoothed force and moment (shape (n, 6)), and centres of pressure of a stance."""
    labels = [channel.label for channel in plate.channels]
    if not set(_FORCE + _CENTRE) <= set(labels) or not plate.rate > 2 * corner_hz:
        raise NotComputableError("the plate gives no moments, or is sampled too slowly")
    i, j = np.searchsorted(plate.time, [stance.t0, np.nextafter(stance.t1, np.inf)])
    samples = plate.samples[i:j, [labels.index(label) for label in _FORCE + _CENTRE]]
    gaps = plate.gaps
    if j - i < 3 or not np.isfinite(samples[:, :3]).all() or ((gaps >= i) & (gaps < j - 1)).any():
        raise NotComputableError("the force of the plate has a gap in it")
    loaded = np.flatnonzero(np.isfinite(samples[:, 3:]).all(axis=1))
    if len(loaded) < 3:
        raise NotComputableError("the plate gives no centre of pressure")
    # At the first and last samples the load is too small for a centre of pressure: the nearest one has to do.
    at = np.arange(len(samples))
    x, y, free = (np.interp(at, loaded, samples[loaded, column]) for column in (3, 4, 5))
    force = samples[:, :3]
    moment = cross(np.column_stack([x, y, np.full(len(x), _height(plate))]), force)
    moment[:, 2] += free
    around = int(_AROUND_S * plate.rate)
    wrench = np.pad(np.column_stack([force, moment]), ((around, around), (0, 0)))
    own = plate.time[i] + (np.arange(len(wrench)) - around) / plate.rate
    own[around : around + len(force)] = plate.time[i:j]
    centres = np.full((len(wrench), 2), np.nan)
    centres[around + loaded] = samples[loaded, 3:5]
    return own, smooth(wrench, corner_hz, plate.rate), centres


def _height(plate: Signal) -> float:
    """Of the surface of a plate, m; 0 where it is not known."""
    corners = plate.plate.corners_m if plate.plate else ()
    return float(np.mean([corner[2] for corner in corners])) if corners else 0.0
