"""What the ground gives back in a stance: the two peaks of walking and the valley between, braking and propulsion."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from groundup.plugin import SUBJECT, Metric, Norm, NotComputableError, Stance, Subject, Trace, grf, hookimpl, metric
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.norms.tables import norms_of, norms_of_curves

GRAVITY = 9.80665  # m/s², standard gravity: what a body weight is counted with
LEAST_VALLEY = 0.01  # body weights below the lower peak; less is no valley
LONGEST_S = 2.0
_WINTER = "Winter 1991, The Biomechanics and Motor Control of Human Gait"


@metric(
    "grf_peak_1",
    usual=True,
    title="First peak of vertical force",
    of=Stance,
    unit="BW",
    needs=(grf("v"), SUBJECT),
    reference=_WINTER,
    parameters={"gravity_m_s2": GRAVITY, "least_valley_bw": LEAST_VALLEY},
)
def grf_peak_1(stance: Stance, vertical: Trace, subject: Subject) -> float:
    """Greatest vertical force in the first half of stance, in body weights, where the force has two peaks."""
    return _two_peaks(stance, vertical, subject).first


@metric(
    "grf_valley",
    title="Valley of vertical force",
    of=Stance,
    unit="BW",
    needs=(grf("v"), SUBJECT),
    reference=_WINTER,
    parameters={"gravity_m_s2": GRAVITY, "least_valley_bw": LEAST_VALLEY},
)
def grf_valley(stance: Stance, vertical: Trace, subject: Subject) -> float:
    """Least vertical force between the two peaks of a stance, in body weights."""
    return _two_peaks(stance, vertical, subject).valley


@metric(
    "grf_peak_2",
    usual=True,
    title="Second peak of vertical force",
    of=Stance,
    unit="BW",
    needs=(grf("v"), SUBJECT),
    reference=_WINTER,
    parameters={"gravity_m_s2": GRAVITY, "least_valley_bw": LEAST_VALLEY},
)
def grf_peak_2(stance: Stance, vertical: Trace, subject: Subject) -> float:
    """Greatest vertical force in the second half of stance, in body weights, where the force has two peaks."""
    return _two_peaks(stance, vertical, subject).second


@metric("braking_impulse", usual=True, of=Stance, unit="N·s/kg", needs=(grf("ap"), SUBJECT), reference=_WINTER)
def braking_impulse(stance: Stance, fore_aft: Trace, subject: Subject) -> float:
    """Integral of the fore-aft force while it points backward, over the body mass; negative."""
    mass = _mass(subject)
    is_step(stance)
    return float(np.trapezoid(np.minimum(fore_aft.values, 0.0), fore_aft.time)) / mass


@metric("propulsive_impulse", usual=True, of=Stance, unit="N·s/kg", needs=(grf("ap"), SUBJECT), reference=_WINTER)
def propulsive_impulse(stance: Stance, fore_aft: Trace, subject: Subject) -> float:
    """Integral of the fore-aft force while it points forward, over the body mass; positive."""
    mass = _mass(subject)
    is_step(stance)
    return float(np.trapezoid(np.maximum(fore_aft.values, 0.0), fore_aft.time)) / mass


@dataclass(frozen=True)
class _Peaks:
    """In body weights."""

    first: float
    valley: float
    second: float


@found_once
def _two_peaks(stance: Stance, vertical: Trace, subject: Subject) -> _Peaks:
    weight = body_weight(subject)
    is_step(stance)
    force = vertical.values / weight
    early = vertical.time < (stance.t0 + stance.t1) / 2
    if early.sum() < 3 or (~early).sum() < 3:
        raise NotComputableError("the stance has too few samples of force")
    half = int(early.sum())
    first, second = int(np.argmax(force[:half])), half + int(np.argmax(force[half:]))
    peaks = _Peaks(float(force[first]), float(force[first : second + 1].min()), float(force[second]))
    if peaks.valley > min(peaks.first, peaks.second) - LEAST_VALLEY:
        raise NotComputableError("the vertical force has one peak, and no valley in mid-stance")
    # Over a stride the ground carries the body's weight. A foot of one who walks is on it for more than half of that
    # time, and so carries less than the weight in the mean; one of a runner for less, whatever dips the force has.
    mean = float(np.trapezoid(force, vertical.time) / (vertical.time[-1] - vertical.time[0]))
    if peaks.valley >= 1.0 and mean >= 1.0:
        raise NotComputableError(
            f"the vertical force is {mean:.2f} body weights in the mean of the stance, as in running, and what dips in "
            "it is no valley (where the person walks, the mass is wrong)"
        )
    return peaks


def body_weight(subject: Subject) -> float:
    """Weight of the person (N), if the mass is known."""
    return _mass(subject) * GRAVITY


def _mass(subject: Subject) -> float:
    if not subject.mass_kg > 0:
        raise NotComputableError("the person's mass is not known: give participant.mass_kg in lab.toml")
    return subject.mass_kg


def is_step(stance: Stance) -> None:
    """Refuse what lasts longer than any step."""
    if stance.t1 - stance.t0 > LONGEST_S:
        raise NotComputableError(f"the contact lasts {stance.t1 - stance.t0:.1f} s, which is standing and no step")


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the ground reaction metrics."""
    return [grf_peak_1, grf_valley, grf_peak_2, braking_impulse, propulsive_impulse]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norms of the force's peaks and valley in walking, and of the force over the stance."""
    return [*norms_of("biomechzoo_grf.csv"), *norms_of_curves("biomechzoo_grf_curves.csv")]
