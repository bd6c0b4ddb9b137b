"""Mean curves over the gait cycle, with their SD: forces of stances, envelopes of strides, point by percent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from groundup.analysis.metrics.needs import Resolver
from groundup.model.anatomy import Side
from groundup.model.events import Stance, Stride
from groundup.model.signals import Floats, Trace
from groundup.plugin.need import Need
from groundup.plugin.need_functions import emg, grf
from groundup.plugin.not_computable import NotComputableError

PERCENT: Floats = np.linspace(0.0, 100.0, 101)
_SIDES: tuple[Side, Side] = ("L", "R")
_FORCES = (("vertical", grf("v")), ("forward", grf("ap")), ("to the left", grf("ml")))
_RELEASE_EVERY = 200  # stretches


@dataclass
class MeanCurve:
    """One quantity of one side over the stance or the stride, summed up as it comes.

    Attributes
    ----------
    what, name : str
        ``grf`` and its component, or ``emg`` and the muscle.
    side : {"L", "R"}
    of : {"stance", "stride"}
        What 0 to 100 % is.
    unit : str
    count : int
        How many stances or strides are in it: those that were whole.
    mean, squares : ndarray, shape (101,)
        Their mean at each percent, and the sum of their squared distances from it.
    """

    what: str
    name: str
    side: Side
    of: str
    unit: str
    count: int = 0
    mean: Floats = field(default_factory=lambda: np.zeros(len(PERCENT)))
    squares: Floats = field(default_factory=lambda: np.zeros(len(PERCENT)))

    @property
    def sd(self) -> Floats:
        """Standard deviation at each percent; NaN of a single one."""
        return np.sqrt(self.squares / (self.count - 1)) if self.count > 1 else np.full(len(PERCENT), np.nan)

    def add(self, stretch: Stance | Stride, trace: Trace) -> None:
        """Take in one more (Welford 1962, Technometrics 4:419)."""
        values = np.interp(stretch.t0 + PERCENT / 100.0 * (stretch.t1 - stretch.t0), trace.time, trace.values)
        self.count += 1
        away = values - self.mean
        self.mean = self.mean + away / self.count
        self.squares = self.squares + away * (values - self.mean)


def mean_curves(resolver: Resolver, release: Callable[[], None] = lambda: None) -> list[MeanCurve]:
    """Mean curves of all that was recorded: forces of every stance on a plate, envelopes of every stride.

    Parameters
    ----------
    resolver : Resolver
        Cuts them, with its stances and strides; those with a gap or a flaw are left out.
    release : callable
        Called from time to time: what has been read of the signals may leave the memory.

    Returns
    -------
    list of MeanCurve
        Of what has a stance or stride at all.
    """
    found: dict[tuple[str, str, Side], MeanCurve] = {}
    for number, (what, name, need, stretch) in enumerate(_requested(resolver)):
        if number % _RELEASE_EVERY == 0:
            release()
        with suppress(NotComputableError):
            trace = resolver.resolve(need, stretch, stretch.side)
            of = "stance" if isinstance(stretch, Stance) else "stride"
            curve = MeanCurve(what, name, stretch.side, of, trace.unit)
            found.setdefault((what, name, stretch.side), curve).add(stretch, trace)
    return list(found.values())


def _requested(resolver: Resolver) -> Iterator[tuple[str, str, Need, Stance | Stride]]:
    """What is cut out of every stance and stride."""
    stretches: Sequence[Stance] = [s for s in resolver.stances if s.side in _SIDES]
    for stance in stretches:
        yield from (("grf", name, need, stance) for name, need in _FORCES)
    muscles = {
        side: sorted(
            {c.site for s in resolver.signals if s.kind == "envelope" for c in s.channels if c.site and c.side == side}
        )
        for side in _SIDES
    }
    for stride in resolver.strides:
        yield from (("emg", site, emg(site), stride) for site in muscles[stride.side])
