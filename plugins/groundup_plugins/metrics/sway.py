"""Sway of quiet standing, from the centre of pressure: how far, how fast, how wide, how quick."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.signal import welch
from scipy.stats import f as f_distribution

from groundup.plugin import Floats, Metric, Norm, NotComputableError, Trace, Trial, cop, hookimpl, metric
from groundup_plugins.metrics.sway_60s import in_60_s, norms

LEAST_S = 10.0
MOST_UNREST = 0.2
COVERAGE = 0.95
_REFERENCE = "Santos & Duarte 2016, PeerJ 4:e2648"
_PARAMETERS: dict[str, float | str] = {"least_s": LEAST_S, "most_change_of_load": MOST_UNREST, "filter": "none"}


@metric("sway_path", of=Trial, unit="m", needs=(cop(),), reference=_REFERENCE, parameters=_PARAMETERS)
def sway_path(trial: Trial, centre: Trace) -> float:
    """Length of the path of the centre of pressure in quiet standing, as sampled and not filtered.

    Not computable under 10 s, when somebody walks, when the plates are unloaded for a moment, or when the load changes
    by more than 20 % (a jump, a rise from a chair).
    """
    return float(np.hypot(*np.diff(_standing(centre), axis=0).T).sum())


@metric("sway_velocity", of=Trial, unit="m/s", needs=(cop(),), reference=_REFERENCE, parameters=_PARAMETERS)
def sway_velocity(trial: Trial, centre: Trace) -> float:
    """Mean velocity of the centre of pressure in quiet standing: its path over the time; see `sway_path`."""
    at = _standing(centre)
    return float(np.hypot(*np.diff(at, axis=0).T).sum()) / (len(at) / centre.rate)


@metric(
    "sway_area",
    of=Trial,
    unit="m^2",
    needs=(cop(),),
    reference="Schubert & Kirchner 2014, Gait Posture 39:518; as in Santos & Duarte 2016, PeerJ 4:e2648",
    parameters=_PARAMETERS | {"coverage": COVERAGE},
)
def sway_area(trial: Trial, centre: Trace) -> float:
    """Area of the ellipse in which the next sample of the centre of pressure lies with 95 %: the prediction ellipse.

    pi sqrt(det S) 2 (n - 1) (n + 1) / (n (n - 2)) F(0.95; 2, n - 2), S being the covariance of x and y; by the F
    distribution and not chi-square. See `sway_path`.
    """
    at = _standing(centre)
    n = len(at)
    size = 2 * (n - 1) * (n + 1) / (n * (n - 2)) * float(f_distribution.ppf(COVERAGE, 2, n - 2))
    return math.pi * size * math.sqrt(max(0.0, float(np.linalg.det(np.cov(at.T)))))


@metric(
    "sway_mean_frequency",
    of=Trial,
    unit="Hz",
    needs=(cop(),),
    reference=_REFERENCE,
    parameters=_PARAMETERS
    | {"spectrum": "Welch, Hann, segments of half the length, half overlapped, each less its mean"},
)
def sway_mean_frequency(trial: Trial, centre: Trace) -> float:
    """Mean frequency of the centre of pressure in quiet standing: the centroids of the spectra of x and y.

    Each weighs by its power. The first bins weigh most, so it depends on the length of the recording: compare only what
    lasts as long. See `sway_path`.
    """
    at = _standing(centre)
    frequency, power = welch(at, centre.rate, nperseg=math.ceil(len(at) / 2), axis=0)
    total = power.sum(axis=0)
    moves = total > 0
    if not moves.any():
        raise NotComputableError("the centre of pressure does not move at all")
    # By trapezoids, as the published values: the bin at zero counts half.
    first = np.trapezoid(frequency[:, None] * power[:, moves], frequency, axis=0)
    centroids = first / np.trapezoid(power[:, moves], frequency, axis=0)
    return float(centroids @ total[moves] / total.sum())


_PRIETO = "Prieto et al. 1996, IEEE Trans Biomed Eng 43:956"
_OWN = cop(own_axes=True)


@metric("sway_velocity_ap", of=Trial, unit="m/s", needs=(_OWN,), reference=_PRIETO, parameters=_PARAMETERS)
def sway_velocity_ap(trial: Trial, centre: Trace) -> float:
    """Mean velocity of the centre of pressure forwards and backwards in quiet standing; see `sway_path`.

    Across is the way from one foot to the other: each stands on a plate of its own, whose channels have a side.
    """
    return _velocity(centre, 0)


@metric("sway_velocity_ml", of=Trial, unit="m/s", needs=(_OWN,), reference=_PRIETO, parameters=_PARAMETERS)
def sway_velocity_ml(trial: Trial, centre: Trace) -> float:
    """Mean velocity of the centre of pressure from side to side in quiet standing; see `sway_velocity_ap`."""
    return _velocity(centre, 1)


@metric("sway_sd_ap", of=Trial, unit="m", needs=(_OWN,), reference=_PRIETO, parameters=_PARAMETERS)
def sway_sd_ap(trial: Trial, centre: Trace) -> float:
    """Standard deviation of the centre of pressure forwards and backwards; see `sway_velocity_ap`."""
    return float(_standing(centre)[:, 0].std())


@metric("sway_sd_ml", of=Trial, unit="m", needs=(_OWN,), reference=_PRIETO, parameters=_PARAMETERS)
def sway_sd_ml(trial: Trial, centre: Trace) -> float:
    """Standard deviation of the centre of pressure from side to side; see `sway_velocity_ap`."""
    return float(_standing(centre)[:, 1].std())


def _velocity(centre: Trace, axis: int) -> float:
    at = _standing(centre)[:, axis]
    return float(np.abs(np.diff(at)).sum()) / (len(at) / centre.rate)


def _standing(centre: Trace) -> Floats:
    """Columns x and y (m) of somebody who stands quietly."""
    lasts = len(centre.time) / centre.rate
    if lasts < LEAST_S:
        raise NotComputableError(f"it lasts {lasts:.1f} s, and {LEAST_S:.0f} s of quiet standing is the least")
    load = centre.values[:, 2]
    usual = float(np.median(load))
    unrest = float(np.abs(load - usual).max()) / usual
    if unrest > MOST_UNREST:
        raise NotComputableError(f"it is no quiet standing: the load changes by {unrest:.0%}")
    at: Floats = centre.values[:, :2]
    return at


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the sway metrics, and each as the people of its norm were measured."""
    found = [sway_path, sway_velocity, sway_area, sway_mean_frequency]
    own = [sway_velocity_ap, sway_velocity_ml, sway_sd_ap, sway_sd_ml]
    return [*found, *own, *(in_60_s(one) for one in found)]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norms of sway."""
    return norms()
