"""The honest answer of a metric that has no value: not computable, and why."""

import math

from groundup.model.reasons import Reason


class NotComputableError(Exception):
    """The honest answer when a number cannot be stood behind; its text ends the sentence "not computable, because".

    Parameters
    ----------
    why : str
        What was missing, and what to do.
    at : float or (float, float), optional
        The moment or the stretch that it is about, s on the lab clock: shown as seconds since the recording began.
    """

    def __init__(self, why: object, at: float | tuple[float, float] | None = None) -> None:
        super().__init__(why, at)
        t0, t1 = (math.nan, math.nan) if at is None else at if isinstance(at, tuple) else (at, at)
        self.reason = Reason(str(why), float(t0), float(t1))

    @classmethod
    def of(cls, reason: Reason) -> "NotComputableError":
        """For a reason that is known already: without the frames another exception came through, and what they hold."""
        return cls(reason.text, None if math.isnan(reason.t0) else (reason.t0, reason.t1))

    def __str__(self) -> str:
        return str(self.reason)
