"""How many muscle synergies a trial has, and how much a single one explains."""

from collections.abc import Iterable, Mapping, Sequence

from groundup.plugin import Floats, Metric, Norm, NotComputableError, Stride, Trace, Trial, each, emg, hookimpl, metric
from groundup_plugins.metrics.cycles import mean_cycle
from groundup_plugins.metrics.nmf import MOST_ERROR, STARTS, all_ranks, number, one_synergy_vaf
from groundup_plugins.norms.santuz2020 import OfCycle, method_of, norm_of

LEAST_STRIDES = 3
LEAST_MUSCLES = 5
NORMALISED = "the mean stride of each muscle, less its minimum, over its maximum"
_NEEDS = (each(emg(normalise_by="peak"), Stride),)
_PARAMETERS: dict[str, float | str] = {
    "least_strides": LEAST_STRIDES,
    "least_muscles": LEAST_MUSCLES,
    "of": "100 points of stance, 100 of swing",
    "matrix": NORMALISED,
}


@metric(
    "synergy_count",
    of=Trial,
    unit="1",
    needs=_NEEDS,
    axis="cooperation",
    reference="Lee & Seung 1999, Nature 401:788; number as in Santuz et al. 2017, Int J Neural Syst 27:1750007",
    parameters=_PARAMETERS
    | {"starts": STARTS, "quality": "R2, about the mean (centred)", "most_squared_error_of_line": MOST_ERROR},
)
def synergy_count(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """Number of synergies of the mean stride of a leg: from which on the curve of R2 (centred) is a straight line.

    Non-negative matrix factorisation, best of five seeded starts. Depends on how many and which muscles were recorded,
    and on the envelope's filter. Not computable under three strides or five muscles.
    """
    return _count(*mean_cycle(strides, LEAST_STRIDES))


@metric(
    "vaf_one_synergy",
    title="Muscle activity that one synergy explains",
    of=Trial,
    unit="1",
    needs=_NEEDS,
    axis="cooperation",
    reference="Steele et al. 2015, Dev Med Child Neurol 57:1176",
    parameters=_PARAMETERS | {"quality": "VAF, about zero (uncentred)"},
)
def vaf_one_synergy(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """Share of the EMG of the mean stride that a single synergy explains: VAF, uncentred.

    Near 1: all muscles rise and fall together. Not computable under three strides or five muscles.
    """
    return _vaf(*mean_cycle(strides, LEAST_STRIDES))


def _count(sites: Sequence[str], cycle: Floats) -> float:
    return float(number([fit.r2 for fit in all_ranks(_matrix(sites, cycle))]))


def _vaf(sites: Sequence[str], cycle: Floats) -> float:
    return one_synergy_vaf(_matrix(sites, cycle))


_OF_CYCLE: tuple[tuple[Metric, OfCycle], ...] = ((synergy_count, _count), (vaf_one_synergy, _vaf))


def _matrix(sites: Sequence[str], cycle: Floats) -> Floats:
    if len(sites) < LEAST_MUSCLES:
        raise NotComputableError(
            f"only {len(sites)} muscles of that side were recorded, and {LEAST_MUSCLES} are the least"
        )
    return normalised(sites, cycle)


def normalised(sites: Sequence[str], cycle: Floats) -> Floats:
    """A mean stride, shape (muscles, points), each muscle from 0 to 1: whatever it was given over before."""
    cycle = cycle - cycle.min(axis=1, keepdims=True)
    greatest = cycle.max(axis=1, keepdims=True)
    if not (greatest > 0).all():
        silent = next(site for site, top in zip(sites, greatest[:, 0], strict=True) if not top > 0)
        raise NotComputableError(f"{silent} does not change in the mean stride")
    matrix: Floats = cycle / greatest
    return matrix


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the synergy metrics."""
    return [*(metric for metric, _ in _OF_CYCLE), *(method_of(metric, of) for metric, of in _OF_CYCLE)]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norms of the synergy metrics."""
    return [norm_of(metric, of) for metric, of in _OF_CYCLE]
