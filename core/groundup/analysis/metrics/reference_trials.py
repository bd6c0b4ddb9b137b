"""Whether a trial is what it is called: a greatest effort, rest, or a reference walk."""

from collections.abc import Sequence

from groundup.model.events import Stride, Trial

LEAST_S = {"mvic": 1.0, "rest": 1.0}
"""What is shorter is no trial: half a second of effort has to be found in it, and rest has to have a spread."""
LEAST_STRIDES = 3
"""Of a reference walk, of each leg."""
OF_MVIC = "% of MVIC"


def trial_flaw(what: str, trial: Trial, strides: Sequence[Stride], name: str) -> str:
    """Why nothing can be normalised by a trial; empty when it can.

    Parameters
    ----------
    what : {"mvic", "rest", "reference"}
    trial : Trial
    strides : sequence of Stride
        Of the recording.
    name : str
        What the trial is called in a sentence.
    """
    if what not in LEAST_S:
        return ""
    lasts = trial.t1 - trial.t0
    if lasts < LEAST_S[what]:
        return f"the {name} trial lasts {lasts:.2f} s, and {LEAST_S[what]:g} s is the least"
    steps = sum(trial.t0 <= stride.t0 and stride.t1 <= trial.t1 for stride in strides)
    if steps:
        return f"somebody walks in the {name} trial: {steps} strides lie in it"
    return ""
