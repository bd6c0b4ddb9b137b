"""Running as a mass on a spring: flight, share of the stride on the ground, and how stiff the leg is."""

import math
from collections.abc import Iterable

from groundup.plugin import DISTANCE, SUBJECT, Metric, NotComputableError, Stride, Subject, hookimpl, metric
from groundup_plugins.metrics.ground_reaction import GRAVITY

LEG_LENGTH = 0.53
"""Of body height."""


@metric("flight_time", of=Stride, unit="s", reference="Novacheck 1998, Gait Posture 7:77")
def flight_time(stride: Stride) -> float:
    """Time from foot off to the next contact of the other foot, in running: both feet are off the ground.

    Not computable in walking, where the feet are on the ground together in between (`double_support_time`).
    """
    if math.isnan(stride.foot_off) or math.isnan(stride.other_contact):
        raise NotComputableError("no sure foot off, or no one sure contact of the other foot, was seen in it")
    flight = stride.other_contact - stride.foot_off
    if not flight > 0:
        raise NotComputableError("the other foot lands before this one is off, as in walking: there is no flight")
    return flight


@metric("duty_factor", of=Stride, unit="1", reference="Alexander 1977, in: Scale Effects in Animal Locomotion, 93")
def duty_factor(stride: Stride) -> float:
    """Share of the stride in which the foot is on the ground: above 0.5 in walking, below in running."""
    if math.isnan(stride.foot_off):
        raise NotComputableError("nothing saw when the foot left the ground")
    return (stride.foot_off - stride.t0) / (stride.t1 - stride.t0)


@metric(
    "leg_stiffness",
    of=Stride,
    unit="N/m",
    needs=(DISTANCE, SUBJECT),
    reference="Morin et al. 2005, J Appl Biomech 21:167",
    parameters={"gravity_m_s2": GRAVITY, "leg_length_over_height": LEG_LENGTH},
)
def leg_stiffness(stride: Stride, distance: float, subject: Subject) -> float:
    """Stiffness of the leg as a spring in running: greatest force over how much the leg is shortened.

    The sine method: from contact and flight time, speed, mass, and a leg of 0.53 of the body's height; the force is
    taken for a half sine. Not computable in walking, where the speed is not known, and without mass and height.
    """
    if math.isnan(subject.mass_kg) or math.isnan(subject.height_m):
        raise NotComputableError(
            "mass or height of the person is not known: give mass_kg and height_m in [participant]"
        )
    on, flight = stride.foot_off - stride.t0, flight_time(stride)
    speed = distance / (stride.t1 - stride.t0)
    return stiffness(subject.mass_kg, LEG_LENGTH * subject.height_m, speed, on, flight)


def stiffness(mass: float, leg: float, speed: float, on: float, flight: float) -> float:
    """Leg stiffness, N/m.

    ``F = m g pi/2 (tf/tc + 1)``, ``dy = F tc^2 / (m pi^2) - g tc^2 / 8``,
    ``dL = L - sqrt(L^2 - (v tc / 2)^2) + dy``, ``k = F / dL``.

    Parameters
    ----------
    mass : float
        kg.
    leg : float
        Its length, m.
    speed : float
        m/s.
    on, flight : float
        Contact and flight time, s.

    Raises
    ------
    NotComputableError
        If the body goes further in one contact than the leg reaches.
    """
    half = speed * on / 2
    if not half < leg:
        raise NotComputableError(
            f"the body goes {2 * half:.2f} m in one contact, further than a leg of {leg:.2f} m reaches"
        )
    force = mass * GRAVITY * math.pi / 2 * (flight / on + 1)
    lowered = force * on**2 / (mass * math.pi**2) - GRAVITY * on**2 / 8
    return force / (leg - math.sqrt(leg**2 - half**2) + lowered)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of running."""
    return [flight_time, duty_factor, leg_stiffness]
