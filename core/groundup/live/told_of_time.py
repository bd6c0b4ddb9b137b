"""What a live analysis knows of the times of a stream by its end: losses, who paces it, what only hindsight tells.

The recording is told by hindsight, live by the past alone. Where the two may differ, what is said here says why.
"""

from typing import TypedDict

from groundup.clock.pacing import RATE_TOLERANCE

LATE = 0.2
"""Of an interval: samples that are late by more cannot be told from lost ones by the past alone."""
_CALMED_S = 5.0


class Known(TypedDict):
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


def told_of_time(name: str, nominal: float, known: Known) -> tuple[str, ...]:
    """What is to be said of a stream; `nominal` is its stated rate in Hz, 0 where it has none."""
    told = []
    if known["shift"]:
        told.append(f"{name} is stamped by another clock; live, its samples are placed by when the first arrived")
    if known["untimed"]:
        told.append(
            f"live, {known['untimed']} samples of {name} have no time, because their stamps jump; "
            "the ledger of the recording says where they belong"
        )
    if nominal <= 0.0:
        return tuple(told)
    if known["woken"]:
        told.append(_of_program(name, known))
    elif known["unsure"] or known["late"] > LATE / nominal:
        told.append(
            f"live, samples of {name} that are late cannot be told from lost ones, and are not called missing; "
            "the ledger of the recording counts what is lost"
        )
    if known["lost"]:
        told.append(f"{known['lost']} samples of {name} are missing, as far as it can be told live")
    sure = known["samples"] > _CALMED_S * nominal
    if sure and abs(known["rate"] / nominal - 1.0) > RATE_TOLERANCE:
        told.append(f"{name} says {nominal:g} Hz and sends {known['rate']:.2f} samples a second, as far as live tells")
    return tuple(told)


def _of_program(name: str, known: Known) -> str:
    told = f"a program times the samples of {name}, by sleeping between them: each keeps the time of its own stamp"
    if known["pauses"]:
        told += f"; {known['pauses']} pauses of up to {known['longest']:.3f} s are sleep or losses, and nobody can tell"
    return told
