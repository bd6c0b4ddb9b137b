"""Why something has no value, and at which moment of the lab clock."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

NOTHING = "found nothing to describe"
"""Said of metrics that have no row at all."""
_NO_FIGURES = str.maketrans("", "", "0123456789.")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something has no value.

    Attributes
    ----------
    text : str
        Ends the sentence "not computable, because"; names no moment.
    t0, t1 : float
        The moment or the stretch it is about, s on the lab clock; NaN where it is about none.
    several : bool
        Whether it stands for others of other moments, of which it is the first.
    """

    text: str
    t0: float = math.nan
    t1: float = math.nan
    several: bool = False

    def since(self, origin: float) -> str:
        """The text with its moment in seconds since `origin`, when the recording began; NaN: on the lab clock."""
        if math.isnan(self.t0):
            return self.text
        clock, begin = (" on the lab clock", 0.0) if math.isnan(origin) else ("", origin)
        first = "first " if self.several else ""
        if self.t1 == self.t0:
            return f"{self.text}, {first}at {self.t0 - begin:.3f} s{clock}"
        return f"{self.text}, {first}from {self.t0 - begin:.3f} to {self.t1 - begin:.3f} s{clock}"

    def __str__(self) -> str:
        return self.since(math.nan)


def usual_reason(reasons: Iterable[Reason]) -> Reason:
    """The first of the reasons that are given most often, moments and figures in them aside; there must be one.

    What is given of several moments says so: its own is only the first.
    """
    known = list(reasons)
    kinds = Counter(reason.text.translate(_NO_FIGURES) for reason in known)
    usual = kinds.most_common(1)[0][0]
    alike = [reason for reason in known if reason.text.translate(_NO_FIGURES) == usual]
    first = min(alike, key=lambda reason: (math.isnan(reason.t0), reason.t0))
    return replace(first, several=len({reason.t0 for reason in alike if not math.isnan(reason.t0)}) > 1)
