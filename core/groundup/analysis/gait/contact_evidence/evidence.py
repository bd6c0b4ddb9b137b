"""What one kind of evidence says against a contact: how much, and in a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """How far one kind of evidence speaks against a contact.

    Attributes
    ----------
    share : float
        0: nothing speaks against it; 1: it is no whole contact of one foot.
    why : str
        What was seen, as a sentence without a full stop; empty where nothing was.
    """

    share: float
    why: str = ""


NONE = Evidence(0.0)
LESS = "part of the foot may stand beside the plate, or weight is carried elsewhere (crutch, rail, harness, other leg)"
MORE = "a second foot or a crutch may stand on the plate, or the other leg be spared"
"""What too little and too much under one foot may come from: the force alone does not tell which."""


def ramp(value: float, none: float, full: float) -> float:
    """Share between 0 at `none` and 1 at `full`, straight in between; either may be the greater."""
    return min(max(float(value - none) / (full - none), 0.0), 1.0)


def worst(findings: list[Evidence]) -> Evidence:
    """The gravest of them."""
    return max(findings, key=lambda finding: finding.share, default=NONE)
