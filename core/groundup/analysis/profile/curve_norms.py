"""What a mean curve is held against: a norm of the same curve, where the person did the same; or why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from groundup.analysis.profile.circumstances import Circumstances
from groundup.model.signals import Floats
from groundup.plugin.norm import Norm

_GRAVITY = 9.80665


@dataclass(frozen=True)
class CurveNorm:
    """Where 95 % of some people lie at each percent, or why there is none.

    Attributes
    ----------
    low, high : ndarray, shape (101,)
        In newtons of this person; empty without one.
    description : str
        Of whom it is, or why there is none; empty where no norm of this curve is known at all.
    """

    low: Floats
    high: Floats
    description: str = ""


_NONE = np.zeros(0)


def curve_norm(name: str, norms: Iterable[Norm], known: Circumstances) -> CurveNorm:
    """The norm of a curve of force.

    Parameters
    ----------
    name : str
        Such as ``grf_vertical``.
    norms : iterable of Norm
        All that are installed.
    known : Circumstances
        Of the strides that the curve is of.
    """
    reasons = []
    for norm in norms:
        if norm.metric != name or not norm.curve:
            continue
        differs = next((one for one in known.differences(norm) if one), "")
        if not differs and not known.subject.mass_kg > 0:
            differs = "is in body weights, and the mass is not known: give participant.mass_kg in lab.toml"
        if not differs:
            ends = np.array(norm.curve) * known.subject.mass_kg * _GRAVITY
            lie = "lie with their whole curve" if norm.simultaneous else "lie, percent by percent"
            remark = f"; {norm.remark}" if norm.remark else ""
            words = f"where 95 % of people like {norm.people}, n = {norm.n}, {lie}{remark}"
            return CurveNorm(ends[:, 0], ends[:, 1], words)
        reasons.append(f"no norm: that of {norm.people} (n = {norm.n}) {differs}")
    return CurveNorm(_NONE, _NONE, "; ".join(dict.fromkeys(reasons)))
