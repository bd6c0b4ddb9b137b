"""A norm: what named people show of a metric, and what must be the same before a value is held against it.

::

    @hookimpl
    def groundup_norms():
        return [Norm.of_people("grf_peak_1", [1.02, 1.06, 1.18], people="our lab's staff", source="unpublished, 2026")]
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Condition = float | str | None
COVERAGE = 0.95


@dataclass(frozen=True)
class Norm:
    """The interval in which a metric lies in most of some people.

    Attributes
    ----------
    metric : str
        Name of the metric, of this plugin or of any other.
    low, high : float
        The interval, in the metric's unit.
    n : int
        Number of people behind it.
    people : str
        Who they are and what they did, in a few words: what is shown beside the interval.
    source : str
        Where the data are from.
    muscles : frozenset of str
        The muscles that were recorded of a leg; empty where the metric needs no EMG, or takes what it needs itself.
    conditions : mapping
        What must be the same: the metric's own parameters by their names, those of processors as
        ``"emg_envelope.envelope_hz"``, the ``"normalisation"``, and ``"lag"`` (``"zero"``: filtered forwards and
        backwards; ``"causal"``: as live).
    """

    metric: str
    low: float
    high: float
    n: int
    people: str
    source: str
    muscles: frozenset[str] = frozenset()
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"the norm of {self.metric} is {self.low:g} to {self.high:g}: low must be below high")
        if self.n < 2:
            raise ValueError(f"the norm of {self.metric} stands on {self.n} people: what one person shows is no norm")

    @property
    def name(self) -> str:
        """By which it is known: no two of one metric may be of the same people."""
        return f"{self.metric}: {self.people}"

    @classmethod
    def of_people(
        cls,
        metric: str,
        values: Sequence[float],
        *,
        people: str,
        source: str,
        muscles: Iterable[str] = (),
        conditions: Mapping[str, Condition] | None = None,
    ) -> "Norm":
        """A norm from one value of each person: the interval in which one more person lies with 95 %, by t.

        mean ± t(0.975, n - 1) SD sqrt(1 + 1/n): with few people it is wide, as it should be. It takes values to be
        about normally distributed.

        Parameters
        ----------
        metric : str
        values : sequence of float
            One for each person.
        people, source, muscles, conditions
            As in `Norm`.
        """
        n = len(values)
        if n < 2:
            raise ValueError(f"the norm of {metric} stands on {n} people: what one person shows is no norm")
        from scipy.special import stdtrit  # Student's t; every driver's process loads this module, and none needs it

        half = float(stdtrit(n - 1, 0.5 + COVERAGE / 2) * np.std(values, ddof=1) * np.sqrt(1 + 1 / n))
        middle = float(np.mean(values))
        return cls(metric, middle - half, middle + half, n, people, source, frozenset(muscles), dict(conditions or {}))
