"""Where in the leg the work is done: ankle, knee and hip, by powers of a mocap system or of inverse dynamics.

The power of a joint is its moment times the speed at which its two segments turn against each other, P = M · ω, summed
over the axes that the model gives; positive where the joint gives energy to the segments, negative where it takes some.
Work is the integral of the power, by the trapezoidal rule. Powers of Plug-in Gait are sums over three axes, of which
the sagittal one is most; other models and filters give other values.

Not computable where no plate saw that foot whole and alone, where a marker was lost or is not where its name says, or
where the force cannot be that under this foot.

What they cannot see: muscles that work against each other, of which only the sum is there; a muscle over two joints,
which takes at one what it gives at the other and counts at both; a tendon that gives back what it took earlier, and
counts twice. Work inside of the foot and in the trunk is no joint's of these. No value tells which muscle it was, nor
what it did to the body.

Where a processor tells what may be wrong with the powers, a value carries its uncertainty: it is measured anew with the
powers as they would be if each thing were off by one SD, and those changes are added as independent ones are.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np

from groundup.plugin import (
    Floats,
    Metric,
    NotComputableError,
    Stance,
    Stride,
    Trace,
    Uncertain,
    hookimpl,
    joint,
    metric,
)

_MONTGOMERY = "Montgomery & Grabowski 2018, R Soc Open Sci 5:180550"
_WINTER = "Winter 1991, The Biomechanics and Motor Control of Human Gait"
_AXIS: Literal["where the work is done"] = "where the work is done"
Joint = Literal["ankle", "knee", "hip"]
JOINTS: tuple[Joint, ...] = ("ankle", "knee", "hip")
_POWERS = tuple(joint(name, "power") for name in JOINTS)
_MOMENTS = tuple(joint(name, "moment") for name in JOINTS)


Measured = Callable[[Sequence[Floats]], Floats]
"""Of powers of one or several joints, shape (n, k) each, k values."""
_INTERVAL_SD = 1.96  # of a normal distribution, 95 %


def uncertain(measured: Measured, powers: Sequence[Trace]) -> float:
    """A value of some powers, with its uncertainty where that of every power is told."""
    value = float(measured([power.values[:, None] for power in powers])[0])
    errors = [power.errors for power in powers if power.errors is not None]
    if len(errors) < len(powers):
        return value
    with np.errstate(divide="ignore", invalid="ignore"):
        ways = [
            measured([power.values[:, None] + way * error for power, error in zip(powers, errors, strict=True)]) - value
            for way in (1.0, -1.0)
        ]
    changes = np.abs(ways).max(axis=0)
    changes[np.isnan(changes)] = np.inf  # over nothing: not known at all
    return Uncertain(value, _INTERVAL_SD * math.hypot(*changes))


def _integral(powers: Floats, time: Floats, *, negative: bool = False) -> Floats:
    one = np.minimum(powers, 0.0) if negative else np.maximum(powers, 0.0)
    return np.asarray(np.trapezoid(one, time, axis=0))


def work(power: Trace, *, negative: bool = False) -> float:
    """Integral of a power above 0, or below it: J/kg of W/kg."""
    return uncertain(lambda powers: _integral(powers[0], power.time, negative=negative), [power])


def _work_of(name: Joint, *, negative: bool) -> Metric:
    sign = "negative" if negative else "positive"

    def joint_work(stance: Stance, power: Trace) -> float:
        return work(power, negative=negative)

    does = "absorbs: the integral of its power below 0" if negative else "gives: the integral of its power above 0"
    formula = "∫ min(P, 0) dt, at most 0" if negative else "∫ max(P, 0) dt, at least 0"
    joint_work.__doc__ = (
        f"Work that the {name} {does}, over the body mass, in stance.\n\n{formula}; from contact to foot off."
    )
    made = metric(f"{name}_{sign}_work", of=Stance, unit="J/kg", needs=(joint(name, "power"),), reference=_WINTER)
    return made(joint_work)


def _share_of(name: Joint, *, negative: bool) -> Metric:
    place = JOINTS.index(name)

    def joint_share(stance: Stance, ankle: Trace, knee: Trace, hip: Trace) -> float:
        if not any(abs(work(power, negative=negative)) > 0 for power in (ankle, knee, hip)):
            raise NotComputableError("no joint does work of this sign in the stance")

        def share(powers: Sequence[Floats]) -> Floats:
            works = [abs(_integral(power, ankle.time, negative=negative)) for power in powers]
            return np.asarray(works[place] / sum(works))

        return uncertain(share, (ankle, knee, hip))

    sign = "negative" if negative else "positive"
    joint_share.__doc__ = (
        f"Share of the {name} in the {sign} work of ankle, knee and hip in stance.\n\n"
        f"|W {name}| / (|W ankle| + |W knee| + |W hip|), each the {sign} work of the stance; 0 to 1. The three shares "
        "are 1 together: one that grows makes the others less, though they do as much as before. Not computable where "
        "no joint does such work. A hip centre 1 cm off changes a share of the hip by up to 0.1."
    )
    made = metric(
        f"{name}_negative_work_share" if negative else f"{name}_work_share",
        of=Stance,
        unit="1",
        needs=_POWERS,
        axis=_AXIS,
        reference=_MONTGOMERY,
    )
    return made(joint_share)


def _support_share_of(name: Joint) -> Metric:
    place = JOINTS.index(name)

    def support_share(stance: Stance, ankle: Trace, knee: Trace, hip: Trace) -> float:
        held = [float(np.trapezoid(np.maximum(m.values, 0.0), m.time)) for m in (ankle, knee, hip)]
        if not sum(held) > 0:
            raise NotComputableError("no joint has an extensor moment in the stance")
        return held[place] / sum(held)

    support_share.__doc__ = (
        f"Share of the {name} in what holds the leg up in stance: its extensor moment over those of ankle, knee and "
        "hip, integrals of each where it extends."
    )
    made = metric(
        f"support_moment_share_{name}",
        of=Stance,
        unit="1",
        needs=_MOMENTS,
        reference="Winter 1980, J Biomech 13:923",
    )
    return made(support_share)


@metric("ankle_push_off_power", of=Stance, unit="W/kg", needs=(joint("ankle", "power"),), reference=_WINTER)
def ankle_push_off_power(stance: Stance, power: Trace) -> float:
    """Greatest power of the ankle in the second half of stance (A2)."""
    late = power.between((stance.t0 + stance.t1) / 2, stance.t1)
    if len(late.time) < 3 or not float(late.values.max()) > 0:
        raise NotComputableError("the ankle gives no power in the second half of the stance")
    return uncertain(lambda powers: np.asarray(powers[0].max(axis=0)), [late])


@metric("hip_extension_work", of=Stance, unit="J/kg", needs=(joint("hip", "power"),), reference=_WINTER)
def hip_extension_work(stance: Stance, power: Trace) -> float:
    """Positive work of the hip in the first half of stance (H1): its extensors pull the body over the leg."""
    return work(power.between(stance.t0, (stance.t0 + stance.t1) / 2))


@metric("hip_pull_off_work", of=Stride, unit="J/kg", needs=(joint("hip", "power"),), reference=_WINTER)
def hip_pull_off_work(stride: Stride, power: Trace) -> float:
    """Positive work of the hip from the middle of stance to the middle of swing (H3): its flexors pull the leg off."""
    return work(_late(stride, power))


@metric(
    "hip_ankle_ratio",
    of=Stride,
    unit="1",
    needs=(joint("ankle", "power"), joint("hip", "power")),
    axis=_AXIS,
    reference="after Winter 1991 and DeVita & Hortobagyi 2000, J Appl Physiol 88:1804",
)
def hip_ankle_ratio(stride: Stride, ankle: Trace, hip: Trace) -> float:
    """Work of the hip in extension and pull-off over that of the ankle in push-off: (H1 + H3) / A2.

    Positive work: H1 in the first half of stance, H3 from there to the middle of swing, A2 in the second half of
    stance. Low where the foot drives the step, high where the hip does.
    """
    middle, late, push = _middle(stride), _late(stride, hip), ankle.between(_middle(stride), stride.foot_off)
    if not work(push) > 0:
        raise NotComputableError("the ankle does no positive work in the second half of the stance")
    early = hip.between(stride.t0, middle)

    def ratio(powers: Sequence[Floats]) -> Floats:
        h1, h3, a2 = (_integral(p, t.time) for p, t in zip(powers, (early, late, push), strict=True))
        return np.asarray((h1 + h3) / a2)

    return uncertain(ratio, (early, late, push))


def _middle(stride: Stride) -> float:
    if math.isnan(stride.foot_off):
        raise NotComputableError("nothing saw when the foot left the ground")
    return (stride.t0 + stride.foot_off) / 2


def _late(stride: Stride, power: Trace) -> Trace:
    return power.between(_middle(stride), (stride.foot_off + stride.t1) / 2)


def _range_of(name: Joint) -> Metric:
    def joint_range(stride: Stride, angle: Trace) -> float:
        return math.degrees(float(np.ptp(angle.values)))

    joint_range.__doc__ = f"From the least to the greatest sagittal angle of the {name} in a stride."
    made = metric(
        f"{name}_range_of_motion", of=Stride, unit="deg", needs=(joint(name, "excursion"),), reference=_WINTER
    )
    return made(joint_range)


@metric("ankle_peak_dorsiflexion", of=Stance, unit="deg", needs=(joint("ankle", "angle"),), reference=_WINTER)
def ankle_peak_dorsiflexion(stance: Stance, angle: Trace) -> float:
    """Greatest dorsiflexion of the ankle in stance."""
    return math.degrees(float(angle.values.max()))


@metric("knee_peak_flexion", of=Stride, unit="deg", needs=(joint("knee", "angle"),), reference=_WINTER)
def knee_peak_flexion(stride: Stride, angle: Trace) -> float:
    """Greatest flexion of the knee in a stride; in walking it is in swing."""
    return math.degrees(float(angle.values.max()))


@metric("hip_peak_extension", of=Stance, unit="deg", needs=(joint("hip", "angle"),), reference=_WINTER)
def hip_peak_extension(stance: Stance, angle: Trace) -> float:
    """Greatest extension of the hip in stance; negative where the thigh stays in front of the pelvis' axis."""
    return -math.degrees(float(angle.values.min()))


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return work, moments and angles of the joints of the leg."""
    return [
        *(_share_of(name, negative=False) for name in JOINTS),
        *(_share_of(name, negative=True) for name in JOINTS),
        hip_ankle_ratio,
        *(_work_of(name, negative=negative) for name in JOINTS for negative in (False, True)),
        ankle_push_off_power,
        hip_extension_work,
        hip_pull_off_work,
        *(_support_share_of(name) for name in JOINTS),
        *(_range_of(name) for name in JOINTS),
        ankle_peak_dorsiflexion,
        knee_peak_flexion,
        hip_peak_extension,
    ]
