"""What no crystal does: stamps that bend or step so are late in a way that lasts, or their device paused.

Lateness that begins slowly bends stamps as another sampling rate does, and a smooth curve follows it. A crystal's rate
is constant but for some parts in a million, as it warms up. What bends by more is as far off as it bent: nobody can
tell when that lateness ended, or whether it did. What bends by less may be either, and can only be said.
"""

from collections.abc import Sequence

import numpy as np

from groundup.clock.smoother import Curve, Floats

_MOST = 6e-5  # s/s by which a crystal's rate changes in a recording
_SURELY = 3.0  # spreads of what is known of a slope
_PART = 0.25


def excess_curvature(runs: Sequence[Sequence[tuple[float, Curve]]]) -> tuple[float, float]:
    """How far stamps bend off even sampling as no crystal does, and how far they bend at all.

    Parameters
    ----------
    runs : sequence of sequences of (float, Curve)
        Curves of stamps less even sampling, each with what is to be added to it, in s: of one run where the stamps step
        from one to the next; of different runs where the sampling began anew.

    Returns
    -------
    (float, float)
        In s; 95 % of the knots are within it, a constant removed.
    """
    curves = [curve for run in runs for _, curve in run]
    if not curves:
        return 0.0, 0.0
    usual = float(np.median(np.concatenate([curve.slope for curve in curves])))
    beyond = _most([_steeper(run, usual) for run in runs])
    every = _most([np.concatenate([b + c.value - usual * c.time for b, c in run]) for run in runs if run])
    # What begins and ends slowly is lateness there, too.
    return (every if beyond > _PART * every else beyond), every


def _most(off: Sequence[Floats]) -> float:
    apart = np.concatenate([some - np.median(some) for some in off if len(some)])
    return float(np.percentile(np.abs(apart), 95))


def _steeper(run: Sequence[tuple[float, Curve]], usual: float) -> Floats:
    """How far knots lie off a straight line by what is steeper than a crystal, and by steps."""
    off, before = [np.empty(0)], 0.0
    for index, (base, curve) in enumerate(run):
        if index:
            last_base, last = run[index - 1]
            before += base + float(curve.value[0]) - last_base - float(last.at(curve.time[:1])[0])
        steeper = curve.slope - usual
        least = _MOST + _SURELY * (curve.slopes - curve.slope).std(axis=0)
        steeper = np.where(np.abs(steeper) > least, steeper, 0.0)
        between = (steeper[1:] + steeper[:-1]) / 2.0 * np.diff(curve.time)
        off.append(before + np.append(0.0, np.cumsum(between)))
        before = float(off[-1][-1])
    return np.concatenate(off)
