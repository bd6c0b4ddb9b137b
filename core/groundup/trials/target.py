"""The target of a person: what a metric is to be, on each side, made of their own baseline."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from groundup.model.anatomy import Side


@dataclass(frozen=True)
class Baseline:
    """What a side had in a baseline: the median of so many values."""

    value: float
    n: int


@dataclass(frozen=True)
class Target:
    """What a metric is to be.

    Attributes
    ----------
    metric, unit : str
    bands : mapping of side to (float, float)
        From and to; no side that is not here has a target.
    baselines : mapping of side to Baseline
        What it was made of.
    percent : float
        How far it is from the baseline.
    block : str
        The block in which it holds.
    """

    metric: str
    unit: str
    bands: Mapping[Side, tuple[float, float]]
    baselines: Mapping[Side, Baseline] = field(default_factory=dict)
    percent: float = 0.0
    block: str = ""

    def as_json(self) -> str:
        """For screens, as `parse_target` reads it."""
        return json.dumps({"event": "target", **asdict(self)})

    @property
    def reaches_zero(self) -> bool:
        """Whether a band holds zero, or lies beyond it from the baseline: nobody can walk so."""
        return any(edge * of.value <= 0 for side, of in self.baselines.items() for edge in self.bands.get(side, ()))

    def __str__(self) -> str:
        """For the events of the recording."""
        return f"target of {self.metric}, baseline {self.percent:+g} %: " + "; ".join(map(self._side, self.bands))

    def _side(self, side: Side) -> str:
        low, high = self.bands[side]
        of = self.baselines.get(side)
        made = f" (baseline {of.value:.4g}, n={of.n})" if of else ""
        return f"{side or 'both sides'} {low:.4g} to {high:.4g} {self.unit}".rstrip() + made


def baseline_of(values: Sequence[float]) -> Baseline:
    """The median of those values that are numbers; NaN of none."""
    known = [value for value in values if math.isfinite(value)]
    return Baseline(median(known) if known else math.nan, len(known))


def band_of(baseline: Baseline, percent: float, band_percent: float) -> tuple[float, float]:
    """From and to, round a target that is so many percent of the baseline's size above it."""
    size = abs(baseline.value) / 100.0
    centre = baseline.value + percent * size
    return centre - band_percent * size, centre + band_percent * size
