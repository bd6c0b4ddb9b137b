"""Co-activation of a whole leg: whether everything is tensed at once, tone and bursts alike."""

from collections.abc import Iterable, Mapping

import numpy as np

from groundup.plugin import MUSCLES, Floats, Metric, NotComputableError, Stride, Trace, emg, hookimpl, metric
from groundup_plugins.metrics.together import values_at

LEAST_MUSCLES = 5
LEAST_SEGMENTS = 2
_STEEPNESS, _MIDDLE = 12.0, 0.5


@metric(
    "whole_leg_coactivation",
    usual=True,
    title="Co-activation of the whole leg",
    of=Stride,
    unit="1",
    needs=(emg(normalise_by="peak"),),
    axis="cooperation",
    reference="Ranavolo et al. 2015, Ergonomics 58:966 (time-varying multi-muscle co-activation)",
    parameters={
        "least_muscles": LEAST_MUSCLES,
        "least_segments": LEAST_SEGMENTS,
        "steepness": _STEEPNESS,
        "middle": _MIDDLE,
        "normalisation": "each muscle over its own peak",
    },
)
def whole_leg_coactivation(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """How strongly all recorded muscles of a leg are active at once, the mean over the stride: 0 none, 1 all at peak.

    Muscles that hold one level all the time have about that level as their value. It sees tone, which co-contraction of
    two antagonists sees at one joint only and `vaf_one_synergy` not at all: there each muscle's minimum is taken off.
    Noise of an electrode counts as tone. Comparable only for the same muscles; each is over its own peak, so all of
    them louder alike changes nothing. Not computable under five muscles, or of one segment only.
    """
    if len(muscles) < LEAST_MUSCLES:
        raise NotComputableError(
            f"{len(muscles)} muscles of that side were recorded, and {LEAST_MUSCLES} are the least"
        )
    if len({MUSCLES[site].segment for site in muscles}) < LEAST_SEGMENTS:
        raise NotComputableError("all recorded muscles lie on one segment, and are no whole leg")
    traces = [trace for _, trace in sorted(muscles.items())]
    time = traces[0].time
    active = coactivation(values_at(time, traces))
    return float(np.trapezoid(active, time)) / float(time[-1] - time[0])


def coactivation(envelopes: Floats) -> Floats:
    """Multi-muscle co-activation of every moment.

    ``(1 - 1 / (1 + exp(-12 (d - 0.5)))) * mean**2 / max``, where d is the mean difference of all pairs of muscles.

    Parameters
    ----------
    envelopes : ndarray, shape (muscles, n)
        Each over its peak.

    Returns
    -------
    ndarray, shape (n,)
    """
    many = len(envelopes)
    ranked = np.sort(envelopes, axis=0)
    # Of ranked values the k-th is the greater one in k pairs, and the lesser one in all its others.
    weight = 2.0 * np.arange(many) - (many - 1)
    apart = weight @ ranked / (many * (many - 1) / 2)
    alike = 1.0 - 1.0 / (1.0 + np.exp(-_STEEPNESS * (apart - _MIDDLE)))
    top = ranked[-1]
    found: Floats = alike * np.divide(ranked.mean(axis=0) ** 2, top, out=np.zeros_like(top), where=top > 0)
    return found


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the co-activation of the leg."""
    return [whole_leg_coactivation]
