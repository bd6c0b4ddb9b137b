"""Muscle synergies by non-negative matrix factorisation, and how many of them there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, NotComputableError

STARTS = 5
MOST_ERROR = 1e-4
_TOLERANCE, _MOST_ITERATIONS = 1e-4, 1000


@dataclass(frozen=True)
class Synergies:
    """A factorisation V = W H.

    Attributes
    ----------
    weights : ndarray, shape (muscles, k)
    activations : ndarray, shape (k, points)
    r2 : float
        Coefficient of determination, about the mean of V (centred).
    vaf : float
        Variance accounted for, about zero (uncentred); never less than `r2`.
    """

    weights: Floats
    activations: Floats
    r2: float
    vaf: float


def factorise(emg: Floats, k: int, starts: int = STARTS) -> Synergies:
    """The best of several factorisations into k synergies, from seeded random starts.

    Parameters
    ----------
    emg : ndarray, shape (muscles, points)
        Envelopes, not negative.
    k : int
    starts : int

    Raises
    ------
    NotComputableError
        Without scikit-learn.
    """
    try:
        from sklearn.decomposition import NMF
        from sklearn.exceptions import ConvergenceWarning
    except ImportError as error:
        raise NotComputableError('scikit-learn is not installed: pip install "groundup[science]"') from error
    import warnings

    found: list[Synergies] = []
    for seed in range(starts):
        model = NMF(k, init="random", random_state=seed, tol=_TOLERANCE, max_iter=_MOST_ITERATIONS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the best of all starts is good enough
            weights = np.asarray(model.fit_transform(emg), dtype=np.float64)
        found.append(_made(emg, weights, np.asarray(model.components_, dtype=np.float64)))
    return max(found, key=lambda s: s.r2)


def _made(emg: Floats, weights: Floats, activations: Floats) -> Synergies:
    error = float(((emg - weights @ activations) ** 2).sum())
    centred, whole = float(((emg - emg.mean()) ** 2).sum()), float((emg**2).sum())
    return Synergies(weights, activations, 1.0 - error / centred, 1.0 - error / whole)


def all_ranks(emg: Floats) -> list[Synergies]:
    """Factorisations into 1, 2 ... synergies, up to three quarters of the muscles."""
    muscles = len(emg)
    return [factorise(emg, k) for k in range(1, muscles - round(muscles / 4) + 1)]


def number(r2: Sequence[float]) -> int:
    """How many synergies there are: from which on the curve of R2 is a straight line (mean squared error <= 1e-4).

    Parameters
    ----------
    r2 : sequence of float
        Of 1, 2 ... synergies.
    """
    for k in range(1, len(r2) - 1):
        rest = np.array(r2[k - 1 :])
        steps = np.arange(len(rest))
        line = np.polynomial.Polynomial.fit(steps, rest, 1)
        if float(((line(steps) - rest) ** 2).mean()) <= MOST_ERROR:
            return k
    return len(r2) - 1


def one_synergy_vaf(emg: Floats) -> float:
    """VAF (uncentred) of the best single synergy.

    Of a matrix without negative numbers the best approximation of rank 1 has none either (Perron and Frobenius), so
    that its singular values say it exactly.
    """
    size = np.linalg.svd(emg, compute_uv=False) ** 2
    return float(size[0] / size.sum())
