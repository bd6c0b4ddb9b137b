"""Harmonic ratios of the pelvis: how alike the two steps of a stride are, by the harmonics of its acceleration."""

from collections.abc import Iterable, Mapping

import numpy as np

from groundup.plugin import Floats, Metric, NotComputableError, Stride, Trace, acc, gyr, hookimpl, metric

HARMONICS = 20
_POINTS = 256
_FLAT = 0.5
_REFERENCE = "Bellanca et al. 2013, J Biomech 46:828"
_NEEDS = (acc("pelvis"), gyr(["pelvis"], whole_only=True))
MOST_TURNED_DEG = 30.0
"""In a stride: who turns more walks no straight way, and the two steps are not alike."""
_PARAMETERS: dict[str, float | str] = {"harmonics": float(HARMONICS), "most_turned_deg": MOST_TURNED_DEG}


@metric("harmonic_ratio", of=Stride, unit="1", needs=_NEEDS, reference=_REFERENCE, parameters=_PARAMETERS)
def harmonic_ratio(stride: Stride, acceleration: Trace, turning: Mapping[str, Trace]) -> float:
    """Vertical: even over odd harmonics of the pelvis's acceleration in a stride, amplitudes of the first 20 summed.

    What both steps share is in the even harmonics, what tells them apart in the odd ones: large when left and right
    are alike. Vertical is where gravity points, however the sensor is mounted. Not computable where the pelvis turns by
    more than 30 degrees in the stride, as in a U-turn; without a gyroscope nothing sees that.
    """
    up, _, _ = directions(acceleration)
    straight_on(turning, up)
    even, odd = even_and_odd(stride, acceleration, up)
    return _ratio(even, odd)


@metric("harmonic_ratio_ap", of=Stride, unit="1", needs=_NEEDS, reference=_REFERENCE, parameters=_PARAMETERS)
def harmonic_ratio_ap(stride: Stride, acceleration: Trace, turning: Mapping[str, Trace]) -> float:
    """Forward and back: even over odd harmonics.

    The sensor's z axis, out of its flat side, is taken to face back or front.

    Not computable when that axis is nearer to the vertical than to the ground.
    """
    up, forward, _ = directions(acceleration)
    straight_on(turning, up)
    even, odd = even_and_odd(stride, acceleration, _known(forward))
    return _ratio(even, odd)


@metric("harmonic_ratio_ml", of=Stride, unit="1", needs=_NEEDS, reference=_REFERENCE, parameters=_PARAMETERS)
def harmonic_ratio_ml(stride: Stride, acceleration: Trace, turning: Mapping[str, Trace]) -> float:
    """To the sides: odd over even harmonics, for the two steps sway to opposite sides.

    The sensor's z axis, out of its flat side, is taken to face back or front.
    """
    up, _, sideways = directions(acceleration)
    straight_on(turning, up)
    even, odd = even_and_odd(stride, acceleration, _known(sideways))
    return _ratio(odd, even)


def directions(acceleration: Trace) -> tuple[Floats, Floats | None, Floats | None]:
    """Unit vectors in the sensor's frame: up, along its z on the ground, and across; None where z is not near level."""
    mean = acceleration.values.mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length < 1.0:
        raise NotComputableError("there is no gravity in the acceleration of the pelvis, so up is not known")
    up = mean / length
    level = np.array([0.0, 0.0, 1.0]) - up[2] * up
    if float(np.linalg.norm(level)) < np.sqrt(_FLAT):
        return up, None, None
    forward = level / np.linalg.norm(level)
    return up, forward, np.cross(up, forward)


def straight_on(turning: Mapping[str, Trace], up: Floats) -> None:
    """Refuse a stride in which the pelvis turns, where a gyroscope sees it.

    Parameters
    ----------
    turning : mapping of segment to Trace
        rad/s; empty without a gyroscope.
    up : ndarray, shape (3,)
        Unit vector in the sensor's frame.

    Raises
    ------
    NotComputableError
        If it turns about the vertical by more than 30 degrees.
    """
    for trace in turning.values():
        turned = abs(float(np.degrees(np.trapezoid(trace.values @ up, trace.time))))
        if turned > MOST_TURNED_DEG:
            raise NotComputableError(
                f"the person turns by {turned:.0f} degrees in it, and the two steps of a turn are not alike"
            )


def even_and_odd(stride: Stride, acceleration: Trace, along: Floats) -> tuple[float, float]:
    """Sums of the amplitudes of the even and of the odd harmonics of a stride, of the first 20.

    Raises
    ------
    NotComputableError
        If the sampling does not reach the twentieth.
    """
    lasts = stride.t1 - stride.t0
    if acceleration.rate * lasts <= 2 * HARMONICS:
        raise NotComputableError(
            f"{acceleration.rate:.0f} Hz cannot tell the {HARMONICS}th harmonic of a stride of {lasts:.2f} s"
        )
    at = stride.t0 + np.arange(_POINTS) / _POINTS * lasts
    values = np.interp(at, acceleration.time, acceleration.values @ along)
    amplitudes = np.abs(np.fft.rfft(values - values.mean()))[1 : HARMONICS + 1]
    return float(amplitudes[1::2].sum()), float(amplitudes[::2].sum())


def _known(direction: Floats | None) -> Floats:
    if direction is None:
        raise NotComputableError("the pelvis sensor lies flat: which of its axes points forward is not known")
    return direction


def _ratio(over: float, under: float) -> float:
    if not under > 0:
        raise NotComputableError("the acceleration has no harmonics to divide by")
    return over / under


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the harmonic ratios."""
    return [harmonic_ratio, harmonic_ratio_ap, harmonic_ratio_ml]
