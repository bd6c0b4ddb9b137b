"""Why something has no value: the moments it names are stored on the lab clock, and told since the recording began."""

import re
from collections import Counter
from collections.abc import Sequence

_MARK = " s on the lab clock"
_NUMBER = r"-?\d+\.\d+"
_MOMENT = re.compile(rf"(?:({_NUMBER}) to )?({_NUMBER}){re.escape(_MARK)}")
_FIGURES = re.compile(r"[-+.\d]+")


def lab_time(time: float, until: float | None = None) -> str:
    """A moment on the lab clock, or a stretch of it, as a reason names it: ``"81234.500 s on the lab clock"``.

    Whoever shows the reason to a person turns it into seconds since the recording began; see `since_start`.
    """
    return f"{time:.3f}{_MARK}" if until is None else f"{time:.3f} to {until:.3f}{_MARK}"


def since_start(text: str, origin: float) -> str:
    """A reason with its moments in seconds since `origin`, when the recording began.

    Parameters
    ----------
    text : str
    origin : float
        s on the lab clock; NaN, as of a recording that does not know, leaves the text as it is.
    """

    def told(found: re.Match[str]) -> str:
        return " to ".join(f"{float(time) - origin:.3f}" for time in found.groups() if time is not None) + " s"

    return _MOMENT.sub(told, text) if origin == origin else text


def usual_reason(reasons: Sequence[str]) -> str:
    """The first of the reasons that are given most often, times and figures in them aside."""
    kinds = Counter(_FIGURES.sub("#", reason) for reason in reasons)
    usual = kinds.most_common(1)[0][0]
    return next(reason for reason in reasons if _FIGURES.sub("#", reason) == usual)
