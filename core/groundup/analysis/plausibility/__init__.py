"""Whether the numbers of a recording can be those of a person: wrong by a unit is refused, with the likely unit named.

Each of the files here looks at one thing that physics or the body fixes: the load at body weight (`load`), the centre
of pressure on its plate (`pressure`), EMG between noise and volts, and gravity and turning of IMUs (`sensors`).
"""

from collections.abc import Callable, Sequence

from groundup.analysis.plausibility.finding import Implausible
from groundup.analysis.plausibility.load import judge_load, judge_steps
from groundup.analysis.plausibility.person import judge_person
from groundup.analysis.plausibility.pressure import judge_pressure
from groundup.analysis.plausibility.sensors import judge_emg, judge_imus, judge_voltages
from groundup.model.events import Stance, Stride
from groundup.model.signals import Signal
from groundup.model.subject import Subject

__all__ = ["Implausible", "implausible", "implausible_steps"]


def implausible(
    signals: Sequence[Signal],
    stances: Sequence[Stance],
    strides: Sequence[Stride],
    subject: Subject,
    release: Callable[[], None] = lambda: None,
) -> tuple[Implausible, ...]:
    """Find what cannot be as it is told.

    Parameters
    ----------
    signals : sequence of Signal
        Raw and processed.
    stances, strides : sequences
    subject : Subject
    release : callable
        Called from time to time: what has been read of the signals may leave the memory.

    Returns
    -------
    tuple of Implausible
        Empty where all is as people and sensors are.
    """
    return (
        *judge_person(subject),
        *judge_load(signals, stances, strides, subject),
        *judge_pressure(signals),
        *judge_voltages(signals),
        *judge_emg(signals, release),
        *judge_imus(signals, release),
    )


def implausible_steps(
    signals: Sequence[Signal], stances: Sequence[Stance], strides: Sequence[Stride], subject: Subject
) -> tuple[Implausible, ...]:
    """Find what a few steps show by themselves: what live can know; parameters as `implausible`."""
    return (
        *judge_person(subject),
        *judge_steps(signals, stances, strides, subject),
        *judge_voltages(signals),
    )
