"""A joint: how the clock of one file was brought onto that of another, and how well that is known."""

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from groundup.clock.smoother import Floats

Method = Literal["channel", "trigger", "taps", "gait", "hand"]
"""By what clocks were joined: a signal that both recorded, a trigger, taps, contacts of feet, or a person's word."""

MOST_DRIFT_PPM = 300.0
"""Two clocks of crystals are no further apart; what is known no better is known to this."""
DRIFT_KNOWN_PPM = 1.0
"""A drift that is known this well is called identified."""


@dataclass(frozen=True)
class Joint:
    """The line from a file's own clock to the clock of the first file, with its 95 % intervals.

    Attributes
    ----------
    file, reference : str
        Names of the file, and of the one whose clock the recording has.
    method : {"channel", "trigger", "taps", "gait", "hand"}
    stands_on : str
        What was found in both, in words.
    pivot_s : float
        Time on the file's own clock at which the offset holds.
    offset_s, offset_low_s, offset_high_s : float
        To be added to a time of the file at the pivot; NaN in the interval: nobody measured it.
    drift_ppm, drift_low_ppm, drift_high_ppm : float
        By how many millionths the reference's clock runs faster than the file's.
    coincidences : int
        How many moments (edges, taps, contacts, or stretches of a signal) the line stands on.
    first_s, last_s : float
        From when to when these lie, on the file's own clock.
    evidence, second_best : float
        How much better the coincidences fit at this offset than by chance, and at the best other offset: natural
        logarithms, of which the difference counts; NaN by hand.
    """

    file: str
    reference: str
    method: Method
    stands_on: str
    pivot_s: float
    offset_s: float
    offset_low_s: float
    offset_high_s: float
    drift_ppm: float
    drift_low_ppm: float
    drift_high_ppm: float
    coincidences: int
    first_s: float
    last_s: float
    evidence: float
    second_best: float

    @property
    def drift_identified(self) -> bool:
        """Whether the drift is known to a millionth."""
        return bool((self.drift_high_ppm - self.drift_low_ppm) / 2.0 <= DRIFT_KNOWN_PPM)

    def onto(self, time: Floats) -> Floats:
        """Times of the file's clock, shape (N,), s, on that of the reference."""
        moved: Floats = time + self.offset_s + 1e-6 * self.drift_ppm * (time - self.pivot_s)
        return moved

    def half_width(self, time: Floats) -> Floats:
        """Half the 95 % interval of the offset at these times of the file's clock, shape (N,), s."""
        offset = (self.offset_high_s - self.offset_low_s) / 2.0
        drift = 0.5e-6 * (self.drift_high_ppm - self.drift_low_ppm)
        half: Floats = np.hypot(offset, drift * (time - self.pivot_s))
        return half

    @property
    def words(self) -> str:
        """The joint in one sentence."""
        if self.method == "hand":
            return (
                f"{self.file} was put {self.offset_s:+.6f} s onto the clock of {self.reference} by hand: not measured"
            )
        half = 1e3 * (self.offset_high_s - self.offset_low_s) / 2.0
        around = (self.drift_high_ppm - self.drift_low_ppm) / 2.0
        drift = (
            f"drift {self.drift_ppm:+.2f} ± {around:.2g} ppm"
            if self.drift_identified
            else f"drift not identified, {self.drift_low_ppm:+.3g} to {self.drift_high_ppm:+.3g} ppm"
        )
        return (
            f"{self.file} was joined to {self.reference} by {self.method}: {self.stands_on}; offset "
            f"{self.offset_s:+.6f} s ± {half:.3g} ms (95 %), {drift}; {self.coincidences} coincidences"
        )

    def row(self) -> tuple[Any, ...]:
        """Its values in the order of the attributes."""
        return tuple(getattr(self, field.name) for field in fields(self))
