"""The offset of a plate while it is recorded: what `plate_zero` finds, from the past alone."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats
from groundup_plugins.processors.plate_zero import LANDING_N, LANDS_PER_S, REST_S, REST_SHARE

MEAN_S = 0.01
"""The offset is looked for in means over so long."""
FLAT_MEANS = 5
"""So many of them, and no more than `_MIN_FLAT_N` or `_FLAT_SHARE` apart, are flat."""
_KEPT_LEVELS, _STEADY_LEVELS = 5, 20
_MIN_FLAT_N, _FLAT_SHARE = 5.0, 0.02
_NEVER_LOADED_N = 50.0
_STANDS_OUT_N = 15.0
_PERSON_N = (400.0, 1000.0)  # what somebody weighs, whatever the push of a jump is
_GROWN_S = 1.0
_REST_LEVELS, _REST_N = round(REST_S / (MEAN_S * FLAT_MEANS)), 2.0


@dataclass(frozen=True)
class ZeroRules:
    """What may be taken for an offset, and whether it may change; `ForcePlateSettings` has the words."""

    zero: bool
    drift: bool
    most_n: float
    least_n: float


class LiveZero:
    """Finds the offset of an unloaded plate in the means of its channels, as they come.

    Before anybody stood on the plate, what is flat and small is its offset. A load that then grows slowly, as under the
    feet of one who rises from a chair, takes that back where it is more than `REST_SHARE` of what the plate comes to
    carry: it was the feet. Later a flat level is the offset at once where it is near the one that is known, and else
    when a foot lands from it, or when it rests.

    Parameters
    ----------
    rules : ZeroRules
    load_of : callable
        The vertical load (N, its offset in it) of a mean, as the plate is read by now.
    """

    def __init__(self, rules: ZeroRules, load_of: Callable[[Floats], float]) -> None:
        self._rules, self._load_of = rules, load_of
        self._levels: deque[Floats] = deque(maxlen=_KEPT_LEVELS if rules.drift else _STEADY_LEVELS)
        self._waiting: deque[Floats] = deque(maxlen=_REST_LEVELS)  # flat and low, and not known to be unloaded
        self._known = False
        self._peak = 0.0
        self._rests = self._count = self._light = self._grown = 0

    @property
    def level(self) -> Floats | None:
        """The mean of the unloaded plate, shape (width,); None where it was not seen."""
        return np.asarray(np.median(np.array(self._levels), axis=0)) if self._levels else None

    def look(self, load: float, sure: bool) -> bool:
        """Take in the load (N) of the last mean; whether what was taken for the offset was a load.

        `sure` says that the plate has carried a person, so that the sign of the load is known.
        """
        self._count += 1
        self._peak = max(self._peak, load)
        if self._grown and (self._count - self._grown) * MEAN_S >= _GROWN_S:
            return self._was_a_load()
        base = self._waiting[-1] if self._waiting else self.level if not self._known else None
        if base is None or self._grown:
            return False
        away = load - self._load_of(base)
        away = away if sure else abs(away)
        if abs(away) <= LANDING_N[0]:
            self._light = self._count
        elif away < 0:
            self._waiting.clear()
        elif away > LANDING_N[1] and self._light:
            self._loaded((self._count - self._light - 1) * MEAN_S)
        return False

    def _loaded(self, takes_s: float) -> None:
        """The load has left the last flat level."""
        if takes_s * LANDS_PER_S * min(max(self._peak, _PERSON_N[0]), _PERSON_N[1]) <= LANDING_N[1] - LANDING_N[0]:
            self._levels.extend(self._waiting)
            self._known = bool(self._levels)
        elif self._levels and not self._known:
            self._grown = self._count
        self._waiting.clear()
        self._light = self._rests = 0

    def _was_a_load(self) -> bool:
        self._grown = 0
        level = self.level
        self._known = level is not None and self._load_of(level) <= REST_SHARE * self._peak
        if not self._known:
            self._levels.clear()
        return not self._known

    def flat(self, mean: Floats, loads: Sequence[float], sure: bool) -> None:
        """Take in the mean of `FLAT_MEANS`, and the loads of each (N)."""
        level = sum(loads) / len(loads)
        if max(loads) - min(loads) > max(_MIN_FLAT_N, _FLAT_SHARE * self._peak):
            self._rests = 0
        elif not sure and abs(level) < _NEVER_LOADED_N:
            self._take(mean)
        elif (level if sure else abs(level)) <= self._rules.most_n and not self._grown:
            self._low(mean, level, sure)

    def _take(self, *means: Floats) -> None:
        if self._rules.drift or len(self._levels) < _STEADY_LEVELS:
            self._levels.extend(means)

    def _low(self, mean: Floats, level: float, sure: bool) -> None:
        before = self.level
        if self._known and before is not None and abs(level - self._load_of(before)) <= _STANDS_OUT_N:
            self._take(mean)
            return
        self._waiting.append(mean)
        self._rests += 1
        loads = [self._load_of(one) for one in self._waiting]
        rests = self._rests >= _REST_LEVELS and max(loads) - min(loads) <= _REST_N
        if sure and rests and level <= REST_SHARE * self._peak:
            self._levels.clear()
            self._take(*self._waiting)
            self._known = True
            self._waiting.clear()
