"""A number that knows how far it may be off, by its method and by what cannot be seen of how it was measured."""

import math


class Uncertain(float):
    """What a metric returns that can say how far to trust it: a float with an uncertainty.

    Parameters
    ----------
    value : float
    uncertainty : float
        Half of its 95 % interval, in the unit of the value. It holds what is wrong in the same way from stride to
        stride, as a marker's place, so that no mean makes it smaller; how strides differ is another matter.

    Attributes
    ----------
    uncertainty : float
    """

    uncertainty: float

    def __new__(cls, value: float, uncertainty: float = math.nan) -> "Uncertain":
        """Make one; a number without an uncertainty has NaN."""
        self = super().__new__(cls, value)
        self.uncertainty = float(uncertainty)
        return self

    def __getnewargs__(self) -> tuple[float, float]:  # type: ignore[override]
        """Be pickled with it."""
        return float(self), self.uncertainty
