"""What a live analysis knows of the times of a stream by its end: losses, who paces it, what only hindsight tells.

The recording is told by hindsight, live by the past alone. Where the two may differ, what is said here says why.
"""

from typing import TypedDict

from groundup.clock.pacing import RATE_TOLERANCE
from groundup.model.clock_limits import EARLY_S, LATE_S

LATE = 0.2
"""Of an interval: samples that are late by more cannot be told from lost ones by the past alone."""
_CALMED_S = 5.0


class ClockFacts(TypedDict):
    """What is known of the samples of a stream so far (`groundup.clock.live.LiveTime.known`).

    Attributes
    ----------
    samples : int
        How many have come.
    lost, unsure : int
        How many are missing, and how many more would be if no stamp were late.
    untimed : int
        How many have no time.
    woken : bool
        Whether a program takes them whenever it wakes.
    pauses : int
        Of such a program: of which nobody can say whether something was lost.
    longest : float
        Of those, in s.
    late : float
        How much stamps of a device differ in lateness, in s.
    rate : float
        Samples taken a second; NaN if not known.
    shift : float
        What was added to the stamps of another clock, in s; else 0.
    held : int
        How many of those whose stamps go back have the time of one before them.
    astray : int
        How many have the time of stamps that had jumped, which nothing confirms.
    jumped : float
        By how much, at most, in s.
    moved : float
        By how much, at most, the clock was measured to step where no stamp had jumped, in s.
    early : int
        How many are stamped more than `groundup.model.clock_limits.EARLY_S` after they arrived.
    soonest : float
        The least time from a stamp to the arrival of its sample, in s; NaN if not known.
    """

    samples: int
    lost: int
    unsure: int
    untimed: int
    woken: bool
    pauses: int
    longest: float
    late: float
    rate: float
    shift: float
    held: int
    astray: int
    jumped: float
    moved: float
    early: int
    soonest: float


def notices_of(name: str, nominal: float, known: ClockFacts) -> tuple[str, ...]:
    """What is to be said of a stream; `nominal` is its stated rate in Hz, 0 where it has none."""
    notices = [*_of_another_clock(name, known), *_of_jumps(name, known)]
    if nominal <= 0.0:
        return tuple(notices)
    if known["woken"]:
        notices.append(_program_notice(name, known))
    elif known["unsure"] or known["late"] > LATE / nominal:
        notices.append(
            f"live, samples of {name} that are late cannot be told from lost ones, and are not called missing; "
            "the ledger of the recording counts what is lost"
        )
    if known["lost"]:
        notices.append(f"{known['lost']} samples of {name} are missing, as far as it can be told live")
    sure = known["samples"] > _CALMED_S * nominal
    if sure and abs(known["rate"] / nominal - 1.0) > RATE_TOLERANCE:
        notices.append(
            f"{name} says {nominal:g} Hz and sends {known['rate']:.2f} samples a second, as far as live tells"
        )
    return tuple(notices)


def _of_another_clock(name: str, known: ClockFacts) -> list[str]:
    if known["shift"]:
        return [f"{name} is stamped by another clock; live, its samples are placed by when the first arrived"]
    off = ""
    if known["early"]:
        off = f"{known['early']} samples of {name} are stamped more than {EARLY_S:g} s after they arrived"
    elif known["soonest"] > LATE_S:
        off = f"every sample of {name} arrived {known['soonest']:.2g} s or more after its stamp"
    return [f"{off}: the stamps are wrong, or of another clock than the measured one"] if off else []


def _of_jumps(name: str, known: ClockFacts) -> list[str]:
    belong = "the ledger of the recording says where they belong"
    notices = []
    if known["untimed"]:
        notices.append(f"live, {known['untimed']} samples of {name} have no time, because their stamps jump; {belong}")
    if known["held"]:
        notices.append(
            f"live, {known['held']} samples of {name}, whose stamps go back, have the time of one before them; {belong}"
        )
    if known["astray"]:
        jumped = f"whose stamps jumped by up to {known['jumped']:.6g} s"
        notices.append(
            f"live, {known['astray']} samples of {name}, {jumped}, are kept there, and may be off by this; {belong}"
        )
    if known["moved"]:
        notices.append(
            f"live, the clock of {name} was measured to be off by {known['moved']:.6g} s from what was measured before "
            f"it, where its stamps do not jump: its times before or behind that are wrong by this; {belong}"
        )
    return notices


def _program_notice(name: str, known: ClockFacts) -> str:
    notice = f"a program times the samples of {name}, by sleeping between them: each keeps the time of its own stamp"
    if known["pauses"]:
        notice += (
            f"; {known['pauses']} pauses of up to {known['longest']:.3f} s are sleep or losses, and nobody can tell"
        )
    return notice
